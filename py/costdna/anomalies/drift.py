"""Slow moves, and whether each is a step or a ramp.

Theil–Sen slope with its interval, and the Mann–Kendall test widened for days that resemble their neighbours.

Sources: Sen 1968 (slope, interval from order statistics of the pairwise slopes); Kendall's variance; Hamed & Rao's idea
for autocorrelation, first lag.
"""

import math
from dataclasses import dataclass

import numpy as np

from costdna.anomalies.tail import survival


@dataclass(frozen=True)
class Drift:
    """One series over a window of n days, in logs.

    Slope a day, its interval, p, and where a step would lie (-1: a ramp).
    """

    slope: float
    low: float
    high: float
    p: float
    step: int
    change: float  # over the window, as a share


def drift(y: np.ndarray, z: float = 2.576) -> Drift:
    """The drift of one deseasonalised log series, shape (n,)."""
    n = len(y)
    i, j = np.triu_indices(n, 1)
    slopes = np.sort((y[j] - y[i]) / (j - i))
    slope = float(np.median(slopes))
    signs = float(np.sign(y[j] - y[i]).sum())
    rest = y - np.median(y - slope * np.arange(n)) - slope * np.arange(n)
    wide = _inflation(rest)
    spread = math.sqrt(n * (n - 1) * (2 * n + 5) / 18 * wide)
    half = z * spread
    low, high = (
        slopes[int(min(max(k, 0), len(slopes) - 1))] for k in ((len(slopes) - half) / 2, (len(slopes) + half) / 2)
    )
    score = max(abs(signs) - 1, 0) / spread
    step, size = _step(y)
    if step_residual(y, step) >= 0.95 * float(np.abs(rest).sum()):
        return Drift(
            slope, float(low), float(high), float(survival(np.array([score]), 40)[0]), -1, math.expm1(slope * (n - 1))
        )
    return Drift(slope, float(low), float(high), _rank_sum(y, step), step, math.expm1(size))


def _rank_sum(y: np.ndarray, k: int) -> float:
    """p that both sides of k are of one level (Wilcoxon).

    Times four for having chosen k; widened for days that resemble their neighbours.
    """
    n = len(y)
    above = float((y[k:, None] > y[None, :k]).sum()) - k * (n - k) / 2
    rest = np.concatenate([y[:k] - np.median(y[:k]), y[k:] - np.median(y[k:])])
    score = max(abs(above) - 0.5, 0) / math.sqrt(k * (n - k) * (n + 1) / 12 * _inflation(rest))
    return min(1.0, 4 * float(survival(np.array([score]), 40)[0]))


def _inflation(rest: np.ndarray) -> float:
    """How much wider the variance is because a day resembles the one before; 1 where it does not."""
    rest = rest - rest.mean()
    size = float((rest * rest).sum())
    near = float((rest[1:] * rest[:-1]).sum()) / size if size > 0 else 0.0
    # a bend in the move looks like likeness: not more than threefold
    near = min(near, 0.5) if near > 2 / math.sqrt(len(rest)) else 0.0
    return (1 + near) / (1 - near)


def _step(y: np.ndarray, margin: int = 4) -> tuple[int, float]:
    """Position and size of the best single step: medians on both sides, least absolute error."""
    best = min(range(margin, len(y) - margin + 1), key=lambda k: step_residual(y, k))
    return best, float(np.median(y[best:]) - np.median(y[:best]))


def step_residual(y: np.ndarray, k: int) -> float:
    """Sum of absolute deviations from two levels split at k."""
    return float(np.abs(y[:k] - np.median(y[:k])).sum() + np.abs(y[k:] - np.median(y[k:])).sum())


def moved(y: np.ndarray, least: float) -> np.ndarray:
    """Series worth testing: the median of the last third is off that of the first third by half of `least`.

    (S, n) → (S,) bool.
    """
    third = y.shape[1] // 3
    return np.abs(np.median(y[:, -third:], axis=1) - np.median(y[:, :third], axis=1)) >= 0.4 * math.log1p(least)
