"""The site's own model, opened once: None where the site was built without one, so that proof and baselines stand alone."""

from __future__ import annotations

from typing import Any

from . import bridge
from .ort import OrtWebSession

_session: Any = None


async def session() -> OrtWebSession | None:
    """The awaited session every forward pass goes through; None without a model."""
    global _session
    if _session is None and bridge.has("models/attributor.onnx"):
        _session = await OrtWebSession.open("models/attributor.onnx")
    return _session
