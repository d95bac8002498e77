"""The site's own model: opened once, vetted against its card and golden passes, None where there is none that may be used.

Proof and the simple methods then stand alone, and the page says why.
"""

from __future__ import annotations

import json
from typing import Any

from costdna.attribute.card import ModelRefused, vet

from . import bridge
from .ort import OrtWebSession

PATH = "models/attributor.onnx"

_session: Any = None
_tried = False


async def session() -> OrtWebSession | None:
    """The awaited session every forward pass goes through; None without a model, or with one that was refused."""
    global _session, _tried
    if not _tried and bridge.has(PATH):
        _tried = True
        try:
            _session = await opened()
        except ModelRefused as refused:
            bridge.post("note", text=f"{refused.message} {refused.next_step}")
    return _session


async def opened() -> OrtWebSession:
    """Fetch model, card and golden passes from the site and vet them together. Raises ModelRefused."""
    content = await bridge.fetch(PATH)
    card = json.loads(await bridge.fetch(PATH.replace(".onnx", ".json")))
    golden = {entry["file"]: await bridge.fetch(f"models/{entry['file']}") for entry in card["golden"]}
    opened = await OrtWebSession.open(content=content)
    opened.model_id = await vet(opened, card, content, golden)
    return opened
