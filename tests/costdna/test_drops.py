"""Which files of a drop are read: the cases both readers obey, and what must hold of any listing."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costdna import drops

CASES = Path(__file__).parents[1] / "golden" / "drops"


def listing(case: dict) -> list[dict]:
    """Manifests of a case are written as JSON; the rule takes their text."""
    return [
        {**f, "manifest": f["manifest"] if isinstance(f["manifest"], str) else json.dumps(f["manifest"])}
        if "manifest" in f
        else f
        for f in case["listing"]
    ]


@pytest.mark.parametrize("name", sorted(p.parent.name for p in CASES.glob("*/drop.json")))
def test_case(name):
    case = json.loads((CASES / name / "drop.json").read_text(encoding="utf-8"))
    found = drops.choose(listing(case))
    assert [[c["path"], c["manifest"]] for c in found["chosen"]] == case["expect"]["chosen"], case["text"]
    assert [s["path"] for s in found["skipped"]] == case["expect"]["skipped"]
    assert [{"code": e["code"], "file": e["file"]} for e in found["errors"]] == case["expect"]["errors"]


def test_there_are_cases():
    assert len(list(CASES.glob("*/drop.json"))) >= 20


part = st.sampled_from(
    [
        "20240301-20240401",
        "20240401-20240501",
        "BILLING_PERIOD=2024-03",
        "billing_period=2024-03",
        "year=2024",
        "month=3",
        "data",
        "metadata",
        "a",
        "11111111-aaaa",
        "20240417T190636Z",
        "2024-04-02T13:14:43.337Z-bbbb",
    ]
)
name = st.sampled_from(
    ["x-1.csv.gz", "x-2.csv.gz", "x-1.csv", "y.parquet", "bill.zip", ".hidden.csv", "notes.txt", "x-Manifest.json"]
)


@given(
    st.lists(
        st.builds(lambda folders, last: "/".join([*folders, last]), st.lists(part, max_size=4), name),
        max_size=12,
        unique=True,
    ),
    st.data(),
)
def test_every_file_is_chosen_or_skipped_once_and_named(paths, data):
    files = []
    for path in paths:
        file = {"path": path, "size": 10, "lastModified": data.draw(st.integers(0, 5))}
        if drops.is_manifest(path, 10):
            keys = data.draw(
                st.lists(st.sampled_from([p for p in paths if not p.endswith("json")] or ["gone.csv"]), max_size=3)
            )
            file["manifest"] = data.draw(
                st.sampled_from(
                    [
                        json.dumps({"reportKeys": keys, "assemblyId": "11111111-aaaa"}),
                        json.dumps({"dataFiles": ["s3://b/" + k for k in keys]}),
                        "{",
                        "[]",
                    ]
                )
            )
        files.append(file)
    found = drops.choose(files)
    seen = [c["path"] for c in found["chosen"]] + [s["path"] for s in found["skipped"]]
    assert sorted(seen) == sorted(paths)
    assert all(s["reason"] for s in found["skipped"])
    assert not any(drops.is_manifest(c["path"], 10) for c in found["chosen"])
    assert drops.choose(files[::-1])["chosen"] == found["chosen"]  # the order of a listing means nothing
