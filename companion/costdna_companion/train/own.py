"""From an account's plan to a model of its own: taught, tried against the shipped model and a graph network, written
only if the product answers better with it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from costdna.attribute import Plan
from costdna.errors import UsageError
from costdna_companion.native import own_model

from . import card, export, finetune, inside, weights
from .prior import load_prior

LIMIT = "Fine-tuned on the confirmed owners of one account: of use there only. Whoever passes it on passes on traces of how that account is organised."


def make(
    plan: Plan,
    models: Path,
    folder: Path,
    lesson: finetune.Lesson,
    rival=None,
    say=print,
    sources: tuple[str, ...] = (),
) -> dict:
    """Teach on the account's own owners and judge by units held out; where the product is better with it, write model,
    card, golden passes and weights into ``folder``, and as one file for the page.

    ``models``: where the shipped model lies. ``rival(shown, hidden)`` → Score of another method, for comparison only.
    ``sources``: content hashes of the bill's files, so that a page can tell that it was taught on the bill it shows.
    Returns the verdict: owners, units, the product's figures with each model, those of the models alone, kept and why.
    Raises UsageError below :data:`finetune.FEWEST` known owners. A killed run goes on from what lies in ``folder``.
    """
    rows = finetune.taught(plan)
    tries = finetune.trials(plan) if len(rows) >= finetune.FEWEST else []
    if len(tries) < 2:
        raise UsageError(
            "There are too few confirmed owners to learn from.",
            found=f"{len(rows)} by tag or answer",
            next_step=f"Tag or answer for at least {finetune.FEWEST} resources of several stacks or names.",
            code="few-owners",
        )
    folder.mkdir(parents=True, exist_ok=True)
    shipped = weights.load(models / weights.WEIGHTS_FILE)
    before, after, other, product = [], [], [], ([], [])
    for number, (shown, hidden) in enumerate(tries, 1):
        model = finetune.fit(
            shipped,
            plan,
            shown,
            lesson,
            folder / f"trial-{number}.pt",
            lambda done, n=number: say(f"trial {n} of {len(tries)}: {done} of {lesson.steps} steps")
            if done % 20 == 0
            else None,
        )
        before.append(finetune.score(shipped, plan, shown, hidden))
        after.append(finetune.score(model, plan, shown, hidden))
        for scores, one in zip(product, (shipped, model), strict=True):
            scores.append(inside.score(one, plan, hidden))
        if rival is not None:
            other.append(rival(shown, hidden))
    alone = {
        "shipped": _figures(finetune.joined(before)),
        "fine_tuned": _figures(finetune.joined(after)),
        **({"graphsage": _figures(finetune.joined(other))} if other else {}),
    }
    was, now = (finetune.joined(scores) for scores in (product if None not in product[0] else (before, after)))
    kept, gain, error = finetune.better(now, was)
    verdict = {
        "owners": len(rows), "units": int(len(np.unique(was.unit))), "held_out": len(was.nll), "kept": kept, "gain_nll": round(gain, 4), "gain_error": round(error, 4),
        "shipped": _figures(was), "fine_tuned": _figures(now), "alone": alone, "lesson": asdict(lesson),
    }  # fmt: skip
    if kept:
        model = finetune.fit(shipped, plan, rows, lesson, folder / "whole.pt")
        export.export(model, folder / card.MODEL_FILE)
        weights.save(model, folder / weights.WEIGHTS_FILE)
        _write_card(models, folder, verdict, sources)
        (folder / own_model.FILE).write_bytes(own_model.pack(folder))
    (folder / "verdict.json").write_text(json.dumps(verdict, indent=1) + "\n", encoding="utf-8")
    for left in folder.glob("*.pt"):
        left.unlink()
    return verdict


def graphsage(grounds, plan: Plan, seed: int):
    """The per-account graph network as ``make``'s rival: trained on the shown owners alone, it knows no "none of
    these".
    """
    from costdna_companion.bench import sage
    from costdna_companion.bench.account import Account

    real = grounds.ownables.loc[~grounds.ownables["x_IsSynthetic"].to_numpy(dtype=bool)].reset_index(drop=True)
    nobody = np.full(len(real), "", dtype=object)
    links = grounds.relations[grounds.relations["x_OwnableId"].isin(real["x_OwnableId"])]
    table = Account(real, links, grounds.charges, grounds.bill.rhythm, nobody, nobody, plan.x).table
    unit = finetune.units(plan.members)

    def judged(shown: np.ndarray, hidden: np.ndarray) -> finetune.Score:
        p = sage.predict(table, shown, plan.truth[shown], len(plan.teams), seed)[hidden]
        target = plan.truth[hidden]
        return finetune.Score(
            -np.log(np.maximum(p[np.arange(len(hidden)), target], 1e-12)), p.argmax(1) == target, unit[hidden]
        )

    return judged


def _figures(score: finetune.Score) -> dict:
    return {"nll": round(float(score.nll.mean()), 4), "accuracy": round(float(score.right.mean()), 4)}


def _write_card(models: Path, folder: Path, verdict: dict, sources: tuple[str, ...]) -> None:
    """The shipped card, told anew: whose the weights are now, on what they were judged."""
    content = (folder / card.MODEL_FILE).read_bytes()
    shipped = json.loads((models / card.CARD_FILE).read_text(encoding="utf-8"))
    mine = {key: value for key, value in shipped["model"].items() if key != "earlier_graphs"}
    mine |= {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "weights_sha256": weights.sha256(folder),
    }
    told = {key: value for key, value in shipped.items() if key != "report_runs"} | {
        "name": f"{shipped['name']}-account", "model": mine,
        "golden": card.write_golden(folder, load_prior(models)), "training": {"from": shipped["model"]["sha256"], "fine_tuned": verdict, "sources": sorted(sources)}, "evaluation": {"units held out": verdict}, "limits": [LIMIT, *shipped["limits"]],
    }  # fmt: skip
    (folder / card.CARD_FILE).write_text(
        json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
    )
