"""After the model: gate, choice among candidates, threshold, verdicts and their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna.relations.kinds import KINDS, reason

from . import gate as gates
from .affinity import Affinity
from .candidates import BLEND, PARTS, SIMPLE, SIMPLE_BLEND, View, view
from .chance import beyond_chance
from .evidence import sentences, weigh
from .grounded import grounded
from .plan import Plan
from .pool import Trial, centre
from .threshold import Threshold, measured, threshold
from .trials import Voice, judge_candidates, trials_of
from .verdicts import teamless

OWNERSHIP_COLUMNS = (
    "x_OwnableId",
    "x_Team",
    "x_Share",
    "x_Probability",
    "x_Basis",
    "x_Verdict",
    "x_Reason",
    "x_ModelId",
    "x_EvidenceHash",
)
WHOLE_NAME = 0.9
"""A resource that carries so much of its team's own name has a reason of its own (see :mod:`.grounded`)."""
EVIDENCE_COLUMNS = ("x_OwnableId", "x_Kind", "x_Group", "x_Team", "x_Weight", "x_Hits", "x_Known")
"""x_Hits of the x_Known members of the group whose owner is known belong to x_Team."""


@dataclass
class Inferred:
    """What was inferred.

    ``ownership``: one row per real resource without a known owner, verdict owned or abstained; shared or vendor where
    the bill shows it.

    ``gate``: passed, reason, accuracies, threshold and whether its limit is promised. ``candidates``: each rival's loss
    and accuracy on hidden owners. ``evidence``: the memberships that spoke loudest, weights signed. ``beliefs``: of
    each row the likeliest team and the runner-up with their probabilities, and that of none of these (x_None); None
    while the gate is shut.
    """

    ownership: pd.DataFrame
    gate: dict
    candidates: list[dict]
    evidence: pd.DataFrame
    frozen: Frozen | None = None
    beliefs: pd.DataFrame | None = None


@dataclass(frozen=True)
class Frozen:
    """What an answer leaves as it is.

    The plan's resources and groups, and the chosen candidate with its weights and threshold.
    """

    plan: Plan
    pool: Voice
    limit: Threshold
    verdict: dict
    table: list[dict]
    source: str


@dataclass
class Decision:
    """What the trials settled, before it is written up.

    ``rows`` i64 open nodes; the rest is None while the gate is shut.

    ``joint`` f64[n,C] calibrated P(team), ``none`` f64[n] P(none of these), ``whole`` every candidate's raw answers,
    ``names`` f64[n,C] the share of the team's own name that each carries.
    """

    rows: np.ndarray
    verdict: dict
    table: list[dict]
    whole: View | None = None
    joint: np.ndarray | None = None
    none: np.ndarray | None = None
    limit: Threshold | None = None
    pool: Voice | None = None
    names: np.ndarray | None = None


def finish(
    plan: Plan,
    outputs: list[dict[str, np.ndarray]] | None,
    *,
    budget: float = 0.02,
    model_id: str = "",
    trials: list | None = None,
) -> Inferred:
    """Turn the model's outputs into owners or abstentions.

    One output per ``plan.feeds``; None: no model, the simple methods answer.

    ``budget``: share of inferred money that may be wrong. ``model_id`` is written beside every answer the model had a
    part in. ``trials``: those of :func:`tried`, where they were made one by one so that others could do something in
    between.
    """
    decision = decide(plan, outputs, budget=budget, trials=trials)
    if not decision.verdict["passed"]:
        return _nothing(plan, decision.rows, decision.verdict, decision.table)
    chosen = decision.verdict["candidate"]
    source = f"{chosen} · {model_id}" if model_id and chosen.startswith("model") else chosen
    return write(plan, decision, source)


