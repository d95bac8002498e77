"""Every file holds the whole bill."""

import csv
import io
import json
from decimal import Decimal

import bills
import pytest
from costdna.export import FILES, Leaving, fits, story, write
from costdna.ledger import HEADINGS


@pytest.fixture(scope="module")
def result():
    return bills.run(bills.company(teams=4, per_team=8))


def leaving(result):
    return Leaving(result, result.report, story.figures(result.report))


def rows(result, name):
    file, text = write(name, leaving(result))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_teams_add_up_to_the_bill_and_their_headings_to_them(result):
    out = rows(result, "costdna-teams.csv")
    assert sum(Decimal(r["cost"]) for r in out) == Decimal(result.report.text(result.report.net))
    assert all(sum(Decimal(r[h]) for h in HEADINGS) == Decimal(r["cost"]) for r in out)
    assert out[-1]["x_Team"] == "" and {r["currency"] for r in out} == {"USD"}


def test_allocations_and_resources_add_up_to_both_costs(result):
    for name in ("costdna-allocations.csv", "costdna-resources.csv", "chargeback", "focus"):
        out = rows(result, name)
        for column, metric in (("BilledCost", "billed"), ("EffectiveCost", "effective")):
            assert sum(Decimal(r[column]) for r in out) == Decimal(
                result.report.text(result.report.ledger[metric]["net"])
            )
    shares = rows(result, "costdna-allocations.csv")
    assert len(shares) == len(result.allocations)
    assert {r["ServiceName"] for r in shares} == set(result.charges["ServiceName"])


def test_json_is_the_stable_one(result):
    _, text = write("json", leaving(result))
    assert json.loads(text) == json.loads(json.dumps(result.report.to_dict()))


def test_chargeback_names_the_method_of_every_amount(result):
    out = rows(result, "chargeback")
    by_method = {}
    for r in out:
        by_method[r["x_AllocatedMethodDetails"]] = by_method.get(r["x_AllocatedMethodDetails"], 0) + Decimal(
            r["BilledCost"]
        )
    ledger = result.report.ledger["billed"]
    assert by_method["direct: its own tag"] == Decimal(result.report.text(ledger["tagged"]))
    assert all("direct" in r["x_AllocatedMethodDetails"] for r in out if r["x_Team"])
    assert all(r["x_AllocatedMethodDetails"].startswith("not charged") for r in out if not r["x_Team"])


def test_every_kind_says_what_it_cannot_for_this_bill(result):
    told = {row["kind"]: row for row in fits(leaving(result))}
    assert list(told) == [f.kind for f in FILES] and len({f.name for f in FILES}) == len(FILES)
    assert [k for k, row in told.items() if not row["possible"]] == ["iac-patch"]
    assert "--repository" in told["iac-patch"]["why"][0]
    assert told["focus"]["why"] == []
    assert told["cost-category"]["units"] == result.report.ledger["billed"]["inferred"] > 0 == told["vantage"]["units"]
    assert "inference" in told["cost-category"]["why"][0] and "$" in told["cost-category"]["why"][0]
