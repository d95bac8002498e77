"""Weights → ``attributor.onnx``: exported, slimmed, and refused unless onnxruntime gives the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch.export import Dim

from costdna.features import X_WIDTH

from .network import Attributor, Doors

INPUTS = ("x", "member_node", "member_group", "group_kind", "y_support")
OUTPUTS = ("logits", "none_logit")
OPSET = 18
TOLERANCE = 1e-4
SHAPES = ((50, 200, 30, 4), (7, 3, 2, 2), (20, 0, 0, 3), (5, 0, 4, 1), (1, 1, 1, 1), (300, 4000, 500, 20), (1000, 5000, 600, 300))
"""(N, K, G, C) at which onnxruntime must equal torch: one resource, no groups, one team, 300 teams among them."""


def random_feeds(n: int, k: int, g: int, c: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Feeds of a given shape, distinct memberships not guaranteed (duplicate indices are what exporters get wrong)."""
    rng = np.random.default_rng([seed, n, k, g, c])
    y = np.zeros((n, c), dtype=np.float32)
    y[np.arange(n), rng.integers(0, c, n)] = 1.0
    y[rng.random(n) < 0.5] = 0.0
    return {
        "x": rng.normal(size=(n, X_WIDTH)).astype(np.float32),
        "member_node": rng.integers(0, n, k),
        "member_group": rng.integers(0, max(g, 1), k),
        "group_kind": rng.integers(0, 29, g),
        "y_support": y,
    }


def export(model: Attributor, path: Path) -> None:
    """Write the ONNX file; raises ``RuntimeError`` when it holds a ScatterElements or differs from torch anywhere."""
    import onnx

    doors = Doors(model).eval()
    example = tuple(torch.from_numpy(value) for value in random_feeds(*SHAPES[0]).values())
    n, k, g, c = Dim("N", min=1), Dim("K", min=0), Dim("G", min=0), Dim("C", min=1)
    program = torch.onnx.export(
        doors, example, dynamo=True, opset_version=OPSET, input_names=list(INPUTS), output_names=list(OUTPUTS),
        dynamic_shapes=({0: n}, {0: k}, {0: k}, {0: g}, {0: n, 1: c}), external_data=False, verbose=False,
    )  # fmt: skip
    proto = program.model_proto
    # the exporter writes source paths and stack traces of the machine it ran on into every node
    del proto.metadata_props[:]
    for node in proto.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*proto.graph.value_info, *proto.graph.input, *proto.graph.output, *proto.graph.initializer]:
        if hasattr(value, "metadata_props"):
            del value.metadata_props[:]
        value.doc_string = ""
    del proto.graph.metadata_props[:]
    del proto.functions[:]
    del proto.graph.value_info[:]
    onnx.checker.check_model(proto)
    check_operators(proto)
    path.write_bytes(proto.SerializeToString(deterministic=True))
    worst = difference(model, path)
    if not worst <= TOLERANCE:
        raise RuntimeError(f"the exported model differs from torch by {worst:.2e}, more than {TOLERANCE:.0e}: not written")


def check_operators(proto) -> None:
    """Only scatters of the fast and exact sort: ScatterND with reduction add, never ScatterElements."""
    for node in proto.graph.node:
        if node.op_type == "ScatterElements":
            raise RuntimeError("ScatterElements in the graph: several times slower in the page than ScatterND")
        if node.op_type == "ScatterND" and not any(a.name == "reduction" and a.s == b"add" for a in node.attribute):
            raise RuntimeError("a ScatterND that does not add: the exporter dropped the accumulation")


def difference(model: Attributor, path: Path) -> float:
    """Largest |torch − onnxruntime| over both outputs and all :data:`SHAPES`; NaN anywhere gives infinity."""
    import asyncio

    from costdna_companion.native.session import OrtSession

    session, doors, worst = OrtSession(path), Doors(model).eval(), 0.0
    for shape in SHAPES:
        feeds = random_feeds(*shape)
        with torch.no_grad():
            expected = doors(*[torch.from_numpy(value) for value in feeds.values()])
        got = asyncio.run(session.run(feeds))
        for name, value in zip(OUTPUTS, expected, strict=True):
            gap = float(np.abs(value.numpy() - got[name]).max(initial=0.0))
            worst = max(worst, gap if np.isfinite(gap) else np.inf)
    return worst
