"""The companion's page in a browser, against an AWS on loopback: found by its token, clicked through from the first
look to the undo; what is said stays with the companion; a page elsewhere, a rebound name and a lost token get nothing.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import threading
import urllib.request
from pathlib import Path

import pytest
from harness.browsers import executable
from harness.screens import go, inferred, python, settled

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))


class Stage:
    """The double, its company, the companion's server, and one tab that it has opened."""

    def __init__(self, double, things, running, folder, tab):
        self.double, self.things, self.running, self.folder, self.tab = double, things, running, folder, tab

    def account(self) -> dict:
        from account import tags

        return {arn: tags(self.double, arn, about["kind"]) for arn, about in self.things.items()}

    def press(self, wish: str) -> None:
        self.tab.page.locator(f'[data-go^="account:{wish}"]').first.click()

    def see(self, selector: str) -> str:
        found = self.tab.page.locator(selector).first
        found.wait_for(timeout=120_000)
        return found.text_content()


@pytest.fixture(scope="module")
def stage(built, tmp_path_factory):
    from account import furnish
    from aws_double import Double
    from conftest import browser
    from costdna.workspace import Workspace
    from costdna_companion.server.desk import Desk
    from costdna_companion.server.local import server
    from costdna_companion.server.routes_companion import Companion

    folder = tmp_path_factory.mktemp("companion")
    running_browser = browser("chromium", folder / "profile")
    with Double() as double, pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in double.environment.items():
            patch.setenv(name, value)
        patch.setattr("costdna_companion.collect.lookup.PACE", 0.05)  # the pace has a test of its own
        things = furnish(double, folder / "company")
        with server(
            Workspace([]),
            built,
            companion=Companion(Desk(folder / "data" / "costdna", bills=[folder / "company" / "bill.csv"])),
        ) as running:
            threading.Thread(target=running.serve_forever, daemon=True).start()
            tab = running_browser.open(running.address)
            tab.page.set_default_timeout(60_000)
            yield Stage(double, things, running, folder, tab)
            running.shutdown()
    running_browser.close()


def test_found_by_its_token_which_nothing_of_the_browser_holds(stage):
    page, token = stage.tab.page, stage.running.token
    page.locator("#companion-open").wait_for()
    held = stage.tab.js(
        "[location.href, document.cookie, JSON.stringify(history.state), JSON.stringify(Object.entries(localStorage)), JSON.stringify(Object.entries(sessionStorage)), document.documentElement.outerHTML, performance.getEntries().map((e) => e.name).join(' ')].join(' ')"
    )
    # what the browser itself noted of the navigation is the one entry of this very document
    assert token not in held.replace(stage.running.address, "")
    assert (
        stage.tab.js("navigator.serviceWorker.getRegistrations().then((r) => r.length)") == 0
        and stage.tab.js("indexedDB.databases().then((d) => d.length)") == 0
    )
    assert (
        stage.tab.js("crossOriginIsolated && typeof SharedArrayBuffer === 'function'")
        and not page.locator("#keep").is_visible()
    )
    stated = page.locator('meta[http-equiv="Content-Security-Policy"]').get_attribute("content")
    with urllib.request.urlopen(stage.running.address.partition("#")[0]) as answer:
        assert answer.headers["Content-Security-Policy"] == stated + "; frame-ancestors 'none'"


def test_look_and_scan(stage):
    page = stage.tab.page
    page.locator("#companion-open").click()
    inferred(stage.tab)
    stage.before, covered = stage.account(), python(stage.tab, "app.report.coverage['billed']['after']")
    go(stage.tab, "screen:account")
    stage.press("doctor")
    assert "123456789012" in stage.see('td:has-text("of account")')
    page.locator('[data-fill="account:days"]').fill("1")
    stage.tab.wait("CostPage.run(\"app.frame.state.account.form['days'] == '1'\").then((t) => t === 'True')", 30)
    stage.press("scan")
    told = stage.see('.effect:has-text("events read")')
    inferred(stage.tab)
    assert (
        f"about {len(stage.things)} resources" in told
        and python(stage.tab, "app.report.coverage['billed']['after']") > covered + 0.15
    )


def test_review_answers_stay_with_the_companion(stage):
    page = stage.tab.page
    go(stage.tab, "screen:review")
    asked = python(stage.tab, "app.frame.state.correcting.asked")
    settled(stage.tab)
    page.keyboard.press("1")
    page.locator('h1#cd-heading:has-text("Settled so far")').wait_for()
    page.locator(".effect").first.wait_for(timeout=120_000)
    assert stage.tab.js("fetch('/api/v1/companion').then((r) => r.status)") == 401  # being on the page is not enough
    sessions = stage.folder / "data" / "costdna" / "sessions"
    for _ in range(100):
        if sessions.is_dir() and list(sessions.glob("*.json")):
            break
        page.wait_for_timeout(50)
    (kept,) = sessions.glob("*.costdna.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and str(asked) in [
        a["ownable"] for a in json.loads(kept.read_text())["answers"]
    ]


