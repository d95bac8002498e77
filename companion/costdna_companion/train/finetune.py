"""The model, taught by one account's own owners: episodes from its confirmed tags, judged on units it was not taught
on.

Every episode hides some of the known owners (at random or whole units, now and then a whole team) and asks for them,
given the rest. Resources without a known owner are in every episode as neighbours and in none as a question. The
weights are pulled back towards the shipped ones, for a few hundred owners are few.
"""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from costdna.attribute import Plan
from costdna.attribute.folds import units

from .episode import Episode
from .loop import loss_of
from .network import Attributor

FEWEST = 30
"""Known owners below which nothing is taught: held-out units would be a handful."""
FOLDS = 3


@dataclass(frozen=True)
class Lesson:
    """How to teach: steps of one fit, accounts' episodes a step, learning rate, pull towards the shipped weights, seed."""

    steps: int = 60
    batch: int = 2
    rate: float = 3e-4
    pull: float = 0.02
    seed: int = 1


@dataclass(frozen=True)
class Score:
    """NLL f64[n] over teams + none and whether right bool[n], of n held-out owners; ``unit`` i64[n]."""

    nll: np.ndarray
    right: np.ndarray
    unit: np.ndarray


def taught(plan: Plan) -> np.ndarray:
    """i64[n]: the nodes whose owners may be asked about: known by tag or human, never by rule."""
    return np.flatnonzero(plan.held & (plan.truth >= 0)).astype(np.int64)


def episode(plan: Plan, rows: np.ndarray, unit: np.ndarray, rng: np.random.Generator) -> Episode:
    """One question paper over ``rows`` (``unit`` i64[N]): 20–80 % of them hidden, by row or by whole unit; sometimes a
    team has no label left.
    """
    share = rng.uniform(0.2, 0.8)
    if rng.random() < 0.5:
        names = np.unique(unit[rows])
        out = np.isin(unit[rows], names[rng.random(len(names)) < share])
    else:
        out = rng.random(len(rows)) < share
    teams = np.unique(plan.truth[rows])
    if len(teams) > 2 and rng.random() < 0.3:
        out |= plan.truth[rows] == rng.choice(teams)
    if out.all() or not out.any():
        out = np.arange(len(rows)) % 2 == 0
    return asked(plan, rows[~out], rows[out])


def asked(plan: Plan, shown: np.ndarray, hidden: np.ndarray) -> Episode:
    """The account with the owners of ``shown`` given and those of ``hidden`` asked for; a team nobody shows is none of
    these.
    """
    present = np.unique(plan.truth[shown])
    column = np.full(len(plan.teams) + 1, len(present), dtype=np.int64)
    column[present] = np.arange(len(present))
    y = np.zeros((len(plan.nodes), max(len(present), 1)), dtype=np.float32)
    y[shown, column[plan.truth[shown]]] = 1.0
    query = np.zeros(len(plan.nodes), dtype=bool)
    query[hidden] = True
    return Episode(plan.x, plan.members.node, plan.members.group, plan.members.kind, y, column[plan.truth], query)


def fit(
    start: Attributor, plan: Plan, rows: np.ndarray, lesson: Lesson, keep: Path | None = None, tell=lambda done: None
) -> Attributor:
    """The model taught on ``rows`` alone. ``keep``: a file that takes the state now and then; a killed fit goes on from
    it to the same end.
    """
    torch.manual_seed(lesson.seed)
    model, unit = copy.deepcopy(start), units(plan.members)
    home = {name: value.detach().clone() for name, value in start.named_parameters()}
    optimiser = torch.optim.AdamW(model.parameters(), lr=lesson.rate, weight_decay=0.0)
    begin = 0
    if keep and keep.exists():
        state = torch.load(keep, weights_only=True)
        if state["lesson"] == asdict(lesson) and state["rows"] == len(rows):
            model.load_state_dict(state["model"])
            optimiser.load_state_dict(state["optimiser"])
            begin = state["step"]
    model.train()
    for step in range(begin, lesson.steps):
        rng = np.random.default_rng([lesson.seed, step])
        for group in optimiser.param_groups:
            group["lr"] = lesson.rate * min(1.0, (step + 1) / 10) * (1.0 - step / lesson.steps)
        optimiser.zero_grad()
        for _ in range(lesson.batch):
            loss = loss_of(model, episode(plan, rows, unit, rng), 0.4) / lesson.batch
            loss.backward()
        away = sum(((value - home[name]) ** 2).sum() for name, value in model.named_parameters())
        (lesson.pull * away).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        tell(step + 1)
        if keep and ((step + 1) % 20 == 0 or step + 1 == lesson.steps):
            new = keep.with_suffix(".new")
            torch.save(
                {
                    "model": model.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "step": step + 1,
                    "lesson": asdict(lesson),
                    "rows": len(rows),
                },
                new,
            )
            new.replace(keep)
    return model.eval()


def score(model: Attributor, plan: Plan, shown: np.ndarray, hidden: np.ndarray) -> Score:
    """How the model does on the owners of ``hidden``, given those of ``shown``."""
    paper = asked(plan, shown, hidden)
    with torch.no_grad():
        logits, none, *_ = model(*[torch.from_numpy(value) for value in paper.feeds().values()])
        p = torch.softmax(torch.cat([logits, none], dim=1), dim=1).numpy().astype(np.float64)
    p, target = p[hidden], paper.target[hidden]
    return Score(
        -np.log(np.maximum(p[np.arange(len(hidden)), target], 1e-12)),
        p.argmax(1) == target,
        units(plan.members)[hidden],
    )


def trials(plan: Plan) -> list[tuple[np.ndarray, np.ndarray]]:
    """(shown, hidden) owners of each trial: whole units go together, each is hidden once."""
    rows = taught(plan)
    unit = units(plan.members)[rows]
    names = np.unique(unit)
    place = np.random.default_rng(20_261).permutation(len(names)) % FOLDS
    of_row = place[np.searchsorted(names, unit)]
    return [
        (rows[of_row != k], rows[of_row == k])
        for k in range(FOLDS)
        if (of_row == k).any() and len(np.unique(plan.truth[rows[of_row != k]])) >= 2
    ]


def better(tuned: Score, shipped: Score) -> tuple[bool, float, float]:
    """(is it to be kept, mean gain in NLL, its standard error over units). Kept where the gain is above its error and
    no fewer are right.
    """
    gain = shipped.nll - tuned.nll
    names, place = np.unique(shipped.unit, return_inverse=True)
    by_unit = np.bincount(place, weights=gain - gain.mean(), minlength=len(names))
    error = float(np.sqrt((by_unit**2).sum()) / len(gain))
    return bool(gain.mean() > error and tuned.right.mean() >= shipped.right.mean()), float(gain.mean()), error


def joined(parts: list[Score]) -> Score:
    """The trials' scores as one."""
    return Score(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("nll", "right", "unit")))
