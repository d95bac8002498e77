"""Quiet hours: over midnight too, and never misread."""

import datetime as dt
import doctest

import pytest
from costdna.errors import UsageError
from costdna_companion.watch import hours as module
from costdna_companion.watch.hours import within


def test_the_examples_hold():
    assert doctest.testmod(module).attempted and not doctest.testmod(module).failed


@pytest.mark.parametrize(
    "hours, at, due",
    [
        ("20:00-08:00", "20:00", True),
        ("20:00-08:00", "19:59", False),
        ("20:00-08:00", "00:00", True),
        ("20:00-08:00", "07:59", True),
        ("20:00-08:00", "08:00", False),
        ("12:00-13:30", "12:00", True),
        ("12:00-13:30", "13:30", False),
        (" 9:05 - 9:06 ", "09:05", True),
        ("9:05-9:06", "09:06", False),
    ],
)
def test_a_time_lies_in_the_hours_or_not(hours, at, due):
    assert within(hours, dt.time.fromisoformat(at)) is due


@pytest.mark.parametrize(
    "hours", ["", "night", "20:00", "24:00-08:00", "20:00-08:60", "20-8", "08:00-08:00", "20:00-08:00-09:00"]
)
def test_other_words_are_refused(hours):
    with pytest.raises(UsageError, match="Quiet hours"):
        within(hours, dt.time(1, 0))
