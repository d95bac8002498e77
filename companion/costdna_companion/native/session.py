"""The model's native runner: onnxruntime behind the same awaited call as the page's worker."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np

from costdna.attribute.card import vet


class OrtSession:
    """Runs the attributor natively. ``model_id`` is "" unless the model was vetted by :func:`open_model`.

    One thread on purpose: onnxruntime's CPU ScatterND(add) races when several threads meet on one index
    (microsoft/onnxruntime#18048) and silently returns other numbers from run to run; the page runs one thread as well.
    """

    def __init__(self, model: bytes | str | Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # gives memory back between passes of very different size
        options.log_severity_level = 3
        source = model if isinstance(model, bytes) else str(model)
        self._session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        self.model_id = ""
        self.inputs = [item.name for item in self._session.get_inputs()]
        self.outputs = [item.name for item in self._session.get_outputs()]

    async def run(self, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """One forward pass: named arrays in, named arrays out."""
        values = self._session.run(self.outputs, {name: np.ascontiguousarray(feeds[name]) for name in self.inputs})
        return dict(zip(self.outputs, values, strict=True))


def open_model(path: Path) -> OrtSession:
    """The model at ``path`` with the card beside it (same name, .json), vetted.

    Raises ``ModelRefused`` when it does not fit.
    """
    content, card = path.read_bytes(), json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    session = OrtSession(content)
    golden = {entry["file"]: (path.parent / entry["file"]).read_bytes() for entry in card["golden"]}
    session.model_id = asyncio.run(vet(session, card, content, golden))
    return session
