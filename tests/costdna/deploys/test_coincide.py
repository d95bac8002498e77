"""Deploys that raise cost are found beside those that do not, at their lag; where nothing happens nothing is found; the
correction holds.
"""

import numpy as np

from costdna.deploys import coincide, granger


def world(effect, seed=1, lag=2, width=28 * 24):
    rng = np.random.default_rng(seed)
    cost = 10 + rng.normal(0, 0.5, (3, width)) + 3 * (np.arange(width) % 24 > 8)
    events = {
        "search": rng.choice(np.arange(20, width - 20), 12, replace=False),
        "payments": rng.choice(np.arange(20, width - 20), 12, replace=False),
        "once": np.array([50]),
    }
    cost[1, events["search"] + lag] += effect
    return cost, events


def test_the_right_team_series_and_lag_come_first():
    cost, events = world(4.0)
    found = coincide(cost, ["a", "b", "c"], events, season=168, draws=199)
    best = found[0]
    assert (best.team, best.series, best.lag, best.p) == ("search", "b", 2, 1 / 200) and abs(best.effect - 4) < 0.6
    assert all(c.p > 0.05 for c in found if c.series != "b") and "once" not in {c.team for c in found}


def test_where_nothing_follows_nothing_is_found_and_the_correction_is_wider():
    hits = 0
    for seed in range(20):
        cost, events = world(0.0, seed, width=14 * 24)
        found = coincide(cost, ["a", "b", "c"], events, season=24, draws=99)
        hits += found[0].p <= 0.05
        assert all(c.alone <= c.p for c in found)
    assert hits <= 4


def test_deploys_every_morning_do_not_explain_the_morning():
    width = 28 * 24
    cost = (10 + 5.0 * (np.arange(width) % 24 == 9) + np.random.default_rng(3).normal(0, 0.1, width))[None]
    mornings = np.arange(9, width, 24)
    assert coincide(cost, ["a"], {"search": mornings[::2]}, season=24, draws=99)[0].p > 0.05


def test_the_same_input_gives_the_same_answer():
    cost, events = world(1.0)
    assert coincide(cost, ["a", "b", "c"], events, season=24, draws=99) == coincide(
        cost, ["a", "b", "c"], dict(reversed(events.items())), season=24, draws=99
    )


def test_granger_is_a_second_opinion():
    cost, events = world(4.0)
    counts = np.bincount(events["search"], minlength=cost.shape[1])
    assert granger(cost[1], counts) < 1e-6 and granger(cost[0], counts) > 0.001
    assert granger(cost[0], counts * 0) == 1.0 and granger(cost[0][:10], counts[:10]) == 1.0
