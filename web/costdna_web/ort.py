"""onnxruntime-web behind the same door as onnxruntime: `await session.run(feeds)`, numpy in, numpy out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

# numpy dtype -> the name onnxruntime-web gives the tensor type
TYPES = {
    "float32": "float32",
    "float64": "float64",
    "int32": "int32",
    "int64": "int64",
    "uint8": "uint8",
    "bool": "bool",
}


class OrtWebSession:
    """A model loaded in its own worker. Make one with `await OrtWebSession.open(path)` or `open(content=bytes)`."""

    def __init__(self, handle: int, inputs: list[str], outputs: list[str]):
        self.handle, self.inputs, self.outputs = handle, inputs, outputs

    @classmethod
    async def open(cls, path: str = "models/attributor.onnx", content: bytes | None = None) -> OrtWebSession:
        """Load a model of the site by its path, or one the user dropped by its content."""
        from js import costdna
        from pyodide.ffi import to_js

        answer = await costdna.ortOpen(path, to_js(content) if content is not None else None)
        return cls(answer.session, answer.inputs.to_py(), answer.outputs.to_py())

    async def run(self, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Run once. Feeds of dtype float32/64, int32/64, uint8 or bool; results keep the model's dtypes and shapes.

        Raises TypeError for another dtype and JsException with onnxruntime's own words when the run fails.
        """
        from js import Object, costdna
        from pyodide.ffi import to_js

        given = {name: tensor(name, value) for name, value in feeds.items()}
        results = await costdna.ortRun(self.handle, to_js(given, dict_converter=Object.fromEntries))
        return {name: array(result) for name, result in results.object_entries()}


def tensor(name: str, value: np.ndarray) -> dict:
    """{type, dims, data} of an array; data is flat and C-contiguous (bool travels as bytes)."""
    flat = np.ascontiguousarray(value)
    if flat.dtype.name not in TYPES:
        raise TypeError(f"feed {name} has dtype {flat.dtype}; the model's worker takes {', '.join(TYPES)}")
    raw = flat.view(np.uint8) if flat.dtype == np.bool_ else flat
    return {"type": TYPES[flat.dtype.name], "dims": [int(n) for n in flat.shape], "data": raw.reshape(-1)}


def array(result) -> np.ndarray:
    """The numpy array of a {type, dims, data} that came back: one copy."""
    flat = np.asarray(result.data.to_py())
    if result.type == "bool":
        flat = flat.view(np.bool_)
    return flat.reshape([int(n) for n in result.dims.to_py()])
