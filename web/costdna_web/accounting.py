"""What the Account screen holds and does: the steps from looking to taking back, each by the companion, none without a
press. No Panel here.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from .bridge import soon
from .companion import Companion, plan_text, take

STATES = {
    "written": "written",
    "already": "was there already",
    "changed": "changed since, left alone",
    "clash": "written by somebody else at the same time",
    "refused": "refused",
    "kept": "still there",
    "gone": "gone",
    "unreadable": "cannot be read",
    "restored": "taken back",
}
"""Outcomes in words."""


@dataclass
class Account:
    """The screen's own memory. form: what was typed; plan: the plan's content and digest; sure: the step that waits for
    a second press.
    """

    companion: Companion
    form: dict[str, str] = field(
        default_factory=lambda: {
            "source": "days",
            "days": "7",
            "trail": "",
            "collect": "",
            "key": "team",
            "least": "0.9",
            "writer": "",
        }
    )
    plan: dict = field(default_factory=dict)
    sure: str = ""
    matched: dict = field(default_factory=dict)  # events and resources of this bill, coverage before
    again: Callable[[], Awaitable[None]] | None = None  # attributes the bill again
    hand: Callable[[bytes], Awaitable[None]] | None = None  # takes a model file

    def regions(self, workspace) -> list[str]:
        """Regions that the bill names, dearest first."""
        charges = workspace.result.charges
        cost = (
            charges["BilledCost"]
            .abs()
            .astype("float64")
            .groupby(charges["RegionId"])
            .sum()
            .sort_values(ascending=False)
        )
        return [r for r in cost.index if r and r != "global"][:20]

    def fill(self, item: str, value: str) -> str:
        """Take what was typed or chosen; returns what to draw."""
        if item not in self.form:
            return ""
        self.form[item] = value[:300]
        if item == "writer" and self.sure:  # who was asked about is not who would write
            self.sure = ""
            return "list"
        return "list" if item == "source" else ""

    def press(self, state, item: str) -> str:
        """Begin what a button says; returns what to draw."""
        what, _, more = item.partition("-")
        if what in ("pause", "resume", "cancel"):
            soon(self.companion.control(what))
            return ""
        if what == "no":
            self.sure = ""
            return "list"
        if self.companion.busy:
            return ""
        work = {
            "doctor": self._doctor,
            "scan": self._scan,
            "plan": self._plan,
            "verify": self._verify,
            "runs": self._runs,
            "train": self._train,
        }.get(what)
        if what in ("apply", "undo"):
            if self.sure != item:  # the first press says what would happen and as whom
                self.sure = item
                self.companion.said.pop("whoami", None)
                soon(self.companion.do("whoami", **self._writer()))
                return "list"
            self.sure = ""
            work = self._apply if what == "apply" else self._undo
        if work is None:
            return ""
        soon(work(state, more))
        return "list"

    async def _doctor(self, state, more: str) -> None:
        await self.companion.do("doctor", region=(self.regions(state.workspace) or [""])[0])

    async def _scan(self, state, more: str) -> None:
        days = int(self.form["days"]) if self.form["days"].isdecimal() else 0
        source = {"days": days} if self.form["source"] == "days" else {"trail": self.form["trail"].strip()}
        before = state.report.coverage["billed"]["after"] if state.report.coverage else None
        more_ = {"collect": ["all"]} if self.form["collect"] else {}
        if await self.companion.do("scan", **source, **more_, regions=self.regions(state.workspace)) is None:
            return
        given = await self.companion.events()
        take(state.workspace.wishes, given)
        if self.again is not None:
            await self.again()
        found = state.result.events
        self.matched = {
            "events": len(found),
            "resources": int(found["x_OwnableId"].nunique()),
            "before": before,
            "left_out": given["events"]["left_out"],
        }
        self.companion.changed()

    async def _plan(self, state, more: str) -> None:
        try:
            least = min(max(float(self.form["least"]), 0.5), 1.0)
        except ValueError:
            least = 0.9
        text = plan_text(state, self.form["key"].strip() or "team", least)
        kept = await self.companion.do("plan", text=text)
        if kept is not None:
            self.plan = {**json.loads(text), "digest": kept["digest"], "at": state.result}
            for tool in ("apply", "verify", "undo"):
                self.companion.said.pop(tool, None)
            self.companion.changed()

    async def _train(self, state, more: str) -> None:
        verdict = await self.companion.do("train")
        if verdict and verdict["kept"] and self.hand is not None:
            await self.hand(await self.companion.model())

    async def _apply(self, state, more: str) -> None:
        await self.companion.do("apply", digest=self.plan["digest"], canary=3, **self._writer())
        await self._runs(state, "", quiet=True)

    async def _verify(self, state, more: str) -> None:
        await self.companion.do("verify", run=more, **self._writer())

    async def _undo(self, state, more: str) -> None:
        if (
            await self.companion.do("undo", run=more, **self._writer()) is not None
            and self.companion.said.get("apply", {}).get("run") == more
        ):
            for tool in ("apply", "verify"):  # what the step above said holds no longer
                self.companion.said.pop(tool, None)
        await self._runs(state, "", quiet=True)

    def _writer(self) -> dict[str, str]:
        """Who writes, where that is somebody else than who reads."""
        return {"writer": self.form["writer"].strip()} if self.form["writer"].strip() else {}

    async def _runs(self, state, more: str, quiet: bool = False) -> None:
        problem = self.companion.problem
        await self.companion.do("runs")
        if quiet:
            self.companion.problem = problem or self.companion.problem
            self.companion.changed()
