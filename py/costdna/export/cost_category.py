"""Owners as an AWS Cost Category: the body of CreateCostCategoryDefinition, and the money it cannot reach.

A category sees accounts, services, regions, usage types, record types and tags, never a resource: an owner known only
by inference needs a tag first. AWS's service model allows more dimensions than the service takes, since Cost Explorer
shares it; the shorter list and the limits are ours to keep (AWS Billing user guide, "Managing your costs with AWS Cost
Categories", and quotas).
"""

import hashlib
import json
import re

import pandas as pd

from costdna import money
from costdna.errors import CostDNAError
from costdna.export.clauses import Clause, clauses
from costdna.export.leaving import Leaving, Shortfall, shortfalls
from costdna.export.slices import guessed, readable, shared

MOST_RULES, MOST_SPLITS, MOST_TARGETS, LONGEST = 500, 10, 500, 50
DIMENSIONS = {
    "account": "LINKED_ACCOUNT",
    "account_name": "LINKED_ACCOUNT_NAME",
    "service_code": "SERVICE_CODE",
    "region": "REGION",
    "usage": "USAGE_TYPE",
    "record": "RECORD_TYPE",
}
PROVIDERS = ("AWS", "Amazon Web Services")
_LEVELS = [
    ("account",),
    ("account", "service_code"),
    ("account", "service_code", "region"),
    ("account", "service_code", "usage"),
    ("account", "service_code", "region", "usage"),
    ("account", "service_code", "region", "record", "usage"),
]
_ODD = re.compile(r"[^A-Za-z0-9 _-]|^ | $|_(?=u[0-9a-f]+_)")


def definition(leaving: Leaving) -> dict:
    """The request for `aws ce create-cost-category-definition --cli-input-json`.

    Raises CostDNAError where no rule can be written.
    """
    found, _ = _found(leaving)
    if not found:
        raise CostDNAError(
            "No owner of this bill can be said in a Cost Category.",
            code="nothing-to-export",
            found="no account, service or tag that is one team's alone",
            next_step="Write tags first (costdna plan), or leave as FOCUS or CSV, which can name every resource.",
        )
    values = _values([c.owner for c in found])
    months = leaving.result.charges["BillingPeriodStart"].dropna()
    out = {
        "Name": rename(leaving.choices.key.capitalize())[:LONGEST],
        "RuleVersion": "CostCategoryExpression.v1",
        **({"EffectiveStart": f"{months.min():%Y-%m}-01T00:00:00Z"} if len(months) else {}),
        "Rules": [{"Value": values[c.owner], "Rule": _expression(c), "Type": "REGULAR"} for c in found],
    }
    splits = [_split(values[owner], owner, values) for owner in dict.fromkeys(c.owner for c in found) if shared(owner)]
    return out | ({"SplitChargeRules": splits} if splits else {})


def cost_category(leaving: Leaving) -> str:
    """The definition as JSON text."""
    return json.dumps(definition(leaving), ensure_ascii=False, indent=2) + "\n"


def cannot(leaving: Leaving) -> list[Shortfall]:
    """The money that stays uncategorised, by reason and team; and what the file cannot say at all."""
    found, told = _found(leaving)
    out = shortfalls(
        leaving.slices,
        told,
        leaving.column,
        {
            "inferred": "known by inference only: no account, service or tag of it is this team's alone; it needs a tag first"
        },
        "no account, service, region, usage type or tag separates it",
    )
    for owner in sorted({c.owner for c in found if shared(c.owner)}):
        out.append(Shortfall(f"shared ({readable(owner)}): the split shows on the category's own page and CSV only"))
    renamed = {t: v for t, v in _values([c.owner for c in found]).items() if t != v and not shared(t)}
    if renamed:
        out.append(
            Shortfall(
                "renamed, since a value holds only letters, digits, blank, _ and -: "
                + "; ".join(f"{t} → {v}" for t, v in sorted(renamed.items())[:20])
            )
        )
    if lost := guessed(leaving.result.known.keys):
        out.append(
            Shortfall(
                f"the bill writes tag keys in lower case: check how {', '.join(lost)} is really spelled, AWS minds it"
            )
        )
    return out


