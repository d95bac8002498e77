"""The main job against plain SQL over the same files: rows, resources, gross, credits, net, and each team's tagged
money, exactly.
"""

import asyncio
from collections import defaultdict
from decimal import Decimal

import pytest
from sql_truth import truth

from costdna import ledger, money, pipeline
from costdna.teams.keys import NO_OWNER
from costdna.teams.values import slug
from costdna_companion import native


def attributed(paths, **wishes):
    readings, _ = native.read(paths)
    return asyncio.run(pipeline.run(readings, pipeline.Wishes(**wishes)))


def check(paths, tag):
    result = attributed(paths, tag_keys=[tag])
    due = truth(paths, tag=tag)
    report, scale = result.report, result.report.scale
    amount = lambda units: Decimal(money.to_text(units, scale))
    books = report.ledger
    assert int(report.sources["x_Rows"].sum()) == due["rows"]
    assert int((~result.ownables["x_IsSynthetic"]).sum()) == due["resources"]
    assert amount(books["billed"]["net"]) == due["billed"]
    assert amount(books["effective"]["net"]) == due["effective"]
    assert amount(books["billed"]["credits"]) == due["credits"]
    assert books["billed"]["residual"] == books["effective"]["residual"] == 0
    assert all(i["holds"] for i in report.identities), report.identities
    credit = dict(zip(result.charges["x_ChargeId"], ledger.is_credit(result.charges)))
    tagged = result.allocations[
        (result.allocations["x_Basis"] == "tag") & ~result.allocations["x_ChargeId"].map(credit)
    ]
    got = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for team, billed, effective in zip(tagged["x_Team"], tagged["BilledCost"], tagged["EffectiveCost"]):
        got[slug(team)][0] += amount(billed)
        got[slug(team)][1] += amount(effective)
    want = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for value, (billed, effective) in due["by_tag"].items():
        if value.strip().lower() not in NO_OWNER:
            want[slug(value)][0] += billed
            want[slug(value)][1] += effective
    assert dict(got) == dict(want)
    return report, due


def test_two_real_months(real_data):
    report, due = check(sorted((real_data / "cur_v1_parquet").glob("*.parquet")), "department")
    assert due["rows"] == 119_307 + 124_340
    billed, effective = (Decimal(report.text(report.ledger[m]["net"])) for m in ("billed", "effective"))
    assert round(billed, 6) == Decimal("4064.483132") + Decimal("3505.326968")
    # the parts were rounded apart
    assert abs(effective - Decimal("4195.957109") - Decimal("3632.559846")) < Decimal("0.000002")
    assert sorted(t for t in report.teams["x_Team"] if t) == ["Analytics", "CentralIT", "Finance", "Marketing", "Sales"]


def test_real_csv_without_resources_or_tags(real_data):
    report, due = check([real_data / "cur_v1_csv" / "sample-anonymous-aws-export-dataset.csv"], "team")
    assert due["rows"] == 1281 and due["resources"] == 0
    assert report.coverage["billed"] == {"before": 0.0, "after": 0.0}


@pytest.mark.parametrize(
    "pattern", ["cur-v1/*.csv.gz", "cur-v1-parquet/*.parquet", "cur2/*.parquet", "cur2-csv/*.csv.gz"]
)
def test_demo_bill(demo_bills, pattern):
    report, due = check(sorted(demo_bills.glob(pattern)), "Team")
    assert due["credits"] < 0
    kinds = {f["code"] for f in report.findings}
    assert "unknown-line-type" in kinds
