"""Labelled cost series: what was done to them is known, so that a detector can be held to it.

A world is a small bill: 24 series (6 services × 2 accounts × 2 regions), 95 days to learn from and 365 that are judged,
one class of thing happening, one level of multiplicative noise (Gaussian, or Student t with 4 degrees of freedom in a
third of the worlds, both scaled to the stated standard deviation; no noise takes a cost below 2 % of itself).
"""

from dataclasses import dataclass, replace

import numpy as np

CLASSES = (
    "flat",
    "weekly",
    "month start",
    "late data",
    "spike",
    "drop to zero",
    "step",
    "slow ramp",
    "masked opposites",
)
QUIET = CLASSES[:4]  # nothing in them deserves an alert
NOISE = (0.02, 0.05, 0.10, 0.20)
WARM, JUDGED = 95, 365
SERVICES = ("compute", "database", "storage", "network", "queue", "cache")
ACCOUNTS = ("111111111111", "222222222222")
REGIONS = ("eu-west-1", "us-east-1")
FIRST_DAY = np.datetime64("2025-01-06", "D")
PER_WORLD = 6
MONTH, FORTNIGHT = 31, 14
AIMED = ("flat", "weekly", "spike")  # classes with an aim in numbers: three times as many worlds at noise up to 5 %
MONTHLY = ("flat", "weekly", "spike", "drop to zero", "step")  # classes that are judged on bills of one month too


@dataclass(frozen=True)
class Cause:
    """One thing that was done. series: which show it; [start, stop) days; sign +1 or −1; size as a share of the cost."""

    kind: str
    series: tuple[int, ...]
    start: int
    stop: int
    sign: int
    size: float


@dataclass(frozen=True)
class World:
    """One simulated bill: 24 series over 460 days, and what was done to them.

    cost (24, 460) in currency; days datetime64[D]; keys (service, account, region) per series; causes; `partial` last
    days that are not whole.
    """

    kind: str
    noise: float
    heavy: bool
    cost: np.ndarray
    days: np.ndarray
    keys: tuple[tuple[str, str, str], ...]
    causes: tuple[Cause, ...]
    partial: int = 0


def draws(kind: str, noise: float) -> list[tuple[int, bool]]:
    """(number, whether its tails are heavy) of the worlds of a class and noise: one in three is."""
    return [(part, part % 3 == 2) for part in range(9 if kind in AIMED and noise <= NOISE[1] else 3)]


def world(kind: str, noise: float, heavy: bool, seed: int) -> World:
    """One world, the same for the same arguments."""
    rng = np.random.default_rng([seed, CLASSES.index(kind), int(noise * 1000), int(heavy)])
    keys = tuple((s, a, r) for s in SERVICES for a in ACCOUNTS for r in REGIONS)
    width, n = WARM + JUDGED, len(keys)
    days = FIRST_DAY + np.arange(width)
    level = np.exp(rng.uniform(np.log(20), np.log(400), n))
    shape = np.ones((n, width))
    weekday = (days.astype("int64") + 3) % 7
    month = days.astype("datetime64[M]")
    number = (days - month.astype("datetime64[D]")).astype("int64")
    if kind in ("weekly", "spike", "step", "drop to zero", "slow ramp", "late data"):
        # Half the series of the eventful worlds rest at weekends too: events do not only happen to flat series.
        for s in range(n):
            if kind == "weekly" or rng.random() < 0.5:
                shape[s] *= np.where(weekday >= 5, rng.uniform(0.15, 0.7), 1.0)
    if kind == "month start":
        for s in range(n):
            shape[s] *= np.where(number < rng.integers(1, 4), rng.uniform(1.4, 4.0), 1.0)
    causes: list[Cause] = []
    if kind not in QUIET:
        causes = _happen(kind, shape, level, rng)
    draws = rng.standard_t(4, (n, width)) / np.sqrt(2.0) if heavy else rng.standard_normal((n, width))
    cost = np.maximum(level[:, None] * shape * np.maximum(1 + noise * draws, 0.02), 0.0)
    if kind == "drop to zero":
        for c in causes:
            cost[list(c.series), c.start : c.stop] = 0.0
    partial = 0
    if kind == "late data":
        partial = int(rng.integers(1, 4))
        for k in range(partial):
            arrived = rng.uniform(0.05, 0.75) * (0.7**k)
            cost[:, width - 1 - (partial - 1 - k)] *= np.clip(rng.normal(arrived, 0.1, n), 0.0, 0.85)
    return World(kind, noise, heavy, np.round(cost, 6), days, keys, tuple(causes), partial)


def months(w: World, seed: int) -> list[World]:
    """Bills of one month cut from a world, as somebody drops who has only one.

    One around each cause, which begins in its second half, else at six places.

    What happened before the fortnight that is learned from is not a cause of the month, though it may show.
    """
    rng = np.random.default_rng([seed, 7])
    begins = [c.start - int(rng.integers(FORTNIGHT + 1, MONTH - 3)) for c in w.causes] or rng.integers(
        0, w.cost.shape[1] - MONTH, PER_WORLD
    ).tolist()
    out = []
    for b in begins:
        mine = tuple(
            replace(c, start=c.start - b, stop=min(c.stop - b, MONTH))
            for c in w.causes
            if b + FORTNIGHT <= c.start < b + MONTH
        )
        out.append(replace(w, cost=w.cost[:, b : b + MONTH], days=w.days[b : b + MONTH], causes=mine, partial=0))
    return out


def _happen(kind: str, shape: np.ndarray, level: np.ndarray, rng: np.random.Generator) -> list[Cause]:
    """Do it to the series: one thing each, spread over the year."""
    n, width = shape.shape
    out = []
    order = rng.permutation(n)
    for k in range(PER_WORLD):
        start = int(rng.integers(WARM + 10, width - 70))
        s = int(order[k])
        if kind == "spike":
            size, length = float(np.exp(rng.uniform(np.log(0.3), np.log(3.0)))), int(rng.integers(1, 4))
            shape[s, start : start + length] *= 1 + size
            out.append(Cause(kind, (s,), start, start + length, 1, size))
        elif kind == "drop to zero":
            length = int(rng.integers(1, 60))
            out.append(Cause(kind, (s,), start, start + length, -1, 1.0))
        elif kind == "step":
            sign = 1 if rng.random() < 0.6 else -1
            size = float(rng.uniform(0.3, 1.5)) if sign > 0 else float(rng.uniform(0.25, 0.8))
            shape[s, start:] *= 1 + sign * size
            out.append(Cause(kind, (s,), start, width, sign, size))
        elif kind == "slow ramp":
            sign = 1 if rng.random() < 0.75 else -1
            length = int(rng.integers(28, 61))
            size = float(rng.uniform(0.35, 1.2)) if sign > 0 else float(rng.uniform(0.3, 0.7))
            shape[s, start : start + length] *= 1 + sign * size * np.arange(1, length + 1) / length
            shape[s, start + length :] *= 1 + sign * size
            out.append(Cause(kind, (s,), start, start + length, sign, size))
        elif kind == "masked opposites":
            t = int(order[PER_WORLD + k])
            size = float(rng.uniform(0.4, 0.9))
            moved = size * level[s]
            shape[s, start:] *= 1 - size
            shape[t, start:] *= 1 + moved / level[t]
            out.append(Cause(kind, (s, t), start, width, 0, size))
    return out
