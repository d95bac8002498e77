import numpy as np
import pytest
from readings import line, reading

from costdna import money, pipeline, schema
from costdna.errors import BillError
from costdna.read import assemble
from costdna.workspace import Workspace

PLAN = dict(CommitmentDiscountId="arn:aws:savingsplans::1:savingsplan/p1")


def test_tables_keep_their_declarations():
    bill = assemble([reading([line(), line(ResourceId="")])])
    for name in ("sources", "charges", "rhythm", "hours"):
        schema.TABLES[name.upper()].check(getattr(bill, name))


def test_order_of_lines_and_files_changes_nothing():
    rows = [line(ResourceId=f"i-{k:04x}", Unblended=str(k / 7)[:8]) for k in range(40)]
    a, b = reading(rows[:25], name="a"), reading(rows[25:], name="b")
    one, two = assemble([a, b]), assemble([b, a])
    assert one.charges.equals(two.charges)
    shuffled = dict(
        a,
        arrays={
            k: v[::-1].copy() if len(v) == len(a["arrays"]["rows"]) and not k.startswith(("rhythm", "hours")) else v
            for k, v in a["arrays"].items()
        },
    )
    assert assemble([shuffled]).charges.equals(assemble([a]).charges)


def test_codes_may_come_in_narrow_integers():
    wide = reading([line(ResourceId=f"i-{k:04x}", SubAccountId=str(k % 200)) for k in range(300)])
    codes = tuple(
        """
        codes. rhythm.ProviderName rhythm.SubAccountId rhythm.ResourceId rhythm.class rhythm.hour rhythm.hours hours.S
        hours.B hours.class
        """.split()
    )
    narrow = {
        k: v.astype("uint8" if v.max() < 256 else "uint16") if k.startswith(codes) else v
        for k, v in wide["arrays"].items()
    }
    assert {v.dtype.name for v in narrow.values()} >= {"uint8", "uint16"}
    one, two = assemble([wide]), assemble([dict(wide, arrays=narrow)])
    for name in ("charges", "rhythm", "hours"):
        assert len(getattr(one, name)) and getattr(one, name).equals(getattr(two, name))


def test_a_file_dropped_twice_counts_once():
    one = reading([line()])
    bill = assemble([one, one])
    assert money.total(bill.charges["BilledCost"]) == 125
    assert [f["code"] for f in bill.findings] == ["repeated-file"]


def test_lines_that_differ_in_a_tag_or_account_never_merge():
    bill = assemble([reading([line(), line(Tags={("resource", "user:Team"): "x"}), line(SubAccountId="444455556666")])])
    assert len(bill.charges) == 3
    assert bill.charges["x_OwnableId"].nunique() == 2


def test_negation_that_cancels_leaves_nothing_and_one_that_does_not_leaves_a_row():
    covered = [
        line(LineItemType="SavingsPlanCoveredUsage", ResourceId=f"i-{k}", Unblended="1.5", PlanEffective="1", **PLAN)
        for k in "ab"
    ]
    even = assemble(
        [reading([*covered, line(LineItemType="SavingsPlanNegation", ResourceId="", Unblended="-3", **PLAN)])]
    )
    assert "SavingsPlanRemainder" not in set(even.charges["x_ChargeKind"])
    assert money.total(even.charges["BilledCost"]) == 0
    odd = assemble(
        [reading([*covered, line(LineItemType="SavingsPlanNegation", ResourceId="", Unblended="-2.25", **PLAN)])]
    )
    rest = odd.charges[odd.charges["x_ChargeKind"] == "SavingsPlanRemainder"]
    assert rest["BilledCost"].tolist() == [75] and odd.scale == 2
    assert rest["CommitmentDiscountId"].tolist() == [PLAN["CommitmentDiscountId"]]


def test_a_month_long_fee_keeps_its_end():
    bill = assemble(
        [
            reading(
                [
                    line(
                        LineItemType="RIFee",
                        ResourceId="",
                        ChargePeriodStart="2026-10-01T00:00:00Z",
                        ChargePeriodEnd="2026-10-31T23:59:59Z",
                    )
                ]
            )
        ]
    )
    assert str(bill.charges["ChargePeriodEnd"].iat[0]) == "2026-10-31 23:59:59"
    assert bill.rhythm.empty


def undated(one, rows, period=True):
    """The reading with the days of these rows, and perhaps their billing periods, gone."""
    arrays = {k: v.copy() for k, v in one["arrays"].items()}
    for name in ("day", *(() if period else ("period",))):
        arrays[name][rows] = -(2**31)
    return {"meta": dict(one["meta"]), "arrays": arrays}


