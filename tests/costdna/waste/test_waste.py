"""Savings are the bill's own rows: no more than a resource cost, counted once, and what a bill cannot tell is said."""

from decimal import Decimal

import pandas as pd
from moving import space
from readings import line, reading

from costdna import pipeline, schema
from costdna.waste import Hours
from costdna.workspace import Workspace


def hour(d, h, cost, month=10, **more):
    return line(
        **{
            "BillingPeriodStart": f"2026-{month:02}-01T00:00:00Z",
            "ChargePeriodStart": f"2026-{month:02}-{d:02}T{h:02}:00:00Z",
            "ChargePeriodEnd": f"2026-{month:02}-{d:02}T{h + 1:02}:00:00Z"
            if h < 23
            else f"2026-{month:02}-{d + 1:02}T00:00:00Z",
            "Unblended": str(cost),
            "PublicOnDemand": "",
            **more,
        }
    )


STAGING = {"Tags": {("resource", "Environment"): "Staging", ("resource", "team"): "web"}}


def rows(found, kind):
    return [r for r in found["rows"] if r["kind"] == kind]


def test_staging_at_night_and_at_weekends_costs_what_its_hours_cost():
    # Monday 5 October to Sunday 11 October 2026, all hours, 0.10 an hour; production beside it is left alone
    bill = [hour(d, h, "0.10", ResourceId="i-stage", **STAGING) for d in range(5, 12) for h in range(24)]
    bill += [
        hour(d, 2, "9", ResourceId="i-prod", Tags={("resource", "Environment"): "production"}) for d in range(5, 12)
    ]
    found = space(bill).list_waste()
    (row,) = rows(found, "off-hours")
    assert row["resource"] == "i-stage" and row["team"] == "web" and Decimal(row["cost"]) == Decimal("16.8")
    assert Decimal(row["saving"]) == Decimal("0.10") * (5 * 12 + 2 * 24) and "ran 108 of its 168 hours" in row["why"]
    assert Decimal(space(bill).list_waste(utc_offset=9)["saving"]) == Decimal("10.8")  # another clock, as many hours


def test_what_a_commitment_covers_saves_nothing_for_sure():
    bill = [
        hour(
            d,
            h,
            "0.10",
            ResourceId="i-stage",
            LineItemType="SavingsPlanCoveredUsage",
            SavingsPlanEffective="0.05",
            CommitmentDiscountId="sp-1",
            **STAGING,
        )
        for d in (10, 11)
        for h in range(24)
    ]
    (row,) = rows(space(bill).list_waste(), "off-hours")
    assert row["saving"] == "0" and "commitment" in row["why"]
    focus = [
        {
            "BillingPeriodStart": "2026-10-01 00:00:00",
            "ChargePeriodStart": f"2026-10-10 {h:02}:00:00",
            "ChargePeriodEnd": f"2026-10-10 {h + 1:02}:00:00",
            "BillingCurrency": "USD",
            "SubAccountId": "1",
            "ServiceName": "EC2",
            "ResourceId": "i-1",
            "ChargeCategory": "Usage",
            "UsageType": "BoxUsage:m5",
            "BilledCost": cost,
            "EffectiveCost": "0.05",
            "CommitmentDiscountStatus": status,
            "Tags": {("focus", "env"): "staging"},
        }
        for h in range(9)
        for cost, status in (("0.10", ""), ("0", "Used"))
    ]
    made = Workspace([reading(focus, format="focus")], pipeline.Wishes())
    made.prove()
    (row,) = rows(made.list_waste(), "off-hours")
    assert row["saving"] == "0" and "commitment" in row["why"]


def test_a_bill_by_day_says_that_it_cannot_tell():
    bill = [line(ChargePeriodStart="2026-10-05T00:00:00Z", ChargePeriodEnd="2026-10-06T00:00:00Z", **STAGING)]
    found = space(bill).list_waste()
    assert not rows(found, "off-hours")
    assert "not hourly" in found["notes"][0]
    assert "less than 14 days" in found["notes"][1]


def test_idle_addresses_gateways_and_snapshots():
    bill = [hour(5, h, "0.005", ResourceId="eipalloc-1", UsageType="EU-PublicIPv4:IdleAddress") for h in range(3)]
    bill += [
        hour(5, 1, "0.045", ResourceId="nat-0aaaaaaaaaaaaaaa1", UsageType="EU-NatGateway-Hours"),
        hour(5, 1, "0.045", ResourceId="nat-0aaaaaaaaaaaaaaa2", UsageType="EU-NatGateway-Hours"),
        hour(5, 1, "0.01", ResourceId="nat-0aaaaaaaaaaaaaaa2", UsageType="EU-NatGateway-Bytes", ConsumedQuantity="3"),
        hour(5, 1, "0.7", ResourceId="snap-1", UsageType="EU-EBS:SnapshotUsage"),
    ]
    found = space(bill).list_waste()
    assert [(r["resource"], r["saving"]) for r in rows(found, "idle address")] == [("eipalloc-1", "0.015")]
    assert [(r["resource"], r["saving"]) for r in rows(found, "idle gateway")] == [("nat-0aaaaaaaaaaaaaaa1", "0.045")]
    assert [(r["saving"], r["cost"]) for r in rows(found, "snapshot")] == [("0", "0.7")]
    assert "age" in rows(found, "snapshot")[0]["needs"]


