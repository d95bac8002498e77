"""The standalone report."""

import re
from pathlib import Path

import bills
import pytest
from costdna.export import story
from costdna.export.report_html import report_html, style

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def page():
    report = bills.run(bills.company(teams=4, per_team=8)).report
    return report, report_html(report, story.figures(report))


def test_it_needs_nothing_else(page):
    _, text = page
    assert not re.search(r"https?://|//[a-z]|url\(|@import|src=|href=|<script", text)
    assert "default-src &#x27;none&#x27;" in text


def test_it_says_the_total_the_coverage_and_every_team(page):
    report, text = page
    f = story.figures(report)
    assert f.money(report.net) in text and story.coverage(report, f).replace("'", "&#x27;") in text
    for row in [
        *report.teams[report.teams["x_Team"] != ""].to_dict("records"),
        *({"x_Team": r["title"], **r} for r in story.unowned(report)),
    ]:
        assert f.amount(row["cost"]) in text and row["x_Team"] in text
    assert text.count("<caption>") == text.count("<table") and text.count("<h1") == 1


def test_its_ledger_shows_both_costs_and_nothing_left_over(page):
    report, text = page
    f = story.figures(report)
    for metric in ("billed", "effective"):
        assert f.amount(report.ledger[metric]["gross"]) in text
    assert "Left over" in text and "Both costs close to the same total." in text


def test_its_tokens_are_the_page_s():
    assert style().startswith((ROOT / "web" / "static" / "tokens.css").read_text("utf-8"))
    assert "</style" not in style()
