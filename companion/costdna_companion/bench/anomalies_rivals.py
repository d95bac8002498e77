"""What others would have told of the same series.

The older presets (S1), z > 2 (S3), fixed thresholds, and STL residuals from statsmodels.

Each is given the series at its best: the very series things happened to, one at a time, no totals above them, and the
days a rival flags in a row (with gaps up to a week) counted as one alert. STL sees the whole year at once, later days
included, which no daily run could.
"""

import numpy as np

from costdna.anomalies import mad

OURS = "CostDNA"
Alert = tuple[int, int, int]  # series, first day, last day


def collapse(flags: np.ndarray, begin: int, gap: int = 7) -> list[Alert]:
    """Flagged days of (series, days) bool as alerts: runs with gaps of up to a week are one."""
    out = []
    for s, row in enumerate(flags):
        days = np.flatnonzero(row)
        days = days[days >= begin]
        if len(days):
            cuts = np.flatnonzero(np.diff(days) > gap) + 1
            out += [(s, int(part[0]), int(part[-1])) for part in np.split(days, cuts)]
    return out


def older(cost: np.ndarray, begin: int, window: int = 14) -> list[Alert]:
    """Median/MAD on the last day and Theil–Sen drift over a fortnight, at medium sensitivity, run every day.

    Missing days are not filled.
    """
    flags = np.zeros(cost.shape, dtype=bool)
    for t in range(begin, cost.shape[1]):
        for point in mad(cost[:, t + 1 - window : t + 1], "medium", 1.0, 20.0, cost[:, t + 1 - window : t + 1] > 0):
            flags[point.series, t] = True
    return collapse(flags, begin)


def z_score(cost: np.ndarray, begin: int, window: int = 30, limit: float = 2.0) -> list[Alert]:
    """The day against the mean and deviation of thirty days before, rises only."""
    flags = np.zeros(cost.shape, dtype=bool)
    for t in range(begin, cost.shape[1]):
        past = cost[:, t - window : t]
        deviation = past.std(axis=1)
        flags[:, t] = (deviation > 0) & (cost[:, t] - past.mean(axis=1) > limit * deviation)
    return collapse(flags, begin)


def fixed(cost: np.ndarray, begin: int, share: float = 0.5) -> list[Alert]:
    """More than half as much again as the same day a week before, or less than half of it."""
    flags = np.zeros(cost.shape, dtype=bool)
    before, now = cost[:, begin - 7 : -7], cost[:, begin:]
    flags[:, begin:] = (now > (1 + share) * before) | (now < (1 - share) * before)
    return collapse(flags, begin)


def stl(cost: np.ndarray, begin: int, limit: float = 3.0) -> list[Alert]:
    """Robust STL with a weekly season.

    Residuals beyond three robust deviations, or a trend that moved a fifth within four weeks.
    """
    from statsmodels.tsa.seasonal import STL

    flags = np.zeros(cost.shape, dtype=bool)
    for s, row in enumerate(cost):
        found = STL(row, period=7, robust=True).fit()
        spread = 1.4826 * np.median(np.abs(found.resid - np.median(found.resid)))
        flags[s] = np.abs(found.resid) > limit * max(spread, 1e-9)
        trend = np.maximum(found.trend, 1e-9)
        flags[s, 28:] |= np.abs(trend[28:] / trend[:-28] - 1) > 0.2
    return collapse(flags, begin)


RIVALS = {
    "S1 presets (median/MAD + drift)": older,
    "S3 z > 2": z_score,
    "fixed ±50 % on the week": fixed,
    "statsmodels STL": stl,
}
