"""Hosts that vendored libraries name: looked at one by one. Two kinds, both never reached by the page.

FETCHED are addresses a library would load (a formula typesetter, icon fonts, map tiles, a default package index) or
send the reader to; they are rewritten to a host that cannot exist, after the library's own sha256 was checked. HOSTS is
what is left in licence comments, error messages and address parsers.
"""

from __future__ import annotations

import re
from pathlib import Path

NOWHERE = "not-fetched.invalid"
FETCHED = (
    "cdn.jsdelivr.net",
    "maps.googleapis.com",
    "panel.pyviz.org",
    "octopart.com",
    "docs.bokeh.org",
    "developers.google.com",
)
PATTERN = re.compile(rb"(https?://)(?:%s)(?![\w.-])" % b"|".join(re.escape(h.encode()) for h in FETCHED))

HOSTS: dict[str, set[str]] = {
    "vendor/": {NOWHERE},
    "vendor/bokeh/": {
        "bokeh.org",
        "github.com",
        "jquery.org",
        "jquery.com",
        "tabler.io",
        "www.foretagsplatsen.se",
        "threedubmedia.com",
        "fusejs.io",
        "kiro.me",
        "redux.js.org",
        "www.apache.org",
    },
    "vendor/fzstd/": {"gist.github.com"},
    "vendor/hyparquet": {"github.com", "tools.ietf.org", "www.apache.org"},
    "vendor/ort/": {"web.dev"},
    "vendor/panel/": {"foo.com", "github.com"},
}


def neutralise(site: Path) -> None:
    """Rewrite FETCHED addresses in the vendored scripts of a site."""
    for file in sorted((site / "vendor").rglob("*.*js")):
        before = file.read_bytes()
        after = PATTERN.sub(rb"\1" + NOWHERE.encode(), before)
        if after != before:
            file.write_bytes(after)
