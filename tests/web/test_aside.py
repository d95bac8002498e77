"""A large bill's runs are made by a second interpreter: the same answers, what is frozen stays there, and this one
takes over where it fails.
"""

import asyncio
import pickle

import bills
import pandas as pd
import pytest
from costdna.pipeline import Wishes
from costdna.workspace import Workspace
from costdna_web import aside, bridge, model
from readings import reading

LINES = bills.company(teams=4, per_team=10)


@pytest.fixture
def space(monkeypatch):
    """A workspace whose other interpreter is this one, behind pickles as on the page."""

    async def none():
        return None

    async def send(message: bytes) -> bytes:
        kind, new, more = pickle.loads(message)
        sent.append((kind, sorted(new)))
        return pickle.dumps(await aside.answered(kind, new, *more))

    sent = []
    monkeypatch.setattr(model, "session", none)
    monkeypatch.setattr(aside, "WORTH", 10)
    monkeypatch.setattr(aside, "_held", {})
    monkeypatch.setattr(bridge, "far", lambda: True)
    monkeypatch.setattr(bridge, "elsewhere", send)
    made = aside.Space([reading(LINES)], Wishes())
    made.prove()
    return made, sent


def told(workspace, verdict="owned"):
    row = workspace.report.resources
    first = int(row.loc[row["x_Basis"] == "inferred", "x_OwnableId"].iloc[0])
    workspace.answer(first, "elsewhere", verdict, pd.Timestamp("2026-10-06"))
    return first


def test_the_other_interpreter_gives_the_same_answers_and_keeps_what_is_frozen(space):
    made, sent = space
    alone = Workspace([reading(LINES)])
    asyncio.run(alone.run())
    asyncio.run(made.infer())
    assert isinstance(made.result.inferred.frozen, aside.Elsewhere)
    told(made)
    first = told(alone)
    for one in (made, alone):
        asyncio.run(one.follow())
    pd.testing.assert_frame_equal(made.report.resources, alone.report.resources)
    assert made.report.gate["stale"] and made.result.inferred.frozen is not None
    assert sent == [("infer", sorted(aside.GROUNDS)), ("follow", [])]  # the grounds went over once
    other = int(made.result.inferred.beliefs["x_OwnableId"].iloc[0])
    assert other != first and asyncio.run(made.tested(other)) == asyncio.run(
        aside.pipeline.examine(alone.result, other, None)
    )


def test_where_it_fails_the_work_is_done_here(space, monkeypatch):
    made, _ = space
    asyncio.run(made.infer())

    async def gone(message):
        raise MemoryError("no more")

    made.aside.send = gone
    told(made)
    asyncio.run(made.follow())
    assert made.aside is None and made.failed and not isinstance(made.result.inferred.frozen, aside.Elsewhere)
    assert "elsewhere" in set(made.report.resources["x_Team"])


def test_a_small_bill_needs_no_second_interpreter(space, monkeypatch):
    made, sent = space
    monkeypatch.setattr(aside, "WORTH", 10_000)
    asyncio.run(made.infer())
    assert made.aside is None and sent == [] and made.result.inferred.frozen is not None


def test_it_is_started_while_a_large_bill_is_proved(space, monkeypatch):
    made, _ = space
    told = []
    monkeypatch.setattr(bridge, "tell_elsewhere", lambda message: told.append(pickle.loads(message)))
    made.warm()
    assert told == [("warm", {}, ())] and asyncio.run(aside.answered(*told[0][:2])) is None
    monkeypatch.setattr(aside, "WORTH", 10_000)
    made.warm()
    assert len(told) == 1
