"""AWS Budgets of an account: fetched as they are, then told apart into those that a bill can be held against and those
that it cannot, with the reason.
"""

from collections.abc import Iterable
from datetime import datetime, UTC

from costdna.budgets import parse_budgets
from costdna.export.principals import unnamed
from costdna_companion.collect.lookup import DENIED

PERMISSIONS = ("budgets:ViewBudget",)
PAGE = 100
FILTERS = {"Service": "service", "LinkedAccount": "account"}
"""AWS Budgets' name of a filter and ours; a tag is `TagKeyValue`, its value `user:KEY$VALUE`."""
COUNTED = (
    ("IncludeTax", True, "without tax"),
    ("IncludeSupport", True, "without support"),
    ("IncludeCredit", True, "without credits"),
    ("IncludeRefund", True, "without refunds"),
    ("IncludeUpfront", True, "without upfront fees"),
    ("IncludeRecurring", True, "without recurring fees"),
    ("IncludeSubscription", True, "without subscriptions"),
    ("IncludeOtherSubscription", True, "without other subscriptions"),
    ("IncludeDiscount", True, "without discounts"),
    ("UseBlended", False, "blended"),
    ("UseAmortized", False, "amortised"),
)
"""What AWS may count otherwise than the bill's net billed cost."""


def fetch(client, account: str) -> tuple[list[dict], dict]:
    """(budgets as AWS gave them, a row of COVERAGE). client: boto3's `budgets`; a refusal is a row, not an error."""
    from botocore.exceptions import BotoCoreError, ClientError

    row = {"x_Source": "AWS Budgets", "SubAccountId": account, "RegionId": "", "x_Status": "complete", "x_Detail": ""}
    out: list[dict] = []
    token = ""
    try:
        while True:
            page = client.describe_budgets(
                AccountId=account, MaxResults=PAGE, **({"NextToken": token} if token else {})
            )
            out += page.get("Budgets", [])
            token = page.get("NextToken", "")
            if not token:
                return out, {
                    **row,
                    "x_Detail": f"{len(out)} budgets of this account; those of other accounts are theirs to show",
                }
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "ClientError")
        status = "denied" if code in DENIED else "partial"
        return out, {
            **row,
            "x_Status": status,
            "x_Detail": unnamed(f"{code}: {error.response.get('Error', {}).get('Message', '')}"),
        }
    except BotoCoreError as error:
        return out, {**row, "x_Status": "partial", "x_Detail": str(error)}


def tabulate(raw: Iterable[dict], month: str, currency: str) -> tuple[list[dict], list[dict]]:
    """(budgets the bill is held against, the others with why not) for a month such as 2026-10.

    The first are as `parse_budgets` gives them, with `origin` (the budget's name), `aws_spent` and `aws_forecast`
    (AWS's own figures of its current month, text or "") and `note` (what AWS counts otherwise). Both are sorted by
    name.
    """
    fitting, others = [], []
    for budget in sorted(raw, key=lambda b: b.get("BudgetName", "")):
        name = str(budget.get("BudgetName", ""))
        limit = _limit(budget, month)
        own = budget.get("CalculatedSpend", {})
        said = {
            "origin": name,
            "aws_spent": _text(own.get("ActualSpend")),
            "aws_forecast": _text(own.get("ForecastedSpend")),
            "note": _note(budget),
        }
        of, reason = _of(budget)
        if not reason and limit.get("Unit", "") != currency:
            reason = f"it is in {limit.get('Unit') or 'no currency'}, the bill in {currency}"
        if reason:
            others.append(
                {
                    **said,
                    "limit": _text(limit),
                    "unit": str(limit.get("Unit", "")),
                    "period": str(budget.get("TimeUnit", "")),
                    "reason": reason,
                }
            )
            continue
        fitting += [
            {**parsed, **said}
            for parsed in parse_budgets([{**of, "monthly": limit.get("Amount", "")}], f"AWS budget {name}")
        ]
    return fitting, others


def _of(budget: dict) -> tuple[dict, str]:
    """({kind: name}, "") of a budget that a bill's month can be held against; ({}, why not) else."""
    if budget.get("BudgetType") != "COST":
        return {}, f"it is about {str(budget.get('BudgetType', 'nothing known')).lower().replace('_', ' ')}, not cost"
    if budget.get("TimeUnit") != "MONTHLY":
        return {}, f"it is {str(budget.get('TimeUnit', '')).lower()}, not monthly"
    if budget.get("FilterExpression"):
        return {}, "its filter is an expression"
    filters = {k: v for k, v in (budget.get("CostFilters") or {}).items() if v}
    if not filters:
        return {"total": "yes"}, ""
    if len(filters) > 1 or len(next(iter(filters.values()))) > 1:
        return {}, "it filters by more than one thing"
    (by, (value,)) = next(iter(filters.items()))
    if by in FILTERS:
        return {FILTERS[by]: value}, ""
    key, sign, wanted = value.partition("$")
    if by == "TagKeyValue" and key and sign and wanted:
        return {f"tag:{key.removeprefix('user:')}": wanted}, ""
    return {}, f"it filters by {by}"


def _limit(budget: dict, month: str) -> dict:
    """The amount of a month: the planned one where months were planned, else the budget's."""
    for start, amount in sorted((budget.get("PlannedBudgetLimits") or {}).items()):
        if f"{datetime.fromtimestamp(int(start), UTC):%Y-%m}" == month:
            return amount
    return budget.get("BudgetLimit") or {}


def _note(budget: dict) -> str:
    types = budget.get("CostTypes") or {}
    return ", ".join(words for key, usual, words in COUNTED if bool(types.get(key, usual)) != usual)


def _text(spend: dict | None) -> str:
    return str(spend.get("Amount", "")) if spend else ""
