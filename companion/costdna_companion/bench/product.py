"""The shipped attributor as one method among others: the product's own prepare, model and decide, nothing added."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np

from costdna.attribute import prepare
from costdna.attribute.answers import decide
from costdna.attribute.candidates import PREFERRED, view

from .account import Account
from .answer import Answer

COUNT_BUDGET = 0.05
"""``cov95_inaccount`` asks for 95 % precision by count: every resource weighs the same and 5 % may be wrong."""


def shipped(model: Path | None = None):
    """The session of the shipped model (or of another file), vetted where a card lies beside it.

    None where there is no model.
    """
    from costdna_companion.native import shipped as place
    from costdna_companion.native.session import OrtSession, open_model

    path = model or place.model()
    if path is None:
        return None
    return open_model(path) if model is None else OrtSession(path)


def run_model(session, feeds: list[dict]) -> list[dict]:
    """All forward passes, one after the other."""

    async def passes() -> list[dict]:
        return [await session.run(feed) for feed in feeds]

    return asyncio.run(passes())


def planned(account: Account, known, session):
    """(plan, model outputs or None). An account that brings its own numbers has them put in place of the computed ones."""
    plan = prepare(account.ownables, account.relations, account.charges, account.rhythm, known)
    if account.x is not None:
        plan.x = account.x.astype(np.float32)
        for feed, (_, numerics) in zip(plan.feeds, plan.passes, strict=True):
            if numerics:
                feed["x"] = plan.x
    return plan, run_model(session, plan.feeds) if session is not None else None


def attribute(
    session, account: Account, shown: np.ndarray, written: np.ndarray, query: np.ndarray, teams: list[str]
) -> Answer:
    """The product on one account. ``extra``: what it hands out under its own 2 % of money, the gate and its figures.

    Where the gate is shut the product gives no answer (``line`` infinite); what it would have ranked is shown all the
    same.
    """
    plan, outputs = planned(account, account.known(shown, written), session)
    decision = decide(plan, outputs)
    verdict = decision.verdict
    extra = {
        "gate": float(verdict["passed"]),
        "random_folds": verdict.get("accuracy_random_folds"),
        "group_folds": verdict.get("accuracy_group_folds"),
    }
    line = float("inf")
    at = {int(node): index for index, node in enumerate(decision.rows)}
    rows = np.array([at[int(node)] for node in query], dtype=np.int64)
    if verdict["passed"]:
        flat = decide(replace(plan, money=np.ones(len(plan.money))), outputs, budget=COUNT_BUDGET)
        if flat.verdict["passed"] and flat.limit is not None:
            line = float(flat.limit.confidence)
        joint, none = decision.joint[rows], decision.none[rows]
        given, money = joint.max(1) >= decision.limit.confidence, account.money[query]
        extra |= {
            "given": given,
            "money": money,
            "promised": float(bool(verdict.get("promised"))),
            "candidate": verdict.get("candidate"),
        }
    else:
        joint, none = behind_the_gate(plan, outputs, decision, query)
    place = {team: column for column, team in enumerate(plan.teams)}
    p = np.zeros((len(query), len(teams)))
    for column, team in enumerate(teams):
        if team in place:
            p[:, column] = joint[:, place[team]]
    return Answer(p, none, line, True, extra)


def behind_the_gate(plan, outputs, decision, query: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(joint, none) the product would have given had its gate been open.

    Calibrated where trials can be made, else its first candidate as it is.
    """
    forced = decide(plan, outputs, ignore_gate=True)
    if forced.joint is not None:
        at = {int(node): index for index, node in enumerate(forced.rows)}
        rows = np.array([at[int(node)] for node in query], dtype=np.int64)
        return forced.joint[rows], forced.none[rows]
    if len(plan.teams) < 2:
        share = plan.support.sum(0) / max(plan.support.sum(), 1.0)
        return np.tile(share, (len(query), 1)), np.zeros(len(query))
    by_pass = dict(zip(plan.passes, outputs, strict=True)) if outputs is not None else {}
    raw = view(plan.members, plan.support, query, by_pass.get((-1, True)), by_pass.get((-1, False)))
    chosen = next(
        (entry["name"] for entry in decision.table if entry.get("chosen")),
        next(name for name in PREFERRED if name in raw.teams),
    )
    none = raw.unknown[:, 0]
    return raw.teams[chosen] * (1.0 - none)[:, None], none
