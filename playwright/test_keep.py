"""Months kept on this device: offered beside a later one with their sizes, compared as if dropped together, wiped by
one button; nothing is stored unasked.
"""

from __future__ import annotations

import ast
import json

import pytest

HEADER = "bill/BillingPeriodStartDate,bill/PayerAccountId,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/ResourceId,product/ProductName,resourceTags/user:Team"


def bill(folder, month: int, cost: str):
    """A CUR of one month of 2026: a machine, by day."""
    lines = [
        f"2026-{month:02d}-01T00:00:00Z,999,111,Usage,2026-{month:02d}-{d:02d}T00:00:00Z,2026-{month:02d}-{d + 1:02d}T00:00:00Z,AmazonEC2,BoxUsage:m5.large,RunInstances,24,USD,{cost},i-1,Amazon Elastic Compute Cloud,search"
        for d in range(1, 30)
    ]
    path = folder / f"bill-{month:02d}.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tab(site, tmp_path_factory):
    from conftest import browser

    running = browser("chromium", tmp_path_factory.mktemp("keep"))
    out = running.open(site.url)
    out.page.set_default_timeout(120_000)
    yield out
    running.close()


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
