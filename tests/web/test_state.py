"""Wishes of the page: what each does, and that none can break it."""

import asyncio
import json
import re
from copy import copy

import bills
import pandas as pd
import pytest
from costdna.export import report_html
from costdna.hashing import sign
from costdna.pipeline import Wishes
from costdna.workspace import Workspace
from costdna_web.state import Query, State
from hypothesis import given
from hypothesis import strategies as st
from readings import reading


@pytest.fixture(scope="module")
def space():
    workspace = Workspace([reading(bills.company(teams=4, per_team=8))])
    asyncio.run(workspace.run())
    return workspace


@pytest.fixture
def state(space):
    state = State()
    state.open(space)
    return state


def go(state, wish, **more):
    return state.hear(json.dumps({"go": wish, **more}))


TEAM = [f"team:{sign(f'team{n:02}')}" for n in range(4)]


def test_a_team_keeps_its_address_under_both_metrics(state):
    assert go(state, TEAM[1]) == "screen" and (state.screen, state.item) == ("teams", "team01")
    assert go(state, "metric:effective") == "screen" and state.report.metric == "effective"
    assert go(state, TEAM[1]) == "screen" and state.item == "team01"
    assert go(state, "metric:effective") == ""


def test_an_address_is_of_one_team_whatever_teams_an_answer_adds(space):
    own, state = copy(space), State()
    own.wishes = Wishes()
    state.open(own)
    there = [
        *re.findall(r'data-go="(team:[^"]*)"', str(report_html.teams_table(state.report, state.figures, links=True)))
    ]
    assert len(there) == 4 and all(re.fullmatch(r"team:[a-z0-9-]{1,40}", wish) for wish in there)
    before = [go(state, wish) and state.item for wish in there]
    hostile = "<img src=x onerror=alert(1)>"
    own.answer_all(state.report.resources["x_OwnableId"].to_numpy()[-2:-1], "a first one", "owned", pd.Timestamp(0))
    own.answer_all(state.report.resources["x_OwnableId"].to_numpy()[-1:], hostile, "owned", pd.Timestamp(0))
    own.prove()
    state.open(own)
    assert {"a first one", hostile} < set(state.team_names())
    assert [go(state, wish) and state.item for wish in there] == before
    assert go(state, f"team:{sign(hostile)}") == "screen" and state.item == hostile
    # an address of before, or of a team that is no more: all teams
    assert go(state, "team:1") == "screen" and (state.screen, state.item) == ("teams", "")


def test_one_file_of_two_months_spans_both():
    rows = [
        {**row, "BillingPeriodStart": f"2026-{9 + i % 2:02}-01 00:00:00"}
        for i, row in enumerate(bills.company(teams=2, per_team=3))
    ]
    space = Workspace([reading(rows)])
    space.prove()
    two = State()
    two.open(space)
    assert two.span == (len({row["SubAccountId"] for row in rows}), "Sep – Oct 2026")


def test_both_metrics_are_the_same_owners_in_other_money(state):
    billed = state.report
    go(state, "metric:effective")
    assert state.report is state.report and state.report is not billed
    assert state.report.ledger == billed.ledger and state.report.findings == billed.findings
    assert state.report.resources["x_Team"].tolist() == billed.resources["x_Team"].tolist()


def test_filters_go_back_to_the_first_page(state):
    go(state, "page:3")
    assert go(state, "fill:text", value="node") == "list" and state.query == Query(text="node")
    assert go(state, "fill:team", value=sign("team02")) == "list" and state.query.team == "team02"
    assert go(state, "fill:team", value="99") == "list" and state.query.team == ""
    assert (
        go(state, "unowned:abstained") == "screen"
        and state.query == Query(part="abstained")
        and state.screen == "resources"
    )
    assert go(state, f"theirs:{sign('team00')}") == "screen" and state.query == Query(team="team00")


def test_a_column_pressed_twice_turns_round(state):
    go(state, "sort:service")
    assert (state.query.sort, state.query.down) == ("service", False)
    go(state, "sort:service")
    assert state.query.down
    go(state, "sort:cost")
    assert (state.query.sort, state.query.down) == ("cost", True)


def test_the_reader_s_locale_and_theme(state):
    assert go(state, "hello", theme="dark", separators=[".", ","]) == "screen"
    assert state.theme == "dark" and state.figures.count(1234) == "1.234" and state.figures.decimal == ","
    assert go(state, "hello", theme="dark", separators=[".", ","]) == ""
    assert (
        go(state, "hello", theme="javascript:", separators="no") == "screen"
        and state.theme == "light"
        and state.figures.decimal == ","
    )


def test_the_next_result_of_a_bill_keeps_the_place_another_bill_does_not(state, space):
    go(state, TEAM[1])
    state.open(space)
    assert state.item == "team01"
    other = Workspace([reading(bills.hostile())])
    other.prove()
    state.open(other)
    assert (state.screen, state.item, state.query) == ("teams", "", Query())


WORDS = st.one_of(st.none(), st.text(max_size=20), st.integers(), st.lists(st.text(max_size=3), max_size=3))


@given(
    st.sampled_from(
        [
            "screen",
            "team",
            "teams",
            "resource",
            "unowned",
            "theirs",
            "metric",
            "fill",
            "sort",
            "page",
            "save",
            "hello",
            "report",
            "open",
            "__class__",
        ]
    ),
    st.text(max_size=12),
    WORDS,
)
def test_no_wish_can_break_it(space, kind, item, value):
    state = State()
    state.open(space)
    assert go(state, f"{kind}:{item}", value=value, theme=value, separators=value) in ("", "list", "screen", "save")
    assert state.metric in ("billed", "effective")


def test_what_is_no_wish_changes_nothing(state):
    for text in ("", "x", "[]", "{}", '{"go": 3}', "null", '"go"'):
        assert state.hear(text) == ""
    assert State().hear('{"go": "team:0"}') == ""
