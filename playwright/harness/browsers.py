"""One door to three browsers, by executable path, each through the protocol it speaks natively.

A browser has `open(url) -> Tab`; a Tab has `js(expression)`, `wait(expression)`, `files(selector, paths)`,
`screenshot(path)` and `close()`. `js` awaits the expression and answers with its JSON value.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any, Protocol

EXECUTABLES = {
    "chromium": ("chromium", "google-chrome-stable"),
    "firefox": ("firefox-esr", "firefox"),
    "webkit": ("WebKitWebDriver",),
}


class Tab(Protocol):
    def js(self, expression: str) -> Any: ...
    def files(self, selector: str, paths: list[Path]) -> None: ...
    def screenshot(self, path: Path) -> None: ...
    def close(self) -> None: ...


class Waiting:
    """What every tab can do on top of its own `js`."""

    def js(self, expression: str) -> Any:
        raise NotImplementedError

    def wait(self, expression: str, seconds: float = 120) -> Any:
        """Ask until the expression is truthy; returns its value. Raises TimeoutError with the last answer and the
        page's problems.
        """
        end = time.monotonic() + seconds
        while True:
            value = self.js(expression)
            if value:
                return value
            if time.monotonic() > end:
                said = self.js(
                    "document.getElementById('problems')?.innerText ?? document.body.innerText.slice(0, 500)"
                )
                raise TimeoutError(f"{expression} stayed {value!r} for {seconds:g} s; the page says: {said!r}")
            time.sleep(0.1)

    def ready(self, seconds: float = 180) -> None:
        """Wait until Python is up and linked."""
        self.wait(
            "document.documentElement.dataset.python === 'ready' || (CostPage.state === 'failed' && 'failed')", seconds
        )
        assert self.js("CostPage.state") == "ready", self.js("document.getElementById('problems').innerText")


def executable(name: str) -> str | None:
    """Path of an installed browser (its driver, for WebKit), or None."""
    return next((path for e in EXECUTABLES[name] if (path := shutil.which(e))), None)


def launch(name: str, folder: Path) -> Any:
    """Start the named browser with a fresh profile in `folder`; it has `open(url)` and `close()`."""
    if name == "chromium":
        from harness.chromium import Chromium as Browser
    elif name == "firefox":
        from harness.firefox import Firefox as Browser
    else:
        from harness.webkit import WebKit as Browser
    return Browser(executable(name), folder)
