"""What makes a line a charge of its own, and what is left where lines cancel or tell of each other."""

from readings import line, reading

from costdna import money
from costdna.read import assemble

PLAN = dict(CommitmentDiscountId="arn:aws:savingsplans::1:savingsplan/p1")


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
    parent = line(ResourceId="i-1", Unblended="10")
    child = dict(ResourceId="pod/a", Operation="EKSPod-EC2", SplitParentId="i-1", SplitCost="6")
    assert assemble([reading([parent, line(**child, Unblended="0")])]).findings == []
    bill = assemble([reading([parent, line(**child, Unblended="0.5")])])
    assert money.to_text(money.total(bill.charges["BilledCost"]), bill.scale) == "10"
    assert [(f["code"], f["amount"]) for f in bill.findings] == [("split-rows-cost", "0.5")]


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
