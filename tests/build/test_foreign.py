"""One foreign address in what could be fetched fails the build."""

import pytest
from sitebuilder.allowed import NOWHERE, neutralise
from sitebuilder.foreign import foreign


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example.com/x.js">',
        "fetch('http://a.example.org')",
        "wss://x.example.net/s",
        r'"https:\/\/x.example.io\/y"',
    ],
)
def test_an_address_is_found_however_it_is_written(tmp_path, text):
    (tmp_path / "index.html").write_text(text, "utf-8")
    assert len(foreign(tmp_path, {})) == 1


def test_what_is_no_address_is_not(tmp_path):
    (tmp_path / "icon.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', "utf-8")
    (tmp_path / "a.js").write_text("const u = 'https://' + location.host; // http://localhost", "utf-8")
    assert foreign(tmp_path, {}) == []


def test_a_vendored_library_may_name_only_what_was_looked_at(tmp_path):
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "lib.min.js").write_text(
        "/* http://good.example.com */ x='https://evil.example.com/p'", "utf-8"
    )
    assert foreign(tmp_path, {"vendor/": {"good.example.com"}}) == ["vendor/lib.min.js names evil.example.com"]


def test_ways_out_that_a_policy_cannot_close_are_found_in_our_own_files(tmp_path):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.js").write_text("new RTCPeerConnection(); window.open('x')", "utf-8")
    assert len(foreign(tmp_path, {})) == 2


def test_what_a_library_would_fetch_is_pointed_nowhere(tmp_path):
    (tmp_path / "vendor").mkdir()
    file = tmp_path / "vendor" / "lib.min.js"
    file.write_text("a='https://cdn.jsdelivr.net/npm/x'; b='https://cdn.jsdelivr.net.evil.example/'", "utf-8")
    neutralise(tmp_path)
    assert file.read_text("utf-8") == f"a='https://{NOWHERE}/npm/x'; b='https://cdn.jsdelivr.net.evil.example/'"
