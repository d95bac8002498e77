"""How sure is sure, on one's own bill.

Known owners are hidden, the whole product runs without them, and its confidence is held against them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from costdna.attribute.answers import decide
from costdna.attribute.candidates import view
from costdna.attribute.folds import units
from costdna.errors import UsageError

from . import metrics
from .account import Account
from .product import behind_the_gate, planned

ROUNDS = 4
"""Outer folds: a quarter of the known owners is hidden at a time."""


def reliability(
    account: Account, known, session, say: Callable[[str], None] = lambda text: None, bins: int = 10, seed: int = 0
) -> dict:
    """``rows``: bins of three diagrams, ``figures``: ECE, floor, mean confidence and accuracy of each.

    out of fold, random: known owners hidden one by one · out of fold, whole units: stacks, clusters and stems hidden
    together · in fold: owners the model was shown, which says nothing and is here to be seen not to.
    """
    if len(known) < 2 * ROUNDS or known["x_Team"].nunique() < 2:
        raise UsageError(
            "Too few owners are known to hold any back.",
            found=f"{len(known)} known owners of {known['x_Team'].nunique()} teams",
            next_step=f"Tag at least {2 * ROUNDS} resources of 2 teams.",
            code="too-few",
        )
    known = known.reset_index(drop=True)
    plan, outputs = planned(account, known, session)
    place = {int(node): index for index, node in enumerate(plan.nodes)}
    at = np.array([place.get(int(node), -1) for node in known["x_OwnableId"]], dtype=np.int64)
    piece = np.where(at >= 0, units(plan.members)[at], -1 - np.arange(len(at)))
    diagrams = {}
    for name, group in (("out of fold, whole units", piece), ("out of fold, random", np.arange(len(known)))):
        sure, right = [], []
        names = np.unique(group)
        turn = (np.random.default_rng([seed, 1511]).permutation(len(names)) % ROUNDS)[np.searchsorted(names, group)]
        for number in range(ROUNDS):
            hidden = (turn == number) & (at >= 0)
            if not hidden.any() or known.loc[~hidden, "x_Team"].nunique() < 2:
                continue
            part, told = planned(account, known[~hidden], session)
            query = at[hidden]
            decision = decide(part, told)
            joint, _ = _joint(part, told, decision, query)
            column = {team: index for index, team in enumerate(part.teams)}
            target = np.array([column.get(str(team), -1) for team in known.loc[hidden, "x_Team"]], dtype=np.int64)
            sure.append(joint.max(1))
            right.append(joint.argmax(1) == target)
            say(f"{name}: round {number + 1} of {ROUNDS}")
        diagrams[name] = (np.concatenate(sure), np.concatenate(right))
    by_pass = dict(zip(plan.passes, outputs, strict=True)) if outputs is not None else {}
    seen = at[at >= 0]
    shown = view(plan.members, plan.support, seen, by_pass.get((-1, True)), by_pass.get((-1, False)))
    p = next(iter(shown.teams.values()))
    diagrams["in fold (owners that were shown)"] = (p.max(1), p.argmax(1) == plan.truth[seen])
    rows, figures = [], []
    for name, (sure, right) in diagrams.items():
        rows += [
            {"diagram": name, **{k: round(v, 6) if isinstance(v, float) else v for k, v in line.items()}}
            for line in metrics.reliability(sure, right, bins)
        ]
        figures.append(
            {
                "diagram": name,
                "rows": len(sure),
                "ece": round(metrics.ece(sure, right), 6),
                "ece_floor": round(metrics.ece_floor(sure)[0], 6),
                "mean_confidence": round(float(sure.mean()), 6),
                "accuracy": round(float(right.mean()), 6),
            }
        )
    return {"rows": rows, "figures": figures}


def _joint(plan, outputs, decision, query: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if decision.joint is None:
        return behind_the_gate(plan, outputs, decision, query)
    at = {int(node): index for index, node in enumerate(decision.rows)}
    rows = np.array([at[int(node)] for node in query], dtype=np.int64)
    return decision.joint[rows], decision.none[rows]


def of_bill(readings: list[dict], tag_key: list[str], session, say: Callable[[str], None]) -> dict:
    """The diagrams of a bill."""
    from costdna import pipeline

    grounds = pipeline.ground(readings, pipeline.Wishes(tag_keys=tag_key))
    labels = grounds.known.labels
    labels = labels[labels["x_Basis"].isin(["tag", "human"]) & (labels["x_Team"].astype(str) != "")].drop_duplicates(
        "x_OwnableId"
    )
    things = grounds.ownables.loc[~grounds.ownables["x_IsSynthetic"].to_numpy(dtype=bool)].reset_index(drop=True)
    team = labels.set_index("x_OwnableId")["x_Team"]
    truth = team.reindex(things["x_OwnableId"].to_numpy()).fillna("").to_numpy(dtype=object)
    account = Account(grounds.ownables, grounds.relations, grounds.charges, grounds.bill.rhythm, truth, truth)
    return reliability(account, labels[labels["x_OwnableId"].isin(things["x_OwnableId"])], session, say)
