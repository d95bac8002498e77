"""A month held against its budget: what was spent, where it is heading, how sure that is."""

import pytest
from moving import day, space

from costdna.budgets import parse_budgets
from costdna.errors import UsageError


def found(rows, *budgets):
    out = space(rows)
    out.budgets = tuple(parse_budgets(list(budgets)))
    return out.list_budgets()["budgets"]


def test_a_steady_month_ends_where_it_is_heading():
    rows = [day(d, "10", month=9, Tags={("resource", "team"): "a"}) for d in range(1, 31)] + [
        day(d, "10", Tags={("resource", "team"): "a"}) for d in range(1, 16)
    ]
    (one,) = found(rows, {"team": "a", "monthly": 320})
    assert (
        one["month"],
        one["days_known"],
        one["days"],
        one["spent"],
        one["forecast"],
        one["low"],
        one["high"],
        one["verdict"],
    ) == ("2026-10", 15, 31, "150", "310", "310", "310", "within")
    assert found(rows, {"team": "a", "monthly": 300})[0]["verdict"] == "will go over"
    assert found(rows, {"team": "a", "monthly": 149})[0]["verdict"] == "over"


def test_weekends_are_expected_and_noise_gives_an_interval():
    week = lambda month, d: (d + (3 if month == 10 else 1)) % 7 in (6, 0)
    rows = [
        day(d, "1" if week(m, d) else str(10 + d % 3), month=m)
        for m, last in ((9, 30), (10, 15))
        for d in range(1, last + 1)
    ]
    (one,) = found(rows, {"total": "yes", "monthly": 250})
    assert float(one["low"]) < float(one["forecast"]) < float(one["high"])
    assert 200 < float(one["forecast"]) < 280
    assert one["verdict"] == "may go over"


def test_few_days_give_no_interval_and_a_stranger_no_money():
    one, other = found(
        [day(d, "10") for d in range(1, 6)], {"total": "yes", "monthly": 1000}, {"team": "nobody", "monthly": 5}
    )
    assert one["low"] is None and one["forecast"] == "310" and other["seen"] is False and other["spent"] == "0"
    # in the fourth week of the only month there is
    (one,) = found([day(d, "10") for d in range(1, 25)], {"total": "yes", "monthly": 1000})
    assert (one["low"], one["forecast"], one["high"]) == ("310", "310", "310")


@pytest.mark.parametrize(
    "row", [{"monthly": 5}, {"team": "a"}, {"team": "a", "monthly": 0}, {"team": "a", "monthly": "lots"}]
)
def test_a_wrong_budget_is_named(row):
    with pytest.raises(UsageError) as caught:
        parse_budgets([row], "budgets.yaml")
    assert caught.value.where == "budgets.yaml, row 1"
