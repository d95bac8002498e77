"""A trail file is read whole or refused, in every shape that CloudTrail's records come in."""

import doctest
import gzip
import json

import pytest

from costdna_companion.collect.trail import events as module
from costdna_companion.collect.trail.events import events, plain, unpacked

EVENT = {
    "eventTime": "2026-01-02T00:00:00Z",
    "userIdentity": {"type": "Root"},
    "eventName": "RunInstances",
    "eventSource": "ec2.amazonaws.com",
    "eventID": "e1",
}


def test_the_examples_hold():
    assert doctest.testmod(module).attempted and doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    "shape",
    [{"Records": [EVENT]}, {"version": "0", "resources": [], "detail": EVENT}, [EVENT], EVENT],
    ids=["file", "eventbridge", "list", "single"],
)
def test_each_shape_gives_the_event(shape):
    text = json.dumps(shape).encode()
    for raw in (text, json.dumps(shape, indent=2).encode(), gzip.compress(text, mtime=0)):
        assert [(e.eventID, e.eventName, json.loads(bytes(e.userIdentity))) for e in events(raw)] == [
            ("e1", "RunInstances", {"type": "Root"})
        ]


def test_what_names_no_time_or_no_actor_is_no_event():
    assert (
        events(json.dumps({"Records": [{"eventTime": "2026-01-02T00:00:00Z"}, {"userIdentity": {}}, {}]}).encode())
        == []
    )


def test_several_gzip_members_are_one_file():
    text = json.dumps({"Records": [EVENT, EVENT]}).encode()
    assert unpacked(gzip.compress(text[:50], mtime=0) + gzip.compress(text[50:], mtime=0)) == text


@pytest.mark.parametrize("place", range(1, 9))
def test_a_changed_checksum_or_length_is_refused(place):
    raw = bytearray(gzip.compress(json.dumps({"Records": [EVENT] * 50}).encode(), mtime=0))
    raw[-place] ^= 1
    with pytest.raises(ValueError, match="checksum"):
        events(bytes(raw))


@pytest.mark.parametrize("missing", [1, 8, 9, 40])
def test_a_cut_file_is_refused(missing):
    with pytest.raises(ValueError, match="too early"):
        events(gzip.compress(json.dumps({"Records": [EVENT] * 50}).encode(), mtime=0)[:-missing])


def test_escapes_do_not_hide_an_id():
    assert (
        plain(rb'{"n": 1, "a": "arn:aws:s3:::caf\u00e9\/x", "b": "\"\n"}')
        == '{"n":1,"a":"arn:aws:s3:::café/x","b":"\\"\\n"}'.encode()
    )
    untouched = rb'{"a": "say \"x\""}'
    assert plain(untouched) is untouched


def test_json_nested_as_no_event_is_ends_in_an_error_not_in_a_crash():
    with pytest.raises((ValueError, RecursionError)):
        events(b'{"Records":[{"eventTime":"2026-01-02T00:00:00Z","requestParameters":' + b"[" * 200_000)
