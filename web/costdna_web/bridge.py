"""From Python to the page: messages, progress, downloads. Outside a browser they are kept in `sent`, for the tests."""

from __future__ import annotations

import asyncio
import json
from typing import Any

try:
    from js import costdna as _page  # the object web/static/python/worker.js offers
except ImportError:
    _page = None

sent: list[dict[str, Any]] = []


def post(kind: str, **payload: Any) -> None:
    """Send a message of plain JSON values to the page."""
    if _page is None:
        sent.append({"type": kind, **payload})
    else:
        _page.post(kind, json.dumps(payload))


async def progress(text: str, share: float | None = None) -> None:
    """Say what is being done (share 0–1 when known) and let the page be heard: a pending stop arrives here."""
    post("progress", text=text, share=share)
    await asyncio.sleep(0)


def download(name: str, data: bytes | str, mime: str = "application/octet-stream") -> None:
    """Save bytes on the user's machine through the browser's own dialogue. Text is written as UTF-8."""
    content = data.encode("utf-8") if isinstance(data, str) else bytes(data)
    if _page is None:
        sent.append({"type": "download", "name": name, "mime": mime, "bytes": content})
        return
    from pyodide.ffi import to_js

    _page.download(name, mime, to_js(content))
