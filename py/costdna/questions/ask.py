"""The next questions, with what each would settle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna import money, schema
from costdna.baselines import Memberships, membership_list
from costdna.names import MARKETPLACE, SERVES_ACCOUNT
from costdna.relations.kinds import KINDS, reason

from .groups import Groups, by_groups, called, groups
from .likeness import sketch
from .proposals import from_words, nearby
from .strategies import NOISE, by_chance, by_coverage, cover_by, least_margin, least_sure

STRATEGIES = ("money", "medoid", "least-confidence", "margin", "random")
TEAMLESS = 0.2
"""What is left of a question's worth where the type alone says that no single team has it: such verdicts need no
answer.
"""
FOLLOWS = 0.1
"""Covered at least this far, a resource is counted as following the answer."""


@dataclass(frozen=True)
class Basis:
    """What questions of one bill start from, whatever has been answered: kept, the next question costs little."""

    ownables: pd.DataFrame
    members: Memberships
    group_names: list[str]
    sketches: np.ndarray
    groups: Groups
    teamless: np.ndarray  # bool[N]: what serves an account or is a vendor's, by its type


def basis(ownables: pd.DataFrame, relations: pd.DataFrame) -> Basis:
    """OWNABLES with an id and how they are related, made ready for questions."""
    real = ownables.loc[~ownables["x_IsSynthetic"].to_numpy(dtype=bool)].reset_index(drop=True)
    nodes = real["x_OwnableId"].to_numpy(dtype=np.int64)
    members, group_names = membership_list(relations, nodes)
    kind = real["ResourceType"].astype(str) if "ResourceType" in real else pd.Series("", index=real.index)
    teamless = (kind.isin(SERVES_ACCOUNT) | kind.str.startswith(MARKETPLACE)).to_numpy(dtype=bool)
    return Basis(real, members, group_names, sketch(members), groups(relations, nodes), teamless)


def ask(
    ownables: pd.DataFrame,
    relations: pd.DataFrame,
    ownership: pd.DataFrame,
    *,
    limit: int = 12,
    strategy: str = "money",
    beliefs: pd.DataFrame | None = None,
    seed: int = 0,
    apart: frozenset[str] = frozenset(),
    on: Basis | None = None,
) -> pd.DataFrame:
    """QUESTIONS: up to ``limit`` resources to ask about, in the order to ask.

    Each comes with the money its answer would likely settle.

    ``ownership``: OWNERSHIP as it stands; what is inferred or abstained, and what has no row, is open. ``beliefs``:
    where the model has an opinion, x_OwnableId, x_Probability and x_OtherProbability of the best and second team.
    Resources without an id are never asked about. The money of a resource counts once, under the first question that
    covers it. The strategy "money" asks about whole groups where one owner likely has all of one; ``apart``: keys of
    groups (x_Group) known to be several owners'. ``on``: the same tables made ready before.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"no strategy {strategy!r}; choose from {', '.join(STRATEGIES)}")
    on = on or basis(ownables, relations)
    real, sketches = on.ownables, on.sketches
    nodes = real["x_OwnableId"].to_numpy(dtype=np.int64)
    known = _known(ownership, nodes)
    rows = np.flatnonzero(~known["settled"]).astype(np.int64)
    if not len(rows) or limit < 1:
        return schema.QUESTIONS.empty()
    first, second = _opinions(ownership, beliefs, nodes)
    amount = np.abs(real["BilledCost"].to_numpy().astype(np.float64))
    labelled = np.flatnonzero(known["team"] != "").astype(np.int64)
    if strategy == "money":
        doubt = np.where(np.isfinite(first[rows]), 1.0 - np.nan_to_num(first[rows]), 1.0) * np.where(
            on.teamless[rows], TEAMLESS, 1.0
        )
        stake = doubt * np.maximum(amount[rows], amount.max() * 1e-12 + 1e-12)
        told = np.where(known["settled"], known["team"], None)
        picked = by_groups(on.groups, rows, stake / stake.max(), told, limit, apart) if stake.max() > 0 else []
        return _write(
            on,
            rows,
            np.array([row for row, _ in picked], dtype=np.int64),
            [at for _, at in picked],
            labelled,
            known["team"],
            first,
        )
    chosen = _order(strategy, sketches, rows, amount, first[rows], second[rows], labelled, limit, seed)[:limit]
    return _write(on, rows, chosen, None, labelled, known["team"], first)


def _order(strategy, sketches, rows, amount, first, second, labelled, limit, seed) -> np.ndarray:
    if strategy == "random":
        return by_chance(rows, seed)
    if strategy == "least-confidence":
        return least_sure(rows, first)
    if strategy == "margin":
        return least_margin(rows, first, second)
    no_opinion = ~np.isfinite(first)
    covered = np.zeros(len(rows))
    if no_opinion.any() and len(labelled):  # where the model is silent, likeness to known owners stands in for it
        covered[no_opinion] = cover_by(sketches, rows[no_opinion], labelled)[0]
    return by_coverage(sketches, rows, np.where(no_opinion, 1.0, 1.0 - np.nan_to_num(first)), limit, covered)


