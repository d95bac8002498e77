from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costdna import money

AMOUNTS = st.decimals(
    min_value=Decimal("-3e12"), max_value=Decimal("3e12"), places=11, allow_nan=False, allow_infinity=False
)


def limbs(value: Decimal) -> tuple[int, int, int]:
    units = int(value.scaleb(18))
    sign, size = (-1 if units < 0 else 1), abs(units)
    return sign * (size // 10**18), sign * (size // 10**9 % 10**9), sign * (size % 10**9)


@given(st.lists(AMOUNTS, max_size=20))
def test_limbs_carry_every_decimal(values):
    parts = np.array([limbs(v) for v in values], dtype="float64").reshape(-1, 3)
    units = money.from_limbs(*parts.T, 11)
    assert [int(u) for u in units] == [int(v.scaleb(11)) for v in values]
    assert money.total(units) == int(sum(values, Decimal(0)).scaleb(11))


@given(AMOUNTS)
def test_text_goes_there_and_back(value):
    units = int(value.scaleb(11))
    assert Decimal(money.to_text(units, 11)) == value
    assert money.parse(money.to_text(units, 11), 11) == units
    assert "E" not in money.to_text(units, 11)


@given(st.integers(-(10**35), 10**35), st.integers(0, 18))
def test_text_of_any_size_goes_there_and_back(units, scale):
    assert money.parse(money.to_text(units, scale), scale) == units


def test_sum_beyond_64_bits_is_exact():
    rupiah = [3 * 10**12 * 10**11] * 5
    units = money.fit(np.array(rupiah, dtype=object))
    assert units.dtype == object
    assert money.total(units) == 15 * 10**23
    assert money.sum_by(units, [0, 1, 0, 1, 0], 2).tolist() == [9 * 10**23, 6 * 10**23]


def test_small_money_stays_in_int64_and_never_in_the_platform_int():
    assert money.fit([1, 2, 3]).dtype == np.dtype("int64")
    assert money.sum_by(np.array([2**31 - 1, 1], dtype="int64"), [0, 0], 1).tolist() == [2**31]


def test_more_decimals_than_the_scale_is_refused():
    with pytest.raises(ValueError, match="more than 2 decimals"):
        money.from_limbs([0.0], [5_000_000.0], [0.0], 2)


def test_negative_zero_is_zero():
    assert money.to_text(-0, 4) == "0"
    assert money.from_limbs([-0.0], [-0.0], [-0.0], 9).tolist() == [0]


@given(st.integers(-(10**24), 10**24), st.lists(st.integers(0, 10**6), min_size=1, max_size=9).filter(sum))
def test_split_loses_nothing_and_is_fair(units, weights):
    parts = money.split(units, weights)
    assert sum(parts) == units
    for part, weight in zip(parts, weights):
        assert abs(part - Decimal(units) * weight / sum(weights)) < 1


def test_split_by_nothing_is_refused():
    with pytest.raises(ValueError, match="not all zero"):
        money.split(5, [0, 0])


def test_a_list_beyond_63_bits_keeps_every_unit():
    """numpy makes unsigned integers of the first and floats of the second."""
    for units in ([9_300_000_000_000_000_001, 1], [9_300_000_000_000_000_001, -1]):
        assert money.fit(units).tolist() == units


@pytest.mark.parametrize("text", ["", "a word", "NaN", "Infinity", "1e999999999", "-1e-999999999"])
def test_what_is_no_amount_is_refused_at_once(text):
    with pytest.raises(ValueError, match="is no amount"):
        money.parse(text, 4)
