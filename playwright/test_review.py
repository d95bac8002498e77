"""Answers by keyboard alone on the built page; what they change is shown; they survive a reload, travel as a file and
are wiped by one button.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from harness.screens import go, inferred, python, settled

FOCUS = "(() => { let a = document.activeElement; while (a?.shadowRoot?.activeElement) a = a.shadowRoot.activeElement; return a?.dataset?.go ?? a?.id ?? ''; })()"


@pytest.fixture(scope="module")
def opened(site, built, tmp_path_factory):
    """One Chromium in which somebody without a mouse has dropped the demo bill: from the first Tab to the file chooser."""
    from conftest import browser

    running = browser("chromium", tmp_path_factory.mktemp("review"))
    try:
        tab = running.open(site.url)
        tab.page.set_default_timeout(60_000)
        choosers: list = []
        # from the start: a browser told only now may open a dialog of its own instead
        tab.page.on("filechooser", lambda chooser: choosers.append(chooser))
        to(tab, "files")
        tab.page.keyboard.press("Enter")
        until(tab, lambda: choosers, "Enter opens no file chooser")
        choosers[0].set_files(built / "demo" / "demo-cur-v1.csv.gz")
        inferred(tab)
        # what to ask has been found: nothing is drawn again unasked
        tab.page.locator('[data-go="screen:review"]', has_text=re.compile(r"\d")).wait_for()
        yield tab
    finally:  # a browser left open would fail every test after these
        running.close()


def until(tab, happened, otherwise: str, seconds: int = 60) -> None:
    """Wait for what the browser tells by a call of ours."""
    for _ in range(20 * seconds):
        if happened():
            return
        tab.page.wait_for_timeout(50)
    raise AssertionError(otherwise)


def to(tab, mark: str, most: int = 90) -> None:
    """Press Tab until what carries a wish (or begins with it, ending in a colon), or has that id, has the focus."""
    for _ in range(most):
        tab.page.keyboard.press("Tab")
        at = tab.js(FOCUS)
        if at == mark or (mark.endswith(":") and at.startswith(mark)):
            return
    raise AssertionError(f"Tab never reaches {mark}; it stands at {tab.js(FOCUS)!r}")


def press(tab, mark: str, heading: str) -> None:
    """Reach something by Tab from the top of the page, press it, and be on the screen whose first line says so; the
    focus is there, or stays in the menu.
    """
    settled(tab)
    tab.page.evaluate("document.activeElement?.blur()")
    to(tab, mark)
    tab.page.keyboard.press("Enter")
    tab.page.locator(f'h1#cd-heading:has-text("{heading}")').wait_for()
    tab.wait(f"{FOCUS} === '{mark if mark.startswith('screen:') else 'cd-heading'}'", 10)


def effect(tab) -> None:
    tab.page.locator(".effect").wait_for(timeout=120_000)


def test_the_journey_by_keyboard_alone(opened):
    page = opened.page
    press(opened, "team:", "owns")
    press(opened, "theirs:", "resources:")
    press(opened, "resource:", "")
    press(opened, "screen:review", "would settle")
    asked = python(opened, "app.frame.state.correcting.asked")
    before = python(opened, "app.workspace.report.coverage['billed']['after']")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("1")
    page.locator('h1#cd-heading:has-text("Settled so far")').wait_for()
    effect(opened)
    assert python(opened, f"app.frame.state.row({asked})['x_Basis']") == "human"
    after = python(opened, "app.workspace.report.coverage['billed']['after']")
    assert after > before and python(opened, "app.workspace.report.gate['stale']") is True
    page.keyboard.press("u")
    opened.wait(
        f"CostPage.run(\"app.frame.state.row({asked})['x_Basis'] != 'human' and not app.frame.state.correcting.due\").then((t) => t === 'True')",
        60,
    )
    assert python(opened, "app.workspace.report.coverage['billed']['after']") == pytest.approx(before, abs=1e-9)
    press(opened, "screen:export", "leaves only as files")
    to(opened, "save:costdna-summary.html")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "costdna-summary.html"


def test_a_group_is_previewed_before_it_is_answered_by_name(opened):
    page = opened.page
    go(opened, "screen:review")
    if not page.locator(".preview").count():  # a question about a group has one chosen already
        page.keyboard.press("g")
    page.locator(".preview").wait_for()
    assert "Would move" in page.locator(".preview").text_content()
    page.locator('[data-fill="typed"]').fill("A made-up team")
    page.locator('[data-fill="typed"]').press("Enter")
    opened.wait(
        "CostPage.run(\"'A made-up team' in app.workspace.report.teams['x_Team'].tolist()\").then((t) => t === 'True')",
        60,
    )


def test_back_and_forward_are_the_browser_s_and_the_address_holds_no_word_of_the_bill(opened):
    go(opened, "screen:teams")
    go(opened, "team:")
    assert opened.js("location.hash").startswith("#team:") and opened.js("/^#[a-z]+:[a-z0-9-]*$/.test(location.hash)")
    team = python(opened, "app.frame.state.item")
    opened.page.go_back()
    opened.page.locator('h1#cd-heading:has-text("of this bill has an owner")').wait_for()
    opened.page.go_forward()
    opened.page.locator('h1#cd-heading:has-text("owns")').wait_for()
    assert python(opened, "app.frame.state.item") == team


def test_a_session_travels_as_a_file(opened, tmp_path):
    go(opened, "screen:export")
    with opened.page.expect_download() as download:
        opened.page.locator('[data-go="session:save"]').click()
    file = tmp_path / "session.costdna.json"
    file.write_bytes(Path(download.value.path()).read_bytes())
    content = json.loads(file.read_text("utf-8"))
    assert content["answers"] and {a["team"] for a in content["answers"]} >= {"A made-up team"}
    python(opened, "setattr(app.workspace.wishes, 'answers', None)")
    opened.files("#files", [file])
    opened.page.locator(".effect:has-text('holds again')").wait_for()
    inferred(opened)
    assert "A made-up team" in python(opened, "app.workspace.report.teams['x_Team'].tolist()")


def test_kept_on_request_it_survives_a_reload_and_one_button_wipes_it(opened):
    page = opened.page
    assert opened.js("indexedDB.databases().then((d) => d.map((x) => x.name))") == []
    go(opened, "screen:resources")
    page.locator("#keep").click()
    page.locator('#keep[aria-pressed="true"]').wait_for()
    page.reload()
    page.locator("#kept-open").click()
    page.locator('h1#cd-heading:has-text("resources:")').wait_for(timeout=300_000)
    inferred(opened)
    opened.wait(
        "CostPage.run(\"'A made-up team' in app.workspace.report.teams['x_Team'].tolist()\").then((t) => t === 'True')",
        120,
    )
    page.locator("#keep").click()
    page.locator('#keep[aria-pressed="false"]').wait_for()
    assert opened.js("indexedDB.databases().then((d) => d.map((x) => x.name))") == []
    page.reload()
    page.locator("#demo").wait_for()
    assert not page.locator("#kept").is_visible()
    assert opened.errors == [] and opened.js("document.getElementById('meter-text').textContent") == "0 bytes sent"
