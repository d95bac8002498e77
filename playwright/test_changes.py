"""Why the bill moved, in the built page: every number the command line's own, the difference explained to the last
unit, an alert answered.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
REAL = Path(os.environ.get("COSTDNA_REAL_DATA", ROOT.parent / "shared" / "data")) / "cur_v1_parquet"


@pytest.fixture(scope="module")
def opened(site, tmp_path_factory):
    """One Chromium with two real months read."""
    from conftest import browser

    files = sorted(REAL.glob("*.parquet"))
    if not files:
        pytest.skip("no real bills: set COSTDNA_REAL_DATA to the folder that holds cur_v1_parquet/")
    running = browser("chromium", tmp_path_factory.mktemp("changes"))
    tab = running.open(site.url)
    tab.page.set_default_timeout(60_000)
    tab.files("#files", files)
    tab.page.locator("#cd-heading").wait_for(timeout=300_000)
    tab.page.locator(".working").wait_for(state="detached", timeout=300_000)
    yield tab, files
    running.close()


def asked(tab, code: str):
    return json.loads(
        ast.literal_eval(tab.js(f"CostPage.run({json.dumps('import json' + chr(10) + f'json.dumps({code})')})"))
    )


def said(files, *words):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from costdna_companion.cli import main; main()",
            *words,
            *map(str, files),
            "--json",
            "--quiet",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {k: v for k, v in json.loads(done.stdout).items() if k != "schema_version"}


def test_page_and_command_line_say_the_same(opened):
    tab, files = opened
    assert asked(tab, "app.workspace.why()") == said(files, "why")
    assert asked(tab, "app.workspace.list_trends('account', 'week')") == said(
        files, "trends", "--by", "account", "--grain", "week"
    )
    assert asked(tab, "app.workspace.compare(by='usage-type', top=20)") == said(files, "compare", "--by", "usage-type")
    mine, theirs = asked(tab, "app.workspace.list_anomalies(0)"), said(files, "anomalies", "--days", "0")
    # p values come from each side's own libm; everything else is equal to the letter
    for a, b in zip(mine["alerts"], theirs["alerts"], strict=True):
        assert abs(a.pop("p") - b.pop("p")) < 1e-9
    assert mine == theirs


def test_every_unit_of_the_difference_is_explained_on_the_screen(opened):
    tab, files = opened
    found = asked(tab, "app.workspace.why('2018-10', '2018-11')")
    assert (
        sum(Decimal(v) for v in found["effects"].values())
        == Decimal(found["change"])
        == Decimal(found["new"]) - Decimal(found["old"])
    )
    assert Decimal(found["old"]).quantize(Decimal("0.000001")) == Decimal("4064.483132") and Decimal(
        found["new"]
    ).quantize(Decimal("0.000001")) == Decimal("3505.326968")
    tab.page.locator('[data-go="screen:changes"]').click()
    tab.page.get_by_text("What it is made of", exact=True).wait_for()
    assert (
        tab.page.locator("#cd-heading").inner_text().startswith("$559.16 less in 2018-11 than in 2018-10 (13.8\u202f%)")
    )
    exact = [
        Decimal(re.match(r"-?[\d.]+", t).group())
        for t in tab.page.locator("table:has(caption:text('made of')) tbody td.num").evaluate_all(
            "cells => cells.map(c => c.title)"
        )
    ]
    assert sum(exact) == Decimal(found["change"])
    moved = [
        Decimal(re.match(r"-?[\d.]+", t).group())
        for t in tab.page.locator("table:has(caption:text('Movers')) tbody tr td:nth-child(4)").evaluate_all(
            "cells => cells.map(c => c.title)"
        )
    ]
    assert sum(moved) == Decimal(found["change"])
    assert tab.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_screen_keeps_the_accessibility_rules_and_fits_a_phone(opened, scheme):
    tab, _ = opened
    tab.page.emulate_media(color_scheme=scheme)
    tab.page.wait_for_timeout(1500)
    tab.page.evaluate(AXE.read_text("utf-8") + "; 0")
    found = tab.page.evaluate(
        "async (rules) => (await axe.run(document, { runOnly: rules })).violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html).join(' | ')}`)",
        ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
    )
    assert found == []
    tab.page.set_viewport_size({"width": 360, "height": 800})
    tab.page.wait_for_timeout(500)
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 360
    tab.page.set_viewport_size({"width": 1280, "height": 900})


def test_an_alert_is_answered(opened):
    tab, files = opened
    if "What is odd" not in tab.page.locator("#app").inner_text():
        tab.page.locator('[data-go="screen:changes"]').click()
    answer = tab.page.locator('[data-go^="changes:say:"][data-go$=":no"]').first
    answer.wait_for()
    answer.click()
    tab.page.get_by_text("1 muted").wait_for()
    assert len(asked(tab, "app.workspace.feedback['x_Verdict'].tolist()")) == 1
