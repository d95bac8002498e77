"""Fixtures of the end-to-end tests: the built site, the sink, the browsers.

`tab` opens the page in each of the three browsers; `chromium` is there for what only needs one.
A browser that is not installed skips its tests, and fails them where CI=true.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.browsers import executable, launch
from harness.servers import Sink, Site

ROOT = Path(__file__).resolve().parents[1]
BUILT = Path(os.environ.get("COSTDNA_SITE", ROOT / "dist" / "site"))


@pytest.fixture(scope="session")
def built() -> Path:
    """The built site's folder."""
    if not (BUILT / "index.html").exists():
        pytest.fail(f"{BUILT} is not built: run `make site`")
    return BUILT


@pytest.fixture(scope="session")
def site(built: Path) -> Iterator[Site]:
    """The site at the root of a host."""
    running = Site(built)
    yield running
    running.stop()


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A server on another address that must never hear anything."""
    running = Sink()
    yield running
    running.stop()


def browser(name: str, folder: Path):
    if executable(name) is None or (name == "webkit" and shutil.which("Xvfb") is None):
        message = f"{name} is not installed: run `make browsers`"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    return launch(name, folder)


@pytest.fixture(scope="module", params=["chromium", "firefox", "webkit"])
def each(request, tmp_path_factory):
    """Each of the three browsers in turn."""
    running = browser(request.param, tmp_path_factory.mktemp(request.param))
    yield running
    running.close()


@pytest.fixture
def chromium(tmp_path):
    """A fresh Chromium profile."""
    running = browser("chromium", tmp_path)
    yield running
    running.close()
