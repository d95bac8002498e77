"""Two windows on one bill: whatever is said in either holds in both, the later word where they differ, and can be left
out again.
"""

import json
from copy import copy
from dataclasses import replace

import bills
import numpy as np
import pandas as pd
import panel as pn
import pytest
from costdna import session_file
from costdna.hashing import sign
from costdna.pipeline import Wishes
from costdna.workspace import Workspace
from costdna_web import bridge, meeting
from costdna_web.frame import Frame, said_so_far
from hypothesis import given
from hypothesis import strategies as st
from readings import reading


class Window(Frame):
    """One window: a Frame whose consequences are worked out at once, and a store that swaps as the browser's does."""

    store = ""

    def __init__(self, proved: Workspace) -> None:
        super().__init__()
        space = copy(proved)
        space.wishes = Wishes()
        self.show(space)
        self.known = ""
        self.answered = space.prove
        self.ruled = self.rule
        self.state.correcting.now = self.now

    def rule(self, wishes) -> None:
        space = self.state.workspace
        space.wishes = replace(space.wishes, rules=wishes.rules, aliases=wishes.aliases)
        space.prove()

    def now(self):
        Window.seconds += 1
        return pd.Timestamp("2026-10-31 12:00:00") + pd.Timedelta(seconds=Window.seconds)

    def say(self, owner: int, team: str) -> None:
        space = self.state.workspace
        ids, verdict = np.array([owner]), "owned" if team else ""
        self.state.correcting.record(space, ids, team, verdict, "billed", owner)
        self.answered()

    def keep(self) -> None:
        """Keep over what is known; where another window has kept something since, take that up first."""
        while Window.store != self.known and Window.store != said_so_far(self.state):
            theirs = Window.store
            self.meet(self.state.met + 1, self.known, theirs, "Said in another tab")
            self.known = theirs
        Window.store = self.known = said_so_far(self.state)

    def team(self, owner: int) -> str:
        row = self.state.row(owner)
        return row["x_Team"] if row["x_Basis"] == "human" else ""

    @property
    def words(self) -> str:
        return "".join(p.object for p in self.root.select(pn.pane.HTML))


@pytest.fixture(scope="module")
def proved():
    space = Workspace([reading(bills.company(teams=2, per_team=3, untagged=2))])
    space.prove()
    return space


@pytest.fixture
def two(proved):
    Window.store, Window.seconds = "", 0
    return Window(proved), Window(proved)


def open_of(window) -> list[int]:
    rows = window.state.report.resources
    return rows.loc[~rows["x_IsSynthetic"], "x_OwnableId"].tolist()


def test_answers_of_both_windows_are_kept_and_hold_in_both(two):
    one, other = two
    a, b, c, *_ = open_of(one)
    one.say(a, "ours")
    one.keep()
    other.say(b, "theirs")
    other.keep()
    assert {r["team"] for r in json.loads(Window.store)["answers"]} == {"ours", "theirs"}
    assert (other.team(a), other.team(b)) == ("ours", "theirs")
    assert "Said in another tab: 1 answer. It holds here too" in other.words
    one.say(c, "ours")
    one.keep()
    assert [one.team(i) for i in (a, b, c)] == ["ours", "theirs", "ours"]
    assert session_file.from_text(Window.store).wishes.answers["x_Team"].tolist() == ["ours", "theirs", "ours"]


def test_the_later_word_holds_and_taking_back_an_earlier_one_leaves_it_alone(two):
    one, other = two
    a, b, *_ = open_of(one)
    one.say(a, "first")
    other.say(a, "second")
    other.keep()
    one.say(b, "first")
    one.keep()
    assert one.team(a) == "second" and "About 1 resource both said something else: the later word holds." in one.words
    one.state.correcting.undo(one.state.workspace)
    assert not one.state.correcting.undo(one.state.workspace)
    one.answered()
    assert (one.team(a), one.team(b)) == ("second", "")


def test_an_answer_taken_back_in_one_window_is_taken_back_in_the_other(two):
    one, other = two
    a, *_ = open_of(one)
    one.say(a, "ours")
    one.keep()
    other.keep()
    assert other.team(a) == "ours"
    one.say(a, "")
    one.keep()
    other.keep()
    assert other.team(a) == "" == one.team(a)


def test_what_came_can_be_left_out_and_what_was_said_since_stays(two):
    one, other = two
    a, b, c, *_ = open_of(one)
    other.say(a, "theirs")
    other.say(b, "theirs")
    other.state.workspace.wishes.aliases = {"team00": "Platform"}
    other.keep()
    one.say(b, "ours")
    one.keep()
    assert one.team(a) == "theirs" and one.state.workspace.wishes.aliases == {"team00": "Platform"}
    one.say(c, "ours")
    one.state.hear(json.dumps({"go": "meeting:out"}))
    one.met()
    assert [one.team(i) for i in (a, b, c)] == ["", "ours", "ours"]
    assert one.state.workspace.wishes.aliases == {} and "meeting:out" not in one.words
    one.keep()
    other.keep()
    assert [other.team(i) for i in (a, b, c)] == ["", "ours", "ours"]


