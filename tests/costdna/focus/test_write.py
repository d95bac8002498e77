"""Rows of FOCUS: totals unchanged, fees in two, rules kept, and the owners come back."""

from decimal import Decimal

import bills
import pytest
from costdna.focus import COLUMNS, focus_rows, validate
from readings import line, reading

PLAN = "arn:aws:savingsplans::111122223333:savingsplan/0a1b"
RI = "arn:aws:ec2:eu-west-1:111122223333:reserved-instances/0a1b"


def month(**more):
    return line(ChargePeriodStart="2026-10-01T00:00:00Z", ChargePeriodEnd="2026-10-31T23:59:59Z", ResourceId="", **more)


def everything():
    """A line of every kind whose cost is odd."""
    return [
        *bills.company(teams=3, per_team=4, days=2),
        line(
            LineItemType="SavingsPlanCoveredUsage",
            CommitmentDiscountId=PLAN,
            Unblended="4",
            PlanEffective="3",
            ResourceId="i-cov",
            Tags={("resource", "team"): "team00"},
        ),
        line(
            LineItemType="SavingsPlanNegation",
            CommitmentDiscountId=PLAN,
            Unblended="-4",
            ResourceId="",
            ConsumedQuantity="0",
        ),
        month(
            LineItemType="SavingsPlanRecurringFee",
            CommitmentDiscountId=PLAN,
            Unblended="5",
            PlanTotalCommitment="5",
            PlanUsedCommitment="3",
            ServiceCode="ComputeSavingsPlans",
        ),
        month(
            LineItemType="RIFee",
            CommitmentDiscountId=RI,
            Unblended="7.5",
            ReservationUnusedRecurring="1.25",
            ReservationUnusedUpfront="0.5",
        ),
        line(
            LineItemType="DiscountedUsage",
            CommitmentDiscountId=RI,
            Unblended="0",
            ReservationEffective="2.5",
            ResourceId="i-ri",
        ),
        month(
            LineItemType="SavingsPlanUpfrontFee",
            CommitmentDiscountId=PLAN,
            Unblended="100",
            ServiceCode="ComputeSavingsPlans",
        ),
        month(LineItemType="Refund", Unblended="-3", ConsumedQuantity="0"),
        line(UsageType="EU-SpotUsage:m5", ResourceId="i-spot", Unblended="0.000000000001"),
    ]


@pytest.fixture(scope="module")
def result():
    return bills.run(everything())


def made(result):
    return focus_rows(result.charges, result.allocations, result.ownership, result.bill.scale)


def total(rows, column):
    return sum(map(Decimal, rows[column]))


def test_both_totals_are_those_of_the_bill_and_of_every_team(result):
    rows = made(result)
    for column, metric in (("BilledCost", "billed"), ("EffectiveCost", "effective")):
        assert total(rows, column) == Decimal(result.report.text(result.report.ledger[metric]["net"]))
        want = result.allocations[result.allocations["x_Verdict"] == "owned"].groupby("x_Team")[column].sum()
        assert {t: total(part, column) for t, part in rows[rows["x_OwnerTeam"] != ""].groupby("x_OwnerTeam")} == {
            t: Decimal(result.report.text(u)) for t, u in want.items()
        }
    assert tuple(rows.columns) == COLUMNS


def test_a_fee_is_what_was_bought_and_what_was_not_used(result):
    rows = made(result)
    fees = rows[rows["x_LineItemType"].isin(["RIFee", "SavingsPlanRecurringFee"])]
    assert sorted(
        zip(fees["ChargeCategory"], fees["BilledCost"], fees["EffectiveCost"], fees["CommitmentDiscountStatus"])
    ) == [
        ("Purchase", "5", "0", ""),
        ("Purchase", "7.5", "0", ""),
        ("Usage", "0", "1.75", "Unused"),
        ("Usage", "0", "2", "Unused"),
    ]
    assert set(fees["ChargePeriodEnd"]) == {"2026-11-01T00:00:00Z"}
    assert "SavingsPlanNegation" not in set(rows["x_LineItemType"])


