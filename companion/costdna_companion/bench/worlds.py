"""The simulators a benchmark can draw accounts from.

Every module of the training package that builds whole worlds, and the prior itself.

A world module has ``build(seed)`` → ownables, relations, charges, rhythm, truth, app, and ``hide(world, share, seed,
mislabelled=0)`` → the table of known owners. Its ``ROLE`` is "train", "development" or "report"; a report simulator is
opened only to report.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from collections.abc import Callable

import numpy as np
import pandas as pd

from costdna.errors import UsageError
from costdna.relations.kinds import KINDS

from .account import Account

DEFAULT = "report"
REPORT_FROM = 1000
PRIOR_SEEDS = 2_100_000_000
"""Seeds from here on are never trained on and never chosen by."""


@dataclass(frozen=True)
class Case:
    """An account with some owners known: ``shown`` i64 nodes, ``written`` object[len(shown)] the label as it stands."""

    account: Account
    shown: np.ndarray
    written: np.ndarray


@dataclass(frozen=True)
class World:
    """``case(seed, coverage, mislabelled)``; ``fixed``: the simulator chooses coverage and mislabels by itself."""

    name: str
    role: str
    case: Callable[[int, float, float], Case]
    fixed: bool = False
    first: int = 0
    """Seed of the first account; the report simulator's earlier ones were looked at during development."""

    @property
    def reported(self) -> bool:
        return self.role == "report"


def all_worlds() -> dict[str, World]:
    """name → world. Names drop ``_world``: ``report_world`` is ``report``."""
    from costdna_companion import train

    out = {}
    for info in pkgutil.walk_packages(train.__path__, f"{train.__name__}."):
        short = info.name.rsplit(".", 1)[-1]
        if "world" not in info.name.removeprefix(f"{train.__name__}."):
            continue
        module = importlib.import_module(info.name)
        if hasattr(module, "build") and hasattr(module, "hide"):
            name = short.removesuffix("_world")
            role = getattr(module, "ROLE", "report" if "report" in short else "development")
            out[name] = World(name, role, _built(module), first=REPORT_FROM if role == "report" else 0)
    for name, draw in _training().items():
        out[name] = World(name, "train", lambda seed, coverage, mislabelled, draw=draw: _drawn(draw, seed), fixed=True)
    return out


def _training() -> dict[str, Callable]:
    """The training simulators: name → ``draw(seed)``, an account as the model trains on it."""
    from costdna_companion.train import bundle_prior, platform_prior, prior

    from . import log

    config = prior.load_prior(log.models())
    return {
        "prior": lambda seed: prior.draw(config, seed),
        "bundle": bundle_prior.draw,
        "platform": platform_prior.draw,
    }


def find(name: str) -> World:
    """The world of that name; the report simulator by default."""
    worlds = all_worlds()
    wanted = name or next((w.name for w in worlds.values() if w.role == DEFAULT), "prior")
    if wanted not in worlds:
        raise UsageError(
            "There is no such simulator.",
            found=wanted,
            where="--world",
            next_step="Choose from " + ", ".join(f"{w.name} ({w.role})" for w in worlds.values()) + ".",
            code="world",
        )
    return worlds[wanted]


def for_choices() -> str:
    """The development simulator where there is one, else the prior."""
    return next((world.name for world in all_worlds().values() if world.role == "development"), "prior")


def _built(module) -> Callable[[int, float, float], Case]:
    def case(seed: int, coverage: float, mislabelled: float) -> Case:
        world = module.build(seed)
        known = module.hide(world, coverage, seed, mislabelled=mislabelled)
        account = Account(
            world.ownables,
            world.relations,
            world.charges,
            world.rhythm,
            np.asarray(world.truth, dtype=object),
            np.asarray(world.app, dtype=object),
        )
        place = pd.Series(np.arange(len(world.truth)), index=world.ownables["x_OwnableId"].to_numpy())
        known = known.loc[known["x_Team"].astype(str) != ""]
        return Case(
            account,
            place.reindex(known["x_OwnableId"].to_numpy()).to_numpy().astype(np.int64),
            known["x_Team"].astype(str).to_numpy(dtype=object),
        )

    return case


def _drawn(draw: Callable, seed: int) -> Case:
    """An account as drawn for training but from seeds never trained on: anonymous groups, its own share of labels."""
    episode = draw(PRIOR_SEEDS + seed)
    count, classes = len(episode.x), episode.y_support.shape[1]
    shown = np.flatnonzero(~episode.query)
    written = np.array([f"team {column:03d}" for column in episode.y_support[shown].argmax(1)], dtype=object)
    truth = np.array([f"team {column:03d}" if column < classes else "" for column in episode.target], dtype=object)
    money = np.maximum(1, np.exp(episode.x[:, 0].astype(np.float64) * 1.5) * 1e6).astype(np.int64)
    ownables = pd.DataFrame(
        {
            "x_OwnableId": np.arange(count, dtype=np.int64), "x_IsSynthetic": False, "BilledCost": money, "EffectiveCost": money, "x_NameTokens": [[]] * count,
            "x_FirstSeen": pd.Timestamp("2026-01-01"), "x_LastSeen": pd.Timestamp("2026-01-02"),
        }
    )  # fmt: skip
    relations = pd.DataFrame(
        {
            "x_OwnableId": episode.member_node,
            "x_Kind": [KINDS[k].name for k in episode.group_kind[episode.member_group]],
            "x_Group": episode.member_group.astype(str),
        }
    )
    nobody = np.arange(count).astype(str).astype(object)
    return Case(
        Account(ownables, relations, pd.DataFrame(), pd.DataFrame(), truth, nobody, x=episode.x), shown, written
    )