def test_where_both_changed_the_same_name_either_word_can_be_had(two):
    one, other = two
    other.state.workspace.wishes.aliases = {"team00": "Platform", "team01": "Shop"}
    other.keep()
    one.state.workspace.wishes.aliases = {"team00": "Core"}
    one.keep()
    assert one.state.workspace.wishes.aliases == {"team00": "Core", "team01": "Shop"}
    assert "Both changed the name of “team00”: here, what was said here holds." in one.words
    one.state.hear(json.dumps({"go": "meeting:theirs"}))
    one.met()
    assert one.state.workspace.wishes.aliases == {"team00": "Platform", "team01": "Shop"}


def test_a_proposal_made_before_rules_came_from_another_window_is_not_applied_over_them(two):
    one, other = two
    go = lambda wish, **more: one.hear(json.dumps({"go": wish, **more}))
    go("screen:names-and-rules")
    go("fill:merge", value=sign("team00"))
    go("rule:merge", value="Platform")
    assert "Let it hold" in one.words
    other.state.workspace.wishes.aliases = {"team01": "Shop"}
    other.keep()
    one.keep()
    go("rule:apply")
    assert one.state.workspace.wishes.aliases == {"team01": "Shop"} and "from another window" in one.words


def test_names_from_another_window_do_nothing_as_markup(two):
    one, other = two
    other.state.workspace.wishes.aliases = {"<img src=x onerror=alert(1)>": "a"}
    other.keep()
    one.state.workspace.wishes.aliases = {"<img src=x onerror=alert(1)>": "b"}
    one.keep()
    assert "<img" not in one.words and "&lt;img src=x" in one.words


def test_a_window_that_said_nothing_is_told_once_and_says_nothing_of_its_own(two):
    one, other = two
    a, *_ = open_of(one)
    one.say(a, "ours")
    one.keep()
    bridge.sent.clear()
    other.meet(1, "", Window.store, "Said in another tab")
    assert [m for m in bridge.sent if m["type"] == "session"] == [{"type": "session", "text": Window.store, "met": 1}]
    other.state.meeting = None
    other.meet(2, Window.store, Window.store, "Said in another tab")
    assert other.state.meeting is None and other.team(a) == "ours"


def test_what_is_no_session_is_not_taken_up(proved):
    from costdna_web.app import App

    app = App()
    app.frame = Window(proved)
    bridge.sent.clear()
    app.meet(1, "", '{"kind": "something else"}', "Said in another tab")
    assert [m["type"] for m in bridge.sent] == ["note"] and "was left as it is" in bridge.sent[0]["text"]
    assert app.frame.state.met == 0


def content(answers=(), rules=(), aliases=None):
    rows = [
        {"ownable": o, "team": t, "verdict": "owned", "at": f"2026-10-31T12:{at // 60:02}:{at % 60:02}Z"}
        for o, t, at in answers
    ]
    return json.dumps({"answers": rows, "rules": list(rules), "aliases": aliases or {}})


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("pq"), st.booleans()), max_size=12),
    st.integers(0, 12),
)
def test_the_same_words_hold_as_if_all_had_been_said_in_one_window(said, apart):
    """Up to `apart` both windows agree; from there on each word is said in one of them, in turns."""
    log = [(o, t, at) for at, (o, t, _) in enumerate(said)]
    mine = [w for w, (_, _, here) in zip(log, said) if here or w[2] < apart]
    theirs = [w for w, (_, _, here) in zip(log, said) if not here or w[2] < apart]
    met = meeting.meet(content(log[:apart]), content(mine), content(theirs))
    assert met.content["answers"] == json.loads(content(log))["answers"]
    again = meeting.meet(content(theirs), met.text, content(theirs))
    assert again.content["answers"] == met.content["answers"] and not again.told


RULES = st.lists(st.sampled_from("abcd"), unique=True, max_size=4)


@given(RULES, RULES, RULES)
def test_a_rule_is_lost_only_where_somebody_took_it_away(old, mine, theirs):
    found = meeting.meet(content(rules=old), content(rules=mine), content(rules=theirs)).content["rules"]
    assert set(found) == (set(mine) & set(theirs)) | (set(mine) - set(old)) | (set(theirs) - set(old))
    assert len(found) == len(set(found))
    if theirs == old:
        assert found == mine
