"""Days in exact units: what is spread adds up, months equal their bill, order changes nothing."""

import asyncio

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from moving import day, space
from readings import line

from costdna import money
from costdna.errors import UsageError
from costdna.trends import DIMENSIONS, facts, labels, parse, trend

MONTH = {"ChargePeriodStart": "2026-10-01T00:00:00Z", "ChargePeriodEnd": "2026-11-01T00:00:00Z", "ResourceId": ""}


def test_a_monthly_fee_lies_on_its_days_and_adds_up_to_the_unit():
    made, _ = space([day(5, "1"), line(**MONTH, LineItemType="Fee", Unblended="-10.01")]).facts()
    fee = ~made.regular
    assert fee.sum() == 31 and money.total(made.cost[fee]) == -1001
    assert sorted(set(made.cost[fee].tolist())) == [-33, -32]


def test_a_charge_over_a_year_stays_inside_its_billing_period():
    long = line(**{**MONTH, "ChargePeriodEnd": "2027-10-01T00:00:00Z"}, LineItemType="Fee", Unblended="12")
    made, known = space([day(5, "1"), long]).facts()
    months = trend(made, known, "total", "month")
    assert months["total"]["values"] == [1300] and len(months["periods"]) == 1


@given(
    st.lists(
        st.tuples(
            st.integers(1, 28),
            st.integers(-(10**6), 10**6),
            st.sampled_from(["i-1", "i-2", ""]),
            st.sampled_from(["Usage", "Credit", "Tax", "Fee"]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.randoms(),
)
@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_every_grid_adds_up_to_the_bill_in_any_order(entries, shuffle):
    rows = [
        day(
            d,
            f"{c}e-3",
            ResourceId=r,
            LineItemType=kind,
            **({} if kind == "Usage" else {"ChargePeriodEnd": "2026-11-01T00:00:00Z"}),
        )
        for d, c, r, kind in entries
    ]
    one = space(rows)
    mixed = list(rows)
    shuffle.shuffle(mixed)
    other = space(mixed)
    for by in ("service", "resource", "team", "service+account"):
        for grain in ("day", "week", "month"):
            found = one.list_trends(by, grain, 2)
            assert found == other.list_trends(by, grain, 2)
            made, known = one.facts()
            units = trend(made, known, by, grain, 2)
            assert (
                sum(units["total"]["values"])
                == one.report.net
                == sum(r["total"] for r in units["rows"]) + (units["rest"]["total"] if units["rest"] else 0)
            )


def test_three_currencies_are_never_added():
    rows = [
        day(5, "5"),
        day(5, "6", ResourceId="i-2"),
        day(5, "900", BillingCurrency="EUR"),
        day(5, "70000", BillingCurrency="JPY"),
    ]
    assert space(rows).list_trends("total", "day")["total"]["total"] == "11"
    assert space(rows, currency="JPY").list_trends("total", "day")["total"]["total"] == "70000"
    run = space(rows).result
    with pytest.raises(UsageError, match="several currencies"):
        facts(run.bill.charges, run.allocations, "BilledCost", run.bill.scale, "USD", "billed")


def test_labels_cover_every_dimension_and_codes_do_not_depend_on_order():
    tags = {("resource", "user:Environment"): "Production", ("resource", "team"): "search"}
    made, _ = space([day(5, "1", Tags=tags), day(6, "2", ResourceId="i-2")]).facts()
    for by in (*DIMENSIONS, "tag:team", "environment+service"):
        codes, texts = labels(made, by)
        assert codes.dtype == np.dtype("int64") and set(codes) == set(range(len(texts)))
    assert labels(made, "environment")[1] == ["", "prod"] and labels(made, "tag:team")[1] == ["", "search"]
    with pytest.raises(UsageError):
        labels(made, "colour")


def test_a_partial_month_is_marked_and_not_compared():
    rows = [day(d, "1") for d in range(1, 32)] + [day(d, "1", month=11) for d in range(1, 8)]
    found = space(rows).list_trends("total", "month")
    assert [p["partial"] for p in found["periods"]] == [False, True] and found["total"]["changes"] == [None, None]
    assert [p["known_days"] for p in found["periods"]] == [31, 7]
    days = space(rows).list_trends("total", "day")
    assert days["total"]["changes"][1:] == ["0"] * 37


def test_effective_money_is_counted_by_itself():
    made = space([day(5, "1")])
    asyncio.run(made.run())
    assert made.list_trends("total", metric="effective")["metric"] == "effective"
    with pytest.raises(UsageError):
        made.list_trends("total", metric="list")


def test_periods_are_half_open():
    assert parse("2026-02").days == 28 and parse("2026-10-01/2026-10-03").days == 2
    for wrong in ("2026-13", "2026-10-05/2026-10-05", "October", "2026-W60"):
        with pytest.raises(UsageError):
            parse(wrong)
