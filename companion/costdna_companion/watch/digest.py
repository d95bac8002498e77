"""Two saved runs → one digest: counts, teams and money. What a person is called by never is in it, what a resource is
called by only when asked for.
"""

from dataclasses import dataclass
from decimal import Decimal

from costdna import money
from costdna.drift import SEVERITY, Side, drift, fell_below
from costdna.errors import UsageError
from costdna.export.principals import unnamed
from costdna.names import slug
from costdna_companion import saved

VERSION = "1"
MOVES, TEAMS, RESOURCES = 10, 10, 20
"""How many of each a digest names; the rest is counted."""


@dataclass(frozen=True)
class Run:
    """A saved run under its name."""

    name: str
    side: Side
    report: dict


def digest(was: Run, now: Run, least: str = SEVERITY[-1], resources: bool = False) -> dict:
    """What differs between two runs, JSON-ready; `changes` is 0 where there is nothing to tell. Amounts are decimal
    texts in `currency`, unrounded.

    least: changes of this severity and above are told. resources: name them too, by id and name. Raises UsageError
    where the currencies differ.
    """
    before, after = was.report, now.report
    if before["currency"] != after["currency"]:
        raise UsageError(
            "The two runs are in different currencies.",
            found=f"{before['currency']} and {after['currency']}",
            next_step="Watch one currency: --currency.",
            code="currency",
        )
    found = drift(was.side, now.side)
    rows = [r for r in found.to_dict("records") if SEVERITY.index(r["x_Severity"]) <= SEVERITY.index(least)]
    doubtful = len(fell_below(was.side, now.side)) if least == SEVERITY[-1] else 0
    count = lambda column, values: {v: sum(r[column] == v for r in rows) for v in values}
    moves, teams = _moves(rows), _teams(before, after)
    out = {
        "schema_version": VERSION,
        "kind": "costdna-digest",
        "from": was.name,
        "to": now.name,
        "currency": after["currency"],
        "metric": after["metric"],
        "changes": len(rows) + doubtful,
        "counts": {**count("x_Kind", ("owner", "new", "gone")), "less_sure": doubtful},
        "severity": count("x_Severity", SEVERITY),
        "money": {
            kind: _text(sum(r["BilledCost"] for r in rows if r["x_Kind"] == kind)) for kind in ("owner", "new", "gone")
        },
        "coverage": {"before": before["coverage"]["after"], "now": after["coverage"]["after"]},
        "moves": moves[:MOVES],
        "more_moves": max(0, len(moves) - MOVES),
        "teams": teams[:TEAMS],
        "more_teams": max(0, len(teams) - TEAMS),
    }
    if resources:
        out["resources"] = [
            {
                "severity": r["x_Severity"],
                "kind": r["x_Kind"],
                "resource": r["ResourceId"],
                "name": r["ResourceName"],
                "before": r["x_OldTeam"],
                "now": r["x_NewTeam"],
                "why": r["x_Reason"],
                "cost": _text(r["BilledCost"]),
            }
            for r in rows[:RESOURCES]
        ]
        out["more_resources"] = max(0, len(rows) - RESOURCES)
    return unnamed(out)


def _moves(rows: list[dict]) -> list[dict]:
    """What changed hands, by the hands: before, now, severity (the worst among them), resources, cost; most money
    first.
    """
    groups: dict[tuple[str, str], list[dict]] = {}
    for row in rows:
        if row["x_Kind"] == "owner":
            groups.setdefault((row["x_OldTeam"], row["x_NewTeam"]), []).append(row)
    sums = [(sum(int(r["BilledCost"]) for r in g), pair, g) for pair, g in groups.items()]
    return [
        {
            "before": a,
            "now": b,
            "severity": min((r["x_Severity"] for r in g), key=SEVERITY.index),
            "resources": len(g),
            "cost": _text(cost),
        }
        for cost, (a, b), g in sorted(sums, key=lambda s: (-abs(s[0]), s[1]))
    ]


def _teams(before: dict, after: dict) -> list[dict]:
    """Teams whose cost differs: before, now, change; the greatest change first. The team "" is money without an owner."""
    was, now = ({slug(t["team"]): Decimal(t["cost"]) for t in report["teams"]} for report in (before, after))
    spelt = {slug(t["team"]): t["team"] for report in (before, after) for t in report["teams"]}  # as it is spelt now
    rows = [(spelt[key], was.get(key, Decimal(0)), now.get(key, Decimal(0))) for key in sorted(spelt)]
    rows = sorted((r for r in rows if r[1] != r[2]), key=lambda r: (-abs(r[2] - r[1]), r[0]))
    return [{"team": name, "before": f"{a:f}", "now": f"{b:f}", "change": f"{b - a:f}"} for name, a, b in rows]


def _text(units: int) -> str:
    return money.to_text(int(units), saved.SCALE)


def headline(told: dict) -> str:
    """One line without a word of the bill: what changed, how far owners are known.

    >>> headline({"counts": {"owner": 1, "new": 0, "gone": 2, "less_sure": 0}, "coverage": {"before": 0.5, "now": 0.612}})
    '1 resource changed hands, 2 are gone. 61.2% of the money has an owner; it was 50.0%.'
    """
    counts = told["counts"]
    parts = [
        (counts["owner"], "changed hands", "changed hands"),
        (counts["new"], "is new", "are new"),
        (counts["gone"], "is gone", "are gone"),
        (counts["less_sure"], "is less sure", "are less sure"),
    ]
    said, named = [], False
    for n, one, many in parts:
        if n:
            said.append(f"{n:,} {'' if named else 'resource ' if n == 1 else 'resources '}{one if n == 1 else many}")
            named = True
    first = (", ".join(said) or "Nothing changed") + "."
    return f"{first} {told['coverage']['now']:.1%} of the money has an owner; it was {told['coverage']['before']:.1%}."


def lines(told: dict) -> dict[str, list[str]]:
    """heading → lines for a person, amounts rounded; only headings with something under them."""
    from costdna_companion.cli._output import rounded

    amount = lambda text: f"{rounded(text)} {told['currency']}"
    several = lambda n: f"{n:,} resource{'' if n == 1 else 's'}"
    out = {
        "Changed hands": [
            f"{m['before']} → {m['now']}: {several(m['resources'])}, {amount(m['cost'])} ({m['severity']})"
            for m in told["moves"]
        ],
        "Teams by change of cost": [
            f"{t['team'] or '(no owner)'}: {amount(t['before'])} → {amount(t['now'])}" for t in told["teams"]
        ],
        "Resources": [
            f"{r['name'] or r['resource'] or '(lines without a resource id)'}: {r['before'] or '–'} → {r['now'] or '–'}, {amount(r['cost'])}; {r['why']}"
            for r in told.get("resources", [])
        ],
    }
    for heading, key in (
        ("Changed hands", "more_moves"),
        ("Teams by change of cost", "more_teams"),
        ("Resources", "more_resources"),
    ):
        if told.get(key):
            out[heading].append(f"… and {told[key]:,} more")
    return {heading: found for heading, found in out.items() if found}
