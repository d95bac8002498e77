"""Which rule takes what: the first that fits, then the one whose team a part has come to, each only once."""

import pytest
from moving import day, space
from readings import line
from shares import MONTH, TEAMS, allocated, totals

from costdna.errors import UsageError
from costdna.sharing import drivers, parse_book, spread


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
