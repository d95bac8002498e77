"""One probability out of many opinions.

Which method to believe, and when to say "none of these", learned in the account.

A conditional logit. The score of a team is Σ weight × log(a method's probability) + weight × name affinity; the score
of "none of these" is a line in four signs of a stranger. The weights are fitted on the account's own hidden owners
around centres found on simulated accounts and the development third: with few owners known they hardly move.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .candidates import BAYES, MODEL, MODEL_PLAIN, REGRESSION, SPREAD, View

CENTRES = {
    True: {MODEL: 0.3, MODEL_PLAIN: 0.3, REGRESSION: 0.2, SPREAD: 0.2, BAYES: 0.0},
    False: {REGRESSION: 0.5, SPREAD: 0.5, BAYES: 0.0},
}
"""Weight of each method before the account has spoken, with the model and without it."""
STIFF = 100.0
AFFINITY, AFFINITY_STIFF = 1.5, 1.0
NONE_CENTRE = np.array([0.0, 0.6, 0.4, 0.0])
NONE_STIFF = np.array([2.0, 8.0, 8.0, 8.0])
STEPS = 18
FLOOR = 1e-4
_CHUNK = 4_000_000


@dataclass(frozen=True)
class Trial:
    """Hidden rows of one trial.

    ``view`` their answers, ``affinity`` f64[n,C], ``target`` i64[n] column or −1, ``weight`` f64[n].
    """

    view: View
    affinity: np.ndarray
    target: np.ndarray
    weight: np.ndarray

    def only(self, keep: np.ndarray) -> Trial:
        """The rows where ``keep`` bool[n]."""
        return Trial(self.view.only(keep), self.affinity[keep], self.target[keep], self.weight[keep])


@dataclass(frozen=True)
class Pool:
    """The methods believed in this account, and how much.

    ``names``: the methods, ``weights`` f64[len(names) + 1] theirs and the affinity's, ``none`` f64[4] the stranger's
    line.
    """

    names: tuple[str, ...]
    weights: np.ndarray
    none: np.ndarray

    def confidence(self, view: View, affinity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(joint P(team) f64[n,C], P(none of these) f64[n]); rounded to 1e-9 so that page and CLI compare alike."""
        joint, none = np.zeros_like(affinity), np.zeros(len(affinity))
        step = max(1, _CHUNK // max(affinity.shape[1], 1))
        for start in range(0, len(affinity), step):
            part = slice(start, start + step)
            score = sum(
                (
                    weight * opinion
                    for weight, opinion in zip(self.weights, _opinions(view, self.names, part), strict=False)
                ),
                self.weights[-1] * affinity[part],
            )
            score[:, ~view.present] = -np.inf
            full = np.concatenate([score, (_signs(view, part) @ self.none)[:, None]], axis=1)
            p = np.exp(full - full.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            joint[part], none[part] = p[:, :-1], p[:, -1]
        return np.round(joint, 9), np.round(none, 9)


def centre(names: tuple[str, ...]) -> Pool:
    """The pool before any hidden owner has been asked. The methods' weights sum to one."""
    table = CENTRES[MODEL in names or MODEL_PLAIN in names]
    weight = np.array([table[name] for name in names])
    weight = weight / weight.sum() if weight.sum() > 0 else np.full(len(names), 1.0 / len(names))
    return Pool(names, np.append(weight, AFFINITY), NONE_CENTRE.copy())


def fit(trials: list[Trial], names: tuple[str, ...]) -> Pool:
    """The weights with the largest posterior.

    :data:`STEPS` Newton steps from the centre, each at most 1 per weight, halved while they overshoot. Convex.
    """
    start = centre(names)
    middle = np.concatenate([start.weights, start.none])
    stiff = np.concatenate([np.full(len(names), STIFF), [AFFINITY_STIFF], NONE_STIFF])
    built = [_design(trial, names) for trial in trials if len(trial.target)]
    theta, best, lowest = middle.copy(), middle, np.inf
    for _ in range(STEPS):
        loss, slope, bend = 0.5 * float((stiff * (theta - middle) ** 2).sum()), stiff * (theta - middle), np.diag(stiff)
        for part in built:
            of_part, g, h = _curvature(part, theta)
            loss, slope, bend = loss + of_part, slope + g, bend + h
        if loss > lowest + 1e-9 * (1.0 + abs(lowest)):
            theta = 0.5 * (theta + best)  # too far: a full Newton step may overshoot where many rows are certain
            continue
        best, lowest = theta, loss
        theta = best - np.clip(np.linalg.solve(bend, slope), -1.0, 1.0)
        if np.abs(theta - best).max() < 1e-11:
            break  # far below the digits that are kept
    theta = best
    theta = np.round(theta, 7)
    return Pool(names, theta[: len(names) + 1], theta[len(names) + 1 :])


def _opinions(view: View, names: tuple[str, ...], part: slice = slice(None)):
    classes = max(int(view.present.sum()), 1)
    for name in names:
        yield np.log((1.0 - FLOOR) * view.parts[name][part] + FLOOR / classes)


def _signs(view: View, part: slice = slice(None)) -> np.ndarray:
    """f64[n,4]: 1, how the model and how the simple methods doubt (log odds), how close the nearest known owner is."""
    v = np.clip(view.unknown[part], 1e-4, 1.0 - 1e-4)
    return np.concatenate([np.ones((len(v), 1)), np.log(v / (1.0 - v)), view.close[part][:, None]], axis=1)


def _design(trial: Trial, names: tuple[str, ...]) -> tuple:
    """(team features [n,c,k] of the shown teams, stranger features [n,4], target among the shown or −1, weight)."""
    shown = np.flatnonzero(trial.view.present)
    features = np.stack(
        [*(opinion[:, shown] for opinion in _opinions(trial.view, names)), trial.affinity[:, shown]], axis=2
    )
    place = np.full(len(trial.view.present) + 1, -1, dtype=np.int64)
    place[shown] = np.arange(len(shown), dtype=np.int64)
    return features, _signs(trial.view), place[trial.target], trial.weight


def _curvature(part: tuple, theta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """−Σ weight × log P(target), its gradient and Hessian."""
    features, signs, target, weight = part
    n, classes, k = features.shape
    score = np.concatenate([features @ theta[:k], (signs @ theta[k:])[:, None]], axis=1)
    p = np.exp(score - score.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    of_team, of_none = p[:, :-1], p[:, -1]
    mean = np.concatenate([(of_team[:, :, None] * features).sum(1), of_none[:, None] * signs], axis=1)
    seen = np.zeros_like(mean)
    known = np.flatnonzero(target >= 0)
    seen[known, :k] = features[known, target[known]]
    seen[target < 0, k:] = signs[target < 0]
    slope = (weight[:, None] * (mean - seen)).sum(0)
    said = p[np.arange(n, dtype=np.int64), np.where(target >= 0, target, classes)]
    loss = -float((weight * np.log(np.maximum(said, 1e-300))).sum())
    bend = np.zeros((len(theta), len(theta)))
    flat = features.reshape(n * classes, k)
    bend[:k, :k] = (flat * (of_team * weight[:, None]).reshape(-1, 1)).T @ flat
    bend[k:, k:] = (signs * (of_none * weight)[:, None]).T @ signs
    return loss, slope, bend - (mean * weight[:, None]).T @ mean
