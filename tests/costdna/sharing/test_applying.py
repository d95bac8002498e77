"""One rule gives what it has taken by the weights it names, and what nobody used stays visible."""

from moving import day, space
from shares import USAGE, totals

from costdna.sharing import parse_book, spread


def test_a_day_without_usage_takes_its_month_and_a_month_without_stays_visible():
    rows = [
        day(1, "10", Tags={("resource", "service"): "api"}),
        day(3, "1000", Tags={("resource", "service"): "api"}),
        day(3, "5", month=11, Tags={("resource", "service"): "api"}),
    ]
    run = space(rows).result
    book = parse_book(
        {
            "for": "customers",
            "rules": [
                {
                    "name": "api",
                    "where": {"tag": "service=api"},
                    "method": "proportional",
                    "driver": "requests",
                    "by": "tag:service",
                }
            ],
        }
    )
    found = spread(run.charges, run.allocations, book, USAGE)
    by = found.shares.groupby(["x_AllocatedMethodDetails", "x_Bearer"])["BilledCost"].sum()
    assert by["requests of api on 2026-10-01", "acme"] == 700
    assert by["requests of api in 2026-10 (none on 2026-10-03)", "zed"] == 99999
    assert found.notes == [
        {"rule": "api", "reason": "no requests of api in 2026-11", "charges": 1, "billed": 500, "effective": 500}
    ]
    assert found.shares.loc[found.shares["x_Bearer"] == "", "BilledCost"].sum() == 500


def test_split_cost_allocation_spreads_the_instance_over_its_pods():
    pod = {
        "LineItemType": "Usage",
        "Operation": "EKSPod-EC2",
        "SplitParentId": "i-node",
        "Unblended": "0",
        "PublicOnDemand": "0",
    }
    rows = [
        day(5, "10", ResourceId="i-node"),
        day(6, "7", ResourceId="i-node"),
        day(
            5,
            "0",
            **{**pod, "ResourceId": "pod/a", "SplitCost": "2", "SplitUnused": "1", "Tags": {("resource", "team"): "a"}},
        ),
        day(
            5,
            "0",
            **{**pod, "ResourceId": "pod/b", "SplitCost": "5", "SplitUnused": "2", "Tags": {("resource", "team"): "b"}},
        ),
    ]
    run = space(rows).result
    found = spread(
        run.charges,
        run.allocations,
        parse_book([{"name": "pods", "where": {"resource": "i-node"}, "method": "split"}]),
        splits=run.bill.splits,
    )
    totals(found.shares, run.charges)
    assert found.shares.groupby("x_Bearer")["BilledCost"].sum().to_dict() == {"": 700, "a": 300, "b": 700}
    assert found.notes[0]["reason"] == "no split child on 2026-10-06"
