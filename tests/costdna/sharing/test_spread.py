"""Whatever the bill and the rules: parts add up to their charge in both costs, and no order of rows changes one."""

from decimal import Decimal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from moving import day, space
from readings import line
from shares import MONTH, TEAMS, USAGE, allocated, totals

from costdna.errors import UsageError
from costdna.sharing import parse_book, spread

AMOUNT = st.one_of(
    st.decimals("-3e6", "3e6", places=6), st.decimals("-1", "1", places=9), st.just(Decimal(0)), st.just(Decimal("3e9"))
)
KIND = st.sampled_from(["Usage", "Credit", "Tax", "RIFee", "Refund"])
LINE = st.builds(
    lambda d, u, rid, team, customer, kind: line(
        **(
            {"ChargePeriodStart": f"2026-10-{d:02}T00:00:00Z", "ChargePeriodEnd": f"2026-10-{d:02}T01:00:00Z"}
            if kind == "Usage"
            else MONTH
        ),
        Unblended=f"{u:f}",
        ReservationEffective=f"{u / 2:f}",
        LineItemType=kind,
        **({"ResourceId": rid} if kind == "Usage" else {}),
        Tags={("resource", k): v for k, v in (("team", team), ("customer", customer)) if v},
    ),
    st.integers(1, 4),
    AMOUNT,
    st.sampled_from(["i-1", "i-2", "i-3", ""]),
    st.sampled_from(["", "a", "b", "platform", "core"]),
    st.sampled_from(["", "acme", "bolt"]),
    KIND,
)
CUSTOMERS = parse_book(
    {
        "for": "customers",
        "rules": [
            {"name": "dedicated", "where": {"tag": "customer=*"}, "method": "direct", "by": "tag:customer"},
            {"name": "tax", "where": {"is": "tax"}, "method": "even"},
            {
                "name": "shared",
                "where": {"service": "*"},
                "method": "proportional",
                "driver": "requests",
                "service": "api",
            },
        ],
    }
)


@given(st.lists(LINE, min_size=1, max_size=10), st.randoms())
@settings(max_examples=15, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_parts_add_up_to_every_charge_and_order_changes_nothing(rows, shuffle):
    mixed = list(rows)
    shuffle.shuffle(mixed)
    here, there = allocated(rows), allocated(mixed)
    for book in (TEAMS, CUSTOMERS):
        one, two = (spread(charges, allocations, book, USAGE, splits) for charges, allocations, splits in (here, there))
        totals(one.shares, here[0])
        # a charge's id holds the hash of its file, which another order of rows changes: the rest is the same
        same = [sorted(map(str, s.shares.drop(columns="x_ChargeId").values.tolist())) for s in (one, two)]
        assert same[0] == same[1] and one.notes == two.notes and one.moved == two.moved


@pytest.mark.parametrize("book", [TEAMS, CUSTOMERS], ids=["teams", "customers"])
def test_three_currencies_are_refused_and_each_alone_is_shared(book):
    rows = [
        line(ResourceId="i-1", Unblended="10", BillingCurrency=c, Tags={("resource", "team"): "core"})
        for c in ("USD", "EUR", "JPY")
    ]
    charges, allocations, splits = allocated(rows)
    with pytest.raises(UsageError) as caught:
        spread(charges, allocations, book, USAGE, splits)
    assert caught.value.code == "currency" and caught.value.found == "EUR, JPY, USD"
    for currency in ("USD", "EUR", "JPY"):
        alone = space(rows, currency=currency)
        alone.book, alone.usage = book, USAGE
        assert alone.share_cost()["total"] == "10" and alone.share_cost()["currency"] == currency


def test_a_driver_that_is_not_there_is_named():
    run = space([day(5, "1")]).result
    with pytest.raises(UsageError, match="driver that is not there"):
        spread(
            run.charges,
            run.allocations,
            parse_book([{"name": "x", "where": {"service": "*"}, "method": "proportional", "driver": "jobs"}]),
            USAGE,
        )
