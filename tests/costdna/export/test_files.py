"""Every file holds the whole bill."""

import csv
import io
import json
from decimal import Decimal

import bills
import pytest
from costdna.export import FILES, story, write
from costdna.ledger import HEADINGS


@pytest.fixture(scope="module")
def result():
    return bills.run(bills.company(teams=4, per_team=8))


def rows(result, name):
    file, text = write(name, result.report, result.charges, result.allocations, story.figures(result.report))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_teams_add_up_to_the_bill_and_their_headings_to_them(result):
    out = rows(result, "costdna-teams.csv")
    assert sum(Decimal(r["cost"]) for r in out) == Decimal(result.report.text(result.report.net))
    assert all(sum(Decimal(r[h]) for h in HEADINGS) == Decimal(r["cost"]) for r in out)
    assert out[-1]["x_Team"] == "" and {r["currency"] for r in out} == {"USD"}


def test_allocations_and_resources_add_up_to_both_costs(result):
    for name in ("costdna-allocations.csv", "costdna-resources.csv"):
        out = rows(result, name)
        for column, metric in (("BilledCost", "billed"), ("EffectiveCost", "effective")):
            assert sum(Decimal(r[column]) for r in out) == Decimal(result.report.text(result.report.ledger[metric]["net"]))
    shares = rows(result, "costdna-allocations.csv")
    assert len(shares) == len(result.allocations) and {r["ServiceName"] for r in shares} == set(result.charges["ServiceName"])


def test_json_is_the_stable_one(result):
    _, text = write("costdna-report.json", result.report, result.charges, result.allocations, story.figures(result.report))
    assert json.loads(text) == json.loads(json.dumps(result.report.to_dict()))


def test_no_file_of_a_hostile_bill_carries_its_markup_or_formulas():
    result = bills.run(bills.hostile())
    for file in FILES:
        _, text = write(file.name, result.report, result.charges, result.allocations, story.figures(result.report))
        if file.mime == "text/html":
            assert "<img" not in text and "<script" not in text and "onerror=alert" in text.replace("&quot;", '"')
        if file.mime == "text/csv":
            assert not [c for row in csv.reader(io.StringIO(text, newline="")) for c in row if c[:1] in ("=", "@", "+")]