def test_lines_that_do_not_say_when_are_of_their_billing_period():
    one = reading([line(), line(ResourceId="i-2"), line(ResourceId="i-3")])
    bill = assemble([undated(one, [1, 2])])
    when = bill.charges.set_index("ResourceId")[["ChargePeriodStart", "ChargePeriodEnd"]].astype(str)
    assert when.loc["i-2"].tolist() == ["2026-10-01", "2026-11-01"] == when.loc["i-3"].tolist()
    assert [(f["code"], f["text"]) for f in bill.findings] == [
        ("undated-lines", "2 lines do not say when; counted over the billing period.")
    ]
    stray = assemble([undated(one, [1], period=False)]).charges.set_index("ResourceId")
    assert (
        str(stray.loc["i-2", "ChargePeriodStart"].date())
        == str(stray["ChargePeriodStart"].min().date())
        == "2026-10-05"
    )
    with pytest.raises(BillError) as caught:
        assemble([undated(one, [0, 1, 2], period=False)])
    assert caught.value.code == "bad-time"


def test_an_undated_line_and_one_with_another_owner_of_the_same_resource_are_reported():
    owner = lambda team: {"Tags": {("resource", "Team"): team}}
    one = undated(reading([line(**owner("a")), line(**owner("b"))]), [1])
    report = Workspace([one], pipeline.Wishes()).prove()
    assert {t["team"]: t["cost"] for t in report.to_dict()["teams"]} == {"a": "1.25", "b": "1.25"}


def test_lines_that_agree_only_once_read_stay_two():
    bill = assemble(
        [reading([line(ServiceCode="AmazonCloudWatch", ServiceName=name) for name in ("AmazonCloudWatch", "")])]
    )
    assert bill.charges["x_ChargeId"].nunique() == len(bill.charges) == 2 and bill.charges["ServiceName"].nunique() == 1
    focus = {
        "BillingPeriodStart": "2024-09-01 00:00:00",
        "ChargePeriodStart": "2024-09-18 22:00:00",
        "ChargePeriodEnd": "2024-09-18 23:00:00",
        "BillingCurrency": "USD",
        "BilledCost": "1",
        "SubAccountId": "1",
    }
    bill = assemble([reading([{**focus, "ChargeCategory": c} for c in ("Usage", "usage")], format="focus")])
    assert money.total(bill.charges["BilledCost"]) == 2 * 10**bill.scale and bill.charges["x_ChargeId"].nunique() == 2


def test_split_rows_that_cost_something_are_left_out_and_said():
    parent, child = (
        line(ResourceId="i-1", Unblended="10"),
        dict(ResourceId="pod/a", Operation="EKSPod-EC2", SplitParentId="i-1", SplitCost="6"),
    )
    assert assemble([reading([parent, line(**child, Unblended="0")])]).findings == []
    bill = assemble([reading([parent, line(**child, Unblended="0.5")])])
    assert money.to_text(money.total(bill.charges["BilledCost"]), bill.scale) == "10"
    assert [(f["code"], f["amount"]) for f in bill.findings] == [("split-rows-cost", "0.5")]


def test_rhythm_counts_distinct_hours():
    two_lines_one_hour = [
        line(UsageType="EU-BoxUsage:m5.large"),
        line(UsageType="EU-BoxUsage:m5.large", Operation="RunInstances:0002"),
    ]
    bill = assemble([reading(two_lines_one_hour)])
    # 2026-10-05 is a Monday, 03:00
    assert bill.rhythm[["x_HourOfWeek", "x_HoursSeen"]].to_numpy(dtype="int64").tolist() == [[3, 1]]
    assert np.isclose(bill.rhythm["x_Cost"].iat[0], 2.5)


def test_focus_costs_are_taken_as_written():
    row = {
        "BillingPeriodStart": "2024-09-01 00:00:00",
        "ChargePeriodStart": "2024-09-18 22:00:00",
        "ChargePeriodEnd": "2024-09-18 23:00:00",
        "ChargeCategory": "Usage",
        "ChargeFrequency": "Usage-based",
        "BillingCurrency": "USD",
        "BilledCost": "0.00001605990",
        "EffectiveCost": "0.5",
        "SubAccountId": "1",
    }
    bill = assemble([reading([row], format="focus")])
    charge = bill.charges.iloc[0]
    assert money.to_text(charge["BilledCost"], bill.scale) == "0.0000160599"
    assert charge["ChargeFrequency"] == "Usage-Based"
    assert charge["ProviderName"] == ""


def test_an_empty_drop_is_an_error_that_says_what_to_do():
    with pytest.raises(BillError) as caught:
        assemble([])
    assert caught.value.code == "empty" and caught.value.next_step
