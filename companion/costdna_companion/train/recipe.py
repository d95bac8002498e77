"""The whole recipe: train on the prior, export, check, measure, write the card."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch

from costdna_companion.bench import log

from . import card, evaluate, export, loop, mixture, weights
from .network import Attributor
from .prior import load_prior


def averaged_model(checkpoint: Path) -> tuple[Attributor, dict]:
    """The running average of the weights (steadier than the last step's) and the whole checkpoint.

    A stage that keeps some of the stage before is averaged with its weights: what was learned there is forgotten less.
    """
    state = torch.load(checkpoint, weights_only=True)
    before, keep = state.get("before"), state.get("keep", 0.0)
    mixed = {
        name: value if before is None else (1.0 - keep) * value + keep * before[name]
        for name, value in state["average"].items()
        if name != "n_averaged"
    }
    return weights.shaped({name.removeprefix("module."): value for name, value in mixed.items()}).eval(), state


def staged(models: Path, further: dict | None = None) -> dict:
    """The prior beside the model, with one more stage after its own where one is given."""
    prior = load_prior(models)
    return prior if further is None else prior | {"stages": [*prior["stages"], further]}


def trained(prior: dict, work: Path, recipe: loop.Recipe, say=print, begin: Path | None = None) -> Path:
    """Train in ``work`` (continuing what is there); return the checkpoint. ``begin``: weights that have been through
    all stages but the last.
    """
    return loop.train(prior, work, recipe, say, begin=None if begin is None else weights.load(begin).state_dict())


def exported(models: Path, checkpoint: Path, say=print) -> int:
    """Graph and weights of a checkpoint in ``models``, gated on equality with onnxruntime; return the number of
    accounts it was trained on.
    """
    model, state = averaged_model(checkpoint)
    path = models / card.MODEL_FILE
    export.export(model, path)
    weights.save(model, models / weights.WEIGHTS_FILE)
    say(
        f"exported {path.stat().st_size:,} bytes; equal to torch within {export.TOLERANCE:.0e} at {len(export.SHAPES)} shapes"
    )
    return state["episodes"]


def publish(
    models: Path,
    prior: dict,
    checkpoint: Path,
    real: Path | None,
    say=print,
    *,
    accounts: int = 20,
    recipe: loop.Recipe | None = None,
) -> dict:
    """Export a checkpoint, gate it on equality with onnxruntime, measure it and write its card; return the card.

    ``real``: the folder of real data, or None; only the development third of its ownership labels is ever opened.
    """
    exported(models, checkpoint, say)
    model, state = averaged_model(checkpoint)
    path = models / card.MODEL_FILE
    session = evaluate.OrtSession(path)
    seeds = range(evaluate.REPORT_SEEDS.start, evaluate.REPORT_SEEDS.start + accounts)
    measured: dict = {
        "training simulators, held-out seeds (teams + none)": {
            name: {"accounts": 100, **loop.held_out_scores(model, prior, 100, loop.HELD_OUT + 10_000, name)}
            for name in mixture.SIMULATORS
        },
        "development simulator (choices are made on it)": evaluate.development(session, min(12, accounts)),
        "the predecessor's world, 70% tagged (smoke test)": evaluate.classic(session),
        "report simulator": evaluate.simulated(session, seeds),
        "report simulator, owners permuted": evaluate.permuted(session, seeds),
    }
    if real is not None and (real / "ownership_platform").is_dir():
        folder = real / "ownership_platform"
        measured["ownership_platform, development third (real labels)"] = {
            f"{'with' if events else 'without'} events, half the {hide}s hidden": evaluate.ownership(
                session, folder, events=events, hide=hide
            )
            for events, hide in ((False, "namespace"), (True, "namespace"), (True, "app"))
        }
    training = {
        "accounts": state["episodes"], "seconds": round(state["seconds"], 1), "history": state["history"],
        "stages": prior["stages"], "recipe": state.get("recipe") or (asdict(recipe) if recipe else {}), "hardware": "two CPU cores, one torch thread",
        "torch": torch.__version__.split("+")[0],
    }  # fmt: skip
    say("measured")
    written = card.write_card(models, prior, training, measured, sum(p.numel() for p in model.parameters()))
    rows = [
        {"coverage": coverage} | {key: value for name, both in table.items() if isinstance(both, dict) and "sd" in both for key, value in ((name, both["mean"]), (f"{name}_sd", both["sd"]))}
        for coverage, table in measured["report simulator"].items()
    ]  # fmt: skip
    log.record(
        "simulated",
        {
            "world": "report",
            "accounts": accounts,
            "by": "costdna train",
            "permuted": measured["report simulator, owners permuted"],
        },
        card.plain(rows),
        path,
        say,
        models,
    )
    return written