def test_what_lost_its_use_but_goes_on_costing():
    bill = []
    for d in range(1, 29):
        for name, n in (("dead", 1000 if d <= 14 else 3), ("alive", 1000)):
            bill += [
                hour(
                    d,
                    1,
                    "1",
                    ResourceId=f"arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/{name}/1",
                    UsageType="EU-LoadBalancerUsage",
                ),
                hour(
                    d,
                    1,
                    "0",
                    ResourceId=f"arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/{name}/1",
                    UsageType="EU-DataTransfer-Out-Bytes",
                    ConsumedQuantity=str(n),
                ),
            ]
    (row,) = rows(space(bill).list_waste(), "abandoned")
    assert "/dead/" in row["resource"] and row["saving"] == "14" and row["cost"] == "28"


def test_a_volume_outlives_its_instance():
    tags = {"Tags": {("resource", "Name"): "i-0123456789abcdef0 data"}}
    bill = [hour(d, 1, "1", ResourceId="i-0123456789abcdef0") for d in range(1, 6)] + [
        hour(d, 1, "0.5", ResourceId="vol-0123456789abcdef0", UsageType="EU-EBS:VolumeUsage.gp3", **tags)
        for d in range(1, 21)
    ]
    (row,) = rows(space(bill).list_waste(), "volume")
    assert row["resource"] == "vol-0123456789abcdef0"
    assert row["saving"] == "7.5"
    assert "suspected" in row["why"]
    assert "inventory" in row["needs"]


def test_a_volume_of_two_clusters_is_alive_while_one_of_them_is():
    def tags(*names):
        keys = ("aws:autoscaling:groupName", "eks:cluster-name")
        return {("resource", key): name for key, name in zip(keys, names)}

    bill = [
        hour(
            d,
            1,
            "0.5",
            ResourceId="vol-0123456789abcdef0",
            UsageType="EU-EBS:VolumeUsage.gp3",
            Tags=tags("a-group", "z-cluster"),
        )
        for d in range(1, 21)
    ]
    bill += [hour(d, 1, "1", ResourceId="i-0123456789abcdef0", Tags=tags("a-group", "")) for d in range(1, 6)]
    assert [r["saving"] for r in rows(space(bill).list_waste(), "volume")] == ["7.5"]
    bill += [hour(d, 1, "1", ResourceId="i-0123456789abcdef1", Tags=tags("", "z-cluster")) for d in range(1, 21)]
    assert not rows(space(bill).list_waste(), "volume")


def test_with_an_inventory_a_suspicion_falls_or_is_certain_and_a_snapshot_has_an_age():
    tags = {"Tags": {("resource", "Name"): "i-0123456789abcdef0 data"}}
    volumes = [f"vol-0123456789abcde{n}" for n in ("f0", "f1", "f2")]
    bill = [hour(d, 1, "1", ResourceId="i-0123456789abcdef0") for d in range(1, 6)] + [
        hour(20, 2, "0.7", ResourceId="snap-0123456789abcdef0", UsageType="EU-EBS:SnapshotUsage")
    ]
    bill += [
        hour(d, 1, "0.5", ResourceId=v, UsageType="EU-EBS:VolumeUsage.gp3", **(tags if v != volumes[2] else {}))
        for v in volumes
        for d in range(1, 21)
    ]
    seen = [(v, "ec2:volume", state, None) for v, state in zip(volumes, ("available", "in-use", "available"))] + [
        ("snap-0123456789abcdef0", "ec2:snapshot", "completed", "2026-09-20")
    ]
    inventory = schema.INVENTORY.check(
        pd.DataFrame(
            [
                (
                    "aws",
                    "111122223333",
                    "eu-west-1",
                    f"arn:aws:ec2:eu-west-1:111122223333:{kind.partition(':')[2]}/{name}",
                    name,
                    kind,
                    "[]",
                    pd.Timestamp(made),
                    state,
                    "test",
                )
                for name, kind, state, made in seen
            ],
            columns=schema.INVENTORY.names(),
        ).astype({"x_Created": "datetime64[ns]"})
    )
    before, found = space(bill).list_waste(), space(bill, inventory=inventory).list_waste()
    assert [r["resource"] for r in rows(before, "volume")] == volumes[:2]
    assert all("suspected" in r["why"] for r in rows(before, "volume"))
    settled, loose = rows(found, "volume")
    assert (settled["resource"], settled["saving"], settled["needs"]) == (volumes[0], "7.5", "")
    assert "certain" in settled["why"]
    assert "suspected" not in settled["why"]
    assert (loose["resource"], loose["saving"], loose["cost"]) == (volumes[2], "0", "10")
    assert "since when" in loose["why"]
    (snapshot,) = rows(found, "snapshot")
    assert "made 30 days before" in snapshot["why"] and snapshot["needs"] == ""


def test_working_hours_are_a_week():
    assert Hours().off().sum() == 108 and Hours(utc=5).off().sum() == 108 and Hours(0, 24).off().sum() == 48
    assert not Hours().off()[8] and Hours().off()[7] and not Hours(utc=1).off()[7]
