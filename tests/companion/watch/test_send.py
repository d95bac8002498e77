"""One POST with patience, to nobody but the named target, whose address is in no message."""

import os
import traceback

import pytest
from costdna.errors import CostDNAError, UsageError
from costdna_companion.watch.send import LONGEST, TURNS, Target, post, target, targets

SECRET = "planted-secret-T0K3N"


def test_the_bytes_arrive_as_they_are(sink):
    post(Target("webhook", sink.address), b'{"a": "\xc3\xa9"}')
    ((path, headers, body),) = sink.got
    assert (
        body == b'{"a": "\xc3\xa9"}'
        and path.endswith(SECRET)
        and headers["Content-Type"].startswith("application/json")
    )


def test_it_is_patient_where_asked_and_gives_up_in_the_end(sink, waits):
    sink.answers = [(429, {"Retry-After": "7"}), 503, (500, {"Retry-After": "86400"})]
    post(Target("slack", sink.address), b"{}")
    assert len(sink.got) == 4 and waits == [7.0, 2.0, LONGEST]
    sink.answers = [503] * 9
    with pytest.raises(CostDNAError, match="HTTP 503") as caught:
        post(Target("slack", sink.address), b"{}")
    assert len(sink.got) == 4 + TURNS + 1 and caught.value.exit_code == 1


def test_what_it_refuses_is_not_sent_again_and_a_redirect_not_followed(sink, waits):
    for status in (400, 403, 404, (302, {"Location": "/elsewhere"})):
        sink.got.clear()
        sink.answers = [status]
        with pytest.raises(CostDNAError):
            post(Target("teams", sink.address), b"{}")
        assert len(sink.got) == 1 and not waits


def test_no_error_holds_the_address(sink, waits, tmp_path, monkeypatch):
    sink.answers = [404]
    places = [sink.address, f"http://127.0.0.1:1/{SECRET}"]
    for place in places:
        one = Target("slack", place)
        assert SECRET not in repr(one)
        with pytest.raises(CostDNAError) as caught:
            post(one, b"{}")
        assert SECRET not in "".join(traceback.format_exception(caught.value)) + str(caught.value.to_dict())
    (tmp_path / "spoilt").write_bytes(b"\xff\xfe" + SECRET.encode())
    for word in (
        f"http://example.com/{SECRET}",
        f"https://[{SECRET}",
        f"https://x:{SECRET}/",
        f"ftp://x/{SECRET}",
        f"https://x/{SECRET} y",
        f"{SECRET}",
        f"file:{tmp_path}/absent",
        f"file:{tmp_path}/spoilt",
        "env:PLANTED_ABSENT",
    ):
        with pytest.raises(UsageError) as caught:
            target("slack", word, {})
        assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_an_address_comes_from_environment_file_or_word(tmp_path):
    (tmp_path / "url").write_text("https://hooks.example/a\n")
    found = targets(
        {"webhook": "https://hooks.example/c", "slack": f"file:{tmp_path / 'url'}", "teams": "env:HOOK", "none": None},
        {"HOOK": "https://hooks.example/b"},
    )
    assert [(t.kind, t.address) for t in found] == [
        ("slack", "https://hooks.example/a"),
        ("teams", "https://hooks.example/b"),
        ("webhook", "https://hooks.example/c"),
    ]
    assert targets({"slack": None, "teams": "", "webhook": None}, dict(os.environ)) == []
