"""The pool: believes the method that was right, knows strangers, stays put on few trials, and needs no order of teams."""

import numpy as np
import pytest

from costdna.attribute.candidates import BAYES, MODEL, MODEL_PLAIN, REGRESSION, SPREAD, View
from costdna.attribute.pool import Trial, centre, fit

NAMES = (MODEL, MODEL_PLAIN, REGRESSION, SPREAD, BAYES)


def trial(n=600, classes=4, right=REGRESSION, rate=0.7, strangers=0.0, seed=0, names=NAMES, claimed=0.95):
    """``right`` names the truth in ``rate`` of the rows, claiming ``claimed`` each time; the others guess as loudly."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, n)
    parts = {}
    for name in names:
        guess = (
            np.where(rng.random(n) < rate, truth, rng.integers(0, classes, n))
            if name == right
            else rng.integers(0, classes, n)
        )
        parts[name] = np.full((n, classes), (1 - claimed) / (classes - 1))
        parts[name][np.arange(n), guess] = claimed
    stranger = rng.random(n) < strangers
    sign = np.clip(np.where(stranger, 0.6, 0.2) + rng.normal(0, 0.1, n), 0.01, 0.99)
    shown = View({}, parts, np.stack([sign, sign], axis=1), np.full(n, 0.1), np.ones(classes, dtype=bool))
    return Trial(shown, np.zeros((n, classes)), np.where(stranger, -1, truth), np.ones(n))


def test_the_method_that_was_right_gains_weight_and_confidence_comes_to_the_hit_rate():
    one = trial()
    pool = fit([one], NAMES)
    weights = dict(zip(NAMES, pool.weights, strict=False))
    assert weights[REGRESSION] == max(weights.values()) and weights[MODEL] < 0.15
    joint, none = pool.confidence(one.view, one.affinity)
    hit = joint.argmax(1) == one.target
    assert hit.mean() > 0.7 and joint.max(1).mean() == pytest.approx(hit.mean(), abs=0.05)
    np.testing.assert_allclose(joint.sum(1) + none, 1, atol=1e-6)


def test_a_few_trials_hardly_move_it():
    few = trial(n=6)
    np.testing.assert_allclose(fit([few], NAMES).weights, centre(NAMES).weights, atol=0.2)
    empty = fit([], NAMES)
    np.testing.assert_allclose(empty.weights, centre(NAMES).weights)


def test_none_of_these_is_learnt_from_teams_that_were_not_shown():
    one = trial(strangers=0.4, n=1000)
    _, none = fit([one], NAMES).confidence(one.view, one.affinity)
    stranger = one.target < 0
    assert none.mean() == pytest.approx(stranger.mean(), abs=0.05)
    assert none[stranger].mean() > none[~stranger].mean() + 0.3


def test_a_team_that_is_not_shown_gets_nothing():
    one = trial(n=50)
    hidden = View({}, one.view.parts, one.view.unknown, one.view.close, np.array([True, True, True, False]))
    joint, _ = centre(NAMES).confidence(hidden, one.affinity)
    assert (joint[:, 3] == 0).all()


def test_team_names_count_where_they_told_the_truth():
    one = trial(n=300, right="nobody")
    told = one.affinity.copy()
    told[np.arange(300), one.target] = 1.0
    with_names = Trial(one.view, told, one.target, one.weight)
    pool = fit([with_names], NAMES)
    assert pool.weights[-1] > 3 > 1.5
    joint, _ = pool.confidence(one.view, told)
    assert (joint.argmax(1) == one.target).mean() > 0.9


def test_order_of_teams_does_not_matter():
    one = trial(n=200, strangers=0.2)
    turn = np.array([2, 0, 3, 1])
    turned_view = View(
        {}, {k: v[:, turn] for k, v in one.view.parts.items()}, one.view.unknown, one.view.close, one.view.present[turn]
    )
    place = np.append(np.argsort(turn), -1)
    turned = Trial(turned_view, one.affinity[:, turn], place[one.target], one.weight)
    a, b = fit([one], NAMES), fit([turned], NAMES)
    np.testing.assert_allclose(a.weights, b.weights, atol=1e-6)
    np.testing.assert_allclose(
        a.confidence(one.view, one.affinity)[0][:, turn], b.confidence(turned_view, turned.affinity)[0], atol=1e-6
    )


def test_without_a_model_the_simple_methods_share():
    pool = centre((REGRESSION, SPREAD, BAYES))
    assert pool.weights.tolist() == [0.5, 0.5, 0.0, 1.5]
    assert centre((BAYES,)).weights[0] == 1.0


def test_a_step_too_far_is_taken_back():
    """Rows everybody is certain of make full Newton steps overshoot: the fit must still end below where it began."""
    rng = np.random.default_rng(16)
    classes, n = 30, 60
    target = rng.integers(0, classes, n)
    wrong = rng.random(n) < 0.5
    said = np.where(wrong, rng.integers(0, classes, n), target)
    sure = np.full((n, classes), 1e-6)
    sure[np.arange(n), said] = 1.0
    view = View({}, dict.fromkeys(NAMES, sure), np.full((n, 2), 1e-4), np.zeros(n), np.ones(classes))
    one = Trial(view, np.zeros((n, classes)), np.where(rng.random(n) < 0.1, -1, target), np.full(n, 4.0))

    def loss(pool):
        joint, none = pool.confidence(view, one.affinity)
        p = np.where(one.target >= 0, joint[np.arange(n), one.target], none)
        return -np.log(np.maximum(p, 1e-9)).sum()

    fitted = fit([one], NAMES)
    assert loss(fitted) < 0.9 * loss(centre(NAMES)) and np.abs(fitted.weights).max() < 3
