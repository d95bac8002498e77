"""What every benchmark counts. ``sure`` f64[n] confidence of the answer, ``right`` bool[n] whether it was true."""

from __future__ import annotations

import numpy as np
import pandas as pd

BINS = 15
ASKED = 0.95
"""The precision of ``cov95``."""


def aurc(sure: np.ndarray, right: np.ndarray) -> float:
    """Area under the risk-coverage curve: mean error among the k surest, over all k.

    Equal confidences count as in random order.
    """
    if not len(sure):
        return float("nan")
    levels, place, size = np.unique(-np.asarray(sure, dtype=np.float64), return_inverse=True, return_counts=True)
    wrong = np.bincount(place, weights=1.0 - np.asarray(right, dtype=np.float64), minlength=len(levels))
    expected = np.repeat(wrong / size, size)
    return float((np.cumsum(expected) / np.arange(1, len(sure) + 1)).mean())


def coverage_at(sure: np.ndarray, right: np.ndarray, precision: float = ASKED) -> float:
    """Largest share answered at this precision with the best threshold there is.

    A ranking figure: nobody knows that threshold beforehand.
    """
    level = best_threshold(sure, right, precision)
    return float((np.asarray(sure) >= level).mean()) if len(sure) else float("nan")


def best_threshold(sure: np.ndarray, right: np.ndarray, precision: float = ASKED) -> float:
    """The lowest confidence at and above which the answers have this precision; infinity where none has."""
    if not len(sure):
        return float("inf")
    levels, place, size = np.unique(-np.asarray(sure, dtype=np.float64), return_inverse=True, return_counts=True)
    hits = np.cumsum(np.bincount(place, weights=np.asarray(right, dtype=np.float64), minlength=len(levels)))
    held = np.flatnonzero(hits / np.cumsum(size) >= precision)
    return float(-levels[held[-1]]) if len(held) else float("inf")


def ece(sure: np.ndarray, right: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error over equal-width bins."""
    sure = np.asarray(sure, dtype=np.float64)
    if not len(sure):
        return float("nan")
    place = np.minimum((sure * bins).astype(np.int64), bins - 1)
    gap = np.bincount(place, weights=sure - np.asarray(right, dtype=np.float64), minlength=bins)
    return float(np.abs(gap).sum() / len(sure))


def ece_floor(sure: np.ndarray, rounds: int = 200, seed: int = 0, bins: int = BINS) -> tuple[float, float]:
    """(mean, sd) of the ECE of outcomes drawn from these very confidences.

    What perfect calibration would still show on so few rows.
    """
    sure = np.asarray(sure, dtype=np.float64)
    if not len(sure):
        return float("nan"), float("nan")
    place = np.minimum((sure * bins).astype(np.int64), bins - 1)
    rng = np.random.default_rng([seed, 1501])
    drawn = [
        np.abs(np.bincount(place, weights=sure - (rng.random(len(sure)) < sure), minlength=bins)).sum() / len(sure)
        for _ in range(rounds)
    ]
    return float(np.mean(drawn)), float(np.std(drawn))


def auroc(score: np.ndarray, positive: np.ndarray) -> float:
    """Chance that a positive scores above a negative, ties half; NaN when one side is empty."""
    positive = np.asarray(positive, dtype=bool)
    high = int(positive.sum())
    if high in (0, len(positive)):
        return float("nan")
    ranks = pd.Series(np.asarray(score, dtype=np.float64)).rank().to_numpy()
    return float((ranks[positive].sum() - high * (high + 1) / 2) / (high * (len(positive) - high)))


def macro_f1(guess: np.ndarray, truth: np.ndarray) -> float:
    """Mean F1 over the classes that truly occur."""
    scores = []
    for label in np.unique(truth):
        hit = float(((guess == label) & (truth == label)).sum())
        scores.append(2 * hit / float((guess == label).sum() + (truth == label).sum()))
    return float(np.mean(scores)) if scores else float("nan")


def nll(p: np.ndarray, column: np.ndarray) -> float:
    """Mean negative log of the probability given to the truth, floored at 1e-6."""
    if not len(column):
        return float("nan")
    return float(-np.log(np.maximum(p[np.arange(len(column)), column], 1e-6)).mean())


def reliability(sure: np.ndarray, right: np.ndarray, bins: int = 10) -> list[dict]:
    """Rows of a reliability diagram: bounds of the bin, how many fell in, what they claimed and what held."""
    sure, right = np.asarray(sure, dtype=np.float64), np.asarray(right, dtype=np.float64)
    place = np.minimum((sure * bins).astype(np.int64), bins - 1)
    return [
        {
            "from": number / bins,
            "to": (number + 1) / bins,
            "rows": int((place == number).sum()),
            "claimed": float(sure[place == number].mean()),
            "held": float(right[place == number].mean()),
        }
        for number in range(bins)
        if (place == number).any()
    ]
