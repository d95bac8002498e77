"""AWS Budgets: every page is fetched, a refusal is a row of COVERAGE, and a budget is compared only where the bill
counts the same thing.
"""

import json

import boto3
import pytest
import small_bills
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from costdna_companion.cli import app
from costdna_companion.collect.budgets import fetch, tabulate
from moto import mock_aws
from typer.testing import CliRunner

MODEL = (
    boto3.session.Session()
    .client("budgets", region_name="us-east-1")
    .meta.service_model.operation_model("DescribeBudgets")
)
USD = lambda amount: {"Amount": amount, "Unit": "USD"}


def budget(name, amount="100", **more):
    return {"BudgetName": name, "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": USD(amount), **more}


class Pages:
    """Budgets two a page; every request and answer is held against botocore's model."""

    def __init__(self, budgets, refuse=""):
        self.budgets, self.refuse, self.calls = budgets, refuse, 0

    def describe_budgets(self, **request):
        assert not ParamValidator().validate(request, MODEL.input_shape).has_errors()
        self.calls += 1
        if self.refuse and self.calls > 1:
            raise ClientError({"Error": {"Code": self.refuse, "Message": "no"}}, "DescribeBudgets")
        at = int(request.get("NextToken", "0"))
        answer = {
            "Budgets": self.budgets[at : at + 2],
            **({"NextToken": str(at + 2)} if at + 2 < len(self.budgets) else {}),
        }
        problems = ParamValidator().validate(answer, MODEL.output_shape)
        assert not problems.has_errors(), problems.generate_report()
        return answer


@pytest.mark.parametrize(
    "refuse, status, count",
    [("", "complete", 5), ("AccessDeniedException", "denied", 2), ("ThrottlingException", "partial", 2)],
)
def test_every_page_and_what_a_refusal_says(refuse, status, count):
    found, row = fetch(Pages([budget(f"b{n}") for n in range(5)], refuse), "111122223333")
    assert (
        len(found) == count
        and row["x_Status"] == status
        and row["x_Source"] == "AWS Budgets"
        and (refuse in row["x_Detail"])
    )


def test_what_the_bill_can_be_held_against_and_what_not():
    raw = [
        budget(
            "all",
            CalculatedSpend={"ActualSpend": USD("61.5"), "ForecastedSpend": USD("120")},
            CostTypes={"IncludeTax": False, "UseAmortized": True, "IncludeCredit": True},
        ),
        budget("db", CostFilters={"Service": ["Amazon Relational Database Service"]}),
        budget("one", CostFilters={"LinkedAccount": ["111122223333"]}),
        budget("team", CostFilters={"TagKeyValue": ["user:team$search"]}),
        # 1 September and 1 October 2026
        budget("planned", "0", PlannedBudgetLimits={"1788220800": USD("7"), "1790812800": USD("8.50")}),
        budget("year", TimeUnit="ANNUALLY"),
        budget("ri", BudgetType="RI_COVERAGE"),
        budget("two", CostFilters={"Service": ["a", "b"]}),
        budget("usage", CostFilters={"UsageType": ["x"]}),
        budget("clever", FilterExpression={"Not": {"Dimensions": {"Key": "REGION", "Values": ["x"]}}}),
        {**budget("euro"), "BudgetLimit": {"Amount": "5", "Unit": "EUR"}},
    ]
    fitting, others = tabulate(raw, "2026-10", "USD")
    assert [(b["origin"], b["kind"], b["name"], b["amount"]) for b in fitting] == [
        ("all", "total", "", "100"),
        ("db", "service", "Amazon Relational Database Service", "100"),
        ("one", "account", "111122223333", "100"),
        ("planned", "total", "", "8.50"),
        ("team", "tag:team", "search", "100"),
    ]
    assert (fitting[0]["aws_spent"], fitting[0]["aws_forecast"], fitting[0]["note"]) == (
        "61.5",
        "120",
        "without tax, amortised",
    )
    assert {o["origin"]: o["reason"].split()[-1] for o in others} == {
        "year": "monthly",
        "ri": "cost",
        "two": "thing",
        "usage": "UsageType",
        "clever": "expression",
        "euro": "USD",
    }


def test_the_command_line_reads_them_from_aws(tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    bill = tmp_path / "bill.csv"
    bill.write_text(small_bills.text(small_bills.rows()), encoding="utf-8", newline="")
    with mock_aws():
        client = boto3.client("budgets", region_name="us-east-1")
        client.create_budget(AccountId="123456789012", Budget=budget("all", "5"))
        client.create_budget(AccountId="123456789012", Budget=budget("use", BudgetType="USAGE"))
        run = CliRunner().invoke(
            app(), ["budgets", str(bill), "--aws", "--no-model", "--json", "-q", "--fail-on", "over"]
        )
        found = json.loads(run.stdout)
        assert (
            run.exit_code == 3
            and found["coverage_of_sources"][0]["x_Status"] == "complete"
            and [o["origin"] for o in found["not_compared"]] == ["use"]
        )
        (one,) = found["budgets"]
        assert (one["for"], one["origin"], one["budget"], one["verdict"]) == ("total", "all", "5", "over") and float(
            one["spent"]
        ) > 5
        shown = CliRunner().invoke(app(), ["budgets", str(bill), "--aws", "--no-model", "-q"])
        assert shown.exit_code == 0 and "all is an AWS budget for total" in shown.stdout
    assert CliRunner().invoke(app(), ["budgets", str(bill), "--no-model"]).exception.code == "no-budget"
