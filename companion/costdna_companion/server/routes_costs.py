"""The cost routes of a company that grew its own (`/costs/…`), and of in-process attribution (`/aggregate/…`), over a
Workspace: (path, query) → JSON.

Pure: nothing is read or served here. Shapes and names are those callers know; money stays exact, as decimal text in
`exact`, beside the rounded number that they expect.
"""

from decimal import ROUND_HALF_EVEN, Decimal
from urllib.parse import parse_qs, unquote, urlsplit

from costdna.errors import CostDNAError, UsageError
from costdna.workspace import Workspace

DAYS = ("days",)
ROUTES = {
    "/costs/teams": ("Teams by money; what has no team is `untagged`.", ()),
    "/costs/services/{name}": (
        "One service over the last days: cost, daily average, trend, what drives it, cost per request and per customer.",
        ("by", *DAYS),
    ),
    "/costs/customers": ("Active customers by margin, worst first; those without revenue stand apart.", DAYS),
    "/costs/customers/{id}": ("What one customer costs to serve, by service and rule, beside what it pays.", DAYS),
    "/costs/anomalies": ("What is odd in the last fortnight.", ()),
    "/costs/trend": ("Each day's cost, whole and by team.", DAYS),
    "/total": ("The whole bill.", ()),
    "/aggregate/feature": ("Cost by the tag `feature`; what bears none is `__unattributed__`.", ()),
    "/aggregate/user": ("Cost by customer of the sharing rules, else by the tag `user`.", DAYS),
    "/aggregate/endpoint": ("Cost by the tag `endpoint`.", ()),
}
"""{path: (what it answers, the query parameters it takes)}."""


def answer(space: Workspace, target: str) -> tuple[int, object]:
    """Status and body for a GET of `target`, path and query. 404 for what is not a route or not in the bill, 422 where
    the question cannot be answered, saying why.
    """
    split = urlsplit(target)
    parts = [unquote(p) for p in split.path.strip("/").split("/")]
    query = {k: v[-1] for k, v in parse_qs(split.query).items()}
    try:
        if parts[0] == "costs" and len(parts) > 1:
            return _costs(space, parts[1:], query)
        if parts == ["total"]:
            return 200, {
                "total_cost": number(space.report.text(space.report.net)),
                "exact": space.report.text(space.report.net),
                "currency": space.report.currency,
            }
        if parts[0] == "aggregate" and len(parts) == 2:
            return _aggregate(space, parts[1], query)
    except CostDNAError as error:
        return (404 if error.code in ("no-customer", "no-service") else 422), {"error": error.to_dict()}
    return 404, {
        "error": {
            "code": "not-found",
            "message": "There is no such path.",
            "found": target,
            "where": "",
            "next": f"There are {', '.join(ROUTES)}.",
        }
    }


def _costs(space: Workspace, parts: list[str], query: dict) -> tuple[int, object]:
    if parts == ["teams"]:
        rows = space.list_teams()
        return 200, [
            {
                "team_tag": r["team"] or "untagged",
                "total_cost": number(r["cost"]),
                "exact": r["cost"],
                "service_count": _services(space, r["team"]),
            }
            for r in rows
        ]
    if parts[0] == "services" and len(parts) == 2:
        by = query.get("by", "service")
        found = space.service_cost(parts[1], by, _days(query))
        unit = next(iter(found["per"].values()), None)
        return 200, {
            "service": found["service"],
            "team": "",
            "last30DaysCost": number(found["cost"]),
            "exact": found["cost"],
            "dailyAverage": number(found["daily_average"]),
            "trend": _or_none(found["trend_percent"]),
            "days": found["days"],
            "topCostDrivers": [{"name": d["usage_type"], "cost": number(d["cost"])} for d in found["drivers"]],
            "costPerRequest": float(unit) if unit else None,
            "costPerCustomer": _per_customer(space, found),
            "currency": found["currency"],
        }
    if parts[0] == "customers" and len(parts) <= 2:
        if len(parts) == 2:
            found = space.customer(parts[1], _days(query))
            return 200, {
                **_customer(found),
                "costBreakdown": [
                    {"service": b["service"], "cost": number(b["cost"]), "method": b["method"], "rule": b["rule"]}
                    for b in found["breakdown"]
                ],
                "currency": found["currency"],
            }
        found = space.list_customers(_days(query))
        active = [r for r in found["customers"] if r["status"] == "active"]
        return 200, {
            "customers": [_customer(r) for r in active],
            "withoutRevenue": [_customer(r) for r in found["without_revenue"]],
            "servesNobody": number(found["nobody"]),
            "currency": found["currency"],
        }
    if parts == ["anomalies"]:
        found = space.list_anomalies()
        return 200, [
            {
                "service": a["value"],
                "currentDaily": _daily(a["cost"], a["days"]),
                "expectedDaily": _daily(a["before"], a["days"]),
                "deviation": a["percent"],
                "severity": a["severity"],
                "kind": a["kind"],
                "since": a["start"],
            }
            for a in found["alerts"]
        ]
    if parts == ["trend"]:
        days = _days(query)
        made, known = space.facts()
        from costdna.trends.periods import day_text

        period = f"{day_text(max(known.first, known.last - days))}/{day_text(known.last)}"
        found = space.list_trends("team", "day", 10**6, period)
        return 200, [
            {
                "date": p["name"],
                "total": number(found["total"]["values"][i]),
                "by_team": {r["label"] or "untagged": number(r["values"][i]) for r in found["rows"]},
            }
            for i, p in enumerate(found["periods"])
        ]
    return 404, {
        "error": {
            "code": "not-found",
            "message": "There is no such path.",
            "found": "/costs/" + "/".join(parts),
            "where": "",
            "next": f"There are {', '.join(ROUTES)}.",
        }
    }


