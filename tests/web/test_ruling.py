"""Rules and names on the page: nothing holds before its effect was shown and somebody said so."""

import asyncio
import json

import bills
import panel as pn
import pytest
from costdna.hashing import sign
from costdna.workspace import Workspace
from costdna_web.frame import Frame
from costdna_web.ruling import misspelt
from readings import line, reading


@pytest.fixture
def frame():
    workspace = Workspace([reading(bills.company(teams=4, per_team=12))])
    asyncio.run(workspace.run())
    made = Frame()
    made.show(workspace)

    def ruled(wishes):
        before = workspace.report
        asyncio.run(workspace.rule(wishes))
        made.moved(before)

    made.ruled = ruled
    return made


def go(frame, wish, **more):
    go.count += 1
    frame.door.value = json.dumps({"go": wish, "n": go.count, **more})
    return "".join(p.object for p in frame.root.select(pn.pane.HTML))


go.count = 0


def test_a_team_is_merged_only_after_its_effect_was_shown(frame):
    go(frame, "screen:names-and-rules")
    assert "Choose a team" in go(frame, "rule:merge") and "type the name" in go(frame, "rule:merge")
    go(frame, "fill:merge", value=sign("team00"))
    words = go(frame, "rule:merge", value="team01")
    assert "would change owner" in words and "team00" in frame.state.team_names()
    go(frame, "rule:cancel")
    assert "Let it hold" not in go(frame, "rule:apply") and "team00" in frame.state.team_names()
    go(frame, "fill:merge", value=sign("team00"))
    go(frame, "rule:merge", value="team01")
    words = go(frame, "rule:apply")
    assert "team00" not in frame.state.team_names() and "changed owner" in words and "Counted as" in words
    go(frame, "rule:unname-0")
    go(frame, "rule:apply")
    assert "team00" in frame.state.team_names() and frame.state.workspace.wishes.aliases == {}


def test_a_rule_is_written_tried_held_and_taken_away(frame):
    go(frame, "screen:names-and-rules")
    assert "Type a pattern" in go(frame, "rule:add")
    go(frame, "fill:field", value="tag")
    go(frame, "fill:pattern", value="nokey")
    assert "needs key=pattern" in go(frame, "rule:add", value="night")
    go(frame, "fill:field", value="name")
    go(frame, "fill:pattern", value="team03-*")
    go(frame, "fill:override", value="1")
    words = go(frame, "rule:add", value="night")
    assert "12 resources" in words and "night" not in frame.state.team_names()
    go(frame, "rule:apply")
    assert "night" in frame.state.team_names() and len(frame.state.workspace.wishes.rules) == 1
    go(frame, "rule:remove-0")
    go(frame, "rule:apply")
    assert "night" not in frame.state.team_names() and frame.state.workspace.wishes.rules is None


def test_rules_change_places_and_the_first_that_matches_wins(frame):
    go(frame, "screen:names-and-rules")
    for team in ("day", "night"):
        go(frame, "fill:pattern", value="team03-*")
        go(frame, "fill:override", value="1")
        go(frame, "rule:add", value=team)
        go(frame, "rule:apply")
    assert "day" in frame.state.team_names() and "night" not in frame.state.team_names()
    assert "would change owner" in go(frame, "rule:up-1")
    go(frame, "rule:apply")
    assert (
        frame.state.workspace.wishes.rules["x_Team"].tolist() == ["night", "day"]
        and "night" in frame.state.team_names()
    )
    go(frame, "rule:up-0")
    assert frame.state.ruling.proposed is None


def test_names_one_slip_apart_are_offered_and_joined_only_when_asked():
    workspace = Workspace(
        [
            reading(
                [
                    line(
                        ResourceId=f"i-{i}",
                        Unblended="10",
                        Tags={("resource", "team"): "Checkout" if i else "Chekcout"},
                    )
                    for i in range(30)
                ]
            )
        ]
    )
    asyncio.run(workspace.run())
    made = Frame()
    made.show(workspace)
    made.ruled = lambda wishes: asyncio.run(workspace.rule(wishes))
    assert "Chekcout" in go(made, "screen:names-and-rules") and misspelt(workspace.report) == [("Chekcout", "Checkout")]
    assert "would change owner" in go(made, "rule:join-0") and made.state.workspace.wishes.aliases == {}
    go(made, "rule:apply")
    assert workspace.wishes.aliases == {"Chekcout": "Checkout"} and misspelt(workspace.report) == []
