"""From Python to the page: messages, progress, downloads. Outside a browser they are kept in `sent`, for the tests."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Coroutine
from typing import Any

from costdna.errors import CostDNAError

try:
    from js import costdna as _page  # the object web/static/python/worker.js offers
except ImportError:
    _page = None

sent: list[dict[str, Any]] = []

STEPS = {
    "read": "Adding up",
    "owners": "Finding the owners the bill itself names",
    "relations": "Finding what belongs together",
    "attribute": "Inferring the rest",
    "allocate": "Allocating every cent",
    "report": "Closing the ledger",
}


def post(kind: str, **payload: Any) -> None:
    """Send a message of plain JSON values to the page."""
    if _page is None:
        sent.append({"type": kind, **payload})
    else:
        _page.post(kind, json.dumps(payload))


def tell(step: str) -> None:
    """Say on the page which step begins."""
    post("progress", text=STEPS.get(step, step))


def fail(error: CostDNAError) -> None:
    """Tell the page what a person can act on."""
    post(
        "failed",
        during="load",
        message=error.message,
        traceback=str(error),
        problem={
            "message": error.message,
            "where": ", ".join(x for x in (error.where, error.found) if x),
            "next": error.next_step,
        },
    )


_begun: set[asyncio.Task] = set()


def soon(work: Coroutine) -> asyncio.Task:
    """Begin some work without waiting for it. What breaks in it is told to the page; nobody else would hear of it."""

    async def told() -> None:
        try:
            await work
        except CostDNAError as error:
            fail(error)
        except Exception as error:
            post(
                "failed",
                during="work",
                message=f"{type(error).__name__}: {error}"[:300],
                traceback=traceback.format_exc(),
            )

    task = asyncio.ensure_future(told())
    _begun.add(task)  # the loop itself holds a task only weakly
    task.add_done_callback(_begun.discard)
    return task


def far() -> bool:
    """Whether this page can start a second interpreter (see aside.py)."""
    return _page is not None and hasattr(_page, "asideAsk")


def tell_elsewhere(message: bytes) -> None:
    """Send bytes to the second interpreter, started with the first message, and wait for nothing: it begins while this
    one computes.
    """
    from pyodide.ffi import to_js

    _page.asideTell(to_js(message))


async def elsewhere(message: bytes) -> bytes:
    """Send bytes to the second interpreter, started with the first message; its answer. Raises JsException with its own
    words.
    """
    from pyodide.ffi import to_js

    return (await _page.asideAsk(to_js(message))).to_bytes()


def has(path: str) -> bool:
    """Whether the site was built with this file (false outside a browser)."""
    return _page is not None and path in _page.parts.to_py()


async def fetch(path: str) -> bytes:
    """Content of a file of the site. Raises OSError when it is not there."""
    from pyodide.http import pyfetch

    answer = await pyfetch(_page.base + path)
    if not answer.ok:
        raise OSError(f"{path}: the server answered {answer.status}")
    return await answer.bytes()


def companion_here() -> bool:
    """Whether the desktop companion served this page."""
    return _page is not None and bool(_page.token)


async def companion(method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Ask the desktop companion on this machine: (status, JSON). Raises OSError where it does not answer."""
    from pyodide.http import pyfetch

    given = {} if body is None else {"body": body if isinstance(body, str) else json.dumps(body)}
    answer = await pyfetch(
        f"{_page.base}api/v1/companion{path}",
        method=method,
        headers={"Authorization": f"Bearer {_page.token}"},
        cache="no-store",
        **given,
    )
    return int(answer.status), json.loads(await answer.string())


async def companion_model() -> bytes:
    """The account's own model as the companion has it; empty where it has none. Raises OSError where it does not
    answer.
    """
    from pyodide.http import pyfetch

    answer = await pyfetch(
        f"{_page.base}api/v1/companion/model", headers={"Authorization": f"Bearer {_page.token}"}, cache="no-store"
    )
    return bytes(await answer.bytes()) if answer.ok else b""


def download(name: str, data: bytes | str, mime: str = "application/octet-stream") -> None:
    """Save bytes on the user's machine through the browser's own dialogue. Text is written as UTF-8."""
    content = data.encode("utf-8") if isinstance(data, str) else bytes(data)
    if _page is None:
        sent.append({"type": "download", "name": name, "mime": mime, "bytes": content})
        return
    from pyodide.ffi import to_js

    _page.download(name, mime, to_js(content))
