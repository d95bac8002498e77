"""Answers through the page: by number, letter, word and group; taken back; the next question at once; what follows,
shown.
"""

import asyncio
import json
import re

import bills
import panel as pn
import pytest
from costdna.workspace import Workspace
from costdna_web.correcting import named
from costdna_web.frame import Frame
from readings import reading


@pytest.fixture
def frame():
    workspace = Workspace([reading(bills.company(teams=4, per_team=20, untagged=6))])
    asyncio.run(workspace.run())
    made = Frame()
    made.show(workspace)

    def follow():
        before = workspace.report
        asyncio.run(workspace.follow())
        made.moved(before)

    made.answered = follow
    return made


def go(frame, wish, past=(), **more):
    go.count += 1 + len(past)
    before = [{**w, "n": go.count - len(past) + i} for i, w in enumerate(past)]
    frame.door.value = json.dumps({"go": wish, "n": go.count, "past": before, **more})
    return "".join(p.object for p in frame.root.select(pn.pane.HTML))


go.count = 0


def test_the_queue_asks_shows_what_an_answer_moved_and_goes_on(frame):
    words = go(frame, "screen:review")
    c = frame.state.correcting
    first, asked = c.asked, len(c.queue)
    assert "would settle about" in words and 'data-key="1"' in words and asked > 1
    words = go(frame, "say:0")
    row = frame.state.row(first)
    assert row["x_Basis"] == "human" and c.asked != first
    assert "Settled so far:" in words and "in 1 answer." in words and "changed owner" in words
    go(frame, "undo:")
    assert frame.state.row(first)["x_Basis"] != "human" and c.asked == first and c.settled == 0
    assert go(frame, "undo:")  # nothing left to take back changes nothing


def test_letters_say_whose_it_is_not(frame):
    go(frame, "screen:review")
    for verdict in ("shared", "vendor", "ownerless"):
        owner = frame.state.correcting.asked
        go(frame, f"say:{verdict}")
        assert frame.state.row(owner)["x_Verdict"] == verdict


def test_keys_overtaken_on_their_way_all_count_and_none_twice(frame):
    go(frame, "screen:review")
    queue = list(frame.state.correcting.queue)
    go(frame, "say:vendor", past=[{"go": "say:shared"}, {"go": "step:next"}])
    assert [frame.state.row(i)["x_Verdict"] for i in queue[:3]] != ["shared", "shared", "vendor"]
    assert frame.state.row(queue[0])["x_Verdict"] == "shared" and frame.state.row(queue[2])["x_Verdict"] == "vendor"
    said = len(frame.state.correcting.said)
    frame.listen(json.dumps({"go": "say:shared", "n": go.count}))
    assert len(frame.state.correcting.said) == said


def test_a_whole_group_is_answered_at_once_previewed_and_taken_back(frame):
    go(frame, "screen:review")
    c, state = frame.state.correcting, frame.state
    owner = c.asked
    reach = c.reach(state.workspace, owner, "billed")
    words = go(frame, "fill:scope", value="1")
    assert "Would move" in words and f"in {len(reach[1].ids)} resources" in words
    go(frame, "say:typed", value="a new team")
    assert {state.row(i)["x_Team"] for i in reach[1].ids.tolist()} == {"a new team"}
    assert state.report.ledger["billed"]["human"] >= reach[1].cost
    go(frame, "undo:")
    assert "a new team" not in state.team_names() and c.asked == owner


def test_several_bear_it_together(frame):
    assert named("search, payments") == ("search\npayments", "shared")
    go(frame, "screen:review")
    owner = frame.state.correcting.asked
    go(frame, "say:typed", value="team00 + team01")
    ownership = frame.state.result.ownership
    own = ownership[ownership["x_OwnableId"] == owner]
    assert own["x_Team"].tolist() == ["team00", "team01"] and own["x_Share"].sum() == 1_000_000