def _aggregate(space: Workspace, what: str, query: dict) -> tuple[int, object]:
    """What a feature, user or endpoint costs: a customer of the sharing rules, or a tag of that name."""
    if what == "user" and space.book.bearers == "customers" and space.book.rules:
        found = space.list_customers(_days(query))
        rows = [(r["id"], r["cost"]) for r in (*found["customers"], *found["without_revenue"])]
        return 200, [
            {"user_id": who, "total_cost": number(cost), "exact": cost}
            for who, cost in sorted(rows, key=lambda r: (-Decimal(r[1]), r[0]))
        ]
    if what in ("feature", "endpoint", "user"):
        found = space.list_trends(f"tag:{what}", "month", 10**6)
        key = "user_id" if what == "user" else what
        return 200, [
            {key: r["label"] or "__unattributed__", "total_cost": number(r["total"]), "exact": r["total"]}
            for r in found["rows"]
        ]
    return 404, {
        "error": {
            "code": "not-found",
            "message": "Costs are not grouped by that.",
            "found": what,
            "where": "/aggregate",
            "next": "Group by feature, user or endpoint.",
        }
    }


def _customer(row: dict) -> dict:
    return {
        "id": row["id"],
        "name": row["name"],
        "mrr": number(row["mrr"]) if row["mrr"] is not None else None,
        "monthlyInfraCost": number(row["cost"]),
        "exact": row["cost"],
        "direct": number(row["direct"]),
        "shared": number(row["shared"]),
        "grossMargin": _or_none(row["margin_percent"]),
        "costTrend": _or_none(row["trend_percent"]),
    }


def _services(space: Workspace, team: str) -> int:
    from costdna.trends import labels

    made, _ = space.facts()
    mine = made.where(made.allocations["x_Team"].to_numpy(dtype=object)[made.part] == team)
    return len(labels(mine, "service")[1]) if len(mine) else 0


def _per_customer(space: Workspace, found: dict) -> float | None:
    """Cost ÷ customers that used the service in its window, where the usage file says so."""
    if space.usage is None or space.usage.empty:
        return None
    mine = space.usage[
        (space.usage["x_Service"] == found["service"])
        & (space.usage["x_Day"] >= found["from"])
        & (space.usage["x_Day"] < found["to"])
        & (space.usage["x_Quantity"] > 0)
    ]
    count = mine["x_Customer"].nunique()
    return number(str(Decimal(found["cost"]) / count)) if count else None


def _days(query: dict) -> int:
    text = query.get("days", "30")
    if not text.isdecimal() or not 1 <= int(text) <= 3660:
        raise UsageError(
            "Days are a whole number of 1 or more.",
            found=text,
            where="days",
            next_step="Ask with ?days=30.",
            code="days",
        )
    return int(text)


def _daily(cost: str, days: int) -> float:
    return number(str(Decimal(cost) / max(days, 1)))


def _or_none(text: str | None) -> float | None:
    return None if text is None else float(text)


def number(text: str) -> float:
    """Decimal text as the number of two decimals that these callers expect."""
    return float(Decimal(text).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN))
