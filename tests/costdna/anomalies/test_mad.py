"""The older presets, by their formulas."""

import numpy as np

from costdna.anomalies import mad


def test_points_and_drifts_follow_their_formulas():
    row = np.array([10, 11, 9, 10, 12, 8, 10, 20.0])
    point = mad(row[None])[0]
    assert (point.kind, point.severity, round(point.score, 4)) == ("spike", "critical", round(0.6745 * 10 / 1, 4))
    up = mad(np.arange(10.0, 24.0)[None])
    assert up[-1].kind == "drift_up" and round(up[-1].score, 4) == round(100 * 14 / 16.5, 4)


def test_a_flat_history_gives_ten_and_small_costs_nothing():
    assert mad(np.array([[5.0, 5, 5, 5, 8]]))[0].score == 10.0
    assert mad(np.array([[5.0, 5, 5, 5, 5.5]])) == [] and mad(np.array([[0.1, 0.1, 0.1, 0.9]])) == []


def test_what_it_never_saw_is_kept_that_way():
    cost = np.array([[500.0] * 13 + [0.0]])
    assert mad(cost) == [] and mad(cost, seen=cost > 0) == []
