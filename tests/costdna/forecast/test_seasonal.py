"""A forecast that knows weekdays and slopes, with an interval that its own past stands behind."""

import numpy as np
import pytest
from moving import day, space

from costdna.errors import UsageError
from costdna.forecast import forecast

DAYS = np.arange("2026-01-05", "2026-05-25", dtype="datetime64[D]")


def series(seed=1, noise=0.03, slope=0.0):
    rng = np.random.default_rng(seed)
    n = len(DAYS)
    weekend = np.where((DAYS.astype("int64") + 3) % 7 >= 5, 0.4, 1.0)
    return (100 + slope * np.arange(n)) * weekend * (1 + noise * rng.standard_normal(n))


def test_weekdays_are_forecast_and_the_sum_is_close():
    made = forecast(series(), DAYS, 14)
    truth = 100 * np.where((np.arange(14) + 3 + DAYS[-1].astype("int64") + 1) % 7 >= 5, 0.4, 1.0)
    assert np.abs(made.expected / truth - 1).max() < 0.1 and abs(made.total / truth.sum() - 1) < 0.05
    assert made.total_low <= made.total <= made.total_high and made.tried >= 5


def test_a_slope_goes_on_damped():
    made = forecast(series(slope=1.0), DAYS, 14)
    assert made.total > forecast(series(slope=0.0), DAYS, 14).total * 2


def test_the_interval_holds_what_it_promises():
    inside = 0
    for seed in range(40):
        cost = series(seed, 0.1)
        made = forecast(cost[:-14], DAYS[:-14], 14)
        inside += made.total_low <= cost[-14:].sum() <= made.total_high
    assert 26 <= inside <= 40


def test_too_little_history_is_no_forecast():
    assert forecast(series()[:20], DAYS[:20], 7) is None and forecast(series(), DAYS, 0) is None


@pytest.mark.parametrize("n", range(21, 36))
def test_from_three_weeks_on_there_is_a_forecast_whatever_the_day(n):
    made = forecast(series()[:n], DAYS[:n], 9)
    assert len(made.expected) == 9
    assert made.total_low <= made.total <= made.total_high
    assert made.total_low < made.total_high


@pytest.mark.parametrize(
    "ask",
    [dict(days=0), dict(level=95), dict(level=0.0), dict(level=float("nan"))],
    ids=["no day", "per cent", "nothing", "no number"],
)
def test_what_is_no_forecast_is_said(ask):
    with pytest.raises(UsageError, match="no forecast"):
        space([day(1, "1")]).forecast(**ask)
    with pytest.raises(UsageError, match="no test"):
        space([day(1, "1")]).list_coincidences(draws=0)
