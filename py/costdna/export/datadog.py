"""Owners as a Datadog tag pipeline ruleset: the body of POST /api/v2/tags/enrichment, at most 100 rules.

Fields: Datadog API reference, "Create tag pipeline ruleset" (name, enabled, query with addition and if_tag_exists);
"Tag Pipelines" (100 rules, run top to bottom). Keys are the columns of the CUR, which Datadog takes for tags; values
are compared without case, as Datadog keeps them in lower case.
"""

import json

import pandas as pd

from costdna.export.clauses import Clause, clauses
from costdna.export.leaving import Leaving, Shortfall, shortfalls
from costdna.export.slices import plain, shared

MOST = 100
KEYS = {
    "account": "line_item_usage_account_id",
    "service_code": "line_item_product_code",
    "region": "product_region",
    "usage": "line_item_usage_type",
    "resource": "line_item_resource_id",
}
_LEVELS = [
    ("account",),
    ("account", "service_code"),
    ("account", "service_code", "region"),
    ("account", "service_code", "resource"),
]


def datadog_json(leaving: Leaving) -> str:
    """The ruleset as JSON. Every rule adds the team only where the tag does not stand already."""
    found, _ = _found(leaving)
    key = leaving.choices.key
    rules = [
        {
            "name": f"{key} {n}: {clause.owner}"[:100],
            "enabled": True,
            "mapping": None,
            "reference_table": None,
            "query": {
                "query": _query(clause),
                "addition": {"key": key, "value": clause.owner},
                "case_insensitivity": True,
                "if_tag_exists": "do_not_apply",
            },
        }
        for n, clause in enumerate(found, 1)
    ]
    return (
        json.dumps(
            {
                "data": {
                    "type": "create_ruleset",
                    "attributes": {"name": f"costdna {key}", "enabled": True, "rules": rules},
                }
            },
            ensure_ascii=False,
            indent=2,
        )
        + "\n"
    )


def cannot(leaving: Leaving) -> list[Shortfall]:
    """Money no rule reaches, by reason and team."""
    _, told = _found(leaving)
    return shortfalls(leaving.slices, told, leaving.column, {}, f"beyond {MOST} rules, or no query says it alone") + [
        Shortfall("keys are named after the CUR's columns: compare them with the tags Datadog shows on your cost data")
    ]


def _found(leaving: Leaving) -> tuple[list[Clause], pd.Series]:
    kept = leaving.__dict__.get("_datadog")
    if kept is None:
        rows = leaving.slices.copy()
        tags = [name for name in rows.columns if name.startswith("tag:") and plain(name[4:]) and " " not in name]
        # Values are compared without case: what differs in case only must have one owner.
        for name in (*KEYS, *tags):
            rows[name] = rows[name].str.lower()
        barred = (
            ~rows["provider"].isin(["AWS", "Amazon Web Services"])
            | rows["owner"].map({o: bool(shared(o)) for o in rows["owner"].unique()})
        ).to_numpy(dtype=bool)
        levels = [(t,) for t in tags] + _LEVELS
        found, told = clauses(
            rows,
            levels,
            ordered=False,
            column=leaving.column,
            limit=MOST,
            allowed=lambda t: plain(t) and len(t) <= 200,
            barred=barred,
        )
        kept = leaving.__dict__["_datadog"] = (found, pd.Series(told))
    return kept


def _query(clause: Clause) -> str:
    parts = []
    for name, values in clause.where:
        key = name[4:].lower() if name.startswith("tag:") else KEYS[name]
        said = [f'{key}:"{v}"' for v in values]  # plain values hold no quote
        parts.append(said[0] if len(said) == 1 else "(" + " OR ".join(said) + ")")
    return " AND ".join(parts)
