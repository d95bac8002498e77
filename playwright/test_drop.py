"""A bill dropped on the built page is read, proved and closed in three browsers, and nothing is sent."""

from __future__ import annotations

import csv
import gzip
import json
from decimal import Decimal

import pytest


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
    assert tab.js("CostPage.run('app.workspace.summary()[\"source\"][\"rows\"]')") == str(lines)
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
