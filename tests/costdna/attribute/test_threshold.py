"""The money threshold on made-up trials with known rates."""

import numpy as np

from costdna.attribute.threshold import EDGE, LEAST, PROMISE_FROM, UNPROMISED, Threshold, at_least, measured, threshold


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


def test_what_the_trials_show_counts_each_owner_once_with_an_honest_lower_bound():
    sure = np.array([0.9] * 40 + [0.9] * 40 + [0.3] * 20)
    wrong = np.array(([0.0] * 38 + [1.0, 1.0]) * 2 + [1.0] * 20)
    node = np.concatenate([np.arange(40), np.arange(40), np.arange(40, 60)])
    got = measured(Threshold(0.8, True, ""), sure, wrong, np.ones(100), node)
    assert got.answers == 40 and got.precision == 0.95 and got.wrong_money == 0.05
    assert got.at_least == round(at_least(38, 40), 6) and 0.84 < got.at_least < 0.86
    nothing = measured(Threshold(0.99, False, ""), sure, wrong, np.ones(100), node)
    assert nothing.answers == 0 and nothing.precision != nothing.precision


def test_the_lower_bound_is_the_exact_one():
    assert abs(at_least(10, 10) - 0.05**0.1) < 1e-9  # all right: p with p^10 = 5 %
    assert at_least(0, 3) == 0.0 and at_least(999, 1000) > 0.99
