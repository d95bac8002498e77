"""The Account screen: there only with a companion; nothing is asked before a press; writing is asked for twice; what it
says is escaped and in words.
"""

import asyncio

import bills
import numpy as np
import pandas as pd
import pytest

pytest.importorskip("panel", reason="the page's views need panel (extra `site`)")

from costdna.events import WROTE
from costdna_web.accounting import Account
from costdna_web.companion import Companion, frame, session_key
from costdna_web.screens import screens
from pages import go, opened


class Fake:
    """A companion that answers at once and remembers what it was asked. script: path → answer of a tool, or (status,
    error).
    """

    def __init__(self, **script):
        self.asked, self.script = [], script

    async def __call__(self, method, path, body):
        self.asked.append((method, path, body))
        if path == "":
            return 200, {
                "tools": [{"name": n} for n in ("doctor", "scan", "plan", "apply", "verify", "undo", "runs", "whoami")],
                "folder": "~/costdna",
                "job": None,
            }
        tool = path.strip("/").split("/")[0]
        if tool == "jobs":
            return 200, {
                "id": "1",
                "tool": self.last,
                "state": "done",
                "text": "",
                "done": 1,
                "total": 1,
                "lines": [],
                "result": self.script[self.last],
                "error": None,
            }
        if tool == "events":
            return 200, self.script["events"]
        given = self.script.get(tool)
        if isinstance(given, tuple):
            return given
        if tool in ("plan", "runs", "whoami"):
            return 200, {"result": given}
        self.last = tool
        return 202, {
            "id": "1",
            "tool": tool,
            "state": "running",
            "text": "Asking",
            "done": 0,
            "total": 2,
            "lines": [],
            "result": None,
            "error": None,
        }


@pytest.fixture(scope="module")
def shown():
    return opened(bills.company(teams=3, per_team=4))


def at(frame_, fake) -> Account:
    companion = Companion(ask=fake)
    companion.tools = ("doctor",)
    frame_.state.account = Account(companion)
    return frame_.state.account


def pressed(frame_, *wishes: str) -> str:
    """What the screen shows after wishes, their work done."""

    async def walk():
        for wish in wishes:
            frame_.state.hear('{"go": "account:%s"}' % wish)
            await asyncio.gather(*(t for t in asyncio.all_tasks() if t is not asyncio.current_task()))

    import costdna_web.companion as module

    module.EVERY = 0
    asyncio.run(walk())
    page = go(frame_, "screen:account")
    assert not {"b", "i", "u", "s"} & set(page.tags)  # what AWS or a bill wrote stays text
    return page.words


WHO = {"account": "123456789012", "arn": "arn:aws:iam::123456789012:user/<b>me</b>"}
EVENTS = {
    "events": {
        "n": 1,
        "left_out": 0,
        "columns": {
            "x_At": {"seconds": [1760000000]},
            "x_ActorId": {"words": ["human:ann"], "codes": [0]},
            "x_ActorKind": {"words": ["human"], "codes": [0]},
            "x_EventName": {"words": ["RunInstances"], "codes": [0]},
            "SubAccountId": {"words": ["111122223333"], "codes": [0]},
            "x_ReadOnly": {"values": [0]},
            "x_Failed": {"values": [0]},
            "x_Resources": {"words": ["i-00000000"], "codes": [0]},
            "x_Origin": {"words": ["cloudtrail"], "codes": [0]},
        },
    }
}


def test_without_a_companion_there_is_no_such_screen(shown):
    shown.state.account = None
    (screen,) = [s for s in screens() if s.slug == "account"]
    assert not screen.requires(shown.state) and shown.state.hear('{"go": "account:apply"}') == ""


def test_nothing_is_asked_before_a_press_and_one_is_found_by_asking(shown):
    fake = Fake()
    at(shown, fake)
    assert "Nothing is asked of AWS" in go(shown, "screen:account").words and fake.asked == []
    assert asyncio.run(Companion(ask=fake).discover()) is False  # no token, no companion


def test_the_doctors_rows_are_in_words_and_escaped(shown):
    fake = Fake(
        doctor={
            "checks": [
                {
                    "check": "tags",
                    "level": "warning",
                    "finding": "denied (<i>AccessDenied</i>)",
                    "unlocks": "writing",
                    "missing": '{"Action": ["tag:GetResources"]}',
                }
            ]
        }
    )
    at(shown, fake)
    seen = pressed(shown, "doctor")
    assert "<i>AccessDenied" in seen and "tag:GetResources" in seen and fake.asked[0][1] == "/doctor"


def test_a_scan_becomes_events_of_this_bill(shown):
    fake = Fake(
        scan={
            "events": 9,
            "files": 1,
            "naming_a_resource": 1,
            "coverage": [
                {
                    "x_Source": "cloudtrail lookup",
                    "SubAccountId": "1",
                    "RegionId": "eu-west-1",
                    "x_Status": "denied",
                    "x_Detail": "AccessDenied",
                }
            ],
        },
        events=EVENTS,
    )
    account = at(shown, fake)
    ran = []

    async def again():
        ran.append(shown.state.workspace.wishes.events)
        await shown.state.workspace.run()

    account.again = again
    seen = pressed(shown, "scan")
    assert (
        list(ran[0].columns) == list(WROTE)
        and ran[0]["x_At"].dtype == np.dtype("datetime64[ns]")
        and "9 events read" in seen
        and "denied" in seen
    )
    assert fake.asked[0][2] == {"days": 7, "regions": ["eu-west-1"]}
    shown.state.workspace.wishes.events = None


