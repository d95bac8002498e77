"""Why this team: which memberships speak for it and which against, with the counts a person can check."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from costdna.baselines import Memberships
from costdna.relations.kinds import KIND_COUNT, KINDS, reason

FOR, AGAINST = 3, 1


def kind_trust(members: Memberships, per_team: np.ndarray) -> np.ndarray:
    """f64[32]: how much better than chance two known members of one group of a kind agree on the owner, 0..1."""
    known = per_team.sum(1)
    total = per_team.sum()
    prior = per_team.sum(0) / max(total, 1e-12)
    chance = float((prior**2).sum())
    agree = np.maximum(per_team * (per_team - 1.0), 0.0).sum(1) / np.maximum(known - 1.0, 1.0)
    weight = np.where(known >= 2, known, 0.0)
    top = np.bincount(members.kind, weights=agree, minlength=KIND_COUNT)
    bottom = np.bincount(members.kind, weights=weight, minlength=KIND_COUNT)
    rate = (top + 2.0 * chance) / (bottom + 2.0)
    return np.clip((rate - chance) / max(1.0 - chance, 1e-9), 0.0, 1.0)


def weigh(
    members: Memberships,
    support: np.ndarray,
    rows: np.ndarray,
    team: np.ndarray,
    speaking: int = FOR,
    against: int = AGAINST,
) -> pd.DataFrame:
    """The strongest memberships of ``rows`` for and against the team proposed for each.

    ``speaking`` are for, ``against`` against; ``team`` i64[len(rows)].

    Columns: row (into ``rows``), group, team (who the group speaks for), weight (signed: log-lift × the kind's trust),
    hits, known (of ``known`` labelled members ``hits`` belong to that team). Groups without known members are silent.
    """
    counts = members.to_groups(support)
    known = counts.sum(1)
    prior = support.sum(0) / max(float(support.sum()), 1e-12)
    trust = kind_trust(members, counts)
    at = np.full(members.nodes, -1, dtype=np.int64)
    at[rows] = np.arange(len(rows), dtype=np.int64)
    use = (at[members.node] >= 0) & (known[members.group] > 0)
    row, group = at[members.node[use]], members.group[use]
    mine = team[row]
    lift = np.log((counts[group, mine] + 2.0 * prior[mine]) / (known[group] + 2.0) / np.maximum(prior[mine], 1e-12))
    weight = np.round(lift * trust[members.kind[group]], 9)
    leader = counts.argmax(1)[group]
    speaks = np.where(weight >= 0, mine, leader)
    frame = pd.DataFrame(
        {
            "row": row,
            "group": group,
            "team": speaks,
            "weight": weight,
            "hits": counts[group, speaks],
            "known": known[group],
        }
    )
    frame = frame.loc[(frame["weight"] > 1e-6) | ((frame["weight"] < -1e-6) & (frame["team"] != mine))]
    frame = frame.assign(against=frame["weight"] < 0, force=frame["weight"].abs())
    frame = frame.sort_values(["row", "against", "force", "group"], ascending=[True, True, False, True], kind="stable")
    rank = frame.groupby(["row", "against"], sort=False).cumcount()
    keep = np.where(frame["against"], rank < against, rank < speaking)
    return frame.loc[keep, ["row", "group", "team", "weight", "hits", "known"]].reset_index(drop=True)


def sentences(
    weighed: pd.DataFrame, members: Memberships, names: list[str], teams: list[str], count: int
) -> tuple[list[str], list[str], list[str]]:
    """Per row: what speaks for it, what against (plain words, "" when nothing), and a hash of both."""
    speak_for: list[list[str]] = [[] for _ in range(count)]
    against: list[list[str]] = [[] for _ in range(count)]
    for item in weighed.itertuples(index=False):
        kind = KINDS[int(members.kind[item.group])].name
        text = f"{reason(kind, names[item.group])} ({int(item.hits)} of {int(item.known)} known owners there: {teams[item.team]})"
        (speak_for if item.weight > 0 else against)[item.row].append(text)
    joined_for, joined_against = ["; ".join(parts) for parts in speak_for], ["; ".join(parts) for parts in against]
    digest = [
        hashlib.sha256(f"{a}\n{b}".encode()).hexdigest()[:16] for a, b in zip(joined_for, joined_against, strict=True)
    ]
    return joined_for, joined_against, digest