def decide(
    plan: Plan,
    outputs: list[dict[str, np.ndarray]] | None,
    *,
    budget: float = 0.02,
    ignore_gate: bool = False,
    trials: list | None = None,
) -> Decision:
    """Gate, choice, calibration and threshold; the same arguments as :func:`finish`.

    ``ignore_gate``: for measuring what it holds back.
    """
    known = plan.support.sum(1) > 0
    rows = np.flatnonzero(~known & ~plan.settled).astype(np.int64)
    held = plan.held & known
    count = (
        np.bincount(plan.truth[held], minlength=max(len(plan.teams), 1)) if held.any() else np.zeros(1, dtype=np.int64)
    )
    owners, teams = int(held.sum()), int((count > 0).sum())
    majority = float(count.max() / owners) if owners else 0.0
    if len(plan.teams) < 2 or not plan.folds:
        return Decision(
            rows, gates.judge(owners=owners, teams=teams, majority=majority, random_folds=None, unit_folds=None), []
        )
    by_pass = dict(zip(plan.passes, outputs, strict=True)) if outputs is not None else {}
    affinity = Affinity(plan.members, plan.group_names, plan.teams)
    trials = list(trials) if trials is not None else list(trials_of(plan, by_pass, affinity))
    judged = judge_candidates(plan, trials)
    mine = judged.chosen
    verdict = gates.judge(
        owners=owners,
        teams=teams,
        majority=majority,
        random_folds=mine["accuracy"],
        unit_folds=mine["accuracy_group_folds"],
        chance=_chance(plan, trials, owners),
        by_model=outputs is not None,
    )
    verdict["candidate"] = mine["name"]
    if not verdict["passed"] and not ignore_gate:
        return Decision(rows, verdict, judged.table)
    whole = view(plan.members, plan.support, rows, by_pass.get((-1, True)), by_pass.get((-1, False)))
    names = affinity.rows(rows)
    joint, none = judged.voice.confidence(whole, names)
    trial_sure = judged.joint.max(1)
    wrong = (judged.joint.argmax(1) != judged.target).astype(np.float64)
    limit = threshold(
        trial_sure,
        wrong,
        plan.money[judged.node],
        joint.max(1) if len(rows) else np.zeros(0),
        plan.money[rows],
        owners,
        budget,
    )
    limit = measured(limit, trial_sure, wrong, plan.money[judged.node], judged.node)
    known_of = lambda value: None if value != value else value
    verdict |= {
        "trial_answers": limit.answers, "trial_precision": known_of(limit.precision), "trial_precision_at_least": known_of(limit.at_least), "trial_wrong_money": known_of(limit.wrong_money),
        "threshold": limit.confidence, "promised": limit.promised, "promise": limit.reason, "budget": budget, "reliability": reliability(trial_sure, 1.0 - wrong),
        "weights": {name: round(float(weight), 4) for name, weight in zip((*judged.voice.pool.names, "team names"), judged.voice.pool.weights, strict=True)},
    }  # fmt: skip
    return Decision(rows, verdict, judged.table, whole, joint, none, limit, judged.voice, names)


def _chance(plan: Plan, trials: list[Trial], owners: int) -> float | None:
    """How far beyond chance the fixed blend found owners hidden at random: no weight of it was learned from them."""
    asked = [
        (trial.view.teams[BLEND if BLEND in trial.view.teams else SIMPLE], plan.truth[fold.hidden])
        for fold, trial in zip(plan.folds, trials, strict=True)
        if not fold.by_unit
    ]
    return beyond_chance(asked, owners)


def reliability(sure: np.ndarray, right: np.ndarray, bins: int = 10) -> list[dict]:
    """The reliability diagram of hidden owners.

    Per tenth of confidence from, to, count, claimed and held (shares in 0..1); empty tenths left out.
    """
    place = np.minimum((sure * bins).astype(np.int64), bins - 1)
    return [
        {
            "from": b / bins,
            "to": (b + 1) / bins,
            "count": int((place == b).sum()),
            "claimed": round(float(sure[place == b].mean()), 4),
            "held": round(float(right[place == b].mean()), 4),
        }
        for b in range(bins)
        if (place == b).any()
    ]


def tried(plan: Plan, outputs: list[dict[str, np.ndarray]] | None) -> Iterator[Trial]:
    """The trials of a plan, one after the other: nearly all the time that :func:`finish` takes."""
    by_pass = dict(zip(plan.passes, outputs, strict=True)) if outputs is not None else {}
    if len(plan.teams) >= 2 and plan.folds:
        yield from trials_of(plan, by_pass, Affinity(plan.members, plan.group_names, plan.teams))