def test_a_resource_is_corrected_on_its_own_card_and_its_row_is_marked(frame):
    rows = frame.state.report.resources
    at = int((rows["x_Basis"] == "inferred").to_numpy().argmax())
    words = go(frame, f"resource:{at}")
    assert "Yes, team" in words and "Neighbours" in words and "Runner-up" in words and "Days" in words
    words = go(frame, "say:typed", value="")
    assert "Type a team" in words
    words = go(frame, "say:typed", value="team03")
    assert "team03 owns it. You said so." in words
    go(frame, "screen:resources")
    words = go(frame, "fill:text", value=rows["ResourceName"].iat[at])
    assert 'class="moved"' in words and " changed" in words


def test_a_session_file_is_saved_opened_again_and_another_file_refused(frame):
    from costdna_web import bridge

    go(frame, "screen:review")
    owner = frame.state.correcting.asked
    go(frame, "fill:scope", value="0")
    go(frame, "say:vendor")
    bridge.sent.clear()
    go(frame, "session:save")
    saved = bridge.sent[-1]
    assert saved["name"] == "session.costdna.json"
    frame.reopened = lambda: None
    go(frame, "undo:")
    frame.state.workspace.wishes.answers = None
    go(frame, "session:open", value=saved["bytes"].decode())
    assert frame.state.workspace.wishes.answers["x_OwnableId"].tolist() == [owner]
    go(frame, "screen:export")
    assert "no session file" in go(frame, "session:open", value="{}")
    assert frame.state.workspace.wishes.answers["x_OwnableId"].tolist() == [owner]


def test_what_would_change_it_is_tried(frame):
    from costdna.pipeline import examine

    rows = frame.state.report.resources
    at = int((rows["x_Basis"] == "inferred").to_numpy().argmax())
    assert "What would change it?" in go(frame, f"resource:{at}")
    asked = []
    frame.examine = asked.append
    go(frame, "examine:")
    assert asked == [int(rows["x_OwnableId"].iat[at])]
    result = frame.state.result
    frame.state.examined = (result, asked[0], asyncio.run(examine(result, asked[0])))
    words = go(frame, f"resource:{at}")
    assert ("Would flip" in words or "None of its nearest" in words) and "Without knowing that it is" in words


def test_a_pattern_is_answered_for_only_after_it_was_shown_whom_it_meets(frame):
    go(frame, "screen:review")
    c = frame.state.correcting
    go(frame, "fill:like", value="team0?-node-1*")
    assert c.scope is None and c.like == ""  # typed, not looked at: nothing reaches further
    words = go(frame, "like:")
    open_before = set(c.answered_for(frame.state.workspace, c.asked, "billed").tolist())
    names = frame.state.report.resources.set_index("x_OwnableId")["ResourceName"]
    assert (
        len(open_before) > 1
        and all(names[i].split("-node-")[1].startswith("1") for i in open_before)
        and "Would move" in words
    )
    go(frame, "say:0")
    assert all(frame.state.row(i)["x_Basis"] == "human" for i in open_before)
    assert "has a name like zzz" in go(frame, "like:", value="zzz*") and c.scope is None
    go(frame, "undo:")
    assert not any(frame.state.row(i)["x_Basis"] == "human" for i in open_before)


def pressed(words: str, wish: str) -> dict:
    """The card that a button stands on, as the page sends it along."""
    return {"of": re.search(rf'data-go="{wish}" data-of="(\d+)"', words)[1]}


