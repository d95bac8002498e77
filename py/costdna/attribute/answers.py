"""After the model: gate, choice among candidates, calibration, threshold, verdicts and their reasons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna.relations.kinds import KINDS

from . import gate as gates
from .calibrate import Calibration, Threshold, calibrate, threshold
from .candidates import PREFERRED, View, view
from .evidence import sentences, weigh
from .plan import Plan

SWITCH = 1e-3
"""A later candidate must beat the loss by more than this; smaller differences are noise between page and CLI."""

OWNERSHIP_COLUMNS = ("x_OwnableId", "x_Team", "x_Share", "x_Probability", "x_Basis", "x_Verdict", "x_Reason", "x_ModelId", "x_EvidenceHash")
EVIDENCE_COLUMNS = ("x_OwnableId", "x_Kind", "x_Group", "x_Team", "x_Weight", "x_Hits", "x_Known")
"""x_Hits of the x_Known members of the group whose owner is known belong to x_Team."""


@dataclass
class Inferred:
    """What was inferred. ``ownership``: one row per real resource without a known owner, verdict owned or abstained.

    ``gate``: passed, reason, accuracies, threshold and whether its limit is promised. ``candidates``: each rival's loss
    and accuracy on hidden owners. ``evidence``: the memberships that spoke loudest, weights signed.
    """

    ownership: pd.DataFrame
    gate: dict
    candidates: list[dict]
    evidence: pd.DataFrame


@dataclass
class Decision:
    """What the trials settled, before it is written up. ``rows`` i64 open nodes; the rest is None while the gate is shut.

    ``joint`` f64[n,C] calibrated P(team), ``none`` f64[n] P(none of these), ``whole`` every candidate's raw answers.
    """

    rows: np.ndarray
    verdict: dict
    table: list[dict]
    whole: View | None = None
    joint: np.ndarray | None = None
    none: np.ndarray | None = None
    limit: Threshold | None = None


def finish(plan: Plan, outputs: list[dict[str, np.ndarray]] | None, *, budget: float = 0.02, model_id: str = "") -> Inferred:
    """Turn the model's outputs (one per ``plan.feeds``; None: no model, the simple methods answer) into owners or abstentions.

    ``budget``: share of inferred money that may be wrong. ``model_id`` is written beside every answer the model had a part in.
    """
    decision = decide(plan, outputs, budget=budget)
    if not decision.verdict["passed"]:
        return _nothing(plan, decision.rows, decision.verdict, decision.table)
    chosen = decision.verdict["candidate"]
    source = f"{chosen} · {model_id}" if model_id and chosen.startswith("model") else chosen
    return _answers(plan, decision, source)


def decide(plan: Plan, outputs: list[dict[str, np.ndarray]] | None, *, budget: float = 0.02) -> Decision:
    """Gate, choice, calibration and threshold; the same arguments as :func:`finish`."""
    known = plan.support.sum(1) > 0
    rows = np.flatnonzero(~known & ~plan.settled).astype(np.int64)
    held = plan.held & known
    count = np.bincount(plan.truth[held], minlength=max(len(plan.teams), 1)) if held.any() else np.zeros(1, dtype=np.int64)
    owners, teams = int(held.sum()), int((count > 0).sum())
    majority = float(count.max() / owners) if owners else 0.0
    if len(plan.teams) < 2 or not plan.folds:
        return Decision(rows, gates.judge(owners=owners, teams=teams, majority=majority, random_folds=None, unit_folds=None), [])
    by_pass = dict(zip(plan.passes, outputs, strict=True)) if outputs is not None else {}
    trials = [
        (fold, view(plan.members, fold.support(plan.support), np.flatnonzero(fold.hidden), by_pass.get((number, True)), by_pass.get((number, False))))
        for number, fold in enumerate(plan.folds)
    ]
    table = _scores(plan, trials)
    chosen = _choose(table)
    for entry in table:
        entry["chosen"] = entry["name"] == chosen
    mine = next(entry for entry in table if entry["chosen"])
    verdict = gates.judge(owners=owners, teams=teams, majority=majority, random_folds=mine["accuracy"], unit_folds=mine["accuracy_group_folds"])
    verdict["candidate"] = chosen
    if not verdict["passed"]:
        return Decision(rows, verdict, table)
    whole = view(plan.members, plan.support, rows, by_pass.get((-1, True)), by_pass.get((-1, False)))
    fitted, limit, joint, none = _settle(plan, trials, whole, chosen, rows, owners, budget)
    verdict |= {
        "threshold": limit.confidence, "promised": limit.promised, "promise": limit.reason, "budget": budget, "temperature": fitted.temperature,
    }  # fmt: skip
    return Decision(rows, verdict, table, whole, joint, none, limit)


def _pool(plan: Plan, trials: list, name: str) -> tuple[np.ndarray, ...]:
    """Hidden rows of all trials: p, unknown, target (-1: team not shown), node, by-unit flag."""
    p = np.concatenate([shown.teams[name] for _, shown in trials])
    unknown = np.concatenate([shown.unknown for _, shown in trials])
    node = np.concatenate([np.flatnonzero(fold.hidden) for fold, _ in trials])
    by_unit = np.concatenate([np.full(int(fold.hidden.sum()), fold.by_unit) for fold, _ in trials])
    shown = np.concatenate([(fold.support(plan.support).sum(0) > 0)[plan.truth[fold.hidden]] for fold, _ in trials])
    return p, unknown, np.where(shown, plan.truth[node], -1), node, by_unit


def _scores(plan: Plan, trials: list) -> list[dict]:
    names = [name for name in PREFERRED if name in trials[0][1].teams]
    table = []
    for name in names:
        p, _, target, node, by_unit = _pool(plan, trials, name)
        hit = p.argmax(1) == plan.truth[node]
        reachable = (target >= 0) & ~by_unit
        loss = -np.log(np.maximum(p[np.flatnonzero(reachable), target[reachable]], 1e-6)).mean() if reachable.any() else np.inf
        unit_rows = by_unit & (target >= 0)
        table.append(
            {
                "name": name,
                "loss": float(np.round(loss, 9)),
                "accuracy": float(hit[~by_unit].mean()) if (~by_unit).any() else None,
                "accuracy_group_folds": float(hit[unit_rows].mean()) if unit_rows.any() else None,
            }
        )
    return table


def _choose(table: list[dict]) -> str:
    best = table[0]
    for entry in table[1:]:
        if entry["loss"] < best["loss"] - SWITCH:
            best = entry
    return best["name"]


def _settle(
    plan: Plan, trials: list, whole: View, chosen: str, rows: np.ndarray, owners: int, budget: float
) -> tuple[Calibration, Threshold, np.ndarray, np.ndarray]:
    """Calibration and threshold from the hidden owners (random and unit trials weigh the same), applied to the open rows."""
    p, unknown, target, node, by_unit = _pool(plan, trials, chosen)
    share = np.where(by_unit, 0.5 / max(by_unit.sum(), 1), 0.5 / max((~by_unit).sum(), 1)) if by_unit.any() else np.full(len(node), 1.0 / len(node))
    weight = share / share.sum() * min(len(node), owners)
    fitted = calibrate(p, unknown, target, weight)
    trial_joint, _ = fitted.confidence(p, unknown)
    wrong = (trial_joint.argmax(1) != target).astype(np.float64)
    joint, none = fitted.confidence(whole.teams[chosen], whole.unknown)
    open_sure = joint.max(1) if len(rows) else np.zeros(0)
    limit = threshold(trial_joint.max(1), wrong, plan.money[node], open_sure, plan.money[rows], owners, budget)
    return fitted, limit, joint, none


def _answers(plan: Plan, decision: Decision, source: str) -> Inferred:
    rows, joint, none, limit = decision.rows, decision.joint, decision.none, decision.limit
    team = joint.argmax(1).astype(np.int64) if len(rows) else np.zeros(0, dtype=np.int64)
    sure = joint.max(1) if len(rows) else np.zeros(0)
    weighed = weigh(plan.members, plan.support, rows, team)
    speak_for, against, digest = sentences(weighed, plan.members, plan.group_names, plan.teams, len(rows))
    # an answer needs a reason a person can check: without one known neighbour there is none to give
    given = (sure >= limit.confidence) & np.array([bool(text) for text in speak_for], dtype=bool)
    why = []
    for index in range(len(rows)):
        name, p = plan.teams[team[index]], sure[index]
        but = f". Against: {against[index]}" if against[index] else ""
        if given[index]:
            why.append(f"{name} with {p:.0%}: {speak_for[index]}{but}")
        elif not speak_for[index]:
            why.append("Abstains: nothing it belongs to has a known owner that would speak for a team")
        elif none[index] > p:
            why.append(f"Abstains: more likely none of the known teams ({none[index]:.0%}) than {name} ({p:.0%})")
        else:
            why.append(f"Abstains: {name} is likeliest with {p:.0%}, {limit.confidence:.0%} is asked for. {speak_for[index]}{but}")
    ownership = pd.DataFrame(
        {
            "x_OwnableId": plan.nodes[rows],
            "x_Team": [plan.teams[column] if ok else "" for column, ok in zip(team, given, strict=True)],
            "x_Share": np.ones(len(rows), dtype=np.int64),
            "x_Probability": sure,
            "x_Basis": "inferred",
            "x_Verdict": np.where(given, "owned", "abstained"),
            "x_Reason": why,
            "x_ModelId": source,
            "x_EvidenceHash": digest,
        },
        columns=list(OWNERSHIP_COLUMNS),
    )
    evidence = pd.DataFrame(
        {
            "x_OwnableId": plan.nodes[rows[weighed["row"].to_numpy(dtype=np.int64)]],
            "x_Kind": [KINDS[int(kind)].name for kind in plan.members.kind[weighed["group"].to_numpy(dtype=np.int64)]],
            "x_Group": [plan.group_names[group] for group in weighed["group"]],
            "x_Team": [plan.teams[column] for column in weighed["team"]],
            "x_Weight": weighed["weight"].to_numpy(dtype=np.float64),
            "x_Hits": weighed["hits"].to_numpy(dtype=np.float64).astype(np.int64),
            "x_Known": weighed["known"].to_numpy(dtype=np.float64).astype(np.int64),
        },
        columns=list(EVIDENCE_COLUMNS),
    )
    return Inferred(ownership, decision.verdict, decision.table, evidence)


def _nothing(plan: Plan, rows: np.ndarray, verdict: dict, table: list[dict]) -> Inferred:
    """The gate is shut: every open resource abstains with the gate's own reason, and no probability is shown."""
    ownership = pd.DataFrame(
        {
            "x_OwnableId": plan.nodes[rows],
            "x_Team": "",
            "x_Share": np.ones(len(rows), dtype=np.int64),
            "x_Probability": np.full(len(rows), np.nan),
            "x_Basis": "inferred",
            "x_Verdict": "abstained",
            "x_Reason": f"Abstains: {verdict['reason']}",
            "x_ModelId": "",
            "x_EvidenceHash": "",
        },
        columns=list(OWNERSHIP_COLUMNS),
    )
    evidence = pd.DataFrame(
        {
            "x_OwnableId": np.zeros(0, dtype=np.int64), "x_Kind": np.zeros(0, dtype=object), "x_Group": np.zeros(0, dtype=object),
            "x_Team": np.zeros(0, dtype=object), "x_Weight": np.zeros(0, dtype=np.float64),
            "x_Hits": np.zeros(0, dtype=np.int64), "x_Known": np.zeros(0, dtype=np.int64),
        }
    )  # fmt: skip
    return Inferred(ownership, verdict, table, evidence)
