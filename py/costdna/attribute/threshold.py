"""Where to draw the line.

The lowest confidence at which wrongly assigned money stays within the budget, with its lower bounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log, log1p

import numpy as np

PROMISE_FROM = 30
"""Below this many known owners no limit on wrong money is promised."""
UNPROMISED = 0.95
"""The confidence asked for where nothing can be promised."""
LEAST, EDGE, CEILING = 0.5, 5e-6, 2.0


@dataclass(frozen=True)
class Threshold:
    """Answers at or above ``confidence`` are given. ``promised``: the limit on wrong money was met in the trials.

    ``answers``: hidden owners that would have been answered, ``precision`` of them right, ``at_least`` that with 95 %
    certainty (exact binomial bound), ``wrong_money`` the share of their money given to the wrong team. NaN where none
    was answered.
    """

    confidence: float
    promised: bool
    reason: str
    answers: int = 0
    precision: float = float("nan")
    at_least: float = float("nan")
    wrong_money: float = float("nan")


def measured(limit: Threshold, sure: np.ndarray, wrong: np.ndarray, money: np.ndarray, node: np.ndarray) -> Threshold:
    """``limit`` with what the trials show at its confidence.

    An owner hidden in several trials (``node`` i64) counts once, by its mean.
    """
    given = sure >= limit.confidence
    if not given.any():
        return limit
    _, place = np.unique(node[given], return_inverse=True)
    times = np.bincount(place).astype(np.float64)
    right = 1.0 - np.bincount(place, weights=wrong[given]) / times
    answers, hits = len(right), float(right.sum())
    lost = float((money[given] * wrong[given]).sum() / max(float(money[given].sum()), 1e-12))
    return Threshold(
        limit.confidence,
        limit.promised,
        limit.reason,
        answers,
        round(hits / answers, 6),
        round(at_least(int(hits), answers), 6),
        round(lost, 6),
    )


def at_least(right: int, of: int, doubt: float = 0.05) -> float:
    """The precision that ``right`` of ``of`` answers prove with certainty 1 − ``doubt``.

    The exact (Clopper–Pearson) lower bound.

    >>> round(at_least(58, 58), 3), round(at_least(9, 10), 3), at_least(0, 5)
    (0.95, 0.606, 0.0)
    """
    if right <= 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2.0
        tail = (
            sum(
                exp(lgamma(of + 1) - lgamma(k + 1) - lgamma(of - k + 1) + k * log(middle) + (of - k) * log1p(-middle))
                for k in range(right, of + 1)
            )
            if middle < 1
            else 1.0
        )
        low, high = (middle, high) if tail < doubt else (low, middle)
    return low


def threshold(
    sure: np.ndarray,
    wrong: np.ndarray,
    money: np.ndarray,
    open_sure: np.ndarray,
    open_money: np.ndarray,
    labels: int,
    budget: float,
) -> Threshold:
    """The lowest confidence that keeps wrongly assigned money within ``budget`` of the money assigned.

    Two conservative estimates must both hold. On the hidden owners (``sure``, ``wrong``, ``money``): the money wrongly
    given, as if one more average mistake had happened (conformal risk control), amounts capped at their 95th percentile
    so that one giant does not decide. On the open resources: Σ money × (1 − confidence), raised by how much the trials
    erred beyond their own confidence, may reach twice the budget: it is a ceiling, since confidence leaves room for
    teams nobody tagged and is humble on purpose, and it guards against open money lying where the trials had little.
    """
    if labels < PROMISE_FROM:
        return Threshold(
            UNPROMISED,
            False,
            f"only {labels} owners are known; from {PROMISE_FROM} a limit on mistakes can be promised",
        )
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
        if (
            assigned > 0
            and inflate * float((open_money[given] * (1.0 - open_sure[given])).sum()) / assigned > CEILING * budget
        ):
            continue
        chosen = float(level) - EDGE
    if chosen is None:
        reason = f"no confidence kept wrongly assigned money within {budget:.0%} in the trials"
        return Threshold(UNPROMISED, False, reason)
    return Threshold(
        chosen,
        True,
        f"in trials on known owners, wrongly assigned money stayed within {budget:.0%} from this confidence on",
    )
