"""Ways to be sure, held against each other on real ownership labels: what each step of the confidence adds, on the
third for choices.
"""

from __future__ import annotations

from pathlib import Path
from collections.abc import Callable

import numpy as np
import pandas as pd

from costdna.attribute.affinity import Affinity
from costdna.attribute.candidates import BLEND, MODEL, PARTS, REGRESSION, SIMPLE, SIMPLE_BLEND, View, view
from costdna.attribute.plan import Plan
from costdna.attribute.pool import Trial, centre, fit
from costdna.attribute.trials import judge_candidates, trials_of
from costdna_companion.bench import metrics, ownership
from costdna_companion.bench.product import planned

WAYS = (
    "the model as it is",
    "logistic regression as it is",
    "regression with propagation as it is",
    "fixed blend, no trials",
    "weights learned in the account",
    "with team names",
    "with a second look at the winner",
)


def answers(plan: Plan, outputs: list[dict] | None) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """way → (joint P(team) f64[n,C], sign of none of these f64[n]) on the open rows of a plan with trials."""
    by_pass = dict(zip(plan.passes, outputs, strict=True)) if outputs is not None else {}
    rows = np.flatnonzero((plan.support.sum(1) == 0) & ~plan.settled).astype(np.int64)
    whole = view(plan.members, plan.support, rows, by_pass.get((-1, True)), by_pass.get((-1, False)))
    affinity = Affinity(plan.members, plan.group_names, plan.teams)
    names, told = PARTS[BLEND if outputs is not None else SIMPLE_BLEND], affinity.rows(rows)
    trials = list(trials_of(plan, by_pass, affinity))
    silent = [Trial(t.view, np.zeros_like(t.affinity), t.target, t.weight) for t in trials]
    voice = judge_candidates(plan, trials).voice
    out = {
        "the model as it is": _raw(whole, MODEL),
        "logistic regression as it is": _raw(whole, REGRESSION),
        "regression with propagation as it is": _raw(whole, SIMPLE),
        "fixed blend, no trials": centre(names).confidence(whole, np.zeros_like(told)),
        "weights learned in the account": fit(silent, names).confidence(whole, np.zeros_like(told)),
        "with team names": fit(trials, names).confidence(whole, told),
        "with a second look at the winner": voice.confidence(whole, told),
    }
    return {name: answer for name, answer in out.items() if answer is not None}


def _raw(whole: View, name: str) -> tuple[np.ndarray, np.ndarray] | None:
    p = whole.parts.get(name, whole.teams.get(name))
    return None if p is None else (p, 1.0 - p.max(1))


def run(
    folder: Path, session, *, splits: int = 10, labelled: float = 0.5, say: Callable[[str], None] = lambda text: None
) -> list[dict]:
    """A row per setting, unit and way: means over splits of top-1, AURC, cov95, unknown AUROC and mean confidence; ECE
    on pooled rows. Development third only.
    """
    frame, _ = ownership.third_of(ownership.nodes(folder), "dev", None)
    lines, pooled = [], {}
    for setting in ownership.SETTINGS:
        world = ownership.account(folder, frame, setting)
        for unit in ownership.UNITS if world is not None else ():
            for seed in range(splits):
                shown = ownership.split(frame[unit].to_numpy(dtype=object), labelled, seed)
                plan, outputs = planned(world, world.known(np.flatnonzero(shown)), session)
                column = {team: index for index, team in enumerate(plan.teams)}
                open_rows = np.flatnonzero((plan.support.sum(1) == 0) & ~plan.settled)
                target = np.array([column.get(team, -1) for team in world.truth[open_rows]], dtype=np.int64)
                for way, (joint, none) in answers(plan, outputs).items():
                    sure, right = joint.max(1), joint.argmax(1) == target
                    lines.append(
                        {
                            "setting": setting,
                            "unit": unit,
                            "way": way,
                            "top1": right.mean(),
                            "aurc": metrics.aurc(sure, right),
                            "cov95": metrics.coverage_at(sure, right),
                            "unknown_auroc": metrics.auroc(none, target < 0),
                            "mean_confidence": sure.mean(),
                        }
                    )
                    pooled.setdefault((setting, unit, way), []).append((sure, right))
                say(f"{setting}, {unit}s hidden: split {seed + 1} of {splits}")
    out = []
    for key, part in pd.DataFrame(lines).groupby(["setting", "unit", "way"], sort=False):
        sure, right = (np.concatenate([p[i] for p in pooled[key]]) for i in (0, 1))
        means = {
            name: round(float(part[name].mean()), 4)
            for name in ("top1", "aurc", "cov95", "unknown_auroc", "mean_confidence")
        }
        out.append(
            {
                **dict(zip(("setting", "unit", "way"), key, strict=True)),
                **means,
                "ece": round(metrics.ece(sure, right), 4),
                "ece_floor": round(metrics.ece_floor(sure, rounds=50)[0], 4),
            }
        )
    return out
