"""Only inferred owners are counted, and an interval says how little a few labels prove."""

import doctest

import pytest

from costdna import scoring
from costdna.scoring import score, wilson
from runs import run


def test_the_examples_hold():
    assert doctest.testmod(scoring).attempted and doctest.testmod(scoring).failed == 0


def test_proved_owners_and_abstentions_are_not_counted():
    side = run((1, 1, "a", None, ""), (2, 1, "a", 0.9, ""), (3, 1, "b", 0.9, ""), (4, 1, "", 0.2, ""))
    rows = score(side.ownables, side.ownership, {"r1": "b", "r2": "a", "r3": "a", "r4": "a", "r9": "a"})
    assert [(r["team"], r["right"], r["checked"]) for r in rows] == [("", 1, 2), ("a", 1, 2)]


def test_nothing_checked_proves_nothing():
    side = run((1, 1, "a", 0.9, ""))
    assert score(side.ownables, side.ownership, {}) == [
        {"team": "", "right": 0, "checked": 0, "accuracy": 0.0, "low": 0.0, "high": 1.0}
    ]


def test_an_interval_holds_its_share():
    for right, checked in ((0, 5), (5, 5), (3, 7), (500, 1000)):
        low, high = wilson(right, checked)
        assert 0 <= low <= right / checked <= high <= 1


def test_wilson_by_hand():
    """81 of 100: (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n) with z = 1.96 worked out on paper: 0.7222 and
    0.8749; and 0 of 10 has the closed form z²/(n + z²).
    """
    low, high = wilson(81, 100)
    assert (round(low, 4), round(high, 4)) == (0.7222, 0.8749)
    assert wilson(0, 10)[0] == 0 and round(wilson(0, 10)[1], 4) == round(3.8415 / 13.8415, 4)
    assert wilson(19, 100) == pytest.approx((1 - high, 1 - low))
