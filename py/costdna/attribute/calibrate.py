"""How sure is sure: temperature, the none-of-these curve and the threshold, all from the account's own hidden owners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PROMISE_FROM = 30
"""Below this many known owners no limit on wrong money is promised."""
UNPROMISED = 0.95
"""The confidence asked for where nothing can be promised."""
LEAST, EDGE = 0.5, 5e-6
_TEMPERATURES = np.exp(np.linspace(np.log(1.0 / 3.0), np.log(5.0), 55))


_CENTRE = np.array([0.8, 0.2, 0.0])
"""Where the none-of-these curve starts: mostly the model's own logit, a little of the simple methods' doubt."""
_STIFF = np.array([6.0, 6.0, 1.5])


@dataclass(frozen=True)
class Calibration:
    """``temperature`` divides log-probabilities; P(none) = sigmoid(``curve``[:2] · logit(unknown) + ``curve``[2])."""

    temperature: float
    curve: tuple[float, float, float]

    def confidence(self, p: np.ndarray, unknown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(joint P(team) f64[n,C], P(none of these) f64[n]); rounded to 1e-9 so that page and CLI compare alike."""
        none = _sigmoid(_signs(unknown) @ np.array(self.curve))
        sharp = _tempered(p, self.temperature) * (1.0 - none)[:, None]
        return np.round(sharp, 9), np.round(none, 9)


def calibrate(p: np.ndarray, unknown: np.ndarray, target: np.ndarray, weight: np.ndarray) -> Calibration:
    """Fit on hidden owners. ``target`` i64[n] column, or -1 where no shown team was right; ``weight`` f64[n].

    ``unknown`` f64[n,2] as in :class:`View`. Temperature by grid with a prior on log T of N(0, ½²); the curve by 25
    Newton steps with a prior around :data:`_CENTRE`: a few hidden owners move it little.
    """
    reachable = target >= 0
    best, best_loss = 1.0, np.inf
    for temperature in _TEMPERATURES:
        loss = 2.0 * np.log(temperature) ** 2
        if reachable.any():
            hit = _tempered(p[reachable], float(temperature))[np.arange(int(reachable.sum())), target[reachable]]
            loss += float((weight[reachable] * -np.log(np.maximum(hit, 1e-12))).sum())
        if loss < best_loss - 1e-9:
            best, best_loss = float(temperature), loss
    design = _signs(unknown)
    none = (~reachable).astype(np.float64)
    beta = _CENTRE.copy()
    for _ in range(25):
        now = _sigmoid(design @ beta)
        slope = design.T @ (weight * (now - none)) + _STIFF * (beta - _CENTRE)
        bend = (design * (weight * now * (1.0 - now))[:, None]).T @ design + np.diag(_STIFF)
        step = np.linalg.solve(bend, slope)
        beta = beta - np.clip(step, -1.0, 1.0)
    # a curve that fell with the signs would call strangers known
    return Calibration(best, (float(max(beta[0], 0.0)), float(max(beta[1], 0.0)), float(beta[2])))


@dataclass(frozen=True)
class Threshold:
    """Answers at or above ``confidence`` are given. ``promised``: the limit on wrong money was met in the trials."""

    confidence: float
    promised: bool
    reason: str


def threshold(
    sure: np.ndarray, wrong: np.ndarray, money: np.ndarray, open_sure: np.ndarray, open_money: np.ndarray, labels: int, budget: float
) -> Threshold:
    """The lowest confidence that keeps wrongly assigned money within ``budget`` of the money assigned.

    Two conservative estimates must both hold. On the hidden owners (``sure``, ``wrong``, ``money``): the money wrongly
    given, as if one more average mistake had happened (conformal risk control), amounts capped at their 95th
    percentile so that one giant does not decide. On the open resources: Σ money × (1 − confidence), raised by how much
    the trials erred beyond their own confidence, may reach twice the budget: it is a ceiling, since confidence leaves
    room for teams nobody tagged, and it guards against open money lying where the trials had little.
    """
    if labels < PROMISE_FROM:
        return Threshold(UNPROMISED, False, f"only {labels} owners are known; from {PROMISE_FROM} a limit on mistakes can be promised")
    cap = np.quantile(money, 0.95) if len(money) else 0.0
    weight = np.minimum(money, cap) + (0.05 * money.mean() + 1e-12 if len(money) else 0.0)
    extra = float(weight.mean()) if len(weight) else 0.0
    # siblings differ in the seventh digit between page and CLI: they are one level, and its lower edge is the threshold
    sure = np.round(sure, 5)
    order = np.argsort(-sure, kind="stable")
    levels, first = np.unique(-sure[order], return_index=True)
    last = np.append(first[1:], len(order)) - 1
    bad, all_money = np.cumsum((weight * wrong)[order])[last], np.cumsum(weight[order])[last]
    mistakes, expected = np.cumsum(wrong[order])[last], np.cumsum(1.0 - sure[order])[last]
    chosen = None
    for index, level in enumerate(-levels):
        if level < LEAST:
            break  # an owner less likely than not is not an answer, whatever the trials say
        if (bad[index] + extra) / (all_money[index] + extra) > budget:
            continue
        inflate = max(1.0, (mistakes[index] + 1.0) / (expected[index] + 1.0))
        given = open_sure >= level - EDGE
        assigned = float(open_money[given].sum())
        if assigned > 0 and inflate * float((open_money[given] * (1.0 - open_sure[given])).sum()) / assigned > 2.0 * budget:
            continue
        chosen = float(level) - EDGE
    if chosen is None:
        reason = f"no confidence kept wrongly assigned money within {budget:.0%} in the trials"
        return Threshold(UNPROMISED, False, reason)
    return Threshold(chosen, True, f"in trials on known owners, wrongly assigned money stayed within {budget:.0%} from this confidence on")


def _tempered(p: np.ndarray, temperature: float) -> np.ndarray:
    score = np.where(p > 0, np.log(np.maximum(p, 1e-12)) / temperature, -np.inf)
    sharp = np.exp(score - score.max(axis=1, keepdims=True))
    return sharp / sharp.sum(axis=1, keepdims=True)


def _signs(unknown: np.ndarray) -> np.ndarray:
    v = np.clip(unknown, 1e-4, 1.0 - 1e-4)
    return np.concatenate([np.log(v / (1.0 - v)), np.ones((len(v), 1))], axis=1)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(z, -30.0, 30.0)))
