"""The tools of a workspace as HTTP, without a server: (method, path, body) → (status, answer). JSON in, JSON out."""

import json
import threading

from costdna.errors import CostDNAError
from costdna.tools import tools
from costdna.workspace import Workspace
from costdna_companion.server import routes_costs
from costdna_companion.server.desk import TOOLS as COMPANION
from costdna_companion.server.desk import needed

PREFIX = "/api/v1"


class Api:
    """Calls tools one at a time: a workspace is one person's session, not a database."""

    def __init__(self, space: Workspace):
        self.space, self._lock = space, threading.Lock()
        self._tools = {tool.name: tool for tool in tools() if not tool.write}

    def answer(self, method: str, path: str, body: bytes = b"") -> tuple[int, object]:
        """Status and JSON-ready answer. An error has `error` with code, message, found, where, next."""
        try:
            return self._answer(method, path, body)
        except Exception as error:  # what a bug says may hold anything of the bill: only its kind is told
            return 500, _error(
                "bug",
                f"Something in CostDNA broke ({type(error).__name__}).",
                next_step="Please report it with what you asked.",
            )

    def _answer(self, method: str, path: str, body: bytes) -> tuple[int, object]:
        what = path.split("?")[0].removeprefix(PREFIX).strip("/")
        if method == "GET" and what == "health":
            return 200, {"status": "ok", "bill": self.space.result is not None}
        if method == "GET" and what == "openapi.json":
            return 200, openapi()
        if method == "GET" and what == "tools":
            return 200, {
                "tools": [
                    {"name": t.name, "description": t.description, "input_schema": t.input_schema}
                    for t in self._tools.values()
                ]
            }
        if method == "GET" and what.partition("/")[0] in ("costs", "aggregate", "total"):
            with self._lock:
                return routes_costs.answer(self.space, path.removeprefix(PREFIX))
        kind, _, name = what.partition("/")
        if kind != "tools" or name not in self._tools:
            return 404, _error(
                "not-found", "There is no such path.", found=path, next_step=f"GET {PREFIX}/openapi.json lists them."
            )
        if method != "POST":
            return 405, _error(
                "method", "Tools are called by POST.", found=method, next_step="Send the arguments as a JSON object."
            )
        return self._call(name, body)

    def _call(self, name: str, body: bytes) -> tuple[int, object]:
        try:
            arguments = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            return 400, _error("json", "The body is not JSON.", next_step="Send the arguments as a JSON object.")
        problem = _misfit(arguments, self._tools[name].input_schema)
        if problem:
            return 400, _error("arguments", problem, next_step=f"See {PREFIX}/tools for what {name} takes.")
        try:
            with self._lock:
                return 200, {"result": getattr(self.space, name)(**arguments)}
        except CostDNAError as error:
            return 422, {"error": error.to_dict()}


def _misfit(arguments, schema: dict) -> str:
    """What is wrong with a call's arguments, or nothing."""
    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}
    if not isinstance(arguments, dict):
        return "The arguments are not a JSON object."
    for name, value in arguments.items():
        if name not in schema["properties"]:
            return f"There is no argument {name}."
        due = schema["properties"][name]["type"]
        if not isinstance(value, kinds[due]) or due in ("integer", "number") and isinstance(value, bool):
            return f"{name} is not of type {due}."
    missing = [name for name in schema["required"] if name not in arguments]
    return f"{missing[0]} is missing." if missing else ""


def _error(code: str, message: str, *, found: str = "", next_step: str = "") -> dict:
    return {"error": {"code": code, "message": message, "found": found, "where": "", "next": next_step}}


def openapi() -> dict:
    """The OpenAPI 3.1 description of every path, made from the tools' own signatures."""
    paths: dict = {
        f"{PREFIX}/{name}": {
            "get": {"operationId": name.partition(".")[0], "summary": text, "responses": {"200": {"description": "OK"}}}
        }
        for name, text in (
            ("health", "Whether the server runs and has a bill."),
            ("tools", "The tools and what they take."),
            ("openapi.json", "This document."),
        )
    }
    for path, (text, query) in routes_costs.ROUTES.items():
        named = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        paths[PREFIX + path] = {
            "get": {
                "operationId": "_".join(part.strip("{}") for part in path.strip("/").split("/")),
                "summary": text,
                "parameters": [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in named]
                + [
                    {
                        "name": n,
                        "in": "query",
                        "required": False,
                        "schema": {"type": "integer", "minimum": 1, "default": 30}
                        if n == "days"
                        else {"type": "string", "default": "service"},
                    }
                    for n in query
                ],
                "responses": {
                    "200": {"description": "JSON: rounded numbers, and the exact amount as text in `exact`."},
                    "401": {"description": "No token."},
                    "404": {"description": "The bill knows nothing of that name."},
                    "422": {"description": "The question cannot be answered; says why."},
                },
            }
        }
    for tool in tools():
        if not tool.write:
            paths[f"{PREFIX}/tools/{tool.name}"] = {
                "post": {
                    "operationId": tool.name,
                    "summary": tool.description.partition("\n\n")[0].replace("\n", " "),
                    "description": tool.description,
                    "requestBody": {"content": {"application/json": {"schema": tool.input_schema}}},
                    "responses": {
                        "200": {"description": "The result, as JSON."},
                        "400": {"description": "Wrong arguments."},
                        "401": {"description": "No token."},
                        "422": {"description": "The tool says why it cannot answer."},
                    },
                }
            }
    kinds = {str: "string", int: "integer", list: "array"}
    for tool in COMPANION:
        paths[f"{PREFIX}/companion/{tool.name}"] = {
            "post": {
                "operationId": f"companion_{tool.name}",
                "summary": tool.description,
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {n: {"type": kinds[k]} for n, k in tool.arguments.items()},
                                "required": needed(tool),
                            }
                        }
                    }
                },
                "responses": {
                    "202": {
                        "description": "A job: follow it at /companion/jobs/{id}; POST pause, resume or cancel there."
                    }
                    if tool.job
                    else {"description": "The result, as JSON."},
                    "401": {"description": "No token."},
                    "409": {"description": "Another job runs."},
                    "422": {"description": "It cannot be done; says why."},
                },
            }
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CostDNA, local",
            "version": "1",
            "description": "Who owns the money on a bill, asked on this machine.",
        },
        "paths": paths,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{"token": []}],
    }
