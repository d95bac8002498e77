"""A second interpreter, in a worker of its own, for what takes long on a large bill: this one goes on answering keys
meanwhile.

Both ends are in this file. The page's interpreter asks through `Aside`; the other one (web/static/python/worker.js with
the role "aside") answers in `ask`, holds what it was sent, and keeps what a run froze for the next answer. What goes
over is pickled: both run the very same code.
"""

from __future__ import annotations

import asyncio
import pickle
from dataclasses import fields, replace
from typing import Any

from costdna import pipeline
from costdna.pipeline import Grounds, Result, Wishes
from costdna.workspace import Workspace

from . import bridge, model

GROUNDS = tuple(f.name for f in fields(Grounds))
CONCLUDED = ("known", "ownership", "allocations", "report", "inferred")
WORTH = 4000
"""Resources from which on a second interpreter is worth its start (some seconds) and its memory."""


_speaks: bytes | None = None
"""The model of one's own that speaks in the other interpreter, which outlives a bill."""


class Elsewhere:
    """Stands for what a run froze for the next answer: it is large, and stays where the run was."""


class Aside:
    """The way to the other interpreter. `send` takes and gives bytes, and is awaited."""

    def __init__(self, send: Any) -> None:
        self.send = send
        self._there: dict[str, Any] = {}  # what the other side holds already, by name

    async def conclude(self, kind: str, result: Result, wishes: Wishes, model_wanted: bool = True) -> Result:
        """kind "infer": a whole run over the grounds of `result`. "follow": one pass of what was chosen then, with the
        answers of now.
        """
        answer = await self._ask(kind, result, wishes, model_wanted)
        self._there["known"] = answer["known"]
        return Result(**{name: getattr(result, name) for name in GROUNDS} | answer)

    async def examine(self, result: Result, owner: int) -> dict:
        """What `costdna.pipeline.examine` finds about a resource."""
        return await self._ask("examine", result, owner)

    async def _ask(self, kind: str, result: Result, *more: Any) -> Any:
        global _speaks
        mine = model.own.content if model.speaks else None
        if mine != _speaks:
            await self.send(pickle.dumps(("model", {}, (mine,)), 5))
            _speaks = mine
        new = {name: getattr(result, name) for name in GROUNDS if self._there.get(name) is not getattr(result, name)}
        answer = pickle.loads(await self.send(pickle.dumps((kind, new, more), 5)))
        self._there |= new
        return answer


class Space(Workspace):
    """The page's workspace. On a large bill its runs are made by the other interpreter; where that fails, by this one."""

    aside: Aside | None = None
    failed = False

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.turn = asyncio.Lock()  # held by whoever infers: two runs at once would write over one another
        self.proofs = 0  # times the bill was proved: what was inferred over an earlier proof is out of date
        self.said = self.counted = 0  # answers and rules given, and how many of them the result counts

    def warm(self) -> None:
        """Start the other interpreter where the bill is large, so that it and the model are there once this one has
        proved what is proved.
        """
        if sum(len(r["meta"]["dictionaries"].get("ResourceId", ())) for r in self.readings) >= WORTH and bridge.far():
            bridge.tell_elsewhere(pickle.dumps(("warm", {}, ()), 5))

    def prove(self, tell=lambda step: None):
        """As Workspace's, at once, also while something is being inferred: that is then dropped."""
        super().prove(tell)
        self.proofs, self.counted = self.proofs + 1, self.said
        return self.report

    async def infer(self, tell=lambda step: None):
        return await self._concluded("infer", tell)

    async def follow(self, tell=lambda step: None):
        return await self._concluded("follow", tell)

    async def tested(self, owner: int) -> dict:
        """What carries the answer about a resource (see costdna.pipeline.examine)."""
        if self.aside is not None and isinstance(getattr(self.result.inferred, "frozen", None), Elsewhere):
            return await self.aside.examine(self.result, owner)
        return await pipeline.examine(self.result, owner, self.session)

    async def _concluded(self, kind: str, tell: Any):
        proofs, result = self.proofs, await self._result(kind, tell)
        if proofs == self.proofs:
            self.result = result
        return self.report

    async def _result(self, kind: str, tell: Any) -> Result:
        """The next result, by the other interpreter or by this one; what stands is left alone."""
        here = Workspace(self.readings, self.wishes, self.session)
        here.result = self.result
        if self.aside is None and not self.failed and len(self.result.ownables) >= WORTH and bridge.far():
            self.aside = Aside(bridge.elsewhere)
        # what it holds may be of an earlier proof
        if self.aside is not None and (kind == "infer" or self.result.inferred is not None):
            try:
                return await self.aside.conclude(kind, self.result, self.wishes, self.session is not None)
            except Exception as error:
                self.aside, self.failed = None, True
                print(f"The second interpreter is given up: {error}")  # to the console; the work is done here
                if kind == "follow" and isinstance(getattr(here.result.inferred, "frozen", None), Elsewhere):
                    # What was frozen is gone with it: the answers are taken in, then all is inferred anew.
                    here.result = replace(here.result, inferred=replace(here.result.inferred, frozen=None))
                    await here.follow(tell)
                    kind = "infer"
        await (here.infer if kind == "infer" else here.follow)(tell)
        return here.result


_held: dict[str, Any] = {}
_last: Result | None = None


async def ask(message: Any) -> Any:
    """The other end: a pickled (kind, what is new of the grounds, more) in, a pickled answer out. Only ever runs in
    Pyodide.
    """
    from pyodide.ffi import to_js

    kind, new, more = pickle.loads(message.to_bytes())
    return to_js(pickle.dumps(await answered(kind, new, *more), 5))


async def answered(kind: str, new: dict[str, Any], *more: Any) -> Any:
    """What is asked of this interpreter, done."""
    global _last
    _held.update(new)
    if kind == "warm":
        await model.session()
        return None
    if kind == "model":
        if more[0] is None:
            model.choose(False)
        elif not await model.hand(more[0]):
            raise RuntimeError(model.refused)
        return None
    if kind == "run":
        from pyodide.code import eval_code_async

        return repr(await eval_code_async(more[0], {"result": _last, "session": await model.session()}))
    if kind == "examine":
        return await pipeline.examine(replace(_last, **_held), more[0], await model.session())
    wishes, model_wanted = more
    session = await model.session() if model_wanted else None
    if kind == "infer":
        grounds = Grounds(**_held)
        _last = pipeline.conclude(
            grounds, wishes, await pipeline.infer(grounds, wishes, session, bridge.tell), bridge.tell
        )
    else:
        _last = await pipeline.again(replace(_last, **_held), wishes, session)
    _held["known"] = _last.known
    answer = {name: getattr(_last, name) for name in CONCLUDED}
    if _last.inferred is not None and _last.inferred.frozen is not None:
        answer["inferred"] = replace(_last.inferred, frozen=Elsewhere())
    return answer
