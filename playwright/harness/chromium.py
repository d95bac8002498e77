"""Chromium, through Playwright's own protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.browsers import Waiting
from playwright.sync_api import sync_playwright


class ChromiumTab(Waiting):
    """`page` is Playwright's; `errors` collects uncaught page errors and `requests` every address asked for."""

    def __init__(self, page: Any):
        self.page = page
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.on("pageerror", lambda e: self.errors.append(str(e)))
        page.on("request", lambda r: self.requests.append(r.url))

    def js(self, expression: str) -> Any:
        return self.page.evaluate(f"async () => ({expression})")

    def files(self, selector: str, paths: list[Path]) -> None:
        self.page.set_input_files(selector, [str(p) for p in paths])

    def screenshot(self, path: Path) -> None:
        self.page.screenshot(path=str(path))

    def close(self) -> None:
        self.page.close()


class Chromium:
    """`context` options (viewport, colour scheme …) may be given to `open`; without them all tabs share one profile."""

    name = "chromium"

    def __init__(self, path: str, folder: Path):
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        self.shared = self.browser.new_context(accept_downloads=True)

    def open(self, url: str, **context: Any) -> ChromiumTab:
        tab = ChromiumTab((self.browser.new_context(**context) if context else self.shared).new_page())
        tab.page.goto(url)
        return tab

    def close(self) -> None:
        self.browser.close()
        self.playwright.stop()