def test_a_press_is_about_the_card_it_was_made_on(frame, monkeypatch):
    words = go(frame, "screen:review")
    c, state = frame.state.correcting, frame.state
    first, teams = c.asked, c.choices(state.workspace, c.asked)
    of = pressed(words, "say:1")
    # What follows from the answer before has reordered the buttons by the time the press is heard.
    monkeypatch.setattr(type(c), "choices", lambda self, workspace, owner: teams[::-1])
    words = go(frame, "say:1", **of)
    assert state.row(first)["x_Team"] == teams[1] and len(c.said) == 1
    answers = state.workspace.wishes.answers
    go(frame, "say:1", **of)  # once more while Python was busy: nobody has seen the card that is asked now
    go(frame, "fill:scope", value="1", **of)
    assert len(c.said) == 1 and state.workspace.wishes.answers is answers and c.scope is None
    seen, second = pressed(words, "say:vendor"), c.asked
    words = go(frame, "step:next")
    unseen = c.asked
    # stepped on, then pressed before the next card was drawn: neither that one nor this
    go(frame, "say:vendor", **seen)
    assert len(c.said) == 1 and c.asked == unseen
    seen = pressed(words, "say:vendor")
    # back again, ahead of what is drawn: that one had been seen
    go(frame, "say:vendor", past=[{"go": "step:last"}], **seen)
    assert frame.state.row(second)["x_Verdict"] == "vendor" and c.asked == unseen
    words = go(frame, "step:next")
    of, third = pressed(words, "say:shared"), c.asked
    reached = c.answered_for(state.workspace, third, "billed")
    c.at = 0  # asked anew by what followed from the answer before, not by anybody's step
    assert c.asked == unseen
    go(frame, "say:shared", **of)
    assert state.row(third)["x_Verdict"] == "shared" and c.said[-1].ids == tuple(reached.tolist()) and c.asked == unseen
    go(frame, "undo:")
    go(frame, "undo:")
    # shown as idle, yet its key is heard
    assert 'data-go="undo:" data-key="u" aria-keyshortcuts="u" aria-disabled="true">' in go(frame, "undo:")
    assert not c.said and c.asked == first and not {state.row(i)["x_Basis"] for i in (first, second, third)} & {"human"}


def test_on_its_own_card_an_answer_may_be_given_again(frame):
    rows = frame.state.report.resources
    at = int((rows["x_Basis"] == "inferred").to_numpy().argmax())
    words = go(frame, f"resource:{at}")
    words = go(frame, "say:0", **pressed(words, "say:0"))
    words = go(frame, "say:shared", **pressed(words, "say:shared"))
    assert frame.state.row(int(rows["x_OwnableId"].iat[at]))["x_Verdict"] == "shared"


def test_a_tick_is_for_the_question_it_stands_beside(frame, monkeypatch):
    go(frame, "screen:review")
    c = frame.state.correcting
    monkeypatch.setattr(c, "group", lambda owner: "stack:x")
    ends = {min(c.queue), max(c.queue)}
    assert min(ends) < 0  # a resource's number may be negative
    for wanted in ends:
        go(frame, f"also:{wanted}")
    assert set(c.also) == ends
    go(frame, f"also:{wanted}")
    assert set(c.also) == ends - {wanted}


@pytest.mark.parametrize("told", [("team00", "team01"), ()], ids=["two teams known", "none known"])
def test_a_name_that_is_no_team_yet_is_marked_as_proposed_after_the_teams_there_are(told):
    def line(row):
        tags = {
            k: v.replace("team02", "crawler").replace("team03", "<b>ledger") for k, v in row.get("Tags", {}).items()
        }
        return {**row, "Tags": {k: v for k, v in tags.items() if k[1] != "team" or v in told}}

    workspace = Workspace([reading([line(row) for row in bills.company(teams=4, per_team=20)])])
    asyncio.run(workspace.run())
    frame = Frame()
    frame.show(workspace)
    frame.answered = lambda: (asyncio.run(workspace.follow()), frame.moved(workspace.report))
    words = go(frame, "screen:review")
    buttons = re.findall(r'<button[^>]*class="button choice( new)?"[^>]*data-go="say:(\d)"[^>]*>(.*?)</button>', words)
    names = [re.sub("<[^>]*>", "", text)[1:] for _, _, text in buttons]
    *known, new = names
    assert sorted(known) == sorted(told) and new.endswith("ledger proposed")
    assert [mark for mark, *_ in buttons] == [""] * len(told) + [" new"]
    assert [number for _, number, _ in buttons] == [str(i) for i in range(len(buttons))]
    assert ("Not a team yet, only a word of the bill:" in words) == bool(told)
    assert ("There is no team yet." in words) != bool(told) and 'aria-labelledby="cd-proposed"' in words
    assert "<b>ledger" not in words
    first = frame.state.correcting.asked
    go(frame, f"say:{len(told)}")
    assert "ledger" in frame.state.row(first)["x_Team"]
    words = go(frame, f"resource:{frame.state.position(first)}")
    assert "ledger" in words and "ledger<small>" not in words
