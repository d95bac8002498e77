"""Owners as a Vantage virtual tag.

The body of POST /v2/virtual_tag_configs, with a filter in Vantage's query language for each team.

Fields and words: Vantage documentation, "Virtual Tags", "Vantage Query Language" and "Data Dictionary" (a resource
needs costs.provider and costs.service beside costs.resource_id). No filter here depends on the order of values. Service
names are the bill's own; Vantage shows its names beside the filter.
"""

import json

import pandas as pd

from costdna.export.clauses import Clause, clauses
from costdna.export.leaving import Leaving, Shortfall, shortfalls
from costdna.export.slices import guessed, plain, shared

FIELDS = {
    "account": "costs.account_id",
    "service": "costs.service",
    "region": "costs.region",
    "resource": "costs.resource_id",
}
_LEVELS = [("account",), ("account", "service"), ("account", "service", "region"), ("account", "service", "resource")]


def vantage_json(leaving: Leaving) -> str:
    """The virtual tag's configuration as JSON."""
    found, _ = _found(leaving)
    months = leaving.result.charges["BillingPeriodStart"].dropna()
    filters: dict[str, list[str]] = {}
    for clause in found:
        filters.setdefault(clause.owner, []).append(_filter(clause))
    body = {
        "key": leaving.choices.key,
        "overridable": False,
        **({"backfill_until": f"{months.min():%Y-%m}-01"} if len(months) else {}),
        "values": [{"name": team, "filter": " OR ".join(parts)} for team, parts in sorted(filters.items())],
    }
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"


def cannot(leaving: Leaving) -> list[Shortfall]:
    """Money no filter reaches, by reason and team."""
    _, told = _found(leaving)
    out = shortfalls(
        leaving.slices,
        told,
        leaving.column,
        {},
        "no filter says it alone: it has no resource id, its owner changed within the bill, several bear it, or its id has signs a filter cannot hold",
    )
    if lost := guessed(leaving.result.known.keys):
        out.append(Shortfall(f"the bill writes tag keys in lower case: check how {', '.join(lost)} is really spelled"))
    return out


def _found(leaving: Leaving) -> tuple[list[Clause], pd.Series]:
    kept = leaving.__dict__.get("_vantage")
    if kept is None:
        rows = leaving.slices
        tags = [name for name in rows.columns if name.startswith("tag:") and plain(name[4:])]
        barred = (
            ~rows["provider"].isin(["AWS", "Amazon Web Services"])
            | rows["owner"].map({o: bool(shared(o)) for o in rows["owner"].unique()})
        ).to_numpy(dtype=bool)
        levels = [(t,) for t in tags] + _LEVELS + [(t, *level) for t in tags for level in _LEVELS]
        found, told = clauses(rows, levels, ordered=False, column=leaving.column, allowed=plain, barred=barred)
        kept = leaving.__dict__["_vantage"] = (found, pd.Series(told))
    return kept


def _filter(clause: Clause) -> str:
    parts = ["costs.provider = 'aws'"]
    for name, values in clause.where:
        if name.startswith("tag:"):
            parts += [f"tags.name = '{name[4:]}'", _one_of("tags.value", values)]
        else:
            parts.append(_one_of(FIELDS[name], values))
    return "(" + " AND ".join(parts) + ")"


def _one_of(field: str, values: tuple[str, ...]) -> str:
    """No quote can stand in a value: only plain ones are written."""
    return f"{field} = '{values[0]}'" if len(values) == 1 else f"{field} IN ({', '.join(repr(v) for v in values)})"
