"""What a correction would do and what it did, told in money that adds up."""

import asyncio
import dataclasses

import bills
import numpy as np
import pandas as pd
import pytest
from readings import reading

from costdna.corrections import by_pattern, effect, merged, scopes, would
from costdna.teams import parse_rules
from costdna.workspace import Workspace

AT = pd.Timestamp("2026-10-06")


@pytest.fixture(scope="module")
def space():
    made = Workspace([reading(bills.company(teams=4, per_team=10))])
    asyncio.run(made.run())
    return made


def row(space, name):
    return space.report.resources.set_index("ResourceName").loc[name]


def test_a_group_is_offered_without_what_its_own_tags_already_say(space):
    open_ = int(row(space, "team01-node-0")["x_OwnableId"])
    alone, *groups = scopes(space.result, open_)
    assert alone.ids.tolist() == [open_]
    stack = next(s for s in groups if s.key == "stack:team01-stack")
    assert len(stack.ids) == 3 and stack.firm == 7  # three untagged, seven tagged and left alone
    rows = space.report.resources.set_index("x_OwnableId").loc[stack.ids]
    assert stack.cost == int(rows["BilledCost"].sum()) and not rows["x_Basis"].eq("tag").any()


def test_the_money_that_would_move_is_the_money_that_moves(space):
    found = by_pattern(space.result, "name", "team02-node-*")
    before = space.report
    moves = would(before.resources, found.ids, "elsewhere", "owned")
    assert sum(moves.values()) == found.cost and set(moves) <= {"team02", "(abstained)"}
    kept = space.result, space.wishes.answers
    space.answer_all(found.ids, "elsewhere", "owned", AT)
    asyncio.run(space.follow())
    done = effect(before, space.report)
    mine = done.rows[done.rows["x_OwnableId"].isin(found.ids)]
    assert set(mine["now"]) == {"elsewhere"} and int(mine["cost"].sum()) == found.cost
    assert done.after == space.report.coverage["billed"]["after"] and done.moved >= found.cost
    space.result, space.wishes.answers = kept


def test_a_rule_is_shown_before_it_is_applied_and_then_does_that(space):
    wishes = dataclasses.replace(
        space.wishes, rules=parse_rules([{"name": "team03-node-*", "team": "night", "override": True}])
    )
    before = space.report
    shown = space.preview(wishes)
    assert space.report is before and set(shown.rows["now"]) == {"night"} and len(shown.rows) == 10
    kept = space.result, space.wishes
    asyncio.run(space.rule(wishes))
    done = effect(before, space.report)
    mine = done.rows[done.rows["x_OwnableId"].isin(shown.rows["x_OwnableId"])]
    assert mine.equals(shown.rows) or np.array_equal(mine["now"], shown.rows["now"])
    space.result, space.wishes = kept


def test_merging_a_team_moves_all_it_owns(space):
    wishes = dataclasses.replace(space.wishes, aliases=merged({}, "team00", "team01"))
    shown = space.preview(wishes)
    owned = space.report.resources.query("x_Team == 'team00' and x_Basis == 'tag'")
    assert set(shown.rows["now"]) == {"team01"} and set(owned["x_OwnableId"]) <= set(shown.rows["x_OwnableId"])


def test_nothing_changed_is_no_effect(space):
    assert effect(space.report, space.report).rows.empty and effect(space.report, space.report).moved == 0
