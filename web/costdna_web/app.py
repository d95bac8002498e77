"""The page's app: the bill that is open, and the frame that draws it. Screens find their way in through `screens/`."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import panel as pn
from costdna.errors import CostDNAError
from costdna.pipeline import Wishes

from . import bridge, model
from .aside import Space
from .bridge import tell
from .accounting import Account
from .companion import Companion, session_key
from .frame import Frame

pn.extension(design=None, notifications=False, console_output="disable")

SOON, IDLE = 0.25, 20.0
"""Seconds that answers are gathered for, and that nobody must have pressed anything for before a whole run."""


class App:
    """One tab's app. `load(readings)` takes the readings of docs/reading.md ({meta, arrays} with numpy arrays)."""

    def __init__(self) -> None:
        self.frame = Frame()
        self.root = self.frame.root
        self.workspace: Space | None = None
        self.frame.in_currency = self.in_currency
        self.frame.ruled = self.ruled
        self.frame.examine = lambda owner: asyncio.ensure_future(self.examine(owner))
        self.frame.renewed = lambda: asyncio.ensure_future(self.renew())
        self.frame.reopened = lambda: asyncio.ensure_future(self.run())
        self.frame.answered, self.frame.heard = self.answered, self.heard
        self.frame.remodelled = lambda: asyncio.ensure_future(self.remodel())
        self._following: asyncio.Task | None = None
        self._due = self._renewing = False
        self._running = 0
        self._quiet = 0.0

    def in_currency(self, currency: str) -> None:
        """Attribute the bill again in another of its currencies."""
        self.workspace.wishes.currency = currency
        asyncio.ensure_future(self.run())

    @property
    def report(self) -> Any:
        """The last report (costdna.report.Report)."""
        return self.workspace.report

    async def load(self, readings: list[dict[str, Any]], skipped: list[dict[str, Any]] | None = None, **wishes: Any) -> None:
        """Attribute a bill and show it: what is proved first, then again with the model where the site has one."""
        self.workspace = Space(readings, Wishes(**wishes))
        self._running += 1
        try:
            self.workspace.warm()
            self.workspace.prove(tell)
            self.frame.show(self.workspace, skipped, working="Inferring the rest …")
            bridge.post("view", name="app")
            await self.companion()
            await asyncio.sleep(0)  # the page draws what is proved while the model arrives
            await self.infer()
            self.frame.show(self.workspace, skipped)
            await asyncio.sleep(0.1)
            self.frame.questions()
        except CostDNAError as error:
            fail(error)
        finally:
            self._running -= 1

    async def companion(self) -> None:
        """Where the desktop companion serves the page: find what it offers, and take up what was said of this bill before."""
        state = self.frame.state
        found = Companion()
        if not await found.discover():
            return
        found.changed = lambda: self.frame.redraw() if state.screen == "account" and self.frame.redraw is not None else None
        state.account = Account(found, again=self.run, hand=self.hand)
        state.session = await found.session(session_key(state.report.sources["x_SourceId"].tolist()))
        if state.session:
            self.frame.session(run=False)
            state.session = ""
            self.workspace.prove(tell)
            self.frame.show(self.workspace, working="Inferring the rest …")
        self.frame.draw_top()
        if found.busy:
            asyncio.ensure_future(found.follow())

    async def infer(self) -> None:
        """Infer with the model that speaks; where this browser cannot run it, with the site's, or the simple methods alone, and say so."""
        try:
            self.workspace.session = await model.session()
            await self.workspace.infer(tell)
        except CostDNAError:
            raise
        except Exception as error:
            if model.choose(False):
                bridge.post("note", text=f"Your own model could not run on this bill ({type(error).__name__}); the one that came with CostDNA speaks again.")
                return await self.infer()
            bridge.post("note", text=f"The model could not run in this browser ({type(error).__name__}); owners are inferred by the simple methods alone.")
            self.workspace.session = None
            await self.workspace.infer(tell)

    async def hand(self, content: bytes) -> None:
        """Take a model file that was dropped or chosen. One that is good speaks from now on, one that is not is named and changes nothing."""
        good = await model.hand(content)
        bridge.post("note", text=f"Your own model speaks: {model.own.name}. The Trust screen says what it was taught, and gives way back." if good else f"The model was not taken. {model.refused}")
        if self.workspace is not None and self.frame.state.workspace is not None:
            await self.remodel()

    async def remodel(self) -> None:
        """Infer everything again where another model speaks than before, once no other run is under way."""
        while self._running or self._renewing:
            await asyncio.sleep(0.1)
        if self.workspace.session is not await model.session():
            self._running += 1
            try:
                self.frame.busy("Inferring again with another model …")
                await asyncio.sleep(0)
                before = self.workspace.report
                await self.infer()
                self.frame.busy("")
                self.frame.moved(before)
            finally:
                self._running -= 1
        if self.frame.state.screen == "trust":
            self.frame.redraw()

    def heard(self) -> None:
        """Somebody is there: whole runs wait."""
        self._quiet = time.monotonic()

    def answered(self) -> None:
        """Work out what the answers given change, soon and once for those that come close together."""
        self._due = True
        if self._following is None or self._following.done():
            self._following = asyncio.ensure_future(self.follow())

    def ruled(self, wishes: Wishes) -> None:
        """Take other rules and names, then work out what they change like an answer."""
        before = self.workspace.report

        async def take() -> None:
            await asyncio.sleep(0)
            await self.workspace.rule(wishes)
            self.frame.moved(before)
            self.answered()  # a whole run once nobody is there

        asyncio.ensure_future(take())

    async def follow(self) -> None:
        """One pass of the chosen candidate for what was answered; gate, choice and calibration again once nobody has been there for a while."""
        while self._due:
            while self._due:
                self._due = False
                await asyncio.sleep(SOON)
                if self._due:
                    continue
                before = self.workspace.report
                await self.workspace.follow()
                if not self._due:
                    self.frame.moved(before)
            while not self._due and time.monotonic() - self._quiet < IDLE:
                await asyncio.sleep(0.5)
            if not self._due:
                await self.renew()

    async def examine(self, owner: int) -> None:
        """Test what carries the answer about a resource, and show it."""
        result = self.workspace.result
        self.frame.busy("Trying what would change it …")
        await asyncio.sleep(0)
        found = await self.workspace.tested(owner)
        self.frame.state.examined = (result, owner, found)
        self.frame.busy("")
        self.frame.redraw() if self.frame.redraw is not None else self.frame.draw()

    async def renew(self) -> None:
        """The whole run: gate, choice, calibration and range are no longer stale. What is answered meanwhile is worked out after it."""
        if self._renewing:
            return
        self._renewing = True
        try:
            self.frame.busy("Checking again how sure this is …")
            await asyncio.sleep(0)
            before = self.workspace.report
            await self.workspace.infer()
            self.frame.busy("")
            if not self._due:
                self.frame.moved(before)
        finally:
            self._renewing = False

    async def run(self) -> None:
        """Attribute again with what is known now, and redraw."""
        self._running += 1
        try:
            self.workspace.prove(tell)
            self.frame.show(self.workspace, working="Inferring the rest …")
            await asyncio.sleep(0)
            await self.workspace.infer(tell)
            self.frame.show(self.workspace)
            self.frame.kept()
        finally:
            self._running -= 1


def fail(error: CostDNAError) -> None:
    """Tell the page what a person can act on."""
    bridge.post("failed", during="load", message=error.message, traceback=str(error),
                problem={"message": error.message, "where": ", ".join(x for x in (error.where, error.found) if x), "next": error.next_step})
