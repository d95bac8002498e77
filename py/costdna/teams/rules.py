"""The user's own words: rules (first match wins), team maps and aliases, read from plain rows."""

import fnmatch
import re

import pandas as pd

from costdna import schema
from costdna.errors import UsageError

_FIELDS = ("tag", "name", "account", "service", "resource")
MAP_KEYS = tuple("key account account_id product application app resource name namespace".split())
"""Columns of a team map that may name what a team owns, first match first."""


def parse_rules(rows: list[dict]) -> pd.DataFrame:
    """RULES from rows such as {"tag": "app=checkout*", "team": "payments"}.

    Each row names one field (tag, name, account, service, resource) with a pattern of * and ?, and a team, or
    `verdict: shared|vendor|ownerless`; `override: true` puts it before tags. Raises UsageError naming the row.
    """
    out = []
    for number, row in enumerate(rows, 1):
        fields = [f for f in _FIELDS if f in row]
        unknown = sorted(set(row) - {*_FIELDS, "team", "verdict", "override"})
        if (
            unknown
            or len(fields) != 1
            or not (row.get("team") or row.get("verdict") in ("shared", "vendor", "ownerless"))
        ):
            raise UsageError(
                f"Rule {number} is not understood.",
                found=", ".join(unknown) or str(row),
                where=f"rule {number}",
                code="rule",
                next_step="Give one of tag, name, account, service, resource with a pattern, and a team or a verdict (shared, vendor, ownerless).",
            )
        field, pattern = fields[0], str(row[fields[0]])
        key, pattern = pattern.split("=", 1) if field == "tag" and "=" in pattern else ("", pattern)
        if field == "tag" and not key:
            raise UsageError(
                f"Rule {number} on a tag needs key=pattern.",
                found=pattern,
                where=f"rule {number}",
                code="rule",
                next_step="Write tag: app=checkout*",
            )
        out.append(
            (
                field,
                key,
                pattern,
                str(row.get("team") or ""),
                str(row.get("verdict") or "owned"),
                bool(row.get("override")),
            )
        )
    return schema.RULES.check(pd.DataFrame(out, columns=schema.RULES.names()).astype({"x_Override": bool}))


def parse_team_map(content) -> dict[str, str]:
    """key → team from {key: team}, {key: {team: …}}, {team: [keys]} or rows with a key-like and a team column.

    >>> parse_team_map({"ccd": {"team": "CDM"}, "pay": "Payments", "Search": ["idx", "query"]})
    {'ccd': 'CDM', 'pay': 'Payments', 'idx': 'Search', 'query': 'Search'}
    """
    out: dict[str, str] = {}
    if isinstance(content, list):
        for number, row in enumerate(content, 1):
            lower = {str(k).strip().lower(): str(v).strip() for k, v in row.items() if v is not None}
            team = lower.pop("team", "") or lower.pop("owner", "")
            key = next((lower[k] for k in MAP_KEYS if lower.get(k)), "")
            if not team or not key:
                raise UsageError(
                    f"Row {number} of the team map has no key or no team.",
                    found=str(row),
                    where=f"row {number}",
                    code="team-map",
                    next_step="Give a column `team` and one of key, account, application, resource.",
                )
            out[key] = team
        return out
    if not isinstance(content, dict):
        raise UsageError(
            "The team map is not a table.",
            found=type(content).__name__,
            code="team-map",
            next_step="Give CSV with key,team or YAML key: team.",
        )
    for key, value in content.items():
        if isinstance(value, str):
            out[str(key)] = value
        elif isinstance(value, dict) and isinstance(value.get("team"), str):
            out[str(key)] = value["team"]
        elif isinstance(value, list):
            out.update({str(item): str(key) for item in value})
        else:
            raise UsageError(
                "The team map has an entry without a team.",
                found=f"{key}: {value!r}",
                where=str(key),
                code="team-map",
                next_step="Write key: team.",
            )
    return out


def match(rules: pd.DataFrame, ownables: pd.DataFrame, tags: list[list[tuple[str, str, str]]]) -> list[int]:
    """Index of the first rule that matches each ownable, -1 where none does. Names and keys match without case."""
    from costdna.names import tag_key

    lower = lambda name: [text.lower() for text in ownables[name].tolist()]
    columns = {
        field: lower(name)
        for field, name in (
            ("name", "ResourceName"),
            ("account", "SubAccountId"),
            ("service", "ServiceName"),
            ("resource", "ResourceId"),
        )
        if (rules["x_Field"] == field).any()
    }
    names = lower("SubAccountName") if "account" in columns else []
    out = [-1] * len(ownables)
    for index, rule in enumerate(rules.itertuples(index=False)):
        fits, key = re.compile(fnmatch.translate(rule.x_Pattern.lower())).match, tag_key(rule.x_Key)
        for row in range(len(ownables)):
            if out[row] >= 0:
                continue
            if rule.x_Field == "tag":
                hit = any(tag_key(k) == key and fits(v.strip().lower()) for _, k, v in tags[row])
            else:
                hit = fits(columns[rule.x_Field][row]) or (
                    rule.x_Field == "account" and names[row] and fits(names[row])
                )
            if hit:
                out[row] = index
    return out
