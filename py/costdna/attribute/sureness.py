"""How far to trust the answer that won.

A second look at the likeliest team only, learned on the account's hidden owners.

The pool's joint probability is right on average but too sure at the very top, where one labelled sibling and ten look
alike. Logistic regression alone ranks better there, because its probability grows with the number of known owners that
agree. So P(right) is a logistic curve of the joint probability, the regression's probability for the same team and how
many owners of that team are known; and P(none of these) one of the pool's own and of the doubt that is left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .candidates import REGRESSION, View

RIGHT_CENTRE = np.array([0.0, 0.7, 1.2, 0.3])
RIGHT_STIFF = np.array([8.0, 8.0, 8.0, 8.0])
NONE_CENTRE = np.array([0.0, 0.6, 0.4])
NONE_STIFF = np.array([8.0, 8.0, 8.0])
HUMBLE = 0.25
"""Taken off the log odds of every open resource: what nobody tagged is a little less like the tagged than trials can
show.
"""
STEPS = 20
_TIE = 1.0 - 1e-6


@dataclass(frozen=True)
class Sureness:
    """``right`` f64[4], ``none`` f64[3]: the curves; ``middle`` and ``spread`` f64[2]: of the two signs in the trials."""

    right: np.ndarray
    none: np.ndarray
    middle: np.ndarray
    spread: np.ndarray

    def apply(
        self, joint: np.ndarray, none: np.ndarray, raw: np.ndarray, humble: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """(joint f64[n,C], none f64[n]) with the winner's probability renewed.

        The winner stays the winner and each row sums to one.

        ``raw`` f64[n,2] from :func:`signs`; ``humble`` is taken off the log odds. Rounded to 1e-9.
        """
        if not len(joint):
            return joint, none
        rows, team = np.arange(len(joint), dtype=np.int64), joint.argmax(1)
        first = joint[rows, team]
        odds = _log_odds(first)
        sure = _curve(
            np.concatenate([_ones(odds), odds[:, None], np.clip((raw - self.middle) / self.spread, -4.0, 4.0)], axis=1)
            @ self.right
            - humble
        )
        stranger = np.minimum(
            _curve(np.stack([np.ones(len(odds)), _log_odds(none), -_log_odds(sure)], axis=1) @ self.none), 1.0 - sure
        )
        others = joint.copy()
        others[rows, team] = 0.0
        others *= ((1.0 - sure - stranger) / np.maximum(others.sum(1), 1e-12))[:, None]
        others = np.minimum(others, sure[:, None] * _TIE)  # what would overtake the winner goes to nobody
        others[rows, team] = sure
        return np.round(others, 9), np.round(np.maximum(1.0 - others.sum(1), 0.0), 9)


def signs(joint: np.ndarray, view: View, known: np.ndarray) -> np.ndarray:
    """f64[n,2] of the likeliest team.

    Log odds by regression alone; log of how many of its owners are known (``known`` f64[C]).
    """
    if not len(joint):
        return np.zeros((0, 2))
    rows, team = np.arange(len(joint), dtype=np.int64), joint.argmax(1)
    return np.stack([_log_odds(view.parts[REGRESSION][rows, team]), np.log1p(known[team])], axis=1)


def fit(joint: np.ndarray, none: np.ndarray, raw: np.ndarray, target: np.ndarray, weight: np.ndarray) -> Sureness:
    """Fit on hidden rows, ``target`` i64[n] (−1: team not shown). Few rows leave the curves near their centres."""
    if not len(joint):
        return Sureness(RIGHT_CENTRE, NONE_CENTRE, np.zeros(2), np.ones(2))
    middle, spread = np.round(raw.mean(0), 7), np.round(raw.std(0) + 1e-6, 7)
    odds = _log_odds(joint.max(1))
    design = np.concatenate([_ones(odds), odds[:, None], np.clip((raw - middle) / spread, -4.0, 4.0)], axis=1)
    right = _logistic(design, (joint.argmax(1) == target).astype(np.float64), weight, RIGHT_CENTRE, RIGHT_STIFF)
    second = np.stack([np.ones(len(odds)), _log_odds(none), -(design @ right)], axis=1)
    stranger = _logistic(second, (target < 0).astype(np.float64), weight, NONE_CENTRE, NONE_STIFF)
    return Sureness(right, stranger, middle, spread)


def _logistic(
    design: np.ndarray, hit: np.ndarray, weight: np.ndarray, centre: np.ndarray, stiff: np.ndarray
) -> np.ndarray:
    beta, best, lowest = centre.copy(), centre, np.inf
    for _ in range(STEPS):
        z = np.clip(design @ beta, -30.0, 30.0)
        now = _curve(z)
        loss = 0.5 * float((stiff * (beta - centre) ** 2).sum()) + float(
            (weight * (np.log1p(np.exp(z)) - hit * z)).sum()
        )
        if loss > lowest + 1e-9 * (1.0 + abs(lowest)):
            beta = 0.5 * (beta + best)  # a full step overshot
            continue
        best, lowest = beta, loss
        slope = design.T @ (weight * (now - hit)) + stiff * (beta - centre)
        bend = (design * (weight * now * (1.0 - now))[:, None]).T @ design + np.diag(stiff)
        beta = best - np.clip(np.linalg.solve(bend, slope), -1.0, 1.0)
        if np.abs(beta - best).max() < 1e-11:
            break  # far below the digits that are kept
    beta = best
    return np.round(beta, 7)


def _ones(like: np.ndarray) -> np.ndarray:
    return np.ones((len(like), 1))


def _log_odds(p: np.ndarray) -> np.ndarray:
    clipped = np.clip(p, 1e-4, 1.0 - 1e-4)
    return np.log(clipped / (1.0 - clipped))


def _curve(z: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(z, -30.0, 30.0)))
