"""Temperature, the none-of-these curve and the money threshold on made-up trials with known rates."""

import numpy as np
import pytest

from costdna.attribute.calibrate import EDGE, LEAST, PROMISE_FROM, UNPROMISED, Calibration, calibrate, threshold


def overconfident(n=2000, classes=4, claimed=0.95, real=0.7, seed=0):
    rng = np.random.default_rng(seed)
    guess = rng.integers(0, classes, n)
    p = np.full((n, classes), (1 - claimed) / (classes - 1))
    p[np.arange(n), guess] = claimed
    target = np.where(rng.random(n) < real, guess, (guess + rng.integers(1, classes, n)) % classes)
    return p, np.full((n, 2), 0.02), target


def test_temperature_brings_confidence_to_the_hit_rate():
    p, unknown, target = overconfident()
    fitted = calibrate(p, unknown, target, np.ones(len(p)))
    assert fitted.temperature > 1.5
    joint, none = fitted.confidence(p, unknown)
    assert joint.max(1).mean() == pytest.approx(0.7, abs=0.05)
    np.testing.assert_allclose(joint.sum(1) + none, 1, atol=1e-6)


def test_a_few_trials_hardly_move_it():
    p, unknown, target = overconfident()
    few = calibrate(p[:6], unknown[:6], target[:6], np.ones(6))
    assert 0.6 < few.temperature < 2.0


def test_none_of_these_is_learnt_from_teams_that_were_not_shown():
    rng = np.random.default_rng(1)
    n = 1000
    stranger = rng.random(n) < 0.4
    sign = np.clip(np.where(stranger, 0.5, 0.2) + rng.normal(0, 0.1, n), 0.01, 0.99)
    p = np.tile([0.6, 0.4], (n, 1))
    target = np.where(stranger, -1, 0)
    _, none = calibrate(p, np.stack([sign, sign], axis=1), target, np.ones(n)).confidence(p, np.stack([sign, sign], axis=1))
    assert none.mean() == pytest.approx(0.4, abs=0.05) and none[stranger].mean() > none[~stranger].mean() + 0.3


def test_an_absent_team_stays_at_nought():
    joint, _ = Calibration(2.0, (1.0, 0.0, 0.0)).confidence(np.array([[1.0, 0.0]]), np.array([[0.1, 0.1]]))
    assert joint[0, 1] == 0


def test_threshold_is_the_lowest_that_keeps_wrong_money_within_budget():
    sure = np.linspace(0.55, 0.999, 400)
    wrong = (sure < 0.8).astype(float) * (np.arange(400) % 2)
    money = np.ones(400)
    limit = threshold(sure, wrong, money, np.array([0.99]), np.array([1.0]), 200, 0.02)
    assert limit.promised and 0.75 < limit.confidence < 0.81
    kept = sure >= limit.confidence
    assert (money * wrong)[kept].sum() / money[kept].sum() <= 0.02
    stricter = threshold(sure, wrong, money, np.array([0.99]), np.array([1.0]), 200, 0.005)
    assert stricter.confidence >= limit.confidence


def test_one_dear_mistake_weighs_more_than_many_cheap_ones():
    sure = np.linspace(0.6, 0.99, 300)
    wrong, money = np.zeros(300), np.ones(300)
    wrong[200], money[200:230] = 1, 20.0
    dear = threshold(sure, wrong, money, np.array([0.99]), np.array([1.0]), 200, 0.02)
    wrong[200], wrong[100] = 0, 1
    cheap = threshold(sure, wrong, money, np.array([0.99]), np.array([1.0]), 200, 0.02)
    assert cheap.confidence < dear.confidence


def test_few_labels_or_bad_trials_promise_nothing():
    sure, right = np.full(100, 0.9), np.zeros(100)
    few = threshold(sure, right, np.ones(100), np.array([0.9]), np.array([1.0]), PROMISE_FROM - 1, 0.02)
    assert not few.promised and few.confidence == UNPROMISED and str(PROMISE_FROM) in few.reason
    bad = threshold(sure, np.ones(100), np.ones(100), np.array([0.9]), np.array([1.0]), 100, 0.02)
    assert not bad.promised and "no confidence" in bad.reason


def test_an_owner_less_likely_than_not_is_never_an_answer():
    sure = np.full(500, 0.3)
    limit = threshold(sure, np.zeros(500), np.ones(500), np.array([0.3]), np.array([1.0]), 500, 0.02)
    assert limit.confidence >= LEAST - EDGE


def test_siblings_that_differ_in_the_last_digits_share_a_level():
    sure = np.full(200, 0.9) + np.tile([0, 1e-8], 100)
    limit = threshold(sure, np.zeros(200), np.ones(200), np.array([0.99]), np.array([1.0]), 200, 0.02)
    assert limit.promised and (sure >= limit.confidence).all()
