import asyncio
from decimal import Decimal

import bills
import pytest
from readings import line, reading

from costdna import money, pipeline
from costdna.errors import UsageError
from costdna.tools import tools
from costdna.workspace import Workspace

T = lambda v: {("resource", "user:Team"): v}
ROWS = [
    line(Tags=T("search"), Unblended="3"),
    line(ResourceId="i-2", Tags=T("pay"), Unblended="1"),
    line(ResourceId="i-3", Unblended="2"),
    line(ResourceId="", LineItemType="Tax", Unblended="0.5"),
    line(LineItemType="FutureCharge", ResourceId="i-4", Unblended="0.25"),
]


def space(rows=ROWS, **wishes):
    out = Workspace([reading(rows)], pipeline.Wishes(**wishes))
    asyncio.run(out.run())
    return out


def test_teams_add_up_to_net_and_the_unowned_come_last():
    report = space().report
    assert report.teams["x_Team"].tolist() == ["search", "pay", ""]
    assert money.total(report.teams["cost"]) == report.net
    assert money.total(report.services["cost"]) == report.net
    result = report.to_dict()
    assert sum(Decimal(t["cost"]) for t in result["teams"]) == Decimal(result["ledger"]["net"]) == Decimal("6.75")


def test_an_unknown_line_type_is_named_with_its_money():
    finding = next(f for f in space().report.findings if f["code"] == "unknown-line-type")
    assert "FutureCharge" in finding["text"] and finding["amount"] == "0.25"


def test_too_few_tags_and_the_gate_says_so_and_nothing_is_inferred():
    report = space().report
    assert report.gate["passed"] is False and report.gate["reason"]
    assert report.ledger["billed"]["inferred"] == 0


def test_a_month_long_charge_is_spread_over_its_days():
    fee = line(
        LineItemType="RIFee",
        ResourceId="",
        Unblended="31",
        ChargePeriodStart="2026-10-01T00:00:00Z",
        ChargePeriodEnd="2026-10-31T23:59:59Z",
    )
    daily = space([fee]).report.daily
    assert len(daily) == 31 and daily["cost"].round(9).unique().tolist() == [1.0]


def test_a_years_contract_stays_inside_its_billing_period_as_in_trends():
    contract = line(
        LineItemType="Fee",
        ResourceId="",
        Unblended="27",
        ChargePeriodStart="2026-10-05T00:00:00Z",
        ChargePeriodEnd="2027-10-05T00:00:00Z",
    )
    made = space([contract])
    daily = made.report.daily
    assert (
        str(daily["x_Day"].min().date()),
        str(daily["x_Day"].max().date()),
        daily["cost"].round(9).unique().tolist(),
    ) == ("2026-10-05", "2026-10-31", [1.0])
    assert sorted(set(made.facts()[0].day.tolist())) == sorted(
        set(daily["x_Day"].to_numpy().astype("datetime64[D]").astype("int64").tolist())
    )


def test_proved_first_then_inferred_reads_only_once():
    one = Workspace([reading(ROWS)], pipeline.Wishes())
    first = one.prove()
    bill = one.result.bill
    second = asyncio.run(one.infer())
    assert one.result.bill is bill and first.net == second.net
    assert second.to_dict()["teams"] == space().report.to_dict()["teams"]


def test_two_currencies_are_never_added():
    rows = [line(), line(BillingCurrency="EUR", Unblended="7"), line(ResourceId="i-2")]
    report = space(rows).report
    assert report.currency == "USD" and report.text(report.net) == "2.5" and report.other_currencies == {"EUR": "7"}
    assert space(rows, currency="EUR").report.text(space(rows, currency="EUR").report.net) == "7"
    with pytest.raises(UsageError, match="JPY"):
        space(rows, currency="JPY")


def test_every_tool_answers_on_a_bill_or_says_what_it_lacks():
    one = Workspace([reading(bills.company(teams=3, per_team=4))])
    asyncio.run(one.run())
    arguments = {
        "explain": {"resource_id": "i-00100003"},
        "customer": {"customer_id": "acme"},
        "service_cost": {"name": "Amazon Simple Storage Service"},
    }
    lacking = set()
    for tool in tools():
        assert set(tool.input_schema["required"]) <= set(arguments.get(tool.name, {}))
        try:
            assert getattr(one, tool.name)(**arguments.get(tool.name, {})) is not None
        except UsageError as error:
            assert error.next_step
            lacking.add(tool.name)
    # each needs a file of the user's
    assert lacking == {"list_coincidences", "list_customers", "customer", "list_budgets"}


def test_a_resource_is_explained_by_its_id_and_another_is_named():
    one = space()
    assert one.explain("i-2")[0]["team"] == "pay"
    with pytest.raises(UsageError, match="No resource"):
        one.explain("nothing like it")


def test_an_answer_moves_money_and_undo_takes_it_back():
    import pandas as pd

    one = space()
    owner = int(one.result.ownables.loc[one.result.ownables["ResourceId"] == "i-3", "x_OwnableId"].iat[0])
    one.answer(owner, "pay", "owned", pd.Timestamp("2026-11-01"))
    assert one.prove().text(one.report.ledger["billed"]["human"]) == "2"
    one.answer(owner, "", "", pd.Timestamp("2026-11-01"))
    assert one.prove().ledger["billed"]["human"] == 0
