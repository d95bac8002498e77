"""The second look: confidence comes to the hit rate, the winner stays, rows sum to one, few trials change little."""

import numpy as np
import pytest

from costdna.attribute.candidates import REGRESSION, View
from costdna.attribute.sureness import RIGHT_CENTRE, fit, signs


def trial(n=800, classes=5, seed=0, claimed=0.97, rate=0.8):
    """A pool that claims ``claimed`` and is right in ``rate``; where regression is sure it is right, else half the
    time.
    """
    rng = np.random.default_rng(seed)
    team = rng.integers(0, classes, n)
    strong = rng.random(n) < rate
    target = np.where(strong | (rng.random(n) < 0.3), team, (team + 1) % classes)
    joint = np.full((n, classes), (0.99 - claimed) / (classes - 1))
    joint[np.arange(n), team] = claimed
    regression = np.full((n, classes), 0.1)
    regression[np.arange(n), team] = np.where(strong, 0.6, 0.2)
    shown = View({}, {REGRESSION: regression}, np.zeros((n, 2)), np.zeros(n), np.arange(1.0, classes + 1))
    return joint, np.full(n, 0.01), signs(joint, shown, shown.known), target


def test_the_doubtful_are_told_from_the_sure_and_the_mean_is_right():
    joint, none, raw, target = trial()
    fitted = fit(joint, none, raw, target, np.ones(len(target)))
    sharp, stranger = fitted.apply(joint, none, raw)
    right = sharp.argmax(1) == target
    assert sharp.max(1).mean() == pytest.approx(right.mean(), abs=0.05)
    assert sharp.max(1)[right].mean() > sharp.max(1)[~right].mean() + 0.3
    np.testing.assert_array_equal(sharp.argmax(1), joint.argmax(1))
    np.testing.assert_allclose(sharp.sum(1) + stranger, 1, atol=1e-6)


def test_humility_lowers_and_never_reorders():
    joint, none, raw, target = trial()
    fitted = fit(joint, none, raw, target, np.ones(len(target)))
    a, b = fitted.apply(joint, none, raw)[0].max(1), fitted.apply(joint, none, raw, humble=0.5)[0].max(1)
    assert (b < a).all() and (np.argsort(-a, kind="stable") == np.argsort(-b, kind="stable")).all()


def test_a_few_trials_hardly_move_it_and_none_is_fine():
    joint, none, raw, target = trial(n=5)
    assert np.abs(fit(joint, none, raw, target, np.ones(5)).right - RIGHT_CENTRE).max() < 0.5
    nothing = fit(joint[:0], none[:0], raw[:0], target[:0], np.ones(0))
    sharp, _ = nothing.apply(joint, none, raw)
    assert np.isfinite(sharp).all() and nothing.apply(joint[:0], none[:0], raw[:0])[0].shape == (0, 5)


def test_strangers_are_learnt():
    joint, none, raw, target = trial()
    lost = np.arange(len(target)) % 2 == 0
    sign = np.where(lost, 0.6, 0.05)
    _, stranger = fit(joint, sign, raw, np.where(lost, -1, target), np.ones(len(target))).apply(joint * 0.4, sign, raw)
    assert stranger[lost].mean() > stranger[~lost].mean() + 0.3