def test_writing_is_asked_for_twice_and_by_whom(shown):
    fake = Fake(
        plan={"digest": "d1", "rows": 1, "plan": ""},
        whoami=WHO,
        runs={"runs": []},
        apply={
            "run": "r1",
            "resumed": False,
            "account": "1",
            "counts": {"written": 1, "refused": 1},
            "not_begun": 0,
            "outcomes": [
                {"arn": "arn:aws:s3:::<u>", "key": "team", "new": "a", "status": "refused", "code": "AccessDenied"}
            ],
        },
    )
    account = at(shown, fake)
    pressed(shown, "plan")
    account.plan["rows"] = [
        {
            "ResourceId": "arn:aws:s3:::x",
            "x_OldValue": "",
            "x_NewValue": "<s>",
            "x_Basis": "human",
            "x_Probability": None,
            "BilledCost": "1",
            "x_Reason": "said",
        }
    ]
    seen = pressed(shown, "apply")
    assert (
        [a[1] for a in fake.asked] == ["/plan", "/whoami"]
        and "<b>me" in seen
        and "Yes, write them" in seen
        and "<s>" in seen
    )
    assert "Yes, write them" not in pressed(shown, "no") and "/apply" not in [a[1] for a in fake.asked]
    seen = pressed(shown, "apply", "apply")
    assert (
        ("POST", "/apply", {"digest": "d1", "canary": 3}) in fake.asked
        and "1 written · 1 refused" in seen
        and "arn:aws:s3:::<u>" in seen
    )


def test_a_damaged_run_is_named_beside_the_others_and_has_no_undo(shown):
    run = {"at": "", "account": "1", "key": "team", "rows": 3, "written": 3, "ended": True, "undone": 0, "damaged": ""}
    spoilt = {"run": "r2", "written": 0, "rows": 0, "account": "", "key": "", "damaged": "line 4 does not follow <b>"}
    at(shown, Fake(runs={"runs": [spoilt, run | {"run": "r1"}]}))
    seen = pressed(shown, "runs")
    assert "r1" in seen and "3 of 3" in seen and seen.count("Take it back") == 1
    assert "r2" in seen and "damaged" in seen and "line 4 does not follow <b>" in seen


@pytest.mark.parametrize("kept", [True, False])
def test_learning_hands_over_what_is_better_and_says_so_where_it_is_not(shown, monkeypatch, kept):
    verdict = {
        "owners": 412,
        "units": 97,
        "kept": kept,
        "gain_nll": 0.12,
        "gain_error": 0.03,
        "shipped": {"accuracy": 0.77},
        "fine_tuned": {"accuracy": 0.81},
    }
    account, taken = at(shown, Fake(train=verdict)), []
    account.companion.tools = ("train",)

    async def model():
        return b"a model"

    async def hand(content):
        taken.append(content)

    account.companion.model, account.hand = model, hand
    said = pressed(shown, "train")
    assert (
        "412 confirmed owners" in said
        and ("speaks from now on" in said) == kept
        and taken == ([b"a model"] if kept else [])
    )


def test_an_error_says_what_to_do_next(shown):
    at(
        shown,
        Fake(
            doctor=(
                409,
                {"error": {"message": "Something else is still running.", "found": "scan", "next": "Wait for it."}},
            )
        ),
    )
    assert "Something else is still running. Found: scan. Wait for it." in pressed(shown, "doctor")


def test_what_was_said_of_a_bill_before_holds_when_it_is_opened_again(shown, monkeypatch):
    from costdna import session_file
    from costdna_web import bridge
    from costdna_web.app import App

    space = shown.state.workspace
    owner = int(space.report.resources["x_OwnableId"].iat[0])
    space.answer(owner, "a made-up team", "owned", pd.Timestamp("2026-10-20"))
    kept = session_file.to_text(space.wishes, space.report)
    space.wishes.answers = None
    names = space.report.sources["x_SourceId"].tolist()

    class Keeps(Fake):
        async def __call__(self, method, path, body):
            return (
                (200, {"text": kept if path == f"/session/{session_key(names)}" else "", "mark": "the first"})
                if path.startswith("/session")
                else await super().__call__(method, path, body)
            )

    fake = Keeps()
    monkeypatch.setattr(bridge, "companion_here", lambda: True)
    monkeypatch.setattr(bridge, "companion", fake)
    app = App()
    app.workspace = space
    app.frame.show(space)
    bridge.sent.clear()
    asyncio.run(app.companion(space))
    # the page is told which session it is, and keeps over that one alone
    (known,) = [m for m in bridge.sent if m["type"] == "known"]
    assert (known["name"], known["text"], known["mark"]) == (session_key(names), kept, "the first")
    assert (
        app.frame.state.account.companion.folder == "~/costdna"
        and app.frame.state.row(owner)["x_Team"] == "a made-up team"
    )
    assert app.frame.state.session == "" and fake.asked == [("GET", "", None)]
    space.wishes.answers = None


def test_events_travel_as_columns():
    made = frame(EVENTS["events"])
    assert (
        made["x_At"][0] == pd.Timestamp("2025-10-09 08:53:20")
        and made["x_ActorId"].tolist() == ["human:ann"]
        and made["x_Failed"].tolist() == [False]
    )
    assert list(frame({"columns": {n: {"words": [], "codes": []} for n in WROTE}}).columns) == list(WROTE)


def test_the_session_has_the_companions_name():
    kept = pytest.importorskip("costdna_companion.server.kept", reason="the companion is native")
    assert session_key(["b", "a"]) == kept.key(["a", "b"])
