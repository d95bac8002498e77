"""Granger's F test, kept as a second opinion: do past deploys help to predict a series beyond its own past?

Small sums of squares in numpy.

Source: Granger 1969; F tail through the incomplete beta function (continued fraction of Lentz, as in any handbook).
"""

import math

import numpy as np


def granger(series: np.ndarray, events: np.ndarray, lags: int = 6) -> float:
    """p that `events` (counts per step) add nothing to the past of `series`.

    One test of all lags together, no picking of the best. 1.0 where it cannot be said.
    """
    n = len(series)
    rows = n - lags
    if rows <= 3 * lags + 2 or not np.any(events):
        return 1.0
    past = lambda x: np.stack([x[lags - k : n - k] for k in range(1, lags + 1)], axis=1)
    own = np.column_stack([np.ones(rows), past(series)])
    both = np.column_stack([own, past(events.astype("float64"))])
    target = series[lags:]
    small, large = (_rest(x, target) for x in (own, both))
    spare = rows - both.shape[1]
    if spare <= 0 or large <= 1e-12 * max(small, 1e-300):
        return 1.0
    return f_tail((small - large) / lags / (large / spare), lags, spare)


def _rest(x: np.ndarray, y: np.ndarray) -> float:
    fit, *_ = np.linalg.lstsq(x, y, rcond=None)
    return float(((y - x @ fit) ** 2).sum())


def f_tail(f: float, a: int, b: int) -> float:
    """P(F > f) with a and b degrees of freedom.

    >>> round(f_tail(3.3258, 5, 10), 3), f_tail(0.0, 3, 9)
    (0.05, 1.0)
    """
    return 1.0 if f <= 0 else _beta(b / (b + a * f), b / 2, a / 2)


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    return front * _fraction(x, a, b) / a if x < (a + 1) / (a + b + 2) else 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1 / max(abs(1 - (a + b) * x / (a + 1)), tiny) * (1 if 1 - (a + b) * x / (a + 1) >= 0 else -1)
    out = d
    for m in range(1, 300):
        for top in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 + top * d, 1 + top / c
            d, c = 1 / (d if abs(d) > tiny else tiny), c if abs(c) > tiny else tiny
            out *= d * c
        if abs(d * c - 1) < 1e-12:
            break
    return out
