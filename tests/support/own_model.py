"""A model of one's own without training: the shipped graph with one weight changed, its card and golden passes told
anew. Made without torch or onnx.
"""

import hashlib
import json
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import onnxruntime
from costdna.attribute import packed
from costdna.attribute.card import OUTPUTS, read_golden
from costdna_companion.train.arrays import npz

MODELS = Path(__file__).resolve().parents[2] / "models"
FINE_TUNED = {
    "owners": 412,
    "units": 97,
    "kept": True,
    "gain_nll": 0.12,
    "gain_error": 0.03,
    "shipped": {"nll": 0.8, "accuracy": 0.77},
    "fine_tuned": {"nll": 0.68, "accuracy": 0.81},
}


def variant(scale: float = 0.5, sources: tuple[str, ...] = ()) -> tuple[bytes, dict, dict[str, bytes]]:
    """(model, card, golden): the shipped graph whose last weights are `scale` as large, so that it answers otherwise."""
    graph = (MODELS / packed.MODEL).read_bytes()
    weight = np.load(MODELS / "weights.npz")["head2.out.weight"]
    assert graph.count(weight.tobytes()) == 1, "the graph no longer holds this weight as it is"
    graph = graph.replace(weight.tobytes(), (weight * np.float32(scale)).tobytes())
    shipped = json.loads((MODELS / packed.CARD).read_text("utf-8"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # see costdna_companion.native.session
    session, golden, listed = onnxruntime.InferenceSession(graph, options), {}, []
    for entry in shipped["golden"]:
        feeds, _ = read_golden((MODELS / entry["file"]).read_bytes())
        out = dict(zip(OUTPUTS, session.run(OUTPUTS, feeds), strict=True))
        golden[entry["file"]] = npz(feeds | {f"expected_{name}": out[name] for name in OUTPUTS})
        listed.append({"file": entry["file"], "sha256": hashlib.sha256(golden[entry["file"]]).hexdigest()})
    card = shipped | {
        "name": "attributor-account",
        "golden": listed,
        "model": shipped["model"] | {"sha256": hashlib.sha256(graph).hexdigest(), "bytes": len(graph)},
        "training": {"from": shipped["model"]["sha256"], "fine_tuned": FINE_TUNED, "sources": list(sources)},
    }
    return graph, card, golden


def file(graph: bytes, card: dict, golden: dict[str, bytes]) -> bytes:
    """The three as one file."""
    return packed.pack(graph, json.dumps(card).encode(), golden)


def zipped(parts: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Any ZIP."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()