def opinion(plan: Plan, outputs: list[dict[str, np.ndarray]] | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(open rows i64[n], joint P(team) f64[n,C], P(none) f64[n]) before any trial: weights at their centres.

    For choosing questions, never shown as answers.

    ``outputs``: of the whole account with numbers and without, in the order of ``plan.passes``; None where no model
    runs.
    """
    rows = np.flatnonzero((plan.support.sum(1) == 0) & ~plan.settled).astype(np.int64)
    if not plan.teams:
        return rows, np.zeros((len(rows), 0)), np.ones(len(rows))
    if len(plan.teams) == 1:
        return rows, np.full((len(rows), 1), 0.5), np.full(len(rows), 0.5)
    whole = view(plan.members, plan.support, rows, *(outputs[:2] if outputs else (None, None)))
    names = PARTS[BLEND if outputs else SIMPLE_BLEND]
    joint, none = centre(names).confidence(whole, Affinity(plan.members, plan.group_names, plan.teams).rows(rows))
    return rows, joint, none


def write(plan: Plan, decision: Decision, source: str) -> Inferred:
    """A decision as owners, abstentions, reasons and evidence."""
    rows, joint, none, limit = decision.rows, decision.joint, decision.none, decision.limit
    team = joint.argmax(1).astype(np.int64) if len(rows) else np.zeros(0, dtype=np.int64)
    sure = joint.max(1) if len(rows) else np.zeros(0)
    weighed = weigh(plan.members, plan.support, rows, team)
    speak_for, against, digest = sentences(weighed, plan.members, plan.group_names, plan.teams, len(rows))
    # an answer needs a reason a person can check: without one known neighbour there is none to give
    told = (sure >= limit.confidence) & np.array([bool(text) for text in speak_for], dtype=bool)
    verdict, because = teamless(plan, rows)
    apart = verdict != ""
    named = decision.names[np.arange(len(rows), dtype=np.int64), team] >= WHOLE_NAME
    given, through = grounded(plan, rows, team, told & ~apart, named)
    why = []
    for index in range(len(rows)):
        name, p = plan.teams[team[index]], sure[index]
        if given[index] and through[index] >= 0:
            group = through[index]
            speak_for[index] += (
                f"; {reason(KINDS[int(plan.members.kind[group])].name, plan.group_names[group])}, as do others that are inferred to be {name}"
            )
        but = f". Against: {against[index]}" if against[index] else ""
        if apart[index]:
            why.append(because[index])
        elif given[index]:
            why.append(f"{name} with {share(p)}: {speak_for[index]}{but}")
        elif not speak_for[index]:
            why.append("Abstains: nothing it belongs to has a known owner that would speak for a team")
        elif none[index] > p:
            why.append(f"Abstains: more likely none of the known teams ({share(none[index])}) than {name} ({share(p)})")
        elif told[index]:
            why.append(
                f"Abstains: {name} would be likeliest with {share(p)}, but only for where it lies and what it is. {speak_for[index]}{but}"
            )
        else:
            why.append(
                f"Abstains: {name} is likeliest with {share(p)}, {limit.confidence:.0%} is asked for. {speak_for[index]}{but}"
            )
    ownership = pd.DataFrame(
        {
            "x_OwnableId": plan.nodes[rows],
            "x_Team": [plan.teams[column] if ok else "" for column, ok in zip(team, given, strict=True)],
            "x_Share": np.ones(len(rows), dtype=np.int64),
            "x_Probability": np.where(apart, np.nan, sure),
            "x_Basis": "inferred",
            "x_Verdict": np.where(apart, verdict, np.where(given, "owned", "abstained")),
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
    kept = Frozen(
        plan, decision.pool, limit, {k: v for k, v in decision.verdict.items() if k != "stale"}, decision.table, source
    )
    return Inferred(ownership, decision.verdict, decision.table, evidence, kept, _beliefs(plan, rows, joint, none))


def share(p: float) -> str:
    """A probability in words: never all, never nothing.

    >>> share(0.914), share(0.999), share(0.001)
    ('91%', '99%', '1%')
    """
    return f"{min(max(p, 0.01), 0.99):.0%}"


def _beliefs(plan: Plan, rows: np.ndarray, joint: np.ndarray, none: np.ndarray) -> pd.DataFrame:
    """x_OwnableId, x_Team, x_Probability, x_OtherTeam ("" with one team), x_OtherProbability, x_None of each open row."""
    order = np.argsort(-joint, axis=1, kind="stable")[:, :2] if len(rows) else np.zeros((0, 2), dtype=np.int64)
    at = np.arange(len(rows), dtype=np.int64)
    names = np.array([*plan.teams, ""], dtype=object)
    return pd.DataFrame(
        {
            "x_OwnableId": plan.nodes[rows],
            "x_Team": names[order[:, 0]],
            "x_Probability": joint[at, order[:, 0]],
            "x_OtherTeam": names[order[:, -1]],
            "x_OtherProbability": joint[at, order[:, -1]],
            "x_None": none,
        }
    )


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
