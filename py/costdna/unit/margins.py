"""What each customer costs, direct and shared, beside what it pays; how much of the ranking hangs on the driver."""

from fractions import Fraction

import pandas as pd

from costdna import money
from costdna.unit.customers import SCALE
from costdna.unit.per import text_of

MONTH = 30


def margins(
    costs: dict[str, dict[str, int]],
    before: dict[str, int] | None,
    customers: pd.DataFrame,
    days: int,
    scale: int,
    others: dict[str, dict[str, int]] | None = None,
) -> dict:
    """One row per customer, worst margin first.

    costs: {customer: {direct, shared}} in units of 10**-scale over `days` days; before: cost of the same number of days
    just before, None where the bill does not cover them; others: {driver: {customer: cost}} under other drivers.
    Revenue is that of `days` days, a month being 30. Returns {ranked, without_revenue, agreement}: rows with revenue,
    rows without (margin undefined, None), and Kendall's tau of each other ranking.
    """
    fine = max(scale, SCALE)
    up, known = 10 ** (fine - scale), {r["x_Customer"]: r for r in customers.to_dict("records")}
    rows = []
    for who in sorted({*costs, *known} - {""}):
        said = known.get(who)
        cost = costs.get(who, {"direct": 0, "shared": 0})
        total = cost["direct"] + cost["shared"]
        revenue = _round(int(said["x_MonthlyRevenue"]) * 10 ** (fine - SCALE) * days, MONTH) if said else 0
        possible = [total, *(o.get(who, 0) for o in (others or {}).values())]
        low, high = min(possible), max(possible)
        rows.append(
            {
                "id": who,
                "name": said["x_Name"] if said else "Unknown",
                "status": said["x_Status"] if said else "not in the customers file",
                "mrr": money.to_text(said["x_MonthlyRevenue"], SCALE) if said else None,
                "revenue": revenue,
                "direct": cost["direct"],
                "shared": cost["shared"],
                "cost": total,
                "margin": revenue - total * up,
                "margin_percent": text_of(revenue - total * up, revenue) if revenue else None,
                "trend_percent": text_of(total - before.get(who, 0), before.get(who, 0), 1)
                if before is not None
                else None,
                "cost_low": low,
                "cost_high": high,
                "margin_percent_low": text_of(revenue - high * up, revenue),
                "margin_percent_high": text_of(revenue - low * up, revenue),
            }
        )
    ranked = sorted((r for r in rows if r["revenue"]), key=lambda r: (Fraction(r["margin"], r["revenue"]), r["id"]))
    order = [r["id"] for r in ranked]
    agreement, ranks = {}, {who: [i + 1] for i, who in enumerate(order)}
    for driver, other in sorted((others or {}).items()):
        again = sorted(
            ranked, key=lambda r: (Fraction(r["revenue"] - other.get(r["id"], 0) * up, r["revenue"]), r["id"])
        )
        for i, r in enumerate(again):
            ranks[r["id"]].append(i + 1)
        agreement[driver] = kendall(order, [r["id"] for r in again])
    for row in ranked:
        row["rank"] = ranks[row["id"]][0]
        row["rank_low"] = min(ranks[row["id"]])
        row["rank_high"] = max(ranks[row["id"]])
    apart = sorted((r for r in rows if not r["revenue"]), key=lambda r: (-r["cost"], r["id"]))
    for row in rows:
        for name in ("direct", "shared", "cost", "cost_low", "cost_high"):
            row[name] = money.to_text(row[name], scale)
        row["revenue"], row["margin"] = (
            money.to_text(row["revenue"], fine),
            money.to_text(row["margin"], fine) if row["revenue"] else None,
        )
    return {"ranked": ranked, "without_revenue": apart, "agreement": agreement}


def kendall(one: list[str], other: list[str]) -> float | None:
    """Kendall's tau of two orders of the same names; None for fewer than two.

    >>> kendall(["a", "b", "c"], ["a", "c", "b"])
    0.3333
    """
    n, at = len(one), {name: i for i, name in enumerate(other)}
    if n < 2:
        return None
    agree = sum(1 if at[one[i]] < at[one[j]] else -1 for i in range(n) for j in range(i + 1, n))
    return round(2 * agree / (n * (n - 1)), 4)


def _round(a: int, b: int) -> int:
    q, r = divmod(a, b)
    return q + (1 if 2 * r > b or (2 * r == b and q % 2) else 0)
