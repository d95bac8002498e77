"""Budgets of a calendar month per team, service or the whole bill, with what was spent and where the month is heading."""

from decimal import Decimal

import numpy as np

from costdna import money
from costdna.errors import UsageError
from costdna.forecast import forecast

KINDS = ("team", "service", "account", "environment", "total")
"""What a budget may be for, besides a tag (`tag:KEY`)."""


def parse_budgets(records: list[dict], where: str = "budgets file") -> list[dict]:
    """[{kind, name, amount (text)}] of rows that say `team: search` and `monthly: 1200`.

    Or service, account, environment, tag:KEY; or total.
    """
    out = []
    for number, row in enumerate(records, 1):
        line = f"{where}, row {number}"
        said = {str(k).strip().lower(): v for k, v in row.items() if k is not None and v not in (None, "")}
        kind = next((k for k in (*KINDS, *(k for k in said if k.startswith("tag:") and len(k) > 4)) if k in said), "")
        if not kind:
            raise UsageError(
                "A budget is for nobody.",
                found=", ".join(said) or "an empty row",
                where=line,
                next_step="Write team, service, account, environment or tag:KEY with a name, or total: yes.",
                code="budget",
            )
        amount = said.get("monthly", said.get("amount"))
        try:
            value = money.number(str(amount))
            if value <= 0:
                raise ValueError
        except ValueError:
            raise UsageError(
                "A budget's monthly amount is not a number above nought.",
                found=str(amount),
                where=line,
                next_step="Write monthly: 1200.",
                code="budget",
            ) from None
        out.append({"kind": kind, "name": "" if kind == "total" else str(said[kind]), "amount": f"{value:f}"})
    return out


def standing(day: np.ndarray, cost: np.ndarray, known_first: int, known_last: int, budget: str, scale: int) -> dict:
    """Where a month stands: {month, days_known, days, spent, forecast, low, high, budget, verdict}, money in units.

    day, cost: (n,) days since 1970 and units of what the budget is for. The month is that of the last wholly known day.
    forecast: what its known days have cost, and the seasonal forecast of the days to come (low, high: 80 % by its own
    past errors); with less than three weeks the mean of the known days, and no interval. What lies on days to come
    already (a fee spread over its month) is the least that they will cost.
    """
    month = np.datetime64(known_last - 1, "D").astype("datetime64[M]")
    begin, end = (int((month + n).astype("datetime64[D]").astype("int64")) for n in (0, 1))
    spent = money.total(cost[(day >= begin) & (day < known_last)])
    coming = money.total(cost[(day >= known_last) & (day < end)])
    inside = (day >= known_first) & (day < known_last)
    days = np.arange(known_first, known_last, dtype="int64")
    daily = money.to_float(money.sum_by(cost[inside], day[inside] - known_first, len(days)), 0)
    ahead = end - known_last
    made = forecast(daily, days.astype("datetime64[D]"), ahead) if ahead else None
    rest = made.total if made else float(daily.mean()) * ahead if len(daily) else 0.0
    expected = spent + max(round(rest), coming)
    low, high = (
        (spent + max(round(made.total_low), coming), max(spent + round(made.total_high), expected))
        if made
        else (expected, expected)
        if not ahead
        else (None, None)
    )
    limit = int((Decimal(budget) * 10**scale).to_integral_value())
    verdict = (
        "over"
        if spent > limit
        else "will go over"
        if (low if low is not None else expected) > limit
        else "may go over"
        if (high if high is not None else expected) > limit
        else "within"
    )
    return {
        "month": str(month),
        "days_known": known_last - begin,
        "days": end - begin,
        "spent": spent,
        "forecast": expected,
        "low": low,
        "high": high,
        "budget": limit,
        "verdict": verdict,
    }
