"""The next questions, with what each would settle."""

from __future__ import annotations

import numpy as np
import pandas as pd

from costdna import money, schema
from costdna.baselines import Memberships, membership_list
from costdna.relations.kinds import KINDS, reason

from .likeness import sketch
from .proposals import from_words, nearby
from .strategies import NOISE, by_chance, by_coverage, cover_by, least_margin, least_sure

STRATEGIES = ("money", "medoid", "least-confidence", "margin", "random")
DEAR = 0.5
"""Power of the money in a question's stake: at 1 a few dear resources are asked one by one and little follows."""
FOLLOWS = 0.1
"""Covered at least this far, a resource is counted as following the answer."""


def ask(
    ownables: pd.DataFrame, relations: pd.DataFrame, ownership: pd.DataFrame, *, limit: int = 12, strategy: str = "money", beliefs: pd.DataFrame | None = None, seed: int = 0
) -> pd.DataFrame:
    """QUESTIONS: up to ``limit`` resources to ask about, in the order to ask, each with the money its answer would likely settle.

    ``ownership``: OWNERSHIP as it stands; what is inferred or abstained, and what has no row, is open. ``beliefs``: where the
    model has an opinion, x_OwnableId, x_Probability and x_OtherProbability of the best and second team. Resources without an
    id are never asked about. The money of a resource counts once, under the first question that covers it.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"no strategy {strategy!r}; choose from {', '.join(STRATEGIES)}")
    real = ownables.loc[~ownables["x_IsSynthetic"].to_numpy(dtype=bool)].reset_index(drop=True)
    nodes = real["x_OwnableId"].to_numpy(dtype=np.int64)
    known = _known(ownership, nodes)
    rows = np.flatnonzero(~known["settled"]).astype(np.int64)
    if not len(rows) or limit < 1:
        return schema.QUESTIONS.empty()
    members, group_names = membership_list(relations, nodes)
    sketches = sketch(members)
    first, second = _opinions(ownership, beliefs, nodes)
    amount = np.abs(real["BilledCost"].to_numpy().astype(np.float64))
    labelled = np.flatnonzero(known["team"] != "").astype(np.int64)
    chosen = _order(strategy, sketches, rows, amount, first[rows], second[rows], labelled, limit, seed)[:limit]
    return _write(real, members, group_names, sketches, rows, chosen, labelled, known["team"], first)


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
    doubt = np.where(no_opinion, 1.0, 1.0 - np.nan_to_num(first))
    stake = doubt if strategy == "medoid" else doubt * np.round(amount[rows] ** DEAR, 9)
    return by_coverage(sketches, rows, stake, limit, covered)


def _known(ownership: pd.DataFrame, nodes: np.ndarray) -> dict[str, np.ndarray]:
    """Per node: settled (proved by anything but inference) and its proved team, "" for none."""
    proved = ownership.loc[~ownership["x_Basis"].isin(["inferred", ""]), ["x_OwnableId", "x_Team"]].drop_duplicates("x_OwnableId", keep="last")
    team = proved.set_index("x_OwnableId")["x_Team"].reindex(nodes)
    return {"settled": team.notna().to_numpy(dtype=bool), "team": team.fillna("").to_numpy(dtype=object)}


def _opinions(ownership: pd.DataFrame, beliefs: pd.DataFrame | None, nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Largest and second probability per node, NaN where nothing was said."""
    if beliefs is not None and len(beliefs):
        at = beliefs.drop_duplicates("x_OwnableId").set_index("x_OwnableId").reindex(nodes)
        return at["x_Probability"].to_numpy(dtype=np.float64), at["x_OtherProbability"].to_numpy(dtype=np.float64)
    inferred = ownership.loc[ownership["x_Basis"] == "inferred"].drop_duplicates("x_OwnableId").set_index("x_OwnableId")
    return inferred["x_Probability"].reindex(nodes).to_numpy(dtype=np.float64), np.full(len(nodes), np.nan)


def _write(
    real: pd.DataFrame, members: Memberships, group_names: list[str], sketches: np.ndarray, rows: np.ndarray, chosen: np.ndarray, labelled: np.ndarray, team: np.ndarray, first: np.ndarray
) -> pd.DataFrame:
    units = real["BilledCost"].to_numpy()
    cover, who = cover_by(sketches, rows, chosen)
    follows = (cover >= FOLLOWS) & (who >= 0)
    so_far, out = 0, []
    for rank, row in enumerate(chosen.tolist()):
        with_it = rows[follows & (who == rank)]
        settles = money.total(units[with_it]) if len(with_it) else int(units[row])
        so_far += settles
        likeness = np.maximum(sketches[labelled] @ sketches[row] - NOISE, 0.0) if len(labelled) else np.zeros(0)
        offered = nearby(likeness, team[labelled]) or from_words(members, group_names, with_it if len(with_it) else np.array([row]), str(real["SubAccountName"][row]) if "SubAccountName" in real else "")
        out.append((rank + 1, int(real["x_OwnableId"][row]), offered, len(with_it) or 1, int(units[row]), settles, so_far, first[row], _why(members, group_names, row, with_it)))
    frame = pd.DataFrame(out, columns=schema.QUESTIONS.names())
    for name in ("BilledCost", "x_Settles", "x_SettledSoFar"):
        frame[name] = money.fit(np.array(frame[name].tolist(), dtype=object))
    return schema.QUESTIONS.check(frame.astype({"x_Rank": "int64", "x_OwnableId": "int64", "x_Resources": "int64", "x_Probability": "float64"}))


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
    shared = "; ".join(f"{reason(KINDS[int(members.kind[mine[i]])].name, group_names[mine[i]])} ({int(count[i])} of them)" for i in best.tolist() if count[i] >= 2)
    return f"Speaks for {len(with_it)} resources like it: {shared}." if shared else f"Speaks for {len(with_it)} resources like it."
