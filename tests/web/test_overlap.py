"""Runs that meet: an answer, a rule, another currency, a session or another bill while the model is still at work. None
is lost, none lands in the wrong bill.
"""

import asyncio
import json

import bills
import pytest
from costdna import pipeline
from readings import line, reading

pytest.importorskip("panel", reason="the page's views need panel (extra `site`)")

from costdna_web import app as app_module
from costdna_web import bridge, model
from costdna_web.app import App

BILL = reading(bills.company(teams=3, per_team=8, days=2))
EUROS = reading(
    [
        line(
            ResourceId=f"i-{n}",
            Unblended="2",
            BillingCurrency=("USD", "EUR")[n % 3 == 0],
            Tags={("resource", "team"): "ab"[n % 2]},
        )
        for n in range(9)
    ]
)


@pytest.fixture
def stage(monkeypatch):
    """Begin a story in which every inference waits until `stage.go` is set: stage(story) runs story(app, gate)."""
    infer = pipeline.infer

    def play(story):
        async def played():
            gate = asyncio.Event()

            async def slow(grounds, wishes, session=None, tell=lambda step: None):
                await gate.wait()
                return await infer(grounds, wishes, None, tell)

            monkeypatch.setattr(pipeline, "infer", slow)
            await story(App(), gate)

        asyncio.run(played())

    async def none():
        return None

    monkeypatch.setattr(model, "session", none)
    monkeypatch.setattr(app_module, "SOON", 0.0)
    bridge.sent.clear()
    return play


def wish(app, go, **more):
    wish.n = getattr(wish, "n", 0) + 1
    app.frame.door.value = json.dumps({"go": go, "n": wish.n, **more})


async def pause():
    """Let whatever can begin begin."""
    for _ in range(20):
        await asyncio.sleep(0.002)


async def rest(app):
    """Until nothing is left to do."""
    for _ in range(1000):
        await asyncio.sleep(0.01)
        if not app.workspace.turn.locked() and not app.frame.state.correcting.due and not app.frame.state.working:
            return
    raise AssertionError("it never comes to rest")


def answer(app) -> int:
    """Say of the one resource in question that it is a vendor's."""
    wish(app, "screen:review")
    owner = app.frame.state.correcting.asked
    wish(app, "fill:scope", value="0")
    wish(app, "say:vendor")
    return owner


@pytest.mark.parametrize("when", ["first", "again"])
def test_an_answer_given_while_all_is_inferred_stands(stage, when):
    async def story(app, gate):
        opening = asyncio.ensure_future(app.load([BILL]))
        if when == "again":
            gate.set()
            await opening
            gate.clear()
            wish(app, "renew:")
        await pause()
        owner = answer(app)
        await pause()
        assert app.frame.state.correcting.due  # noted, and not called done before it is
        gate.set()
        await opening
        await rest(app)
        assert app.frame.state.row(owner)["x_Basis"] == "human"
        await app.renew(app.workspace)
        assert app.frame.state.row(owner)["x_Basis"] == "human"

    stage(story)


def test_rules_taken_while_all_is_inferred_stand_with_the_answers_given_since_they_were_proposed(stage):
    async def story(app, gate):
        gate.set()
        await app.load([BILL])
        gate.clear()
        wish(app, "screen:names-and-rules")
        wish(app, "fill:pattern", value="team00-*")
        wish(app, "fill:ruleteam", value="platform")
        wish(app, "rule:add")
        owner = answer(app)
        await rest(app)
        wish(app, "renew:")
        await pause()
        wish(app, "rule:apply")
        wish(app, "fill:pattern", value="team01-*")
        wish(app, "fill:ruleteam", value="second")
        wish(app, "rule:add")
        wish(app, "rule:apply")
        await pause()
        gate.set()
        await rest(app)
        assert app.frame.state.row(owner)["x_Basis"] == "human"
        teams = set(app.report.teams["x_Team"])
        assert {"platform", "second"} <= teams and len(app.workspace.wishes.rules) == 2

    stage(story)


def test_another_currency_asked_for_during_the_first_inference_is_the_one_shown(stage):
    async def story(app, gate):
        opening = asyncio.ensure_future(app.load([EUROS]))
        await pause()
        wish(app, "currency:EUR")
        await pause()
        assert app.frame.state.report.currency == "EUR"  # at once
        gate.set()
        await opening
        await rest(app)
        assert app.report.currency == "EUR" and app.report.gate and set(app.report.other_currencies) == {"USD"}

    stage(story)


def test_a_second_bill_is_left_alone_by_what_was_begun_for_the_first(stage):
    async def story(app, gate):
        first = asyncio.ensure_future(app.load([BILL], skipped=[{"path": "old.csv", "reason": "old"}]))
        await pause()
        answer(app)
        wish(app, "renew:")
        await pause()
        wish(app, "fill:pattern", value="team00-*")
        wish(app, "fill:ruleteam", value="platform")
        wish(app, "rule:add")
        second = asyncio.ensure_future(app.load([EUROS], skipped=[]))
        await pause()
        state = app.frame.state
        wish(app, "rule:apply")  # what was proposed is of the first bill
        assert app.workspace.wishes.answers is None and app.workspace.wishes.rules is None
        assert state.working and state.report.net == app.report.net
        gate.set()
        await asyncio.gather(first, second)
        await rest(app)
        assert state.skipped == [] and state.workspace is app.workspace and not state.correcting.said
        owner = answer(app) if state.correcting.asked is not None else None
        if owner is not None:
            await rest(app)
            assert state.row(owner)["x_Basis"] == "human"
        shown = app.workspace
        await app.load([])
        assert app.workspace is shown  # what is no bill takes no bill away

    stage(story)


def test_work_that_breaks_is_told_and_does_not_seem_to_go_on(stage, monkeypatch):
    async def story(app, gate):
        gate.set()
        await app.load([BILL])

        async def broken(*given, **more):
            raise MemoryError("no more")

        monkeypatch.setattr(pipeline, "infer", broken)
        bridge.sent.clear()
        wish(app, "renew:")
        await pause()
        told = [m for m in bridge.sent if m["type"] == "failed"]
        assert (
            [m["message"] for m in told] == ["MemoryError: no more"]
            and app.frame.state.working == ""
            and not app.workspace.turn.locked()
        )

    stage(story)
