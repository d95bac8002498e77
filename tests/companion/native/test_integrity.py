"""What is checked of a file's bytes: ids, encodings, gzip members, lines."""

import csv
import gzip
import hashlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costdna.errors import BillError
from costdna_companion.native import integrity, tagsets
from costdna_companion.native.plan import make


def pieces(data: bytes, size: int):
    return (data[i : i + size] for i in range(0, len(data), size))


@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=4), st.integers(1, 700))
def test_gunzip_gives_back_every_member_whatever_the_chunks(members, size):
    packed = b"".join(gzip.compress(m, mtime=0) for m in members)
    out = list(integrity.gunzip(pieces(packed, size), "x"))
    assert b"".join(data for data, _ in out) == b"".join(members)
    assert sum(begins for _, begins in out) == sum(bool(m) for m in members)


@given(st.binary(min_size=1, max_size=2000), st.data())
def test_a_shortened_gzip_is_truncated(content, data):
    packed = gzip.compress(content)
    keep = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(BillError) as raised:
        list(integrity.gunzip(pieces(packed[:keep], 64), "x"))
    assert raised.value.code == "truncated"


def test_zero_padding_after_gzip_is_allowed_and_anything_else_is_not():
    packed = gzip.compress(b"a\n")
    assert list(integrity.gunzip([packed + b"\0" * 9], "x")) == [(b"a\n", True)]
    with pytest.raises(BillError) as raised:
        list(integrity.gunzip([packed + b"junk"], "x"))
    assert raised.value.code == "corrupt"


def test_output_larger_than_a_block_is_whole(monkeypatch):
    monkeypatch.setattr(integrity, "BLOCK", 1000)
    content = bytes(range(256)) * 400
    out = list(integrity.gunzip([gzip.compress(content)], "x"))
    assert b"".join(d for d, _ in out) == content and max(len(d) for d, _ in out) <= 1000


def test_source_id_is_the_hash_of_block_hashes(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_bytes(b"ab" * 5000)
    expected = hashlib.sha256(hashlib.sha256(b"ab" * 5000).digest()).hexdigest()
    assert integrity.verify_text(str(path), "x") == (expected, 0)
    blocks = list(integrity.blocks(str(path), 4096))
    assert [len(b) for b in blocks] == [4096, 4096, 1808] and b"".join(blocks) == path.read_bytes()


@given(st.text(alphabet="aü💳", max_size=60), st.integers(1, 9))
def test_utf8_split_anywhere_is_utf8(text, size):
    check = integrity.Utf8("x")
    for part in pieces(text.encode(), size):
        check.feed(part)
    check.feed(b"", final=True)


@given(st.text(alphabet="aü💳", max_size=60), st.text(alphabet="ab", max_size=20), st.integers(1, 9))
def test_a_wrong_byte_is_named(before, after, size):
    check = integrity.Utf8("x")
    with pytest.raises(BillError) as raised:
        for part in pieces(before.encode() + b"\xff" + after.encode(), size):
            check.feed(part)
    assert raised.value.where == f"x, byte {len(before.encode())}"


def test_diagnose_names_the_line_of_a_field_with_line_ends(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a,b\n"1\n1",2\n3\n', encoding="utf-8", newline="")
    with pytest.raises(BillError) as raised:
        integrity.diagnose(str(path), 2, "x.csv")
    assert (raised.value.code, raised.value.where) == ("ragged", "x.csv, line 4")


def test_tag_texts_become_sorted_sets():
    plan = make(
        ["lineItem/UnblendedCost", "lineItem/LineItemType", "resourceTags/user:b", "resourceTags/user:a"], name="x"
    )
    sets, bad = tagsets.canonical(["0:1:y1:2:ü:", "", "1:3:x:y"], plan)
    assert bad == 0
    assert [json.loads(s) if s else [] for s in sets] == [
        [["resource", "user:a", "ü:"], ["resource", "user:b", "y"]],
        [],
        [["resource", "user:a", "x:y"]],
    ]


@pytest.mark.parametrize(
    "text, pairs",
    [
        ('{"a":"b","c":""}', [("a", "b")]),
        ('[{"key":"k","value":"v"}]', [("k", "v")]),
        ('[["k","v"]]', [("k", "v")]),
        ("null", []),
        ('{"n":1.5,"t":true}', [("n", "1.5"), ("t", "true")]),
        ("{bad", None),
        ('"text"', None),
        ("[1]", None),
    ],
)
def test_maps_of_any_writing(text, pairs):
    assert tagsets.pairs(text) == pairs


def test_a_prefix_needs_a_key_and_the_tags_map_replaces():
    header = [
        "line_item_unblended_cost",
        "line_item_line_item_type",
        "resource_tags",
        "resource_tags_",
        "resource_tags_user_team",
        "cost_category_x",
        "tags",
    ]
    plan = make(header, name="x")
    assert plan.tag_columns == [] and plan.tag_maps == [("tags", "tags")] and plan.version == "CUR 2.0"
    assert make(header[:-1], name="x").tag_columns == [
        ("resource_tags_user_team", "resource", "user_team"),
        ("cost_category_x", "costcategory", "x"),
    ]


@given(
    st.lists(st.lists(st.text(alphabet='a,"\n', max_size=6), min_size=3, max_size=3), min_size=1, max_size=20),
    st.integers(1, 40),
    st.booleans(),
)
def test_commas_outside_quotes_are_the_columns(table, size, quote_all):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL).writerows(table)
    counter = integrity.Commas()
    for part in pieces(out.getvalue().encode(), size):
        counter.feed(part)
    assert counter.count == 2 * len(table)


def test_commas_are_counted_whatever_lies_between():
    plain, quoted = integrity.Commas(), integrity.Commas()
    body = b'a,"b, c","d ""e"", f",g\n' * 40
    for part in pieces(body, 33):
        plain.feed(part + b"x" * 4000)
        quoted.feed(part)
    assert plain.count == quoted.count == 3 * 40
