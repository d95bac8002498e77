"""A bill dropped on the built page is read, proved and closed in three browsers, and nothing is sent."""

from __future__ import annotations

import csv
import gzip
import json
from decimal import Decimal

import pytest
from test_answer_everywhere import bill


@pytest.fixture(scope="session")
def demo(built):
    """The demo bill of the site."""
    return built / "demo" / json.loads((built / "demo" / "index.json").read_text())["files"][0]


@pytest.fixture(scope="session")
def billed(demo) -> tuple[int, Decimal]:
    """(lines, Σ unblended cost), by Python's own csv and decimal."""
    with gzip.open(demo, "rt", encoding="utf-8", newline="") as f:
        costs = [Decimal(row["lineItem/UnblendedCost"] or "0") for row in csv.DictReader(f)]
    return len(costs), sum(costs, Decimal(0))


def ledger(tab) -> dict[str, str]:
    return eval(tab.js("CostPage.run('app.workspace.summary()[\"ledger\"]')"), {"__builtins__": {}})


def test_every_cent_of_a_dropped_bill(each, site, demo, billed):
    tab = each.open(site.url)
    tab.files("#files", [demo])  # at once: the reader does not wait for Python
    tab.wait("!document.getElementById('app').hidden || document.getElementById('problems').innerText", 300)
    assert tab.js("document.getElementById('problems').innerText") == ""
    lines, cost = billed
    assert tab.js('CostPage.run(\'app.workspace.summary()["source"]["rows"]\')') == str(lines)
    book = {k: Decimal(v) for k, v in ledger(tab).items()}
    assert book["net"] == book["gross"] + book["credits"] == cost
    assert book["residual"] == 0
    assert tab.js("document.getElementById('meter-text').textContent") == "0 bytes sent"
    tab.close()


def test_the_demo_is_one_click_away(chromium, site, billed):
    tab = chromium.open(site.url)
    tab.js("document.getElementById('demo').click()")
    tab.wait("!document.getElementById('app').hidden", 300)
    assert Decimal(ledger(tab)["net"]) == billed[1]
    assert tab.errors == []


def test_what_is_no_bill_says_so_and_the_page_goes_on(chromium, site, demo, tmp_path, billed):
    bad = tmp_path / "holiday <img src=x onerror=alert(1)>.csv"
    bad.write_text("a,b\n1,2\n", "utf-8")
    tab = chromium.open(site.url)
    tab.files("#files", [bad])
    tab.wait("!document.getElementById('problems').hidden")
    assert "not those of a bill" in tab.js("document.getElementById('problems').innerText")
    assert tab.js("document.querySelectorAll('#problems img').length") == 0
    tab.files("#files", [demo])
    tab.wait("!document.getElementById('app').hidden", 300)
    assert Decimal(ledger(tab)["net"]) == billed[1]


def test_stopping_brings_the_landing_back(chromium, site, demo):
    tab = chromium.open(site.url)
    tab.files("#files", [demo])
    tab.wait("!document.getElementById('reading').hidden")
    tab.js("document.getElementById('stop').click()")
    assert tab.js("!document.getElementById('landing').hidden && document.getElementById('problems').hidden")
    tab.ready()


def test_forgetting_leaves_nothing(chromium, site, demo):
    tab = chromium.open(site.url)
    tab.files("#files", [demo])
    tab.wait("!document.getElementById('app').hidden", 300)
    tab.js("document.getElementById('forget').click()")
    tab.ready()
    assert tab.js("!document.getElementById('landing').hidden")
    assert tab.js("CostPage.run('app.workspace is None')") == "True"


def test_what_cannot_be_read_leaves_the_open_bill_and_another_bill_begins_afresh(chromium, site, tmp_path):
    small = bill(tmp_path)
    bad = tmp_path / "notes.csv.gz"
    bad.write_bytes(small.read_bytes()[:400])
    other = tmp_path / "other.csv"
    other.write_text("".join(gzip.decompress(small.read_bytes()).decode().splitlines(keepends=True)[:41]), "utf-8")
    tab = chromium.open(site.url, color_scheme="dark")
    tab.ready(300)
    tab.files("#files", [small])
    tab.wait("CostPage.run('bool(app.workspace and app.workspace.report.gate)').then((t) => t === 'True')", 120)
    tab.page.locator('[data-go="screen:resources"]').click()
    tab.page.locator('[data-go^="resource:"]').first.click()
    tab.wait("location.hash.startsWith('#resource:')")
    tab.files("#files", [bad])
    tab.wait("!document.getElementById('problems').hidden")
    assert all(
        words in tab.js("document.getElementById('problems').innerText")
        for words in ("stops before its end", "stays open")
    ) and tab.js("!document.getElementById('app').hidden")
    tab.page.locator("#problems button").click()
    assert (
        tab.js("document.getElementById('problems').hidden")
        and tab.js("CostPage.run('len(app.report.resources)')") == "60"
    )
    tab.files("#files", [other])
    tab.wait("CostPage.run('len(app.report.resources)').then((t) => t === '20')", 60)
    # not whatever resource has that number here
    tab.page.locator('h1#cd-heading:has-text("of this bill has an owner")').wait_for()
    assert tab.js("location.hash") == ""
    tab.js("document.getElementById('forget').click()")
    tab.wait(
        "CostPage.run('app.workspace is None and app.frame.state.theme').then((t) => t === \"'dark'\", () => false)",
        120,
    )
    assert tab.errors == []
