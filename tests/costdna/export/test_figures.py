"""Numbers are written from exact integers."""

from decimal import ROUND_HALF_EVEN, Decimal

from costdna.export.figures import Figures
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(-(10**30), 10**30), st.integers(0, 18))
def test_an_amount_is_its_decimal_rounded_once(units, scale):
    text = Figures("USD", scale).amount(units)
    due = (
        (Decimal(units) / Decimal(10) ** scale).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        if abs(units) < 10**24
        else None
    )
    if due is not None:
        assert Decimal(text.replace(",", "").replace("\u2212", "-")) == due
    assert text != "\u22120.00"


def test_a_bill_of_three_trillion_rupiah_keeps_every_digit():
    f = Figures("IDR", 11)
    assert f.money(3_000_000_000_001 * 10**11) == "3,000,000,000,001\u202fIDR"
    assert f.exact(1) == "0.00000000001 IDR"


def test_the_reader_s_locale_groups_and_points():
    assert Figures("EUR", 2, "\u202f", ",").money(123456789) == "€1\u202f234\u202f567,89"
    assert Figures("INR", 2).money(-5) == "\u2212₹0.05"
    assert Figures("JPY", 2).money(123450) == "¥1,234"


def test_short_leaves_cents_out_only_where_they_do_not_matter():
    f = Figures("USD", 4)
    assert (f.short(9_999_900), f.short(10_000_000), f.short(-123_456_789)) == ("$999.99", "$1,000", "\u2212$12,346")


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**12))
def test_a_share_is_nothing_or_all_only_when_it_is(part, whole):
    text = Figures().share(part, whole)
    assert (text == "0.0\u202f%") == (part == 0)
    if text == "100.0\u202f%":
        assert part >= whole


def test_a_probability_is_never_certain():
    f = Figures()
    assert (f.percent(1.0), f.percent(0.9996), f.percent(0.0001), f.percent(0)) == (
        "100\u202f%",
        "99\u202f%",
        "< 1\u202f%",
        "0\u202f%",
    )
    assert f.drawn(12.345) == "12.34" and f.drawn(-0.001) == "0.00"
