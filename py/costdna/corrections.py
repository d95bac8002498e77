"""What a correction would do and what it did: whom it reaches, how much money moves, as plain values. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna import money
from costdna.ledger import METRICS
from costdna.relations.kinds import reason
from costdna.teams.rules import match

GROUPS = ("stack", "name_prefix", "name_stem", "cluster", "other_tag", "cost_category", "repository", "name_token", "account_tag", "account", "creator", "iam_principal")
"""Kinds of group a person may answer for as a whole, the most telling first."""
FIRM = ("human", "tag", "rule", "map", "principal")
"""What an answer for a whole group leaves alone: owners that stand on more than an account or an inference."""


@dataclass(frozen=True)
class Scope:
    """A set of resources one answer may be given for. ids: x_OwnableId i64[n] without those that stand firm; text: in words.

    cost: their money in units of the metric; unknown: the part no team owns; firm: resources of the group left as they are.
    """

    key: str
    text: str
    ids: np.ndarray
    cost: int
    unknown: int
    firm: int = 0


@dataclass(frozen=True)
class Effect:
    """What changed between two reports. rows: x_OwnableId, was, now (a team, or the verdict in brackets), cost; most money first.

    moved: money whose owner is another, in units; before, after: coverage, shares in 0..1 of the metric.
    """

    rows: pd.DataFrame
    moved: int
    before: float
    after: float


def scopes(result, ownable: int, metric: str = "billed", most: int = 6) -> list[Scope]:
    """The resource alone, then the groups it is in that reach further, the most telling kinds first."""
    resources, relations = result.report.resources, result.relations
    out = [_scope(resources, "one", "this one only", np.array([ownable], dtype="int64"), metric, firm=False)]
    mine = relations[(relations["x_OwnableId"] == ownable) & relations["x_Kind"].isin(GROUPS)]
    order = sorted(zip(mine["x_Kind"], mine["x_Group"]), key=lambda g: (GROUPS.index(g[0]), g[1]))
    whole, seen = len(resources), {frozenset([ownable])}
    for kind, group in order:
        ids = relations.loc[(relations["x_Kind"] == kind) & (relations["x_Group"] == group), "x_OwnableId"].unique()
        if not 2 <= len(ids) <= max(0.6 * whole, 2):
            continue
        found = _scope(resources, f"{kind}:{group}", reason(kind, group), ids, metric, keep=ownable)
        if len(found.ids) > 1 and frozenset(found.ids.tolist()) not in seen:
            seen.add(frozenset(found.ids.tolist()))
            out.append(found)
        if len(out) > most:
            break
    return out


def by_pattern(result, field: str, pattern: str, metric: str = "billed", key: str = "") -> Scope:
    """All resources a pattern of * and ? meets in a field that rules know (name, resource, service, account, tag with a key)."""
    resources = result.report.resources
    rule = pd.DataFrame([(field, key, pattern, "", "owned", False)], columns=["x_Field", "x_Key", "x_Pattern", "x_Team", "x_Verdict", "x_Override"])
    hit = np.array(match(rule, resources, _tags(resources)), dtype="int64") >= 0
    return _scope(resources, "pattern", f"{field} like {pattern}", resources["x_OwnableId"].to_numpy()[hit], metric)


def _scope(resources: pd.DataFrame, key: str, text: str, ids: np.ndarray, metric: str, keep: int | None = None, firm: bool = True) -> Scope:
    rows = resources[resources["x_OwnableId"].isin(ids)]
    stays = rows["x_Basis"].isin(FIRM) & (rows["x_OwnableId"] != keep) if firm else pd.Series(False, index=rows.index)
    rows, left = rows[~stays], int(stays.sum())
    cost = rows[METRICS[metric]].to_numpy()
    unknown = rows["x_Verdict"].isin(["abstained", "unallocatable"]).to_numpy()
    return Scope(key, text, rows["x_OwnableId"].to_numpy(dtype="int64"), money.total(cost), money.total(cost[unknown]), left)


def would(resources: pd.DataFrame, ids: np.ndarray, team: str, verdict: str, metric: str = "billed") -> dict[str, int]:
    """Money that an answer would take from each present owner (a team, or the verdict in brackets), units, most first."""
    rows = resources[resources["x_OwnableId"].isin(ids)]
    was = _owner(rows)
    now = team if verdict == "owned" else f"({verdict})"
    out: dict[str, int] = {}
    for name, cost in zip(was, rows[METRICS[metric]].to_numpy().tolist()):
        if name != now:
            out[name] = out.get(name, 0) + int(cost)
    return dict(sorted(out.items(), key=lambda item: (-abs(item[1]), item[0])))


def effect(before, after) -> Effect:
    """What changed from one Report to another of the same bill and metric."""
    column = METRICS[after.metric]
    was, now = _owner(before.resources), _owner(after.resources)
    old = pd.Series(was, index=before.resources["x_OwnableId"].to_numpy()).reindex(after.resources["x_OwnableId"]).to_numpy()
    moved = (old != now) & ~after.resources["x_IsSynthetic"].to_numpy()
    rows = pd.DataFrame({"x_OwnableId": after.resources["x_OwnableId"].to_numpy(), "was": old, "now": now, "cost": after.resources[column].to_numpy()})[moved]
    order = np.argsort(-np.abs(rows["cost"].to_numpy().astype("float64")), kind="stable")
    total = sum(abs(int(c)) for c in rows["cost"])
    return Effect(rows.iloc[order].reset_index(drop=True), total, before.coverage[after.metric]["after"], after.coverage[after.metric]["after"])


def merged(aliases: dict[str, str], team: str, into: str) -> dict[str, str]:
    """Aliases by which `team` is called `into` from now on; what was called `team` follows. Renaming is merging into a new name.

    >>> merged({"srch": "search"}, "search", "discovery")
    {'srch': 'discovery', 'search': 'discovery'}
    """
    out = {spelling: (into if name == team else name) for spelling, name in aliases.items() if spelling != into}
    out[team] = into
    return out


def _owner(resources: pd.DataFrame) -> np.ndarray:
    team, verdict = resources["x_Team"].fillna("").to_numpy(dtype=object), resources["x_Verdict"].fillna("abstained").to_numpy(dtype=object)
    return np.array([t if v == "owned" else f"({v})" for t, v in zip(team, verdict)], dtype=object)


def _tags(resources: pd.DataFrame) -> list:
    from json import loads

    return [loads(text) if text else [] for text in resources["Tags"]]
