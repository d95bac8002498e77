"""The trials: known owners hidden and asked for, every candidate scored on them, the best of them chosen and fitted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .affinity import Affinity
from .candidates import BLEND, PARTS, PREFERRED, SIMPLE_BLEND, View, view
from .plan import Plan
from .pool import Pool, Trial, fit
from .sureness import HUMBLE, Sureness, signs
from .sureness import fit as fit_sureness

SWITCH = 1e-3
"""A later candidate must beat the loss by more than this; smaller differences are noise between page and CLI."""
FINDS = 0.01
"""And find this much more of the hidden owners."""
UNIT_SHARE = 0.4
"""Weight of the trials that hid whole units and teams; the rest is the random ones'."""
MOST_ROWS = 1500
"""Hidden rows looked at per account when weights are fitted, every k-th of a trial: the cost grows with them."""


@dataclass(frozen=True)
class Voice:
    """The chosen candidate with everything fitted: the pool of methods, then how far to trust its winner."""

    pool: Pool
    sureness: Sureness

    def confidence(self, view: View, affinity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(joint P(team) f64[n,C], P(none of these) f64[n]); rows sum to one."""
        joint, none = self.pool.confidence(view, affinity)
        return self.sureness.apply(joint, none, signs(joint, view, view.known), HUMBLE)


@dataclass(frozen=True)
class Judged:
    """``table``: a row per candidate.

    ``voice``: the chosen one, fitted on all trials. ``joint`` f64[r,C], ``none`` f64[r]: what it said of each hidden
    row when fitted without that resource; ``target`` i64[r] (−1: its team was not shown), ``node``, ``by_unit``,
    ``weight``.
    """

    table: list[dict]
    voice: Voice
    joint: np.ndarray
    none: np.ndarray
    target: np.ndarray
    node: np.ndarray
    by_unit: np.ndarray
    weight: np.ndarray

    @property
    def chosen(self) -> dict:
        return next(entry for entry in self.table if entry["chosen"])


def trials_of(plan: Plan, by_pass: dict, affinity: Affinity) -> Iterator[Trial]:
    """What every method says of the hidden rows of every fold, one after the other, weighted.

    Random and unit trials together count as the owners hidden.
    """
    rows = [np.flatnonzero(fold.hidden).astype(np.int64) for fold in plan.folds]
    held = int((plan.held & (plan.truth >= 0)).sum())
    of_kind = {
        kind: sum(len(r) for r, fold in zip(rows, plan.folds, strict=True) if fold.by_unit == kind)
        for kind in (False, True)
    }
    both = of_kind[True] > 0 and of_kind[False] > 0
    for number, (fold, mine) in enumerate(zip(plan.folds, rows, strict=True)):
        shown = view(
            plan.members, fold.support(plan.support), mine, by_pass.get((number, True)), by_pass.get((number, False))
        )
        share = ((UNIT_SHARE if fold.by_unit else 1.0 - UNIT_SHARE) if both else 1.0) / of_kind[fold.by_unit]
        truth = plan.truth[mine]
        yield Trial(
            shown, affinity.rows(mine), np.where(shown.present[truth], truth, -1), np.full(len(mine), share * held)
        )


def judge_candidates(plan: Plan, trials: list[Trial]) -> Judged:
    """Score every candidate on the hidden rows and fit the best.

    The blends are scored out of fold: fitted on the other half of the resources.
    """
    node = np.concatenate([np.flatnonzero(fold.hidden).astype(np.int64) for fold in plan.folds])
    by_unit = np.concatenate([np.full(int(fold.hidden.sum()), fold.by_unit) for fold in plan.folds])
    target = np.concatenate([trial.target for trial in trials])
    weight = np.concatenate([trial.weight for trial in trials])
    names = [name for name in PREFERRED if name in trials[0].view.teams]
    half = _halves(plan)
    halves = [half[np.flatnonzero(fold.hidden)] for fold in plan.folds]
    crossed = {name: _crossed(trials, PARTS[name], halves) for name in names if name in (BLEND, SIMPLE_BLEND)}
    table = []
    for name in names:
        if name in crossed:
            joint = crossed[name][1]
            p = joint / np.maximum(joint.sum(1, keepdims=True), 1e-12)
        else:
            p = np.concatenate([trial.view.teams[name] for trial in trials])
        table.append({"name": name, **_score(p, target, plan.truth[node], by_unit)})
    best = _choose(table)
    for entry in table:
        entry["chosen"] = entry["name"] == best
    pool, joint, none = crossed[best] if best in crossed else _crossed(trials, PARTS[best], halves)
    raw = np.concatenate(
        [
            signs(j, trial.view, trial.view.known)
            for j, trial in zip(np.split(joint, np.cumsum([len(t.target) for t in trials])[:-1]), trials, strict=True)
        ]
    )
    voice = Voice(pool, fit_sureness(joint, none, raw, target, weight))
    side_of = np.concatenate(halves)
    sharp, stranger = joint.copy(), none.copy()
    for side in (False, True):
        mine = side_of == side
        if mine.any():
            other = fit_sureness(joint[~mine], none[~mine], raw[~mine], target[~mine], weight[~mine])
            sharp[mine], stranger[mine] = other.apply(joint[mine], none[mine], raw[mine], HUMBLE)
    return Judged(table, voice, sharp, stranger, target, node, by_unit, weight)


def _halves(plan: Plan) -> np.ndarray:
    """bool[N]: every second of the owners that are ever hidden, in canonical order."""
    held = np.flatnonzero(plan.held & (plan.truth >= 0))
    half = np.zeros(len(plan.nodes), dtype=bool)
    half[held[::2]] = True
    return half


def _crossed(
    trials: list[Trial], names: tuple[str, ...], halves: list[np.ndarray]
) -> tuple[Pool, np.ndarray, np.ndarray]:
    """(pool fitted on all, joint and none of each hidden row by a pool fitted on the other half of the resources)."""
    thinned = _thin(trials)
    pool = fit(thinned[0], names)
    other = {
        side: fit(_thin([trial.only(half != side) for trial, half in zip(trials, halves, strict=True)])[0], names)
        for side in (False, True)
    }
    joint = [np.zeros_like(trial.affinity) for trial in trials]
    none = [np.zeros(len(trial.target)) for trial in trials]
    for trial, half, j, n in zip(trials, halves, joint, none, strict=True):
        for side in (False, True):
            mine = half == side
            if mine.any():
                j[mine], n[mine] = other[side].confidence(trial.view.only(mine), trial.affinity[mine])
    return pool, np.concatenate(joint), np.concatenate(none)


def _thin(trials: list[Trial]) -> tuple[list[Trial], int]:
    """At most :data:`MOST_ROWS` rows, every k-th of each trial, their weights raised to the same sum."""
    total = sum(len(trial.target) for trial in trials)
    step = -(-total // MOST_ROWS) if total else 1
    if step == 1:
        return trials, 1
    out = []
    for trial in trials:
        keep = np.zeros(len(trial.target), dtype=bool)
        keep[::step] = True
        part = trial.only(keep)
        raised = trial.weight.sum() / max(part.weight.sum(), 1e-12)
        out.append(Trial(part.view, part.affinity, part.target, part.weight * raised))
    return out, step


def _score(p: np.ndarray, target: np.ndarray, truth: np.ndarray, by_unit: np.ndarray) -> dict:
    """Loss and accuracy of a candidate's P(team) on the hidden rows.

    A team that was not shown is an error of the random trials.
    """
    hit = p.argmax(1) == truth
    reachable = (target >= 0) & ~by_unit
    loss = (
        -np.log(np.maximum(p[np.flatnonzero(reachable), target[reachable]], 1e-6)).mean() if reachable.any() else np.inf
    )
    unit_rows = by_unit & (target >= 0)
    return {
        "loss": float(np.round(loss, 9)),
        "accuracy": float(hit[~by_unit].mean()) if (~by_unit).any() else None,
        "accuracy_group_folds": float(hit[unit_rows].mean()) if unit_rows.any() else None,
    }


def _choose(table: list[dict]) -> str:
    """The lowest loss among those that also find more owners.

    Under wrong labels a timid method loses less and knows less.
    """
    best = table[0]
    for entry in table[1:]:
        if entry["loss"] < best["loss"] - SWITCH and (entry["accuracy"] or 0.0) >= (best["accuracy"] or 0.0) + FINDS:
            best = entry
    return best["name"]
