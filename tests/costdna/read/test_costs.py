"""One case per row of the line-type table, on both bases: what was paid, what it really cost, and what it is."""

import pytest
from readings import line, reading

from costdna import columns
from costdna.read import assemble

RI = "arn:aws:ec2:eu-west-1:111122223333:reserved-instances/abc"
PLAN = "arn:aws:savingsplans::111122223333:savingsplan/p1"
ALL = dict(
    Unblended="10",
    PublicOnDemand="16",
    ReservationEffective="7",
    ReservationUnusedUpfront="1.5",
    ReservationUnusedRecurring="0.5",
    ReservationAmortizedUpfront="4",
    PlanEffective="6",
    PlanTotalCommitment="9",
    PlanUsedCommitment="5",
    PlanAmortizedUpfront="3",
    PlanRecurring="2",
)

# kind, changes to the line, (billed, effective, list, contracted), (category, frequency, status)
CASES = [
    ("Usage", dict(LineItemType="Usage"), (10, 10, 16, 10), ("Usage", "Usage-Based", "")),
    (
        "DiscountedUsage",
        dict(LineItemType="DiscountedUsage", Unblended="0", CommitmentDiscountId=RI),
        (0, 7, 16, 16),
        ("Usage", "Usage-Based", "Used"),
    ),
    (
        "SavingsPlanCoveredUsage",
        dict(LineItemType="SavingsPlanCoveredUsage", CommitmentDiscountId=PLAN),
        (0, 6, 16, 16),
        ("Usage", "Usage-Based", "Used"),
    ),
    (
        "SavingsPlanNegation",
        dict(LineItemType="SavingsPlanNegation", Unblended="-10", ResourceId="", CommitmentDiscountId=PLAN),
        (0, 0, 0, 0),
        ("Usage", "Usage-Based", ""),
    ),
    (
        "SavingsPlanUpfrontFee",
        dict(LineItemType="SavingsPlanUpfrontFee"),
        (10, 0, 10, 10),
        ("Purchase", "One-Time", ""),
    ),
    (
        "SavingsPlanRecurringFee",
        dict(LineItemType="SavingsPlanRecurringFee"),
        (10, 4, 10, 10),
        ("Purchase", "Recurring", "Unused"),
    ),
    (
        "RIFee",
        dict(LineItemType="RIFee", CommitmentDiscountId=RI),
        (10, 2, 10, 10),
        ("Purchase", "Recurring", "Unused"),
    ),
    (
        "ReservationUpfrontFee",
        dict(LineItemType="Fee", CommitmentDiscountId=RI),
        (10, 0, 10, 10),
        ("Purchase", "One-Time", ""),
    ),
    (
        "ReservationUpfrontFee",
        dict(LineItemType="Fee", CommitmentDiscountId="arn:aws:ec2:eu-west-1:1:reserved-instance-exchange/riex-1"),
        (10, 0, 10, 10),
        ("Purchase", "One-Time", ""),
    ),
    ("Fee", dict(LineItemType="Fee"), (10, 10, 10, 10), ("Purchase", "Recurring", "")),
    (
        "FlatRateSubscription",
        dict(LineItemType="FlatRateSubscription"),
        (10, 10, 10, 10),
        ("Purchase", "Recurring", ""),
    ),
    ("Tax", dict(LineItemType="Tax"), (10, 10, 10, 10), ("Tax", "One-Time", "")),
    ("Credit", dict(LineItemType="Credit", Unblended="-10"), (-10, -10, -10, -10), ("Credit", "One-Time", "")),
    (
        "RefundOfUpfront",
        dict(
            LineItemType="Refund",
            Unblended="-10",
            ServiceCode="ComputeSavingsPlans",
            ChargeDescription="Refund for one-time fee for Savings Plan ID x",
        ),
        (-10, 0, -10, -10),
        ("Purchase", "One-Time", ""),
    ),
    (
        "Refund",
        dict(LineItemType="Refund", Unblended="-10", ChargeDescription="Refund for one-time fee for Savings Plan ID x"),
        (-10, -10, -10, -10),
        ("Adjustment", "One-Time", ""),
    ),
    *[
        ("Discount", dict(LineItemType=t, Unblended="-10"), (-10, -10, 0, -10), ("Usage", "Usage-Based", ""))
        for t in "EdpDiscount PrivateRateDiscount BundledDiscount SppDiscount RiVolumeDiscount Discount".split()
    ],
    ("UnknownUsage", dict(LineItemType="PrepaidAppliedUsage"), (10, 10, 16, 10), ("Usage", "Usage-Based", "")),
    (
        "Unknown",
        dict(LineItemType="FutureCharge", ConsumedQuantity=""),
        (10, 10, 16, 10),
        ("Adjustment", "One-Time", ""),
    ),
    ("SplitChild", dict(LineItemType="Usage", Operation="EKSPod-EC2"), (0, 0, 0, 0), ("Usage", "Usage-Based", "")),
    ("SplitChild", dict(LineItemType="Usage", SplitParentId="i-0parent"), (0, 0, 0, 0), ("Usage", "Usage-Based", "")),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1].get('LineItemType')}")
def test_line_type(case):
    kind, changes, billed_effective_list_contracted, category_frequency_status = case
    bill = assemble([reading([line(**{**ALL, **changes})])])
    row = bill.charges[bill.charges["x_ChargeKind"] == kind].iloc[0]
    costs = tuple(row[c] / 10**bill.scale for c in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"))
    said = tuple(row[c] for c in ("ChargeCategory", "ChargeFrequency", "CommitmentDiscountStatus"))
    assert costs == billed_effective_list_contracted
    assert said == category_frequency_status


def test_every_row_of_the_table_has_a_case():
    assert {k["kind"] for k in columns.load("line_types")["kinds"]} == {c[0] for c in CASES}


def test_net_basis_takes_the_net_twin_of_every_field():
    net = dict(NetUnblended="10", ReservationNetEffective="5")
    bill = assemble(
        [
            reading(
                [
                    line(**{**ALL, **net}),
                    line(**{**ALL, **net, "LineItemType": "DiscountedUsage", "Unblended": "0", "NetUnblended": "0"}),
                ]
            )
        ]
    )
    assert bill.basis == "net"
    used = bill.charges[bill.charges["x_ChargeKind"] == "DiscountedUsage"].iloc[0]
    assert used["EffectiveCost"] == 5 * 10**bill.scale


def test_unused_commitment_on_net_basis_is_scaled_by_the_net_fee():
    fee = dict(
        LineItemType="SavingsPlanRecurringFee",
        Unblended="8",
        NetUnblended="8",
        PlanTotalCommitment="9",
        PlanUsedCommitment="5",
        PlanRecurring="4",
        PlanNetRecurring="3",
    )
    bill = assemble([reading([line(**fee)])])
    assert bill.basis == "net"
    assert bill.charges["EffectiveCost"].iat[0] == 3 * 10**bill.scale


def test_covered_usage_without_a_public_price_lists_at_what_it_would_have_cost():
    bill = assemble(
        [reading([line(LineItemType="SavingsPlanCoveredUsage", Unblended="3", PublicOnDemand="0", PlanEffective="2")])]
    )
    assert bill.charges.loc[bill.charges["x_ChargeKind"] == "SavingsPlanCoveredUsage", "ListCost"].iat[0] == 3


def test_spot_is_dynamic():
    bill = assemble([reading([line(UsageType="EU-SpotUsage:m5.large")])])
    assert bill.charges["PricingCategory"].iat[0] == "Dynamic"
