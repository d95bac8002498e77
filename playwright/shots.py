"""`make shots`: the pictures of the README, taken from the built site with the demo bill. Look at each before it is committed."""

from __future__ import annotations

from pathlib import Path

from harness.servers import Site
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "screenshots"
SCREENS = ("Teams", "Resources", "Trust", "Export")


def settled(page) -> None:
    """Until the model has had its say and the screen has been drawn."""
    page.wait_for_function("!document.getElementById('app').hidden", timeout=300_000)
    while page.evaluate("CostPage.run('bool(app.workspace.report.gate)')") != "True":
        page.wait_for_timeout(300)
    page.wait_for_timeout(1500)


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    site = Site(ROOT / "dist" / "site")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.goto(site.url)
        page.wait_for_timeout(500)
        page.screenshot(path=OUT / "landing-light-1280.png")
        page.click("#demo")
        settled(page)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for screen in SCREENS if scheme == "light" else SCREENS[:1]:
                page.get_by_text(screen, exact=True).first.click()
                page.wait_for_timeout(1500)
                page.screenshot(path=OUT / f"{screen.lower()}-{scheme}-1280.png", full_page=False)
        browser.close()
    site.stop()


if __name__ == "__main__":
    main()
