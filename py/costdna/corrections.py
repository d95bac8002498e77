"""What a correction would do and what it did: whom it reaches, how much money moves, as plain values. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna import money
from costdna.ledger import METRICS
from costdna.once import once
from costdna.questions import WORD, by_word, called
from costdna.teams.rules import match

GROUPS = (
    "stack",
    WORD,
    "name_prefix",
    "name_stem",
    "cluster",
    "other_tag",
    "cost_category",
    "repository",
    "name_token",
    "account_tag",
    "account",
    "creator",
    "role",
    "iam_principal",
)
"""Kinds of group a person may answer for as a whole, the most telling first."""
FIRM = ("human", "tag", "rule", "map", "principal")
"""What an answer for a whole group leaves alone: owners that stand on more than an account or an inference."""


@dataclass(frozen=True)
class Scope:
    """A set of resources one answer may be given for.

    ids: x_OwnableId i64[n] without those that stand firm; text: in words.

    cost: their money in units of the metric; unknown: the part no team owns; firm: resources of the group left as they
    are.
    """

    key: str
    text: str
    ids: np.ndarray
    cost: int
    unknown: int
    firm: int = 0


@dataclass(frozen=True)
class Effect:
    """What changed between two reports.

    rows: x_OwnableId, was, now (a team, or the verdict in brackets), cost; most money first.

    moved: money whose owner is another, in units; before, after: coverage, shares in 0..1 of the metric.
    """

    rows: pd.DataFrame
    moved: int
    before: float
    after: float


def related(result) -> pd.DataFrame:
    """Memberships in every group an answer may be given for.

    RELATIONS and, as kind "word", the words things are called by.
    """
    return pd.concat(
        [result.relations[["x_OwnableId", "x_Kind", "x_Group"]], by_word(result.relations)], ignore_index=True
    )


def scopes(
    result, ownable: int, metric: str = "billed", most: int = 6, first: str = "", relations: pd.DataFrame | None = None
) -> list[Scope]:
    """The resource alone, then the groups it is in that reach further, the most telling kinds first.

    ``first``: key of the group to offer before all others. ``relations``: what :func:`related` gives, where it was made
    before.
    """
    resources, relations = result.report.resources, related(result) if relations is None else relations
    out = [_scope(resources, "one", "this one only", np.array([ownable], dtype="int64"), metric, firm=False)]
    mine = relations[relations["x_OwnableId"].to_numpy() == ownable]
    order = sorted(
        {g for g in zip(mine["x_Kind"], mine["x_Group"]) if g[0] in GROUPS},
        key=lambda g: (f"{g[0]}:{g[1]}" != first, GROUPS.index(g[0]), g[1]),
    )
    seen = {frozenset([ownable])}
    for kind, group in order:
        found = whole(result, f"{kind}:{group}", metric, relations, ownable)
        if found is not None and len(found.ids) > 1 and frozenset(found.ids.tolist()) not in seen:
            seen.add(frozenset(found.ids.tolist()))
            out.append(found)
        if len(out) > most:
            break
    return out


def whole(result, key: str, metric: str, relations: pd.DataFrame, keep: int | None = None) -> Scope | None:
    """A group by its key ("stack:web-prod"); None where it has one resource or nearly all.

    ``keep`` is in it though its owner stands firm.
    """
    kind, _, group = key.partition(":")
    if kind == WORD:
        words = relations.iloc[len(result.relations) :]
        ids = words.loc[words["x_Group"] == group, "x_OwnableId"].unique()
    else:
        ids = members(result.relations, kind, group)
    if not 2 <= len(ids) <= max(0.6 * len(result.report.resources), 2):
        return None
    return _scope(result.report.resources, key, called(kind, group), ids, metric, keep=keep)


def members(relations: pd.DataFrame, kind: str, group: str) -> np.ndarray:
    """x_OwnableId i64 of a group, each once.

    RELATIONS stands in order of kind and group: it is looked up, not looked through.
    """
    kinds, groups = relations["x_Kind"].to_numpy(dtype=object), relations["x_Group"].to_numpy(dtype=object)
    low, high = np.searchsorted(kinds, kind, "left"), np.searchsorted(kinds, kind, "right")
    first = low + np.searchsorted(groups[low:high], group, "left")
    last = low + np.searchsorted(groups[low:high], group, "right")
    return relations["x_OwnableId"].to_numpy()[first:last]


def by_pattern(result, field: str, pattern: str, metric: str = "billed", key: str = "") -> Scope:
    """All resources a pattern of * and ? meets in a field that rules know.

    Fields are name, resource, service, account, tag with a key.
    """
    resources = result.report.resources
    rule = pd.DataFrame(
        [(field, key, pattern, "", "owned", False)],
        columns=["x_Field", "x_Key", "x_Pattern", "x_Team", "x_Verdict", "x_Override"],
    )
    tags = _tags(resources) if field == "tag" else [[]] * len(resources)
    hit = np.array(match(rule, resources, tags), dtype="int64") >= 0
    return _scope(
        resources, "pattern", f"with a {field} like {pattern}", resources["x_OwnableId"].to_numpy()[hit], metric
    )


def _scope(
    resources: pd.DataFrame,
    key: str,
    text: str,
    ids: np.ndarray,
    metric: str,
    keep: int | None = None,
    firm: bool = True,
) -> Scope:
    places = once(resources, "places", lambda r: pd.Index(r["x_OwnableId"].to_numpy(copy=True)))
    at = np.sort(places.get_indexer(ids).astype("int64"))
    at, owners = at[at >= 0], resources["x_OwnableId"].to_numpy(dtype="int64")
    stays = (
        once(resources, "firm", lambda r: r["x_Basis"].isin(FIRM).to_numpy(dtype=bool))[at]
        if firm
        else np.zeros(len(at), dtype=bool)
    )
    if keep is not None:
        stays = stays & (owners[at] != keep)
    at, left = at[~stays], int(stays.sum())
    cost = resources[METRICS[metric]].to_numpy()[at]
    unknown = once(
        resources, "unknown", lambda r: r["x_Verdict"].isin(["abstained", "unallocatable"]).to_numpy(dtype=bool)
    )[at]
    return Scope(key, text, owners[at], money.total(cost), money.total(cost[unknown]), left)


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
    old = (
        pd.Series(was, index=before.resources["x_OwnableId"].to_numpy())
        .reindex(after.resources["x_OwnableId"])
        .to_numpy()
    )
    moved = (old != now) & ~after.resources["x_IsSynthetic"].to_numpy()
    rows = pd.DataFrame(
        {
            "x_OwnableId": after.resources["x_OwnableId"].to_numpy(),
            "was": old,
            "now": now,
            "cost": after.resources[column].to_numpy(),
        }
    )[moved]
    order = np.argsort(-np.abs(rows["cost"].to_numpy().astype("float64")), kind="stable")
    total = sum(abs(int(c)) for c in rows["cost"])
    return Effect(
        rows.iloc[order].reset_index(drop=True),
        total,
        before.coverage[after.metric]["after"],
        after.coverage[after.metric]["after"],
    )


def merged(aliases: dict[str, str], team: str, into: str) -> dict[str, str]:
    """Aliases by which `team` is called `into` from now on; what was called `team` follows.

    Renaming is merging into a new name.

    >>> merged({"srch": "search"}, "search", "discovery")
    {'srch': 'discovery', 'search': 'discovery'}
    """
    out = {spelling: (into if name == team else name) for spelling, name in aliases.items() if spelling != into}
    out[team] = into
    return out


def _owner(resources: pd.DataFrame) -> np.ndarray:
    team = resources["x_Team"].fillna("").to_numpy(dtype=object)
    verdict = resources["x_Verdict"].fillna("abstained").to_numpy(dtype=object)
    return np.array([t if v == "owned" else f"({v})" for t, v in zip(team, verdict)], dtype=object)


def _tags(resources: pd.DataFrame) -> list:
    from json import loads

    return [loads(text) if text else [] for text in resources["Tags"]]
