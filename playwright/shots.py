"""`make shots`: the pictures of the README, taken from the built site with the demo bill; `--all DIR [BILL…]` every
screen at three widths, light and dark, of the demo bill or of yours. Look at each before it is committed.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from harness.servers import Site
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "screenshots"
BUILT = Path(os.environ.get("COSTDNA_SITE", ROOT / "dist" / "site"))
SCREENS = ("review", "names-and-rules", "changes", "allocation", "customers", "trust", "export")


def settled(page) -> None:
    """Until the model has had its say and the screen has been drawn."""
    page.locator("#cd-heading").wait_for(timeout=300_000)
    page.locator(".working").wait_for(state="detached", timeout=300_000)
    page.wait_for_timeout(1500)


def go(page, wish: str, name: str, folder: Path, full: bool = False) -> None:
    """Press a wish, wait until its screen is drawn, take the picture."""
    before = page.locator("#cd-heading").element_handle()
    page.locator(f'[data-go^="{wish}"]').first.click()
    page.wait_for_function("old => !old.isConnected", arg=before, timeout=60_000)
    page.wait_for_timeout(1800)
    page.screenshot(path=folder / f"{name}.png", full_page=full)


def walkthrough(page) -> None:
    """The stills of the README, in the order of the journey."""
    for screen in ("teams", "resources", "trust", "export"):
        go(page, f"screen:{screen}", f"{screen}-light-1280", OUT)
    go(page, "screen:teams", "teams-light-1280", OUT)
    go(page, "team:", "team-light-1280", OUT)
    page.set_viewport_size({"width": 1280, "height": 1000})
    go(page, "screen:review", "review-light-1280", OUT)
    page.keyboard.press("2")
    page.locator(".effect").wait_for(timeout=120_000)
    page.wait_for_timeout(800)
    page.screenshot(path=OUT / "answered-light-1280.png")
    go(page, "resource:", "resource-light-1280", OUT)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="dark")
    go(page, "screen:teams", "teams-dark-1280", OUT)


def everything(page, folder: Path) -> None:
    """Every screen at 360, 1280 and 2560 px, light and dark, whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (360, 1280, 2560):
            page.set_viewport_size({"width": width, "height": 900})
            # the screen is drawn anew for the width and colours, and that is no answer to a press
            page.wait_for_timeout(1800)
            for screen in SCREENS:
                go(page, f"screen:{screen}", f"{screen}-{scheme}-{width}", folder, full=True)
            go(page, "screen:resources", f"resources-{scheme}-{width}", folder, full=True)
            go(page, "resource:", f"resource-{scheme}-{width}", folder, full=True)
            go(page, "screen:teams", f"teams-{scheme}-{width}", folder, full=True)
            go(page, "team:", f"team-{scheme}-{width}", folder, full=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="DIR")
    parser.add_argument("bills", nargs="*", type=Path, metavar="BILL")
    args = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    site = Site(BUILT)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.goto(site.url)
        page.wait_for_timeout(500)
        if not args.all:
            page.screenshot(path=OUT / "landing-light-1280.png")
        page.set_input_files("#files", [str(b) for b in args.bills]) if args.bills else page.click("#demo")
        settled(page)
        everything(page, args.all) if args.all else walkthrough(page)
        browser.close()
    site.stop()


if __name__ == "__main__":
    main()
