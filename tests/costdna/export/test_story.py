"""Sentences that say what the figures say."""

from dataclasses import replace

import bills
import pandas as pd
import pytest
from costdna.export import story
from readings import line


@pytest.fixture(scope="module")
def company():
    return bills.run(bills.company()).report


def test_coverage_in_words(company):
    f = story.figures(company)
    said = story.coverage(company, f)
    assert (
        said
        == f"{f.percent(company.coverage['billed']['after'])} of this bill has an owner. It was {f.percent(company.coverage['billed']['before'])} by tags alone."
    )


def test_bills_that_say_little():
    bare = bills.run([line(), line(ResourceId="i-2")]).report
    assert story.coverage(bare, story.figures(bare)).startswith("None of this bill has an owner yet: $2.50 of usage")
    assert story.gate(bare).startswith("Nothing was inferred. No team is named")
    credit = bills.run([line(LineItemType="Credit", Unblended="-3", ResourceId="")]).report
    assert "no usage or purchase" in story.coverage(credit, story.figures(credit))
    tagged = bills.run([line(Tags={("resource", "team"): "search"})]).report
    assert story.coverage(tagged, story.figures(tagged)) == "100\u202f% of this bill has an owner, all of it by tags."


def test_one_team_in_words(company):
    f = story.figures(company)
    for row in company.teams.to_dict("records"):
        if row["x_Team"]:
            said = story.team(company, row, f)
            assert said.startswith(f"{row['x_Team']} owns {f.money(row['cost'])}")
            assert ("inferred" in said) == bool(row["inferred"])


def test_money_without_a_team_is_told_apart_and_never_lost(company):
    rows = story.unowned(company)
    bare = company.teams[company.teams["x_Team"] == ""].iloc[0]
    assert sum(r["cost"] for r in rows) == int(bare["cost"])
    assert [r["key"] for r in rows] == ["unallocatable", "abstained"]
    assert sum(cost for _, cost, _ in story.why_unknown(company)) == sum(
        r["cost"] for r in rows if r["key"] == "abstained"
    )


def test_the_period_spans_the_files(company):
    assert story.period(company) == "Oct 2026"
    company.sources = pd.DataFrame({"BillingPeriodStart": pd.to_datetime(["2026-10-01", "2026-11-01", "2027-01-01"])})
    assert story.period(company) == "Oct 2026 – Jan 2027"


def test_the_period_of_one_file_of_several_months_is_all_of_them(company):
    one = replace(company, sources=pd.DataFrame({"BillingPeriodStart": pd.to_datetime(["2026-09-01"])}))
    assert story.period(one) == "Sep – Oct 2026"
    assert story.period(replace(one, daily=one.daily[:0])) == "Sep 2026"
