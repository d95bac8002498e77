"""A seasonal forecast by daily totals: level, weekday, the first of the month, a damped slope.

Its interval comes from its own past errors.

Method: the median level of four weeks, weekday factors by medians of up to eight, a Theil–Sen slope damped by 0.98 a
day. The interval is measured, not assumed: the same forecast is made from every week of the past that has enough
history, and the errors of its sums over the same horizon are its quantiles; where fewer than five such weeks exist,
daily errors are resampled by a fixed seed.
"""

from dataclasses import dataclass

import numpy as np

LEAST = 21
DAMPED = 0.98


@dataclass(frozen=True)
class Forecast:
    """expected, low, high: (horizon,) float64 per day. total, total_low, total_high: of the whole horizon. tried:
    forecasts of the past the interval stands on.
    """

    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    total: float
    total_low: float
    total_high: float
    tried: int


def forecast(cost: np.ndarray, days: np.ndarray, horizon: int, level: float = 0.8) -> Forecast | None:
    """The next `horizon` days of one daily series. cost (n,) float64, days (n,) datetime64[D] without gaps.

    None where three weeks are not there.
    """
    n = len(cost)
    if n < LEAST or horizon < 1:
        return None
    ahead = _ahead(cost, days, horizon)
    daily, sums = [], []
    # in the fourth week the only past there is: the last week from the two before it
    for cut in range(n - 7, min(LEAST, n - 7) - 1, -7):
        size = min(horizon, n - cut)
        made = _ahead(cost[:cut], days[:cut], size)
        scale = max(float(np.median(np.abs(cost[:cut][-28:]))), 1e-12)
        daily += ((cost[cut : cut + size] - made) / scale).tolist()
        if size == horizon:
            sums.append(float((cost[cut : cut + size] - made).sum()) / (scale * horizon))
    scale = max(float(np.median(np.abs(cost[-28:]))), 1e-12)
    errors = np.array(daily)
    edge = (1 - level) / 2
    low, high = np.quantile(errors, edge), np.quantile(errors, 1 - edge)
    if len(sums) >= 5:
        spread = np.array(sums)
    else:  # errors of neighbouring days resemble each other: whole weeks are drawn
        rng = np.random.default_rng(7)
        block = max(1, min(7, len(errors)))
        starts = rng.integers(0, max(1, len(errors) - block + 1), (400, -(-horizon // block)))
        spread = np.array([np.concatenate([errors[s : s + block] for s in row])[:horizon].mean() for row in starts])
    total = float(ahead.sum())
    around = float(np.quantile(spread, edge)), float(np.quantile(spread, 1 - edge))
    least = 0.0 if cost.min() >= 0 else -np.inf
    return Forecast(
        ahead,
        np.maximum(np.minimum(ahead, ahead + low * scale), least),
        np.maximum(ahead, ahead + high * scale),
        total,
        max(total + min(around[0], 0.0) * scale * horizon, least),
        total + max(around[1], 0.0) * scale * horizon,
        len(sums),
    )


def _ahead(cost: np.ndarray, days: np.ndarray, horizon: int) -> np.ndarray:
    """Expected cost of the days after a series."""
    n = len(cost)
    weeks = min(8, n // 7)
    past = cost[n - 7 * weeks :].reshape(weeks, 7)
    middle = np.median(past, axis=1, keepdims=True)
    factors = np.median(np.where(middle != 0, past / np.where(middle == 0, 1, middle), 1.0), axis=0)
    flat = (past / np.where(np.abs(factors) < 1e-6, 1.0, factors)).ravel()[-28:]
    i, j = np.triu_indices(len(flat), 1)
    slope = float(np.median((flat[j] - flat[i]) / (j - i)))
    noise = 1.4826 * float(np.median(np.abs(flat - np.median(flat))))
    if abs(slope) * len(flat) < 1.5 * noise:  # what noise alone would give is no slope
        slope = 0.0
    level = float(np.median(flat - slope * (np.arange(len(flat)) - (len(flat) - 1))))
    before, now = flat[:-7], float(np.median(flat[-7:]))
    if abs(now - np.median(before)) > 4 * 1.4826 * float(np.median(np.abs(before - np.median(before)))) + 1e-12:
        level, slope = now, 0.0  # a step is no slope: what holds for a week goes on
    step = np.cumsum(DAMPED ** np.arange(1, horizon + 1))
    out = (level + slope * step) * factors[np.arange(horizon) % 7]
    out = out * _month_start(cost, days, horizon)
    return np.maximum(out, 0.0) if cost.min() >= 0 else out


def _month_start(cost: np.ndarray, days: np.ndarray, horizon: int) -> np.ndarray:
    """What first days of a month did to the fortnight around them, where at least two of them agree to a fifth."""
    out = np.ones(horizon)
    firsts = np.flatnonzero(days.astype("datetime64[M]").astype("datetime64[D]") == days)
    ratios = []
    for at in firsts:
        near = np.concatenate([cost[max(0, at - 7) : at], cost[at + 1 : at + 8]])
        if len(near) >= 7 and np.median(near) > 0:
            ratios.append(cost[at] / float(np.median(near)))
    if len(ratios) >= 2 and min(ratios) > 1.2 and max(ratios) < 1.5 * min(ratios):
        coming = days[-1] + np.arange(1, horizon + 1)
        out[coming.astype("datetime64[M]").astype("datetime64[D]") == coming] = float(np.median(ratios))
    return out
