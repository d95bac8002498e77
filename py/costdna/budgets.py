"""Budgets of a calendar month per team, service or the whole bill, with what was spent and where the month is heading."""

from datetime import date
from decimal import Decimal, InvalidOperation

import numpy as np

from costdna import money
from costdna.errors import UsageError

KINDS = ("team", "service", "account", "environment", "total")
PAST = 28
"""Days a run-rate looks back on: whole weeks, so that every weekday counts the same."""


def parse_budgets(records: list[dict], where: str = "budgets file") -> list[dict]:
    """[{kind, name, amount (text)}] of rows that say `team: search` (or service, account, environment; or total) and `monthly: 1200`."""
    out = []
    for number, row in enumerate(records, 1):
        line = f"{where}, row {number}"
        said = {str(k).strip().lower(): v for k, v in row.items() if k is not None and v not in (None, "")}
        kind = next((k for k in KINDS if k in said), "")
        if not kind:
            raise UsageError("A budget is for nobody.", found=", ".join(said) or "an empty row", where=line, next_step="Write team, service, account or environment with a name, or total: yes.", code="budget")
        amount = said.get("monthly", said.get("amount"))
        try:
            value = Decimal(str(amount))
            if not value.is_finite() or value <= 0:
                raise InvalidOperation
        except InvalidOperation:
            raise UsageError("A budget's monthly amount is not a number above nought.", found=str(amount), where=line, next_step="Write monthly: 1200.", code="budget") from None
        out.append({"kind": kind, "name": "" if kind == "total" else str(said[kind]), "amount": f"{value:f}"})
    return out


def standing(day: np.ndarray, cost: np.ndarray, known_first: int, known_last: int, budget: str, scale: int) -> dict:
    """Where a month stands: {month, days_known, days, spent, forecast, low, high, budget, share, verdict}, money in units.

    day, cost: (n,) days since 1970 and units of what the budget is for. The month is that of the last wholly known day. forecast: what the month
    has cost on known days and on days to come that are already on the bill, plus, for each other day to come, the mean of the same weekday
    over the last 28 known days. low, high: plus and minus 1.64 standard deviations of those days, as if days were independent; None with less than 14 known days.
    """
    last = known_last - 1
    month = np.datetime64(last, "D").astype("datetime64[M]")
    begin, end = (int((month + n).astype("datetime64[D]").astype("int64")) for n in (0, 1))
    inside = (day >= begin) & (day < end)
    spent = money.total(cost[inside & (day < known_last)])
    coming = money.total(cost[inside & (day >= known_last)])
    first = max(known_first, known_last - PAST)
    look = np.arange(first, known_last, dtype="int64")
    daily = money.to_float(money.sum_by(cost[(day >= first) & (day < known_last)], day[(day >= first) & (day < known_last)] - first, len(look)), 0)
    ahead = np.arange(known_last, end, dtype="int64")
    mean = np.array([daily[look % 7 == d % 7].mean() if (look % 7 == d % 7).any() else daily.mean() for d in ahead.tolist()]) if len(look) else np.zeros(len(ahead))
    # What lies on days to come already (a monthly fee spread over its month) is part of the usual of those days: not counted twice.
    expected = spent + max(int(round(float(mean.sum()))), coming)
    spread = None
    if len(look) >= 14:
        usual = np.array([daily[look % 7 == d % 7].mean() for d in look.tolist()])
        spread = int(round(1.64 * float(np.sqrt(((daily - usual) ** 2).sum() / max(len(look) - 7, 1))) * float(np.sqrt(len(ahead)))))
    limit = int((Decimal(budget) * 10**scale).to_integral_value())
    low, high = (None, None) if spread is None else (max(expected - spread, min(spent, expected)), expected + spread)
    verdict = "over" if spent > limit else "will go over" if (low if low is not None else expected) > limit else "may go over" if (high if high is not None else expected) > limit else "within"
    return {"month": str(date.fromisoformat(str(month) + "-01"))[:7], "days_known": known_last - begin, "days": end - begin, "spent": spent, "forecast": expected, "low": low, "high": high, "budget": limit,
            "verdict": verdict}
