"""The model that speaks: the site's own, or one the user handed over as a file. Each is vetted against its card and its
golden passes before it is used.

Where there is none that may be used, proof and the simple methods stand alone, and the page says why.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from costdna.attribute import packed
from costdna.attribute.card import INPUTS, OUTPUTS, ModelRefused, check_card, vet
from costdna.errors import CostDNAError

from . import bridge
from .ort import OrtWebSession

PATH = "models/attributor.onnx"


@dataclass(frozen=True)
class Own:
    """A model that was handed over and found good. content: the file as it came; lesson: what its card says it was
    taught (`packed.lesson`).
    """

    session: Any
    content: bytes
    name: str
    sha256: str
    lesson: dict


own: Own | None = None
"""The last model that was handed over and found good."""
speaks = False
"""Whether it is the one that is used; else the site's."""
refused = ""
"""Why the last one handed over was not taken, in words."""

_session: Any = None
_sha256 = ""
_tried = False
_looking: asyncio.Lock | None = None
_opening: asyncio.Lock | None = None


async def session() -> Any:
    """The awaited session every forward pass goes through: one's own where it speaks, else the site's; None without a
    model, or with one that was refused.
    """
    global _session, _sha256, _tried, _opening
    if _looking is not None and _looking.locked():
        async with _looking:  # a model dropped beside the bill is looked at first
            pass
    if speaks:
        return own.session
    if not _tried and bridge.has(PATH):
        _opening = _opening or asyncio.Lock()
        async with _opening:  # who asks meanwhile waits for it, instead of doing without a model
            if not _tried:
                try:
                    _session, _sha256 = await opened()
                except ModelRefused as error:
                    bridge.post("note", text=f"{error.message} {error.next_step}")
                finally:
                    _tried = True
    return _session


def sha256() -> str:
    """The hash of the model that is used; "" before one was opened, or without any."""
    return own.sha256 if speaks else _sha256


async def opened() -> tuple[OrtWebSession, str]:
    """Fetch model, card and golden passes from the site and vet them together; the session and the model's sha256.
    Raises ModelRefused.
    """
    content = await bridge.fetch(PATH)
    card = json.loads(await bridge.fetch(PATH.replace(".onnx", ".json")))
    golden = {entry["file"]: await bridge.fetch(f"models/{entry['file']}") for entry in card["golden"]}
    opened = await OrtWebSession.open(content=content)
    opened.model_id = await vet(opened, card, content, golden)
    return opened, card["model"]["sha256"]


async def hand(content: bytes) -> bool:
    """Take a model file that the user gave. True: it is good and speaks from now on. False: `refused` says why, and
    what spoke before goes on.
    """
    global own, speaks, refused, _looking
    _looking = _looking or asyncio.Lock()
    async with _looking:
        try:
            own, refused = await looked(content), ""
        except CostDNAError as error:
            refused = " ".join(
                x
                for x in (
                    error.message,
                    error.found and f"Found: {error.found}{f' ({error.where})' if error.where else ''}.",
                    error.next_step,
                )
                if x
            )
            return False
        speaks = True
        return True


async def looked(content: bytes, open_: Any = None) -> Own:
    """A model file opened and vetted: card, hash, features, doors, then its golden passes as computed here. Raises
    ModelRefused for whatever is wrong with it.

    open_: awaited with the graph's bytes, gives a session; onnxruntime-web's by default.
    """
    graph, card, golden = packed.unpack(content)
    check_card(card, graph)  # before anything reads the graph
    try:
        session = await (open_ or _open)(graph)
        if set(session.inputs) != set(INPUTS) or set(session.outputs) != set(OUTPUTS):
            raise packed.refused(
                "The model has other doors than its card says.",
                f"in {', '.join(map(str, session.inputs))[:80]}; out {', '.join(map(str, session.outputs))[:80]}",
            )
        session.model_id = await vet(session, card, graph, golden)
    except CostDNAError:
        raise
    except Exception as error:  # it is somebody's file: whatever breaks on it is a reason not to use it
        raise packed.refused("This browser cannot run the model.", f"{type(error).__name__}: {error}"[:160]) from None
    return Own(session, content, session.model_id, hashlib.sha256(graph).hexdigest(), packed.lesson(card))


async def _open(graph: bytes) -> OrtWebSession:
    return await OrtWebSession.open(content=graph)


def choose(mine: bool) -> bool:
    """Let one's own model speak, or the site's. Whether that changed anything."""
    global speaks
    was, speaks = speaks, mine and own is not None
    return was != speaks


def shipped() -> str:
    """Short name of the site's model; "" before it was opened, or where it may not be used."""
    return getattr(_session, "model_id", "")