def test_the_rules_hold_and_each_can_fail(result):
    rows = made(result)
    assert validate(rows) == []
    from costdna.focus.rules import load

    for rule in load("rules_1_2")["rules"]:
        broken = rows.iloc[:1].copy()
        for name, value in rule["when"].items():
            broken[name] = "" if value is None else "x" if value == "*" else value[0]
        bad = rule["not"][0] if "not" in rule else "x" if rule["is"] is None else "" if rule["is"] == "*" else "x"
        broken[rule["column"]] = bad
        assert rule["id"] in {p["rule"] for p in validate(broken)}, rule
    for column, value, what in (
        ("BilledCost", "1,5", "format"),
        ("BilledCost", "", "nullability"),
        ("ChargeCategory", "usage", "allowed values"),
        ("Tags", "[1]", "format"),
        ("BillingCurrency", "usd", "format"),
        ("BillingPeriodEnd", "2026-10-31", "format"),
    ):
        assert what in {p["rule"] for p in validate(rows.assign(**{column: value}))}
    assert [p["rule"] for p in validate(rows.drop(columns="BilledCost"))] == ["presence"]
    assert validate(rows.assign(Mine=""))[0]["rule"] == "presence"


def test_what_is_read_back_has_the_same_totals_and_the_same_owners(result):
    rows = made(result)
    import json

    keep = {
        "PayerAccountId": "BillingAccountId",
        "UsageType": "x_UsageType",
        "ServiceCode": "x_ServiceCode",
        "Operation": "x_Operation",
    }
    same = tuple(
        """
        BillingPeriodStart ChargePeriodStart ChargePeriodEnd ProviderName SubAccountId SubAccountName ResourceId
        ResourceName ResourceType ServiceName RegionId ChargeCategory ChargeClass ChargeFrequency PricingCategory
        CommitmentDiscountStatus BillingCurrency CommitmentDiscountId BilledCost EffectiveCost ListCost ContractedCost
        ConsumedQuantity ConsumedUnit
        """.split()
    )
    lines = []
    for row in rows.to_dict("records"):
        tags = {("focus", k): v for k, v in json.loads(row["Tags"] or "{}").items()}
        if row["x_OwnerTeam"]:
            tags["costdna", "Team"] = row["x_OwnerTeam"]
        lines.append({**{c: row[c] for c in same}, **{a: row[b] for a, b in keep.items()}, "Tags": tags})
    import asyncio

    from costdna import pipeline

    back = asyncio.run(pipeline.run([reading(lines, format="focus")], pipeline.Wishes(tag_keys=["Team"])))
    for metric in ("billed", "effective"):
        assert back.report.text(back.report.ledger[metric]["net"]) == result.report.text(
            result.report.ledger[metric]["net"]
        )

    def teams(run):
        owned = (
            run.allocations[run.allocations["x_Verdict"] == "owned"]
            .groupby("x_Team")[["BilledCost", "EffectiveCost"]]
            .sum()
        )
        return {t: (run.report.text(b), run.report.text(e)) for t, (b, e) in owned.iterrows()}

    assert {t: v for t, v in teams(back).items() if t in teams(result)} == teams(result)


def test_a_charge_that_several_bear_is_a_row_each():
    import pandas as pd
    from costdna import schema
    from costdna.teams.answered import WHOLE

    result = bills.run(
        [
            line(ResourceId="i-1", Unblended="1.01", ConsumedQuantity="3", Tags={("resource", "team"): "a"}),
            line(ResourceId="i-2", Unblended="5", Tags={("resource", "team"): "b"}),
        ]
    )
    charge = result.charges[result.charges["ResourceId"] == "i-1"].iloc[0]
    other = result.allocations[result.allocations["x_ChargeId"] != charge["x_ChargeId"]]
    half = pd.DataFrame(
        [(charge["x_ChargeId"], t, "owned", "human", WHOLE // 2, b, b, "share") for t, b in (("a", 51), ("b", 50))],
        columns=schema.ALLOCATIONS.names(),
    )
    rows = focus_rows(result.charges, pd.concat([half, other]), result.ownership, result.bill.scale)
    mine = rows[rows["ResourceId"] == "i-1"]
    assert mine["BilledCost"].tolist() == ["0.51", "0.5"]
    assert mine["ConsumedQuantity"].tolist() == ["1.5", "1.5"]
    assert total(mine, "ContractedCost") == Decimal("1.01")
    assert mine["x_AllocatedRatio"].tolist() == ["0.5", "0.5"] and mine["x_OwnerTeam"].tolist() == ["a", "b"]