def test_plan_apply_verify_undo(stage):
    go(stage.tab, "screen:account")
    stage.press("plan")
    stage.see('[data-go="account:apply"]')
    rows = python(stage.tab, "[[r['ResourceId'], r['x_NewValue']] for r in app.frame.state.account.plan['rows']]")
    assert len(rows) >= 8 and stage.account() == stage.before  # this was the dry run
    stage.tab.page.locator('[data-fill="account:writer"]').fill("arn:aws:iam::123456789012:role/costdna-write")
    stage.tab.wait(
        "CostPage.run(\"app.frame.state.account.form['writer'].endswith('costdna-write')\").then((t) => t === 'True')",
        30,
    )
    stage.press("apply")
    stage.see('[data-go="account:no"]')
    assert "assumed-role/costdna-write/costdna of account 123456789012" in stage.see('p:has-text("Acting as")')
    assert stage.account() == stage.before  # one press writes nothing
    stage.press("apply")
    assert "written" in stage.see('.effect:has-text("written")')
    stage.tab.page.locator('[data-go^="account:verify-"]').wait_for()
    assert stage.account() == {
        arn: {**had, **({"team": dict(rows)[arn]} if arn in dict(rows) else {})} for arn, had in stage.before.items()
    }
    stage.press("verify-")
    assert f"{len(rows)} still there" in stage.see('.effect:has-text("Read again")')
    stage.press("undo-")
    stage.see('[data-go="account:no"]')
    stage.press("undo-")
    assert f"{len(rows)} taken back" in stage.see('.effect:has-text("taken back")')
    assert stage.account() == stage.before and "Nothing of this plan stands" in stage.see(
        'p:has([data-go="account:apply"])'
    )
    assert (
        stage.tab.errors == [] and stage.tab.js("document.getElementById('meter-text').textContent") == "0 bytes sent"
    )
    # given to the companion, and said so
    assert stage.tab.js("Number(document.getElementById('meter-own').textContent.replace(/\\D/g, ''))") > 1000


def test_no_secret_and_nobodys_name_is_in_what_the_companion_keeps(stage):
    from account import PEOPLE
    from aws_double import KEY, SECRET

    planted = [part for people in PEOPLE.values() for mail in people for part in (mail, mail.split("@")[0])] + [
        KEY,
        SECRET,
        "ASIAPLANTED000000001",
        stage.running.token,
    ]
    files = [
        path
        for path in (stage.folder / "data").rglob("*")
        if path.is_file() and path.relative_to(stage.folder / "data" / "costdna").parts[0] != "scan"
    ]
    assert {path.parent.name for path in files} == {"plans", "runs", "sessions"}
    for path in files:
        text = path.read_text()
        assert not [p for p in planted if p in text], path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    raw = stage.folder / "data" / "costdna" / "scan"  # what was fetched does name them: for the user's eyes alone
    assert stat.S_IMODE(raw.stat().st_mode) == 0o700


ELSEWHERE = """async (at) => {
  const got = {};
  const attempt = async (name, act) => { try { got[name] = String(await act()); } catch { got[name] = 'nothing'; } };
  const late = (act) => new Promise((done, fail) => { act(done, fail); setTimeout(fail, 1500); });
  await attempt('fetch', async () => (await fetch(at + 'api/v1/companion')).text());
  await attempt('fetch page', async () => (await fetch(at)).text());
  await attempt('post', async () => (await fetch(at + 'api/v1/companion/doctor', { method: 'POST', body: '{}', mode: 'no-cors' })).text());
  await attempt('script', () => late((done, fail) => { const s = document.createElement('script'); s.onload = () => done('ran'); s.onerror = fail; s.src = at + 'static/page/door.js'; document.head.append(s); }));
  await attempt('image', () => late((done, fail) => { const i = new Image(); i.onload = () => done('seen'); i.onerror = fail; i.src = at + 'static/icons/icon-192.png'; }));
  await attempt('frame', () => late((done, fail) => { const f = document.createElement('iframe'); f.onload = () => { try { done(f.contentDocument.title); } catch { fail(); } }; f.src = at; document.body.append(f); }));
  return { got, referrer: document.referrer, opener: window.opener === null, name: window.name };
}"""


def test_a_page_navigated_elsewhere_gets_nothing(stage, sink):
    page = stage.tab.page
    home = stage.running.address.partition("#")[0]
    page.goto(sink.url)  # the very tab that held the token
    found = page.evaluate(ELSEWHERE, home)
    assert set(found["got"].values()) <= {"nothing", ""}, found
    assert found["referrer"] == "" and found["name"] == ""
    assert stage.running.token not in " ".join(sink.received)
    page.goto(home)  # and back without a token: the static page, no companion
    page.locator("#demo").wait_for()
    assert stage.tab.js("CostCompanion.here") is False and not page.locator("#companion").is_visible()


def test_a_name_rebound_to_this_machine_gets_nothing_even_with_the_token(stage):
    port, token = stage.running.server_address[1], stage.running.token
    stage.tab.page.goto("about:blank")
    other = stage.tab.page.context.browser.browser_type.launch(
        executable_path=executable("chromium"),
        args=["--no-sandbox", "--host-resolver-rules=MAP rebound.example 127.0.0.1"],
    )
    try:
        page = other.new_page()
        answer = page.goto(f"http://rebound.example:{port}/#token={token}")
        assert answer.status == 421 and json.loads(answer.text()) == {"error": {"code": "421", "message": "Refused."}}
        status = page.evaluate(
            "async (token) => (await fetch('/api/v1/companion', { headers: { Authorization: `Bearer ${token}` } })).status",
            token,
        )
        assert status == 421
    finally:
        other.close()
