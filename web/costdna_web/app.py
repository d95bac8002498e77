"""The page's app: the bill that is open, and the frame that draws it. Screens find their way in through `screens/`."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import panel as pn
from costdna.errors import CostDNAError
from costdna.pipeline import Wishes

from . import bridge, model
from .aside import Space
from .bridge import soon, tell
from .accounting import Account
from .companion import Companion, session_key
from .frame import Frame

pn.extension(design=None, notifications=False, console_output="disable")

SOON, IDLE = 0.25, 20.0
"""Seconds that answers are gathered for, and that nobody must have pressed anything for before a whole run."""


class App:
    """One tab's app. `load(readings)` takes the readings of docs/reading.md ({meta, arrays} with numpy arrays).

    Wishes come in while a run is under way. Runs of one bill take turns (`Space.turn`); what was begun for a bill that
    is no longer the open one, or for an earlier proof, ends unseen.
    """

    def __init__(self) -> None:
        self.frame = Frame()
        self.root = self.frame.root
        self.workspace: Space | None = None
        self.frame.in_currency = self.in_currency
        self.frame.ruled = self.ruled
        self.frame.examine = lambda owner: soon(self.examine(owner))
        self.frame.renewed = lambda: soon(self.renew(self.workspace))
        self.frame.reopened = lambda: soon(self.run())
        self.frame.answered, self.frame.heard = self.answered, self.heard
        self.frame.remodelled = lambda: soon(self.remodel())
        self._following: asyncio.Task | None = None
        self._renewing: Space | None = None
        self._quiet = 0.0

    def in_currency(self, currency: str) -> None:
        """Attribute the bill again in another of its currencies."""
        self.workspace.wishes.currency = currency
        soon(self.run())

    @property
    def report(self) -> Any:
        """The last report (costdna.report.Report)."""
        return self.workspace.report

    async def load(
        self, readings: list[dict[str, Any]], skipped: list[dict[str, Any]] | None = None, **wishes: Any
    ) -> None:
        """Attribute a bill and show it: what is proved first, then again with the model where the site has one."""
        space = Space(readings, Wishes(**wishes))
        try:
            space.warm()
            space.prove(tell)
            # from here on: what cannot be proved leaves the bill before it open
            self.workspace, self._following = space, None
            self.frame.show(space, skipped, working="Inferring the rest …")
            bridge.post("view", name="app")
            async with self.alone(space):
                await self.companion(space)
                await asyncio.sleep(0)  # the page draws what is proved while the model arrives
                await self.inferred(space)
                if space is self.workspace:
                    await asyncio.sleep(0.1)
                    self.frame.questions()
        except CostDNAError as error:
            bridge.fail(error)

    async def inferred(self, space: Space) -> None:
        """Infer over what was just proved, and show it; answers given meanwhile are worked out before that."""
        proofs = space.proofs
        await self.infer(space)
        if space is self.workspace and proofs == space.proofs:
            if space.counted == space.said:
                self.frame.show(space)
            self.frame.busy("")

    @asynccontextmanager
    async def alone(self, space: Space):
        """The turn of one run over a bill. Where it breaks, nothing goes on saying that it works."""
        async with space.turn:
            try:
                yield
            except BaseException:
                if space is self.workspace:
                    self.frame.busy("")
                raise

    async def companion(self, space: Space) -> None:
        """Where the desktop companion serves the page: find what it offers, and take up what was said of this bill
        before.
        """
        state = self.frame.state
        found = Companion()
        if not await found.discover() or space is not self.workspace:
            return
        found.changed = (
            lambda: self.frame.redraw() if state.screen == "account" and self.frame.redraw is not None else None
        )
        state.account = Account(found, again=self.run, hand=self.hand)
        session = await found.session(session_key(space.report.sources["x_SourceId"].tolist()))
        if space is not self.workspace:
            return
        bridge.post("known", **session)  # the page keeps over that one and no other
        if session["text"]:
            state.session = session["text"]
            self.frame.session(run=False)
            state.session = ""
            space.prove(tell)
            self.frame.show(space, working="Inferring the rest …")
        self.frame.draw_top()
        if found.busy:
            soon(found.follow())

    async def infer(self, space: Space) -> None:
        """Infer with the model that speaks; where this browser cannot run it, with the site's, or the simple methods
        alone, and say so.
        """
        try:
            space.session = await model.session()
            await space.infer(tell)
        except CostDNAError:
            raise
        except Exception as error:
            if model.choose(False):
                bridge.post(
                    "note",
                    text=f"Your own model could not run on this bill ({type(error).__name__}); the one that came with CostDNA speaks again.",
                )
                return await self.infer(space)
            bridge.post(
                "note",
                text=f"The model could not run in this browser ({type(error).__name__}); owners are inferred by the simple methods alone.",
            )
            space.session = None
            await space.infer(tell)

    async def hand(self, content: bytes) -> None:
        """Take a model file that was dropped or chosen. One that is good speaks from now on, one that is not is named
        and changes nothing.
        """
        good = await model.hand(content)
        bridge.post(
            "note",
            text=f"Your own model speaks: {model.own.name}. The Trust screen says what it was taught, and gives way back."
            if good
            else f"The model was not taken. {model.refused}",
        )
        if self.workspace is not None:
            await self.remodel()

    async def remodel(self) -> None:
        """Infer everything again where another model speaks than before, once no other run is under way."""
        space = self.workspace
        async with self.alone(space):
            if space is self.workspace and space.session is not await model.session():
                self.frame.busy("Inferring again with another model …")
                await asyncio.sleep(0)
                before, proofs = space.report, space.proofs
                await self.infer(space)
                self.moved(space, proofs, before)
        if self.frame.state.screen == "trust" and self.frame.redraw is not None:
            self.frame.redraw()

    def moved(self, space: Space, proofs: int, before: Any) -> None:
        """Show what a run over this proof has changed, unless it is out of date or answers are still to be counted."""
        if space is self.workspace and proofs == space.proofs:
            self.frame.busy("")
            if space.counted == space.said:
                self.frame.moved(before)

    def heard(self) -> None:
        """Somebody is there: whole runs wait."""
        self._quiet = time.monotonic()

    def meet(self, number: int, base: str, theirs: str, where: str) -> None:
        """Take up what another window kept of this bill (see Frame.meet). What cannot be read is not kept over."""
        try:
            self.frame.meet(number, base, theirs, where)
        except CostDNAError as error:
            bridge.post(
                "note",
                text=f"What another window kept of this bill cannot be read here ({error.message}). It was left as it is, so nothing said here is kept: save the session as a file on the Export screen.",
            )

    def answered(self) -> None:
        """Work out what the answers given change, soon and once for those that come close together."""
        self.workspace.said += 1
        if self._following is None or self._following.done():
            self._following = soon(self.follow(self.workspace))

    def ruled(self, wishes: Wishes) -> None:
        """Take other rules and names, then work out what they change like an answer."""
        space = self.workspace
        # What was answered since they were proposed stays answered.
        space.wishes = replace(space.wishes, rules=wishes.rules, aliases=wishes.aliases)
        space.said += 1

        async def take() -> None:
            async with self.alone(space):
                said, before, proofs = space.said, space.report, space.proofs
                await asyncio.sleep(0)
                await space.rule(space.wishes)
                if proofs == space.proofs:
                    space.counted = said
                self.moved(space, proofs, before)
            if space is self.workspace:
                self.answered()  # a whole run once nobody is there

        soon(take())

    async def follow(self, space: Space) -> None:
        """One pass of the chosen candidate for what was answered; gate, choice and calibration again once nobody has
        been there for a while.
        """
        while space is self.workspace and space.counted != space.said:
            said = space.said
            await asyncio.sleep(SOON)
            if said != space.said:
                continue
            async with self.alone(space):
                said, before, proofs = space.said, space.report, space.proofs
                await space.follow()
                if proofs == space.proofs:
                    space.counted = said
                self.moved(space, proofs, before)
            while space is self.workspace and space.counted == space.said and time.monotonic() - self._quiet < IDLE:
                await asyncio.sleep(0.5)
            if space is self.workspace and space.counted == space.said:
                await self.renew(space)

    async def examine(self, owner: int) -> None:
        """Test what carries the answer about a resource, and show it."""
        space = self.workspace
        async with self.alone(space):
            if space is not self.workspace:
                return
            result = space.result
            self.frame.busy("Trying what would change it …")
            await asyncio.sleep(0)
            found = await space.tested(owner)
            if space is self.workspace and space.result is result:
                self.frame.state.examined = (result, owner, found)
                self.frame.busy("")
                self.frame.redraw() if self.frame.redraw is not None else self.frame.draw()

    async def renew(self, space: Space) -> None:
        """The whole run: gate, choice, calibration and range are no longer stale. What is answered meanwhile is worked
        out after it.
        """
        if self._renewing is space:
            return
        self._renewing = space
        try:
            async with self.alone(space):
                if space is not self.workspace:
                    return
                self.frame.busy("Checking again how sure this is …")
                await asyncio.sleep(0)
                before, proofs = space.report, space.proofs
                await space.infer()
                self.moved(space, proofs, before)
        finally:
            self._renewing = None if self._renewing is space else self._renewing

    async def run(self) -> None:
        """Attribute again with what is known now, and redraw."""
        space = self.workspace
        space.prove(tell)
        self.frame.show(space, working="Inferring the rest …")
        proofs = space.proofs
        async with self.alone(space):
            if space is not self.workspace or proofs != space.proofs:
                return
            await asyncio.sleep(0)
            await self.inferred(space)
            self.frame.kept()