def _found(leaving: Leaving) -> tuple[list[Clause], pd.Series]:
    """Rules, and the owner that they give each charge. Made once for a result."""
    kept = leaving.__dict__.get("_category")
    if kept is None:
        rows = leaving.slices
        tags = [name for name in rows.columns if name.startswith("tag:")]
        levels = [(t,) for t in tags] + _LEVELS + [(t, *level) for t in tags for level in _LEVELS]
        barred = (
            ~rows["provider"].isin(PROVIDERS) | rows["owner"].isin(_inexpressible(rows, leaving.column))
        ).to_numpy()
        found, told = clauses(
            rows,
            levels,
            ordered=True,
            column=leaving.column,
            limit=MOST_RULES,
            allowed=lambda t: 0 < len(t) <= 1024,
            barred=barred,
        )
        kept = leaving.__dict__["_category"] = (found, pd.Series(told))
    return kept


def _inexpressible(rows: pd.DataFrame, column: str) -> set[str]:
    """Shared compositions that a cost category cannot say.

    Those beyond the ten with most money, with parts that no team bears, or with more than two decimals of percent.
    """
    cost = rows.assign(c=rows[column].abs().astype("float64")).groupby("owner")["c"].sum()
    mixed = [o for o in sorted(cost.index, key=lambda o: (-cost[o], o)) if shared(o)]
    fine = [o for o in mixed if all(t and r % 100 == 0 for t, r in shared(o))]
    return set(mixed) - set(fine[:MOST_SPLITS])


def _expression(clause: Clause) -> dict:
    parts = [
        {"Tags": {"Key": name[4:], "Values": list(values), "MatchOptions": ["EQUALS"]}}
        if name.startswith("tag:")
        else {"Dimensions": {"Key": DIMENSIONS[name], "Values": list(values), "MatchOptions": ["EQUALS"]}}
        for name, values in clause.where
    ]
    return parts[0] if len(parts) == 1 else {"And": parts}


def _split(source: str, owner: str, values: dict[str, str]) -> dict:
    """A FIXED split of a shared value: percentages with two decimals, which add up to 100."""
    parts = shared(owner)
    return {
        "Source": source,
        "Targets": [values[t] for t, _ in parts],
        "Method": "FIXED",
        "Parameters": [{"Type": "ALLOCATION_PERCENTAGES", "Values": [money.to_text(r // 100, 2) for _, r in parts]}],
    }


def _values(owners: list[str]) -> dict[str, str]:
    """owner → value of the category; every team of a shared charge has one too. Distinct owners have distinct values."""
    plain = sorted({t for o in owners for t in ([p for p, _ in shared(o)] or [o])})
    out = {t: rename(t) for t in plain}
    mixed = sorted({o for o in owners if shared(o)})
    number = 0
    for owner in mixed:
        number += 1
        while f"Shared {number}" in out.values():
            number += 1
        out[owner] = f"Shared {number}"
    if len(set(out.values())) != len(out):
        raise CostDNAError(
            "Two teams would have one name in the Cost Category.",
            found=", ".join(sorted(out)[:5]),
            next_step="Rename one of them with --aliases.",
            code="category-names",
        )
    return out


def rename(team: str) -> str:
    """A team as a category's value: anything but ASCII letters, digits, blank, _ and - becomes _uHEX_; see `original`.

    Longer than 50 characters, it is cut and ends in a hash of the whole: then the list of shortfalls has the name.

    >>> rename("payments"), rename("R&D / Web"), original(rename("R&D / Web"))
    ('payments', 'R_u26_D _u2f_ Web', 'R&D / Web')
    """
    out = _ODD.sub(lambda m: f"_u{ord(m[0]):x}_", team)
    if len(out) > LONGEST:
        out = out[: LONGEST - 9].rstrip() + "-" + hashlib.sha256(team.encode()).hexdigest()[:8]
    return out


def original(value: str) -> str:
    """The team of a value that `rename` gave and did not cut."""
    return re.sub(r"_u([0-9a-f]+)_", lambda m: chr(int(m[1], 16)), value)
