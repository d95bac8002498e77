"""The scan on series made for it: what must be told, what must not, and when."""

import numpy as np
import pytest

from costdna.anomalies import Settings, scan
from costdna.anomalies.baseline import months_before
from costdna.anomalies.drift import drift
from costdna.anomalies.tail import common, discoveries, likelihoods, surprise, survival
from costdna.errors import UsageError

DAYS = np.arange("2026-01-05", "2026-06-24", dtype="datetime64[D]")
N = len(DAYS)


def flat(size=8, noise=0.02, seed=1):
    return 100.0 * (1 + noise * np.random.default_rng(seed).standard_normal((size, N)))


def told(cost, **more):
    return [(e.kind, e.series, e.found) for e in scan(cost, DAYS, Settings(), 60, **more)]


def test_flat_weekly_and_month_start_series_stay_silent():
    cost = flat()
    weekend = (DAYS.astype("int64") + 3) % 7 >= 5
    cost[2:4, weekend] *= 0.3
    cost[4, weekend] = 0.0
    first = DAYS.astype("datetime64[M]").astype("datetime64[D]") == DAYS
    cost[5, first] *= 3.0
    assert told(cost) == []


def test_a_bill_of_one_month_knows_its_weekends_by_the_third():
    weekend = (DAYS.astype("int64") + 3) % 7 >= 5
    cost = flat()
    cost[:6, weekend] *= np.array([0.2, 0.4, 0.6, 0.8, 1.5, 0.0])[:, None]
    cost[3, 8] *= 1.8  # odd in the fortnight that is learned from: no drop a week later
    cost[7, 21] *= 1.5
    for begin in range(0, 7):  # whatever weekday a month begins with
        found = scan(cost[:, begin : begin + 31], DAYS[begin : begin + 31], Settings(), 14)
        assert [(e.kind, e.series, e.found + begin) for e in found] == [("spike", 7, 21)], begin


def test_a_spike_a_stop_and_a_step_are_told_on_their_first_day():
    cost = flat()
    cost[0, 100] *= 1.5
    cost[1, 110:125] = 0.0
    cost[2, 120:] *= 1.6
    assert told(cost) == [("spike", 0, 100), ("stopped", 1, 110), ("step", 2, 120)]


def test_a_slow_ramp_is_one_ramp_and_a_return_is_no_second_alert():
    cost = flat()
    cost[3, 90:130] *= 1 + 0.6 * np.arange(1, 41) / 40
    cost[3, 130:] *= 1.6
    cost[4, 100:110] *= 2.0
    found = scan(cost, DAYS, Settings(), 60)
    assert sorted((e.kind, e.series) for e in found) == [("ramp", 3), ("spike", 4)]
    ramp = next(e for e in found if e.kind == "ramp")
    assert 90 <= ramp.found <= 130 and ramp.ongoing


def test_small_change_below_per_cent_or_floor_is_not_told():
    cost = flat(noise=0.002)
    cost[0, 100:] *= 1.05
    cost[1] *= 0.001
    cost[1, 100] *= 5
    assert told(cost, floor=1.0) == []


def test_something_new_is_told_once():
    cost = flat()
    cost[6, :90] = 0.0
    assert told(cost) == [("new", 6, 90)]


def test_the_order_of_series_changes_nothing():
    cost = flat()
    cost[0, 100] *= 2
    cost[1, 110:] *= 1.5
    back = scan(cost[::-1], DAYS, Settings(), 60)
    assert sorted((e.kind, 7 - e.series, e.found, e.p) for e in back) == sorted(
        (e.kind, e.series, e.found, e.p) for e in scan(cost, DAYS, Settings(), 60)
    )


def test_step_and_ramp_are_told_apart_with_an_interval():
    noise = 0.02 * np.random.default_rng(3).standard_normal(28)
    ramp = drift(np.log(np.linspace(1, 1.5, 28)) + noise)
    step = drift(np.where(np.arange(28) < 15, 0.0, 0.4) + noise)
    assert ramp.step < 0 and ramp.low <= ramp.slope <= ramp.high and ramp.low > 0
    assert step.step == 15 and abs(step.change - np.expm1(0.4)) < 0.1


def test_false_discoveries_are_counted_over_all_series():
    p = np.concatenate([[0.0001], np.linspace(0.05, 1, 99)])
    assert discoveries(p, 0.05).sum() == 1 and discoveries(p[1:], 0.05).sum() == 0
    assert float(survival(np.array([4.0]), 40)[0]) < float(survival(np.array([4.0]), 3)[0])


def test_a_month_that_lacks_the_day_has_no_such_day_before():
    days = np.arange("2026-01-01", "2026-04-01", dtype="datetime64[D]")
    assert [str(days[i]) for i in months_before(days, 88)] == ["2026-01-30"]


def test_unknown_sensitivity():
    with pytest.raises(UsageError):
        Settings.of("extreme")


def test_a_part_with_another_week_stops_and_returns_as_one_event():
    rng = np.random.default_rng(3)
    weekend = (DAYS.astype("int64") + 3) % 7 >= 5
    rests, works = (100 * (1 + 0.02 * rng.standard_normal(N)) for _ in range(2))
    rests[weekend] *= 0.1
    for start in (99, 103):  # a Tuesday, and a Saturday on which the part that stops hardly shows
        part = rests.copy()
        part[start:131] = 0.0  # back on a weekend
        cost = flat()
        cost[0] = part + works
        found = [e for e in scan(cost, DAYS, Settings(), 60) if e.series == 0]
        assert len(found) == 1 and found[0].sign < 0 and found[0].found <= start + 2 and not found[0].ongoing, (
            start,
            found,
        )


def test_a_level_known_from_before_is_no_news():
    cost = flat()
    cost[0, 100:121] *= 0.83  # too little to tell, and so is the way back, though it is 20.5 % of the lower level
    assert told(cost) == []


def test_what_all_series_show_of_their_tails_one_of_them_need_not():
    def seen(draws):
        return np.stack([likelihoods(row, np.full(len(row), np.median(np.abs(row)))).sum(axis=0) for row in draws])

    rng = np.random.default_rng(4)
    calm, wild = (np.exp(common(seen(d))) for d in (rng.standard_normal((24, 90)), rng.standard_t(4, (24, 90))))
    assert np.isclose(calm.sum(), 1)
    assert calm[-1] > 0.6
    assert wild[0] > 0.5
    assert np.allclose(np.exp(common(np.zeros((0, 4)))).sum(), 1)
    middle, none = np.array([0.67]), np.zeros((1, 4))
    assert (
        surprise(np.array([5.0]), middle, none, np.log(calm))[0]
        < surprise(np.array([5.0]), middle, none, np.log(wild))[0] / 10
    )
