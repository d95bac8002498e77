"""Months kept on this device: offered beside a later one with their sizes, compared as if dropped together, wiped by
one button; nothing is stored unasked. Two tabs on one kept bill lose nothing of what is said in either.
"""

from __future__ import annotations

import ast
import json

import pytest

HEADER = "bill/BillingPeriodStartDate,bill/PayerAccountId,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/ResourceId,product/ProductName,resourceTags/user:Team"


def bill(folder, month: int, cost: str, machines: int = 1):
    """A CUR of one month of 2026: machines, by day, of which the first names its owner."""
    lines = [
        f"2026-{month:02d}-01T00:00:00Z,999,111,Usage,2026-{month:02d}-{d:02d}T00:00:00Z,2026-{month:02d}-{d + 1:02d}T00:00:00Z,AmazonEC2,BoxUsage:m5.large,RunInstances,24,USD,{cost},i-{n},Amazon Elastic Compute Cloud,{'search' if n == 1 else ''}"
        for d in range(1, 30)
        for n in range(1, machines + 1)
    ]
    path = folder / f"bill-{month:02d}.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    from conftest import browser

    out = browser("chromium", tmp_path_factory.mktemp("keep"))
    yield out
    out.close()


@pytest.fixture(scope="module")
def tab(site, running):
    out = running.open(site.url)
    out.page.set_default_timeout(120_000)
    return out


def python(tab, code: str):
    return json.loads(
        ast.literal_eval(tab.js(f"CostPage.run({json.dumps('import json' + chr(10) + f'json.dumps({code})')})"))
    )


def stores(tab) -> list:
    return tab.js("indexedDB.databases().then((d) => d.map((x) => x.name))")


def dropped(tab, path, months: int = 1) -> None:
    """Drop a bill and wait until it is shown whole."""
    tab.files("#files", [path])
    shown(tab, months)


def shown(tab, months: int) -> None:
    tab.wait(
        f"!document.getElementById('app').hidden && CostPage.run(\"app.workspace.result.charges['BillingPeriodStart'].nunique() if app.workspace and app.workspace.result else 0\").then((t) => t === '{months}')",
        120,
    )
    tab.page.locator(".working").wait_for(state="detached")


def test_a_kept_month_compares_with_the_next_one_and_one_button_wipes_all(tab, tmp_path):
    page = tab.page
    dropped(tab, bill(tmp_path, 9, "2.00"))
    assert stores(tab) == [] and not page.locator("#beside").is_visible()
    page.locator("#keep").click()
    page.locator('#keep[aria-pressed="true"]').wait_for()
    page.locator("#forget").click()
    dropped(tab, bill(tmp_path, 10, "3.50"))
    assert (
        "September 2026, 0.0 MB" in page.locator("#beside").inner_text()
        and page.locator("#keep").inner_text() == "Keep on this device"
    )
    page.locator("#beside-open").click()
    shown(tab, 2)
    found = python(tab, "app.workspace.compare('2026-09', '2026-10')")
    assert (found["old"], found["new"], found["change"]) == ("58", "101.5", "43.5")
    page.locator("#keep").click()
    page.locator('#keep[aria-pressed="true"]').wait_for()
    page.reload()
    page.locator("#kept").wait_for()
    assert "September 2026, October 2026" in page.locator("#kept-text").inner_text()
    page.locator("#kept-open").click()
    shown(tab, 2)
    assert page.locator("#keep").inner_text() == "Kept on this device: wipe it"
    page.locator("#keep").click()
    page.locator('#keep[aria-pressed="false"]').wait_for()
    assert (
        stores(tab) == []
        and tab.errors == []
        and tab.js("document.getElementById('meter-text').textContent") == "0 bytes sent"
    )


def say(tab, machine: str, team: str) -> None:
    """Say in a tab whose a machine is, and wait until that has been worked out there."""
    at = python(tab, f"app.report.resources['ResourceId'].tolist().index({machine!r})")
    tab.js(f"CostDoor.send({{go: 'resource:{at}'}})")
    tab.page.locator('[data-fill="typed"]').wait_for()
    tab.page.locator('[data-fill="typed"]').fill(team)
    tab.page.locator('[data-fill="typed"]').press("Enter")
    holds(tab, {machine: team})


def holds(tab, owners: dict[str, str]) -> None:
    """Wait until a tab shows these owners as what somebody said."""
    asked = "dict(zip(*[app.report.resources.query(\"x_Basis == 'human'\")[c] for c in ('ResourceId', 'x_Team')]))"
    tab.wait(f"CostPage.run({json.dumps(asked)}).then((t) => t === {json.dumps(repr(owners))})", 60)


def told(tab, teams: str) -> None:
    """Wait until the answers that lie in this browser's store are these, by team, in their order."""
    tab.wait(
        f"""new Promise((done) => {{ const asked = indexedDB.open('costdna'); asked.onsuccess = () => {{
        const got = asked.result.transaction('kept').objectStore('kept').get('session');
        got.onsuccess = () => {{ asked.result.close(); done(JSON.parse(got.result || '{{"answers": []}}').answers); }}; }};
        }}).then((answers) => answers.map((a) => a.team).join() === {json.dumps(teams)})""",
        60,
    )


def test_answers_of_two_tabs_on_one_kept_bill_are_all_kept_and_hold_in_both(tab, running, site, tmp_path):
    page = tab.page
    dropped(tab, bill(tmp_path, 10, "3.50", machines=4))
    page.locator("#keep").click()
    page.locator('#keep[aria-pressed="true"]').wait_for()
    other = running.open(site.url)
    other.page.set_default_timeout(120_000)
    other.page.locator("#kept-open").click()
    shown(other, 1)
    say(tab, "i-2", "ours")
    told(tab, "ours")
    say(other, "i-3", "theirs")
    told(tab, "ours,theirs")
    holds(other, {"i-2": "ours", "i-3": "theirs"})
    assert "Said in another tab: 1 answer. It holds here too" in other.page.locator(".met").inner_text()
    # coming back is enough
    tab.js("dispatchEvent(new Event('focus'))")
    holds(tab, {"i-2": "ours", "i-3": "theirs"})
    page.locator('[data-go="meeting:out"]').click()
    holds(tab, {"i-2": "ours"})
    told(tab, "ours,theirs,")
    other.page.locator("#keep").click()
    other.page.locator('#keep[aria-pressed="false"]').wait_for()
    tab.js("dispatchEvent(new Event('focus'))")
    page.locator('#note:has-text("wiped in another tab")').wait_for()
    assert page.locator("#keep").inner_text() == "Keep on this device" and stores(tab) == []
    assert tab.errors == [] and other.errors == []
    other.close()
