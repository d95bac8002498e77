"""The law of the house: whatever the bill, every unit of it stands under exactly one heading."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readings import line, reading

from costdna import ledger, money, schema
from costdna.allocate import allocate
from costdna.errors import LedgerError
from costdna.ownables import ownables
from costdna.read import assemble
from costdna.teams import known

KINDS = """
    Usage DiscountedUsage SavingsPlanCoveredUsage SavingsPlanNegation SavingsPlanUpfrontFee SavingsPlanRecurringFee
    RIFee Fee Tax Credit Refund EdpDiscount SomethingNew
""".split()
AMOUNT = st.one_of(
    st.decimals("-3e12", "3e12", places=11),
    st.decimals("-10", "10", places=11),
    st.just(Decimal("1e-12")),
    st.just(Decimal("-0")),
    st.just(Decimal("3e12")),
)
LINE = st.builds(
    lambda kind, u, e, rid, team, day, account: line(
        LineItemType=kind,
        Unblended=f"{u:f}",
        ReservationEffective=f"{e:f}",
        PlanEffective=f"{e:f}",
        PlanTotalCommitment=f"{e:f}",
        ResourceId=rid,
        SubAccountId=account,
        ChargePeriodStart=f"2026-10-{day:02}T00:00:00Z",
        ChargePeriodEnd=f"2026-10-{day:02}T01:00:00Z",
        **({"Tags": {("resource", "user:Team"): team}} if team else {}),
    ),
    st.sampled_from(KINDS),
    AMOUNT,
    AMOUNT,
    st.sampled_from(["", "i-1", "i-2", "arn:aws:s3:::b"]),
    st.sampled_from(["", "Search", "search", "pay"]),
    st.integers(1, 4),
    st.sampled_from(["1", "2"]),
)


def closed(rows):
    bill = assemble([reading(rows)])
    things = ownables(bill.charges)
    proved = known(bill.charges, things)
    allocations = allocate(bill.charges, proved.ownership, proved.claims)
    return bill, proved, allocations


@settings(max_examples=60, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=12))
def test_every_unit_of_every_charge_is_allocated_once(rows):
    bill, proved, allocations = closed(rows)
    for metric, column in ledger.METRICS.items():
        book = ledger.ledger(bill.charges, allocations, metric)
        assert book["residual"] == 0
        per_charge = allocations.groupby("x_ChargeId")[column].sum()
        assert (per_charge.reindex(bill.charges["x_ChargeId"]).to_numpy() == bill.charges[column].to_numpy()).all()
    billed = sum((Decimal(r["Unblended"]) for r in rows), Decimal(0))
    assert Decimal(money.to_text(ledger.ledger(bill.charges, allocations, "billed")["net"], bill.scale)) == billed
    assert ledger.identities(bill.charges, bill.metas, bill.basis, bill.scale)[0]["holds"]
    share = ledger.coverage(ledger.explained(bill.charges, allocations, "billed"))
    assert 0 <= share["before"] <= 1 and 0 <= share["after"] <= 1


def test_a_missing_unit_stops_everything():
    bill, proved, allocations = closed([line(Unblended="2.5")])
    allocations["BilledCost"] = allocations["BilledCost"] - 1
    with pytest.raises(LedgerError) as caught:
        ledger.ledger(bill.charges, allocations, "billed")
    assert "1 units" in caught.value.found


def test_credits_stand_apart_and_net_is_their_sum():
    bill, proved, allocations = closed(
        [
            line(Unblended="10"),
            line(Unblended="-4", LineItemType="Credit", ResourceId=""),
            line(Unblended="-1", LineItemType="Refund", ResourceId=""),
        ]
    )
    book = ledger.ledger(bill.charges, allocations, "billed")
    assert (book["gross"], book["credits"], book["net"]) == (1000, -500, 500) and bill.scale == 2


def test_shares_split_to_the_last_unit():
    bill, proved, allocations = closed([line(Unblended="0.10")])
    owner = bill.charges["x_OwnableId"].iat[0]
    rows = [
        (owner, team, share, float("nan"), pd.NaT, pd.NaT, "human", "owned", "you said so", "", "")
        for team, share in (("a", 333_333), ("b", 333_333), ("c", 333_334))
    ]
    ownership = schema.OWNERSHIP.check(
        pd.DataFrame(rows, columns=schema.OWNERSHIP.names()).astype(
            {"x_ValidFrom": "datetime64[ns]", "x_ValidTo": "datetime64[ns]", "x_Share": "int64"}
        )
    )
    allocations = allocate(bill.charges, ownership, proved.claims)
    assert allocations["x_AllocatedMethodId"].unique().tolist() == ["share"]
    assert money.total(allocations["BilledCost"]) == money.total(bill.charges["BilledCost"])
    assert ledger.ledger(bill.charges, allocations, "billed")["human"] == money.total(bill.charges["BilledCost"])


def test_upfront_fees_explain_the_difference_between_both_costs():
    ri = "arn:aws:ec2:eu-west-1:1:reserved-instances/r"
    rows = [
        line(LineItemType="Fee", Unblended="100", CommitmentDiscountId=ri, ResourceId=""),
        line(LineItemType="DiscountedUsage", Unblended="0", ReservationEffective="7", CommitmentDiscountId=ri),
        line(
            LineItemType="RIFee",
            Unblended="0",
            ReservationUnusedUpfront="2",
            ReservationAmortizedUpfront="9",
            CommitmentDiscountId=ri,
            ResourceId="",
        ),
    ]
    bill, _, _ = closed(rows)
    identity = ledger.identities(bill.charges, bill.metas, bill.basis, bill.scale)[1]
    assert identity["holds"] and identity["difference"] == "0"
