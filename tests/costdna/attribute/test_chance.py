"""The permutation test against all orders written out, and against labels that are only noise."""

from itertools import permutations

import numpy as np

from costdna.attribute.chance import BLUR, beyond_chance


def test_mean_and_spread_are_those_of_all_orders():
    rng = np.random.default_rng(1)
    p, label = rng.dirichlet(np.ones(3), 6), np.array([0, 0, 1, 2, 2, 0])
    score = np.log((1 - BLUR) * p + BLUR / 3)
    every = np.array([score[np.arange(6), label[list(order)]].sum() for order in permutations(range(6))])
    mine = score[np.arange(6), label].sum()
    assert beyond_chance([(p, label)], 6) == round((mine - every.mean()) / every.std(), 3)


def test_noise_stays_near_nought_and_a_signal_does_not():
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 4, 60)
    heard = np.where(np.arange(4) == truth[:, None], 0.55, 0.15)
    parts = np.array_split(np.arange(60), 4)
    by_chance = [beyond_chance([(heard[part], rng.permutation(truth)[part]) for part in parts], 60) for _ in range(200)]
    assert abs(np.mean(by_chance)) < 0.25 and 0.8 < np.std(by_chance) < 1.25 and max(by_chance) < 3.5
    real = [(heard[part], truth[part]) for part in parts]
    assert beyond_chance(real, 60) > 6
    # the same owners asked twice are no further evidence
    assert beyond_chance(real + real, 60) <= beyond_chance(real, 60) + 1e-9


def test_nothing_to_compare():
    assert beyond_chance([], 20) is None
    assert beyond_chance([(np.full((5, 2), 0.5), np.array([0, 1, 0, 1, 1]))], 5) is None
    assert beyond_chance([(np.full((1, 2), 0.5), np.array([0]))], 1) is None
