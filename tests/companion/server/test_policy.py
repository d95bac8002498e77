"""The policy that the documents state is the one the page is built with."""

from pathlib import Path

from costdna_companion.server.guard import HEADERS
from sitebuilder.shell import CSP


def test_the_stated_policy_is_the_built_one():
    text = (Path(__file__).parents[3] / "docs" / "companion.md").read_text(encoding="utf-8")
    assert f"    {CSP}\n" in text
    for name, value in HEADERS.items():
        if name not in ("Permissions-Policy", "Cross-Origin-Resource-Policy"):
            assert f"`{name}: {value}`" in text, name
