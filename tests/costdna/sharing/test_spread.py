"""Whatever the bill and the rules: parts add up to their charge in both costs, and no order of rows changes one."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from moving import day, space
from readings import line, reading

from costdna import money
from costdna.allocate import allocate
from costdna.errors import UsageError
from costdna.ownables import ownables
from costdna.read import assemble
from costdna.sharing import drivers, parse_book, spread
from costdna.sharing.parts import split_all
from costdna.teams import known

MONTH = {"ChargePeriodStart": "2026-10-01T00:00:00Z", "ChargePeriodEnd": "2026-11-01T00:00:00Z", "ResourceId": ""}
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
USAGE = drivers(
    [
        {"date": f"2026-10-{d:02}", "service": "api", "customer": c, "requests": n}
        for d, c, n in ((1, "acme", 7), (1, "bolt", 3), (2, "acme", 1), (4, "zed", 1_000_003))
    ]
)
TEAMS = parse_book(
    {
        "rules": [
            {"name": "core", "where": {"team": "core"}, "method": "even", "to": ["a", "b", "platform"]},
            {"name": "platform", "where": {"team": "platform"}, "method": "proportional", "driver": "BilledCost"},
            {
                "name": "fees",
                "where": {"is": ["tax", "commitment"]},
                "method": "fixed",
                "shares": {"a": 1, "b": 2, "core": 3},
            },
            {"name": "rest", "where": {"is": "unowned"}, "method": "proportional", "driver": "EffectiveCost"},
        ]
    }
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


def allocated(rows):
    """(CHARGES, ALLOCATIONS, splits) of lines, by what they prove."""
    bill = assemble([reading(rows)])
    things = ownables(bill.charges)
    proved = known(bill.charges, things)
    return bill.charges, allocate(bill.charges, proved.ownership, proved.claims), bill.splits


def totals(shares, charges):
    for cost in ("BilledCost", "EffectiveCost"):
        codes = np.searchsorted(np.sort(charges["x_ChargeId"].to_numpy()), shares["x_ChargeId"].to_numpy())
        sums = money.sum_by(shares[cost].to_numpy(), codes, len(charges))
        origin = charges.sort_values("x_ChargeId")[cost].tolist()
        assert [int(s) for s in sums] == [int(o) for o in origin]
    assert (shares.groupby("x_ChargeId")["x_AllocatedRatio"].sum() == 1_000_000).all()


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


@given(
    st.lists(st.integers(-(10**17), 10**17), min_size=1, max_size=6),
    st.lists(st.integers(0, 10**12), min_size=1, max_size=6).filter(any),
)
def test_many_splits_at_once_are_what_one_split_is(units, weights):
    assert [list(map(int, row)) for row in split_all(money.fit(units), weights)] == [
        money.split(u, weights) for u in units
    ]


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


def test_a_chain_of_rules_ends_and_a_circle_is_named():
    run = space(
        [
            day(5, "9", Tags={("resource", "team"): "core"}),
            day(5, "30", ResourceId="i-2", Tags={("resource", "team"): "a"}),
            day(5, "10", ResourceId="i-3", Tags={("resource", "team"): "b"}),
        ]
    ).result
    found = spread(run.charges, run.allocations, TEAMS).shares.groupby("x_Bearer")["BilledCost"].sum()
    # 9 evenly: 3 to a, 3 to b, 3 to platform, which goes on as 30 : 10
    assert found.to_dict() == {"a": 3525, "b": 1375}
    rules = [
        {"name": "1", "where": {"team": "a"}, "method": "even", "to": ["b"]},
        {"name": "2", "where": {"team": "b"}, "method": "even", "to": ["c", "d"]},
        {"name": "3", "where": {"team": "d"}, "method": "even", "to": ["a"]},
    ]
    with pytest.raises(UsageError, match="go round") as caught:
        parse_book(rules, "rules.yaml")
    assert caught.value.found == "a → b → d → a"


@pytest.mark.parametrize(
    "rules, borne",
    [
        ([{"name": "1", "where": {"team": "a"}, "method": "proportional", "driver": "requests"}], {"a": 500, "b": 500}),
        ([{"name": "1", "where": {"team": "a"}, "method": "direct", "by": "tag:team"}], {"a": 1000}),
        ([{"name": "1", "where": {"team": "a"}, "method": "split"}], {"a": 250, "b": 750}),
        (
            [
                {"name": "1", "where": {"team": "a"}, "method": "split"},
                {"name": "2", "where": {"team": "b"}, "method": "proportional", "driver": "requests"},
            ],
            {"a": 625, "b": 375},
        ),
        (
            [
                {"name": "1", "where": {"team": "a"}, "method": "split"},
                {"name": "2", "where": {"team": "a"}, "method": "even", "to": ["c"]},
            ],
            {"b": 750, "c": 250},
        ),
    ],
    ids=["usage", "tag", "pods", "two rules", "then another"],
)
def test_what_the_data_brings_back_to_a_rule_that_has_taken_it_stays(rules, borne):
    pod = {"LineItemType": "Usage", "Operation": "EKSPod-EC2", "SplitParentId": "i-1", "Unblended": "0"}
    rows = [
        day(5, "10", ResourceId="i-1", Tags={("resource", "team"): "a"}),
        *(
            day(5, "0", **pod, ResourceId=f"pod/{t}", SplitCost=c, Tags={("resource", "team"): t})
            for t, c in (("a", "1"), ("b", "3"))
        ),
    ]
    charges, allocations, splits = allocated(rows)
    usage = drivers([{"date": "2026-10-05", "customer": c, "requests": 5} for c in ("a", "b")])
    found = spread(charges, allocations, parse_book(rules), usage, splits)
    totals(found.shares, charges)
    assert {k: v for k, v in found.shares.groupby("x_Bearer")["BilledCost"].sum().items() if v} == borne


def test_fees_and_unowned_money_are_spread_only_by_a_rule_that_says_so():
    rows = [
        day(5, "8", Tags={("resource", "team"): "a"}),
        day(5, "4", ResourceId="i-9"),
        line(**MONTH, LineItemType="Tax", Unblended="2"),
        line(**MONTH, LineItemType="RIFee", Unblended="1"),
        line(
            **MONTH,
            ServiceCode="AWSSupportBusiness",
            ServiceName="AWS Support (Business)",
            LineItemType="Fee",
            Unblended="3",
        ),
    ]
    run = space(rows).result

    def borne(*rules):
        return (
            spread(run.charges, run.allocations, parse_book(list(rules)))
            .shares.groupby("x_Bearer")["BilledCost"]
            .sum()
            .to_dict()
        )

    every = {"name": "all", "where": {"account": "*"}, "method": "direct", "to": "b"}
    assert borne(every) == {"": 1000, "b": 800}
    assert borne({"name": "t", "where": {"is": "tax"}, "method": "direct", "to": "b"}) == {"": 800, "a": 800, "b": 200}
    assert borne(
        every, {"name": "t", "where": {"is": "tax|support|commitment|unowned"}, "method": "direct", "to": "c"}
    ) == {"b": 800, "c": 1000}
    assert borne({"name": "one", "where": {"resource": "i-9"}, "method": "direct", "to": "b"}) == {
        "": 600,
        "a": 800,
        "b": 400,
    }


def test_a_day_without_usage_takes_its_month_and_a_month_without_stays_visible():
    rows = [
        day(1, "10", Tags={("resource", "service"): "api"}),
        day(3, "1000", Tags={("resource", "service"): "api"}),
        day(3, "5", month=11, Tags={("resource", "service"): "api"}),
    ]
    run = space(rows).result
    book = parse_book(
        {
            "for": "customers",
            "rules": [
                {
                    "name": "api",
                    "where": {"tag": "service=api"},
                    "method": "proportional",
                    "driver": "requests",
                    "by": "tag:service",
                }
            ],
        }
    )
    found = spread(run.charges, run.allocations, book, USAGE)
    by = found.shares.groupby(["x_AllocatedMethodDetails", "x_Bearer"])["BilledCost"].sum()
    assert (
        by["requests of api on 2026-10-01", "acme"] == 700
        and by["requests of api in 2026-10 (none on 2026-10-03)", "zed"] == 99999
    )
    assert found.notes == [
        {"rule": "api", "reason": "no requests of api in 2026-11", "charges": 1, "billed": 500, "effective": 500}
    ]
    assert found.shares.loc[found.shares["x_Bearer"] == "", "BilledCost"].sum() == 500


def test_split_cost_allocation_spreads_the_instance_over_its_pods():
    pod = {
        "LineItemType": "Usage",
        "Operation": "EKSPod-EC2",
        "SplitParentId": "i-node",
        "Unblended": "0",
        "PublicOnDemand": "0",
    }
    rows = [
        day(5, "10", ResourceId="i-node"),
        day(6, "7", ResourceId="i-node"),
        day(
            5,
            "0",
            **{**pod, "ResourceId": "pod/a", "SplitCost": "2", "SplitUnused": "1", "Tags": {("resource", "team"): "a"}},
        ),
        day(
            5,
            "0",
            **{**pod, "ResourceId": "pod/b", "SplitCost": "5", "SplitUnused": "2", "Tags": {("resource", "team"): "b"}},
        ),
    ]
    run = space(rows).result
    found = spread(
        run.charges,
        run.allocations,
        parse_book([{"name": "pods", "where": {"resource": "i-node"}, "method": "split"}]),
        splits=run.bill.splits,
    )
    totals(found.shares, run.charges)
    assert found.shares.groupby("x_Bearer")["BilledCost"].sum().to_dict() == {"": 700, "a": 300, "b": 700}
    assert found.notes[0]["reason"] == "no split child on 2026-10-06"


@pytest.mark.parametrize("prefix", ["", "user:", "user_", "resourceTags/", "resourceTags/user:", "resourceTags/user_"])
def test_a_tag_key_is_met_as_every_export_spells_it(prefix):
    run = space(
        [day(5, "4", Tags={("resource", f"{prefix}customer_id"): "acme", ("resource", f"{prefix}environment"): "stg"})]
    )
    for rule, bearer in (
        ({"where": {"tag": "Customer-Id=ac*"}, "by": "tag:customerId"}, "acme"),
        ({"where": {"environment": "staging"}, "to": "x"}, "x"),
    ):
        run.book = parse_book([{"name": "one", "method": "direct", **rule}])
        assert [b["name"] for b in run.share_cost()["bearers"]] == [bearer]
    assert [run.list_trends(by=by)["rows"][0]["label"] for by in ("tag:customer_id", "environment")] == [
        "acme",
        "staging",
    ]


def test_a_driver_that_is_not_there_is_named():
    run = space([day(5, "1")]).result
    with pytest.raises(UsageError, match="driver that is not there"):
        spread(
            run.charges,
            run.allocations,
            parse_book([{"name": "x", "where": {"service": "*"}, "method": "proportional", "driver": "jobs"}]),
            USAGE,
        )
