"""The companion's own paths: tools, jobs, the session, the bill it was opened with. (method, path, body) → (status,
answer).
"""

import json
from urllib.parse import parse_qs

from costdna.errors import CostDNAError
from costdna_companion.server import kept
from costdna_companion.server.desk import TOOLS, Desk, needed
from costdna_companion.server.jobs import Jobs

LONGEST = {"plan": 64 << 20, "session": 64 << 20}
"""Bytes that a body may have where it is a whole file; everywhere else the server's own limit holds."""


class Companion:
    """The desk and its jobs behind paths that begin with companion/."""

    def __init__(self, desk: Desk):
        self.desk, self.jobs = desk, Jobs()
        self._tools = {tool.name: tool for tool in TOOLS}

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, object]:
        """Status and JSON-ready answer for a path below /companion; errors in the API's own form."""
        path, _, query = path.partition("?")
        parts = path.strip("/").split("/")[1:]
        try:
            return self._answer(method, parts, body, query)
        except CostDNAError as error:
            return 409 if error.code == "busy" else 422, {"error": error.to_dict()}
        except Exception as error:  # what a bug says may hold anything: only its kind is told
            return 500, _error("bug", f"Something in CostDNA broke ({type(error).__name__}).")

    def _answer(self, method: str, parts: list[str], body: bytes, query: str) -> tuple[int, object]:
        if not parts:
            running = self.jobs.running()
            return 200, {
                "tools": [
                    {"name": t.name, "description": t.description, "job": t.job, "write": t.write} for t in TOOLS
                ],
                "bills": len(self.desk.bills),
                "folder": str(self.desk.folder),
                "job": running and running.shown(),
            }
        if parts[0] == "session" and len(parts) <= 2:
            return self._session(method, parts[1:], body, query)
        if parts[0] == "jobs" and len(parts) in (2, 3):
            job = (
                self.jobs.control(parts[1], parts[2])
                if method == "POST" and len(parts) == 3 and parts[2] in ("pause", "resume", "cancel")
                else self.jobs.get(parts[1])
                if method == "GET" and len(parts) == 2
                else None
            )
            return (200, job.shown()) if job else (404, _error("no-job", "There is no such job."))
        if parts == ["events"] and method == "GET":
            return 200, self.desk.events()
        if parts == ["bills"] and method == "GET":
            return 200, {"files": [{"name": p.name, "bytes": p.stat().st_size} for p in self.desk.bills]}
        if len(parts) == 1 and parts[0] in self._tools:
            return self._tool(method, self._tools[parts[0]], body)
        return 404, _error("not-found", "There is no such path.")

    def _tool(self, method: str, tool, body: bytes) -> tuple[int, object]:
        if method != "POST":
            return 405, _error("method", "Tools are called by POST.")
        try:
            given = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            given = None
        if (
            not isinstance(given, dict)
            or not all(k in tool.arguments and type(v) is tool.arguments[k] for k, v in given.items())
            or not given.keys() >= set(needed(tool))
        ):
            return 400, _error(
                "arguments",
                f"{tool.name} takes {', '.join(f'{k} ({v.__name__})' for k, v in tool.arguments.items()) or 'nothing'}"
                + (f"; it needs {', '.join(needed(tool))}." if needed(tool) else "."),
            )
        call = getattr(self.desk, tool.name)
        if not tool.job:
            return 200, {"result": call(**given)}
        return 202, self.jobs.start(tool.name, lambda job: call(job, **given)).shown()

    def _session(self, method: str, name: list[str], body: bytes, query: str) -> tuple[int, object]:
        folder = self.desk.folder / "sessions"
        if method == "PUT" and not name:
            try:
                text = body.decode("utf-8")
            except UnicodeDecodeError:
                return 400, _error("session", "The session is not UTF-8.")
            key, there = kept.keep_over(folder, text, parse_qs(query).get("known", [""])[0])
            if there is None:
                return 200, {"kept": key, "mark": kept.mark(text)}
            refused = _error("changed", "Another window has kept something about this bill since.")
            return 409, {**refused, "text": there, "mark": kept.mark(there)}
        if method == "GET" and name:
            text = kept.find(folder, name[0])
            return 200, {"text": text or "", "mark": kept.mark(text)}
        return 405, _error("method", "A session is fetched by its name and put whole.")


def _error(code: str, message: str) -> dict:
    return {"error": {"code": code, "message": message, "found": "", "where": "", "next": ""}}