def _known(ownership: pd.DataFrame, nodes: np.ndarray) -> dict[str, np.ndarray]:
    """Per node: settled (proved by anything but inference) and its proved team, "" for none."""
    proved = ownership.loc[~ownership["x_Basis"].isin(["inferred", ""]), ["x_OwnableId", "x_Team"]].drop_duplicates(
        "x_OwnableId", keep="last"
    )
    team = proved.set_index("x_OwnableId")["x_Team"].reindex(nodes)
    return {"settled": team.notna().to_numpy(dtype=bool), "team": team.fillna("").to_numpy(dtype=object)}


def _opinions(
    ownership: pd.DataFrame, beliefs: pd.DataFrame | None, nodes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Largest and second probability per node, NaN where nothing was said."""
    if beliefs is not None and len(beliefs):
        at = beliefs.drop_duplicates("x_OwnableId").set_index("x_OwnableId").reindex(nodes)
        return at["x_Probability"].to_numpy(dtype=np.float64), at["x_OtherProbability"].to_numpy(dtype=np.float64)
    inferred = ownership.loc[ownership["x_Basis"] == "inferred"].drop_duplicates("x_OwnableId").set_index("x_OwnableId")
    return inferred["x_Probability"].reindex(nodes).to_numpy(dtype=np.float64), np.full(len(nodes), np.nan)


def _write(
    on: Basis,
    rows: np.ndarray,
    chosen: np.ndarray,
    about: list[int] | None,
    labelled: np.ndarray,
    team: np.ndarray,
    first: np.ndarray,
) -> pd.DataFrame:
    """``about``: of each question the group it is asked for, −1 for none; None where likeness says what follows."""
    real, members, names, sketches = on.ownables, on.members, on.group_names, on.sketches
    units = real["BilledCost"].to_numpy()
    cover, who = cover_by(sketches, rows, chosen) if about is None else (np.zeros(0), np.zeros(0))
    follows = (cover >= FOLLOWS) & (who >= 0)
    so_far, out, shown = 0, [], sketches[labelled]
    open_ = np.zeros(len(real), dtype=bool)
    open_[rows] = True
    for rank, row in enumerate(chosen.tolist()):
        if about is None:
            with_it, key, why = rows[follows & (who == rank)], "", ""
        else:
            with_it = on.groups.members(about[rank]) if about[rank] >= 0 else np.array([row], dtype=np.int64)
            with_it = with_it[open_[with_it]]
            open_[with_it] = False
            key = on.groups.key(about[rank]) if about[rank] >= 0 else ""
            why = (
                f"Speaks for the {len(with_it)} resources {called(*key.split(':', 1))}."
                if key
                else "Nothing else is sure to be its owner's: the answer settles itself."
            )
        settles = money.total(units[with_it]) if len(with_it) else int(units[row])
        so_far += settles
        likeness = np.maximum(shown @ sketches[row] - NOISE, 0.0) if len(labelled) else np.zeros(0)
        offered = nearby(likeness, team[labelled]) or from_words(
            members,
            names,
            with_it if len(with_it) else np.array([row]),
            str(real["SubAccountName"][row]) if "SubAccountName" in real else "",
        )
        out.append(
            (
                rank + 1,
                int(real["x_OwnableId"][row]),
                offered,
                len(with_it) or 1,
                int(units[row]),
                settles,
                so_far,
                first[row],
                why or _why(members, names, row, with_it),
                key,
            )
        )
    frame = pd.DataFrame(out, columns=schema.QUESTIONS.names())
    for name in ("BilledCost", "x_Settles", "x_SettledSoFar"):
        frame[name] = money.fit(np.array(frame[name].tolist(), dtype=object))
    return schema.QUESTIONS.check(
        frame.astype({"x_Rank": "int64", "x_OwnableId": "int64", "x_Resources": "int64", "x_Probability": "float64"})
    )


def _why(members: Memberships, group_names: list[str], row: int, with_it: np.ndarray) -> str:
    """What the resources that would follow have in common with it."""
    if len(with_it) < 2:
        return "Nothing else is much like it: the answer settles itself."
    inside = np.zeros(members.nodes, dtype=bool)
    inside[with_it] = True
    mine = members.group[members.node == row]
    count = np.bincount(members.group[inside[members.node]], minlength=members.groups)[mine]
    rarity = np.log((1.0 + members.nodes) / (1.0 + members.size[mine]))
    best = np.lexsort((mine, -np.round(count * rarity, 9)))[:2]
    shared = "; ".join(
        f"{reason(KINDS[int(members.kind[mine[i]])].name, group_names[mine[i]])} ({int(count[i])} of them)"
        for i in best.tolist()
        if count[i] >= 2
    )
    return (
        f"Speaks for {len(with_it)} resources like it: {shared}."
        if shared
        else f"Speaks for {len(with_it)} resources like it."
    )
