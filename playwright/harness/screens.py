"""Walking the app's screens in Chromium: a bill opened, a wish pressed, the screen at rest."""

from __future__ import annotations

import json


def bill(tab, files=None) -> None:
    """Open the demo bill, or these files, and wait until everything is inferred."""
    tab.page.set_default_timeout(60_000)
    if files:
        tab.files("#files", files)
    else:
        tab.js("document.getElementById('demo').click()")
    inferred(tab)


def inferred(tab) -> None:
    """Wait until the bill is shown and nothing is being worked out."""
    tab.page.locator("#cd-heading").wait_for(timeout=300_000)
    tab.page.locator(".working").wait_for(state="detached", timeout=300_000)


def go(tab, wish: str) -> None:
    """Press what carries a wish (or the first that begins with it) and wait until its screen is drawn and stays."""
    settled(tab)
    button = tab.page.locator(f'[data-go^="{wish}"]' if wish.endswith(":") else f'[data-go="{wish}"]').first
    before = tab.page.locator("#cd-heading").element_handle()
    button.click()
    tab.page.wait_for_function("old => !old.isConnected", arg=before)
    settled(tab)


def settled(tab) -> None:
    """Wait until the first line of the screen has been the same element for half a second."""
    for _ in range(40):
        tab.page.locator("#cd-heading").wait_for()
        heading = tab.page.locator("#cd-heading").element_handle()
        tab.page.wait_for_timeout(500)
        if heading.evaluate("h => h.isConnected"):
            return
    raise AssertionError("the screen does not come to rest")


def summary(tab) -> dict:
    """The result as `costdna attribute --json` would tell it."""
    return json.loads(
        eval(tab.js("CostPage.run('__import__(\"json\").dumps(app.workspace.summary())')"), {"__builtins__": {}})
    )


def python(tab, code: str):
    """Value of a Python expression in the page, by way of JSON."""
    return json.loads(
        eval(
            tab.js(f"CostPage.run({json.dumps(f'__import__(chr(106)+chr(115)+chr(111)+chr(110)).dumps({code})')})"),
            {"__builtins__": {}},
        )
    )
