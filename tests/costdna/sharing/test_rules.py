"""A rule file says what is wrong with it, and where."""

import pytest

from costdna.errors import UsageError
from costdna.sharing import drivers, parse_book

GOOD = {"name": "x", "where": {"service": "Amazon*"}, "method": "even"}


@pytest.mark.parametrize(
    "change, found",
    [
        ({"metod": "even"}, "metod (did you mean method?)"),
        ({"where": {"servce": "x"}}, "servce (did you mean service?)"),
        ({"method": "evenly"}, "evenly (did you mean even?)"),
        ({"where": {}}, "x"),
        ({"where": {"is": "taxes"}}, "is: taxes (did you mean tax?)"),
        ({"method": "fixed", "shares": {"a": "60%", "b": "30%"}}, "90 %"),
        ({"method": "fixed", "shares": {"a": "-1"}}, "a: -1"),
        ({"method": "proportional"}, "no driver"),
        ({"method": "direct"}, "neither to nor by"),
        ({"method": "direct", "by": "colour"}, "colour"),
        ({"where": {"tag": "=x"}}, "=x"),
        ({"where": {"team": "a"}, "to": ["a"]}, "a → a"),
    ],
)
def test_a_wrong_rule_is_named_with_what_was_found(change, found):
    with pytest.raises(UsageError) as caught:
        parse_book([{"name": "first", "where": {"service": "s"}, "method": "even"}, {**GOOD, **change}], "rules.yaml")
    assert caught.value.found == found and caught.value.where == "rules.yaml, rule 2 (x)"


def test_yaml_and_csv_say_the_same():
    rich = parse_book(
        {
            "for": "teams",
            "rules": [
                {
                    "name": "db",
                    "where": {"service": ["A", "B"], "tag": "app=db*"},
                    "method": "fixed",
                    "shares": {"a": 60, "b": 40},
                }
            ],
        }
    )
    flat = parse_book(
        [
            {
                "name": "db",
                "service": "A|B",
                "tag": "app=db*",
                "method": "fixed",
                "shares": "a=60|b=40",
                "to": "",
                "driver": None,
            }
        ]
    )
    assert rich == flat and rich.rules[0].words() == "by fixed shares"


@pytest.mark.parametrize(
    "content",
    [
        [],
        None,
        {"rules": []},
        {"for": "planets", "rules": [GOOD]},
        {"ruls": [GOOD]},
        [GOOD, GOOD],
        ["x"],
        {"rules": "x"},
    ],
)
def test_what_is_no_rule_file_is_refused(content):
    with pytest.raises(UsageError):
        parse_book(content)


def test_usage_is_read_wide_and_long_and_adds_up():
    wide = drivers(
        [
            {"date": "2026-10-01", "service": "api", "customer": "acme", "requests": "7", "jobs": "2"},
            {"date": "2026-10-01", "service": "api", "customer": "acme", "requests": "0.5", "jobs": ""},
        ]
    )
    assert wide[["x_Driver", "x_Quantity"]].values.tolist() == [["jobs", 2_000_000], ["requests", 7_500_000]]
    long = drivers([{"day": "2026-10-01", "customer_id": "acme", "quantity": "7", "driver": "requests"}])
    assert long["x_Driver"].tolist() == ["requests"] and drivers([]).empty


@pytest.mark.parametrize(
    "row, where",
    [
        ({"date": "soon", "customer": "a", "requests": "1"}, "line 2"),
        ({"date": "2026-10-01", "customer": "", "requests": "1"}, "line 2"),
        ({"date": "2026-10-01", "customer": "a", "requests": "many"}, "line 2"),
        ({"date": "2026-10-01", "customer": "a", "requests": "-1"}, "line 2"),
        ({"date": "2026-10-01", "requests": "1"}, "usage file"),
        ({"date": "2026-10-01", "customer": "a"}, "usage file"),
    ],
)
def test_a_wrong_usage_line_is_named(row, where):
    with pytest.raises(UsageError) as caught:
        drivers([row])
    assert where in caught.value.where
