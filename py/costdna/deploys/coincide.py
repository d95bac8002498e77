"""The event-time permutation test.

Is cost higher at some lag after a team's deploys than after as many moments drawn like them?

Moments are drawn within the same slot of the week (people deploy on weekday mornings, and cost is higher then anyway).
For every draw the largest statistic over all teams, series and lags is kept, and p is held against that largest one
(Westfall & Young 1993, single-step maxT): a p of 0.05 is 0.05 for everything that was looked at together. "Coincides
with" is all it can say.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Coincidence:
    """One team and series at its best lag.

    effect: mean cost above the expected at that lag after a deploy; p corrected over teams, series and lags; alone: p
    of this pair alone.
    """

    team: str
    series: str
    lag: int
    events: int
    effect: float
    statistic: float
    p: float
    alone: float


def coincide(
    cost: np.ndarray,
    series: list[str],
    events: dict[str, np.ndarray],
    lags: int = 6,
    season: int = 7,
    draws: int = 999,
    seed: int = 11,
) -> list[Coincidence]:
    """Teams' events against series, most surprising first. cost (S, T) float64 on a grid of hours or days; events:
    {team: positions (int64)}; season: slots of a week on that grid (7 for days, 168 for hours); lags: 0 … lags steps
    after. Needs two events of a team; draws decide the smallest p, 1 ÷ (draws + 1).
    """
    size, width = cost.shape
    odd = surplus(cost, season)
    teams = sorted(t for t in events if len(_inside(events[t], width)) >= 2)
    if not teams or not size or width < 2 * season:
        return []
    ahead = np.stack([_shift(odd, lag) for lag in range(lags + 1)])  # (lags, S, T)
    money = np.stack([_shift(cost - expected(cost, season), lag) for lag in range(lags + 1)])
    rng = np.random.default_rng(seed)
    largest, seen, drawn = np.zeros(draws), {}, {}
    for team in teams:
        at = _inside(events[team], width)
        seen[team] = _statistic(ahead, at[None])[0]
        samples = _like(at, width, season, draws, rng)
        # (draws, lags, S)
        drawn[team] = np.concatenate([_statistic(ahead, samples[k : k + 64]) for k in range(0, draws, 64)])
        largest = np.maximum(largest, drawn[team].reshape(draws, -1).max(axis=1))
    out = []
    for team in teams:
        at = _inside(events[team], width)
        for s in range(size):
            lag = int(np.argmax(seen[team][:, s]))
            value = float(seen[team][lag, s])
            alone = (1 + int((drawn[team][:, :, s].max(axis=1) >= value - 1e-12).sum())) / (draws + 1)
            out.append(
                Coincidence(
                    team,
                    series[s],
                    lag,
                    len(at),
                    round(float(np.nanmean(money[lag, s, at])), 9),
                    round(value, 9),
                    (1 + int((largest >= value - 1e-12).sum())) / (draws + 1),
                    alone,
                )
            )
    return sorted(out, key=lambda c: (c.p, c.alone, -c.statistic, c.team, c.series))


def expected(cost: np.ndarray, season: int) -> np.ndarray:
    """The median of each slot of the week, scaled by a running level. Shape (S, T)."""
    width = cost.shape[1]
    slots = np.arange(width) % season
    middle = (
        np.stack([np.median(cost[:, slots == k], axis=1) for k in range(season)], axis=1)
        if width >= 2 * season
        else np.median(cost, axis=1, keepdims=True)
    )
    return middle[:, slots % middle.shape[1]]


def surplus(cost: np.ndarray, season: int) -> np.ndarray:
    """Cost above the expected in robust deviations, held to eight: one giant spike must not carry a test alone.

    Shape (S, T).
    """
    rest = cost - expected(cost, season)
    spread = 1.4826 * np.median(np.abs(rest - np.median(rest, axis=1, keepdims=True)), axis=1, keepdims=True)
    floor = 0.01 * np.median(np.abs(cost), axis=1, keepdims=True) + 1e-9
    return np.clip(rest / np.maximum(spread, floor), -8, 8)


def _shift(values: np.ndarray, lag: int) -> np.ndarray:
    out = np.full(values.shape, np.nan)
    out[:, : values.shape[1] - lag] = values[:, lag:]
    return out


def _statistic(ahead: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Mean surplus at each lag after the events, times √events.

    ahead (lags, S, T), at (draws, events) → (draws, lags, S).
    """
    picked = ahead[:, :, at]  # (lags, S, draws, events)
    known = ~np.isnan(picked)
    total = np.where(known, picked, 0.0).sum(axis=3) / np.sqrt(np.maximum(known.sum(axis=3), 1))
    return np.moveaxis(total, 2, 0)


def _like(at: np.ndarray, width: int, season: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Moments drawn like the events: the same slots of the week, other weeks. Shape (draws, events)."""
    weeks = [np.arange(slot, width, season) for slot in at % season]
    return np.stack([w[rng.integers(0, len(w), draws)] for w in weeks], axis=1)


def _inside(at: np.ndarray, width: int) -> np.ndarray:
    at = np.unique(np.asarray(at, dtype="int64"))
    return at[(at >= 0) & (at < width)]
