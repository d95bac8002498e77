"""Which simulator a training account comes from: a stage of training mixes them by weight, by the account's seed alone."""

from __future__ import annotations

import numpy as np

from . import bundle_prior, platform_prior, prior
from .episode import Episode
from .redraw import redraw

SIMULATORS = ("prior", "platform_prior", "bundle_prior")
"""All that is ever trained on. The development and the report simulator are not among them."""


def draw_from(name: str, config: dict, seed: int) -> Episode:
    """One account of the named simulator; ``config`` is ``models/prior.json``."""
    if name == "prior":
        return prior.draw(config, seed)
    return {"platform_prior": platform_prior, "bundle_prior": bundle_prior}[name].draw(seed)


def draw(config: dict, weights: dict[str, float], seed: int, redrawn: dict | None = None) -> Episode:
    """One account of the mixture, deterministic in ``seed``; ``redrawn``: how its known owners are made harder, if at
    all.
    """
    names = list(weights)
    odds = np.array([weights[name] for name in names], dtype=np.float64)
    episode = draw_from(str(np.random.default_rng([seed, 41]).choice(names, p=odds / odds.sum())), config, seed)
    return redraw(episode, redrawn, seed) if redrawn else episode
