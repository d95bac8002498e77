"""Two runs are compared resource by resource: nothing that differs is missed, nothing that agrees is shown."""

import pytest
from costdna.drift import drift, fell_below
from runs import run


OLD = run(
    (1, 10, "a", None, ""),
    (2, 20, "a", 0.95, "e"),
    (3, 30, "a", 0.8, "e"),
    (4, 40, "a", 0.6, "e"),
    (5, 50, "a", 0.95, "e"),
    (6, 60, "a", 0.95, "e"),
)
NEW = run(
    (1, 10, "b", None, ""),
    (2, 21, "b", 0.92, "f"),
    (3, 31, "b", 0.9, "e"),
    (4, 41, "b", 0.99, "e"),
    (5, 51, "a", 0.65, "e"),
    (7, 70, "c", 0.9, "e"),
)


def test_what_differs_is_shown_most_certain_first_then_dearest():
    found = drift(OLD, NEW)
    assert found[["x_OwnableId", "x_Kind", "x_Severity"]].values.tolist() == [
        [2, "owner", "major"],
        [1, "owner", "major"],
        [7, "new", "minor"],
        [6, "gone", "minor"],
        [3, "owner", "minor"],
        [4, "owner", "uncertain"],
    ]
    assert found["BilledCost"].tolist() == [21, 10, 70, 60, 31, 41]


def test_the_cause_is_named():
    causes = dict(zip(drift(OLD, NEW)["x_OwnableId"], drift(OLD, NEW)["x_Reason"]))
    assert causes == {
        1: "its tag says so now",
        2: "other evidence",
        3: "other owners around it",
        4: "other owners around it",
        6: "left the bill",
        7: "came into the bill",
    }
    other = run((2, 20, "b", 0.92, "e"), model="m2")
    assert drift(run((2, 20, "a", 0.95, "e")), other)["x_Reason"].tolist() == ["another model"]
    assert drift(run((2, 20, "a", 0.95, "e")), run((2, 20, "b", None, "")))["x_Reason"].tolist() == [
        "now stands on tag, before on inferred"
    ]


def test_a_run_and_itself_agree():
    assert drift(OLD, OLD).empty and fell_below(OLD, OLD) == []


def test_a_resource_nobody_owned_before_is_not_new():
    silent = run((2, 20, "a", 0.95, "e"))
    silent.ownership.drop(silent.ownership.index, inplace=True)
    found = drift(silent, run((2, 20, "a", None, "")))
    assert found[["x_Kind", "x_OldTeam", "x_NewTeam"]].values.tolist() == [["owner", "(abstained)", "a"]]


def test_a_falling_probability_is_a_first_sign():
    assert fell_below(OLD, NEW) == [5]


@pytest.mark.parametrize("empty", ["old", "new"])
def test_an_empty_side(empty):
    none = run()
    found = drift(none, NEW) if empty == "old" else drift(OLD, none)
    assert set(found["x_Kind"]) == {"new" if empty == "old" else "gone"} and len(found) == 6


def test_another_spelling_of_a_team_is_no_change_of_hands():
    before = run((1, 10, "Data Platform", None, ""), (2, 20, "abstained", None, ""))
    after = run((1, 10, "data-platform", None, ""), (2, 20, "", None, ""))
    found = drift(before, after)
    assert found[["x_OwnableId", "x_OldTeam", "x_NewTeam"]].values.tolist() == [[2, "abstained", "(abstained)"]]
    assert fell_below(run((1, 10, "Data Platform", 0.8, "")), run((1, 10, "data-platform", 0.6, ""))) == [1]


def test_money_at_a_fine_scale_is_beyond_64_bits():
    """Saved runs are compared at 18 places: 9.3 units of a currency are no int64 any more, and lie where numpy would
    think of unsigned ones.
    """
    found = drift(run((1, 1, "a", None, "")), run((1, 9_300_000_000_000_000_000, "b", None, "")))
    assert found["BilledCost"].tolist() == [9_300_000_000_000_000_000] and found["BilledCost"].dtype == object
