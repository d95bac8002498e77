"""Every figure on cases worked out by hand."""

import numpy as np
import pytest

from costdna_companion.bench import metrics

SURE = np.array([0.9, 0.8, 0.7, 0.6])
RIGHT = np.array([True, True, False, True])


def test_aurc_is_the_mean_error_of_the_surest_k():
    assert metrics.aurc(SURE, RIGHT) == pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4)


def test_equal_confidences_cannot_gain_by_their_order():
    flat = np.full(4, 0.5)
    assert metrics.aurc(flat, RIGHT) == pytest.approx(metrics.aurc(flat, RIGHT[::-1])) == pytest.approx(0.25)
    assert metrics.coverage_at(flat, np.array([True, True, True, False])) == 0.0


def test_coverage_is_the_largest_share_at_the_precision():
    assert metrics.coverage_at(SURE, RIGHT, 0.95) == 0.5 and metrics.best_threshold(SURE, RIGHT, 0.95) == 0.8
    assert metrics.coverage_at(SURE, RIGHT, 0.75) == 1.0
    assert metrics.coverage_at(SURE, ~RIGHT, 0.95) == 0.0 and metrics.best_threshold(SURE, ~RIGHT, 0.95) == np.inf


def test_calibration_error_and_its_floor():
    assert metrics.ece(np.full(4, 0.75), RIGHT) == pytest.approx(0)
    assert metrics.ece(np.full(4, 0.95), RIGHT) == pytest.approx(0.2)
    few, _ = metrics.ece_floor(np.full(20, 0.5))
    many, _ = metrics.ece_floor(np.full(20_000, 0.5))
    assert few == pytest.approx(np.sqrt(0.25 / 20 * 2 / np.pi), rel=0.2)  # mean |error| of a coin tossed 20 times
    assert many < few / 10


def test_auroc_counts_ties_half():
    assert metrics.auroc(np.array([3.0, 2.0, 1.0]), np.array([True, False, False])) == 1.0
    assert metrics.auroc(np.array([1.0, 1.0]), np.array([True, False])) == 0.5
    assert np.isnan(metrics.auroc(np.array([1.0]), np.array([True])))


def test_macro_f1_weighs_small_classes_like_large_ones():
    truth, guess = np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0])
    assert metrics.macro_f1(guess, truth) == pytest.approx((2 * 3 / 7 + 0) / 2)


def test_nll_and_reliability():
    assert metrics.nll(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([0, 1])) == pytest.approx(
        (np.log(2) - np.log(1e-6)) / 2
    )
    rows = metrics.reliability(np.array([0.05, 0.95, 0.97]), np.array([False, True, False]))
    assert [(r["rows"], r["held"]) for r in rows] == [(1, 0.0), (2, 0.5)] and rows[1]["claimed"] == pytest.approx(0.96)
