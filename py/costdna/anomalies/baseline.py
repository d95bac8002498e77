"""What a day should have cost, from the days before it alone: a robust level, the weekday, the day of the month.

Legend: S series, t the day that is judged, judged by whole weeks before it, at most eight. Deviations are of (cost +
c), c 2 % of the level.
"""

from dataclasses import dataclass

import numpy as np

WEEKS, LEVEL = 8, 3  # weeks of shape, weeks of level
SMALLEST = 0.01  # nothing is steadier than 1 %


@dataclass
class Baseline:
    """What each series should cost on a day.

    Per series: expected cost (S,), spread of the weeks before (S,) as median absolute deviation, weekday factors (S, 7)
    from day t on, steady (S,) bool.

    either (S,): where two weeks are all there is, the share by which this weekday's two costs lie off their middle;
    which of them was odd, nobody knows yet.
    """

    expected: np.ndarray
    middle: np.ndarray
    factors: np.ndarray
    steady: np.ndarray
    level: np.ndarray
    either: np.ndarray


def baseline(clean: np.ndarray, t: int, season: int = 7) -> Baseline:
    """The baseline of day t from clean[:, :t], t ≥ 14. clean: cost with known oddities taken out, (S, days) float64.
    season: days of a week.
    """
    weeks = min(WEEKS, t // season)
    past = clean[:, t - season * weeks : t].reshape(len(clean), weeks, season)
    factors, shaped = _weekday(past)
    flat = (past / factors[:, None, :]).reshape(len(clean), -1)
    level = np.median(flat[:, -LEVEL * season :], axis=1)
    steady = (past[:, -4:].reshape(len(clean), -1) > 0).mean(axis=1) >= 0.6
    steady |= shaped & (level > 0)
    expected = np.maximum(level * factors[:, 0], 0.0)
    spread = deviation(past, level[:, None, None] * factors[:, None, :], level[:, None, None])
    middle = np.median(np.abs(spread.reshape(len(clean), -1)), axis=1)
    either = (
        np.exp(np.abs(np.log((past[:, 0, 0] + offset(level)) / (past[:, 1, 0] + offset(level)))) / 2)
        if weeks == 2
        else np.ones(len(clean))
    )
    return Baseline(expected, np.maximum(middle, SMALLEST * 0.6745), factors, steady, level, either)


def offset(level: np.ndarray) -> np.ndarray:
    """What is added before a ratio is taken, so that nothing is infinitely far from anything."""
    return 0.02 * np.maximum(level, 0) + 1e-9


def deviation(cost: np.ndarray, expected: np.ndarray, level: np.ndarray) -> np.ndarray:
    """How far a cost is from the expected: 2·(√ratio − 1), between a difference and a log.

    About the share it is off by; −2 for nothing at all.
    """
    c = offset(level)
    return 2 * np.sqrt((np.maximum(cost, 0) + c) / (np.maximum(expected, 0) + c)) - 2


def _weekday(past: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Factors (S, 7) of the seven slots and whether they are more than noise (S,) bool.

    Shrunk towards 1 by what noise alone would give.
    """
    series, weeks, season = past.shape
    middle = np.median(past, axis=2, keepdims=True)
    c = 0.02 * np.maximum(np.abs(middle), past.max(axis=2, keepdims=True) * 0.2) + 1e-9
    ratio = np.log((np.maximum(past, 0) + c) / (np.maximum(middle, 0) + c))
    factor = np.median(ratio, axis=1)
    rest = ratio - factor[:, None, :]
    if weeks == 2:  # two are their own mean: what is left of them is half of what they differ by
        rest = rest * np.sqrt(2.0)
    noise = (1.4826 * np.median(np.abs(rest.reshape(series, -1)), axis=1)) ** 2 * 1.57 / weeks + 1e-6
    between = factor.var(axis=1)
    # twice: seven slots are few to tell a pattern from noise
    keep = np.maximum(0.0, 1 - 2.0 * noise / np.maximum(between, 1e-12))
    out = np.exp(factor * keep[:, None])
    # What was added before the ratio is taken off again: after Saturdays of nothing, nothing is expected.
    added = np.median((c / np.maximum(middle, 1e-9))[:, :, 0], axis=1)[:, None]
    out = np.where((middle[:, :, 0] > 0).all(axis=1)[:, None], out + added * (out - 1), out)
    return np.clip(out, 1e-6, 1e3), keep > 0.5


def months_before(days: np.ndarray, t: int) -> list[int]:
    """Positions of the same day of up to three months before, or of their last day where t is a last day. days:
    datetime64[D], without gaps.

    >>> days = np.arange("2026-01-01", "2026-06-01", dtype="datetime64[D]")
    >>> [str(days[i]) for i in months_before(days, 150)]
    ['2026-04-30', '2026-03-31', '2026-02-28']
    """
    day = days[t]
    month = day.astype("datetime64[M]")
    number = int((day - month.astype("datetime64[D]")).astype("int64"))
    last = (day + np.timedelta64(1, "D")).astype("datetime64[M]") != month
    out = []
    for k in (1, 2, 3):
        first = (month - k).astype("datetime64[D]")
        end = (month - k + 1).astype("datetime64[D]")
        then = end - np.timedelta64(1, "D") if last else first + np.timedelta64(number, "D")
        at = int((then - days[0]).astype("int64"))
        if then < end and at >= 0:
            out.append(at)
    return out
