"""The desktop companion as the page knows it: found by its token, asked over this machine's own loopback, followed
while it works. No Panel here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from costdna.errors import CostDNAError

from . import bridge

EVERY = 0.5
"""Seconds between two looks at a job."""


@dataclass
class Companion:
    """What the companion can do and has said. ask(method, path, body) → (status, answer); changed() draws what moved."""

    ask: Callable[[str, str, Any], Awaitable[tuple[int, Any]]] = field(default_factory=lambda: bridge.companion)
    changed: Callable[[], None] = lambda: None
    tools: tuple[str, ...] = ()
    folder: str = ""
    job: dict = field(default_factory=dict)  # the one that runs, or ran last
    said: dict[str, dict] = field(default_factory=dict)  # tool → its last result
    problem: dict = field(default_factory=dict)  # the last error: message, found, next

    async def discover(self) -> bool:
        """Whether a companion is there, and what it offers."""
        if not bridge.companion_here():
            return False
        try:
            status, found = await self.ask("GET", "", None)
        except OSError:
            return False
        if status == 200:
            self.tools, self.folder, self.job = (
                tuple(t["name"] for t in found["tools"]),
                found["folder"],
                found.get("job") or {},
            )
        return bool(self.tools)

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return self.job.get("state") in ("running", "paused", "stopping")

    async def do(self, tool: str, **arguments: Any) -> dict | None:
        """Run a tool to its end; its result, or None where it failed or was cancelled (`problem`, `job` say why)."""
        self.problem = {}
        status, answer = await self._ask("POST", f"/{tool}", arguments)
        if status == 200:
            self.said[tool] = answer["result"]
            self.changed()
            return answer["result"]
        if status != 202:
            self.problem = answer.get("error", {})
            self.changed()
            return None
        self.job = answer
        return await self.follow()

    async def follow(self) -> dict | None:
        """Watch the job that runs to its end; its result where it came to one. A page that was opened again takes up
        what was still running.
        """
        tool = self.job["tool"]
        while self.busy:
            self.changed()
            await asyncio.sleep(EVERY)
            status, answer = await self._ask("GET", f"/jobs/{self.job['id']}", None)
            self.job = answer if status == 200 else {**self.job, "state": "failed", "error": answer.get("error", {})}
        self.problem = self.job.get("error") or {}
        result = self.job.get("result")
        if result is not None:
            self.said[tool] = result
        self.changed()
        return result if self.job["state"] == "done" else None

    async def control(self, wish: str) -> None:
        """pause, resume or cancel the job that runs."""
        if self.busy:
            status, answer = await self._ask("POST", f"/jobs/{self.job['id']}/{wish}", {})
            if status == 200 and self.busy:
                self.job = answer
                self.changed()

    async def events(self) -> dict:
        """The tables of the last scan, as columns."""
        status, answer = await self._ask("GET", "/events", None)
        if status != 200:
            raise CostDNAError(
                answer.get("error", {}).get("message", "The companion gave no events."), next_step="Scan again."
            )
        return answer

    async def model(self) -> bytes:
        """The account's own model as one file."""
        return await bridge.companion_model()

    async def session(self, name: str) -> dict[str, str]:
        """The session kept for a bill: {name, text, mark}, the last two "" where there is none."""
        status, answer = await self._ask("GET", f"/session/{name}", None)
        return {"name": name, **{k: str(answer.get(k, "")) if status == 200 else "" for k in ("text", "mark")}}

    async def _ask(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        try:
            return await self.ask(method, path, body)
        except OSError as error:
            return 0, {
                "error": {
                    "message": "The companion does not answer.",
                    "found": str(error)[:120],
                    "next": "Start it again; what it wrote is in its journal.",
                }
            }


def frame(given: dict):
    """A table as it travels ({columns: {name: {words, codes} | {values} | {seconds}}}) → a frame."""
    import numpy as np
    import pandas as pd

    out = {}
    for name, column in given["columns"].items():
        if "words" in column:
            out[name] = np.array([*column["words"], ""], dtype=object)[np.array(column["codes"], dtype="int64")]
        elif "seconds" in column:
            out[name] = (
                pd.to_datetime(pd.Series(column["seconds"], dtype="float64"), unit="s")
                .astype("datetime64[ns]")
                .to_numpy()
            )
        else:
            out[name] = np.array(column["values"], dtype="int64") != 0
    return pd.DataFrame(out)


def take(wishes, given: dict) -> None:
    """What a scan found, as wishes: rows of events, and INVENTORY and MEMBERSHIPS where they were asked for."""
    from costdna import schema
    from costdna.events import WROTE

    wishes.events = frame(given["events"])[list(WROTE)]
    if "inventory" in given:
        wishes.inventory = schema.INVENTORY.check(frame(given["inventory"])[schema.INVENTORY.names()])
        wishes.memberships = schema.MEMBERSHIPS.check(frame(given["memberships"])[schema.MEMBERSHIPS.names()])


def session_key(sources: list[str]) -> str:
    """The companion's name for the session about these files."""
    import hashlib

    return hashlib.sha256("\n".join(sorted(sources)).encode()).hexdigest()[:32]


def plan_text(state, key: str, least: float) -> str:
    """The tag plan of what the page shows now, as `costdna apply` and the companion take it."""
    from costdna.export.leaving import Choices, Leaving
    from costdna.export.tag_file import tag_plan_json

    return tag_plan_json(
        Leaving(state.result, state.report, state.figures, Choices(key=key, least=least, repository=state.code))
    )
