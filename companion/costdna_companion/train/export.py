"""Weights → ``attributor.onnx``: exported, slimmed, and refused unless onnxruntime gives the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch.export import Dim

from costdna.features import X_WIDTH

from .network import EMPTY, Attributor, Doors

INPUTS = ("x", "member_node", "member_group", "group_kind", "y_support")
OUTPUTS = ("logits", "none_logit")
OPSET = 18
TOLERANCE = 1e-4
EXAMPLE = (1300, 4000, 600, 4)
"""What is traced: more than one block of resources, or the exporter takes the number of blocks for a constant."""
SHAPES = (
    (50, 200, 30, 4),
    (7, 3, 2, 2),
    (20, 0, 0, 3),
    (5, 0, 4, 1),
    (1, 1, 1, 1),
    (300, 4000, 500, 20),
    (1000, 5000, 600, 300),
)
"""(N, K, G, C) at which onnxruntime must equal torch: one resource, no groups, one team, 300 teams among them."""


def random_feeds(n: int, k: int, g: int, c: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Feeds of a given shape, distinct memberships not guaranteed (duplicate indices are what exporters get wrong).

    Every team has a known owner, and a resource several where there are more teams than resources.
    """
    rng = np.random.default_rng([seed, n, k, g, c])
    y = np.zeros((n, c), dtype=np.float32)
    y[np.arange(n), rng.integers(0, c, n)] = 1.0
    y[rng.random(n) < 0.5] = 0.0
    y[: min(n, c)] = 0.0
    y[np.arange(c) % n, np.arange(c)] = 1.0
    y /= np.maximum(y.sum(axis=1, keepdims=True), 1.0)
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
    example = tuple(torch.from_numpy(value) for value in random_feeds(*EXAMPLE).values())
    n, k, g, c = Dim("N", min=1), Dim("K", min=0), Dim("G", min=0), Dim("C", min=1)
    with torch.no_grad():
        program = torch.onnx.export(
            doors, example, dynamo=True, opset_version=OPSET, input_names=list(INPUTS), output_names=list(OUTPUTS),
            dynamic_shapes=({0: n}, {0: k}, {0: k}, {0: g}, {0: n, 1: c}), external_data=False, verbose=False,
        )  # fmt: skip
    proto = program.model_proto
    del proto.metadata_props[:]
    del proto.functions[:]
    for graph in graphs(proto.graph):
        strip(graph)
    leave_out_empty(proto.graph)
    onnx.checker.check_model(proto)
    check_operators(proto)
    path.write_bytes(proto.SerializeToString(deterministic=True))
    worst = difference(model, path)
    if not worst <= TOLERANCE:
        raise RuntimeError(
            f"the exported model differs from torch by {worst:.2e}, more than {TOLERANCE:.0e}: not written"
        )


def graphs(graph):
    """``graph`` and every graph inside its nodes (the bodies of loops)."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from graphs(attribute.g)


def strip(graph) -> None:
    """Without the source paths and stack traces of the machine it was made on, which the exporter writes into every
    node.
    """
    for item in [*graph.node, *graph.input, *graph.output, *graph.initializer]:
        if hasattr(item, "metadata_props"):
            del item.metadata_props[:]
        item.doc_string = ""
    del graph.metadata_props[:]
    del graph.value_info[:]
    graph.doc_string = ""


def leave_out_empty(graph) -> None:
    """Teams without a known owner are taken out of ``y_support`` in front of the graph and put back, at :data:`EMPTY`,
    behind it.
    """
    from onnx import TensorProto, helper, numpy_helper

    given, kept_y, found = INPUTS[-1], "kept_y_support", "kept_logits"
    for inside in graphs(graph):
        for node in inside.node:
            node.input[:] = [kept_y if name == given else name for name in node.input]
            node.output[:] = [found if name == OUTPUTS[0] else name for name in node.output]
    constants = {
        "axis_0": np.array([0], dtype=np.int64), "first_axis": np.int64(0), "one_team": np.int64(1), "behind_all": np.int64(-1),
        "nobody": np.float32(0.0), "one_column": np.array([0, 0, 0, 1], dtype=np.int64), "empty_logit": np.float32(EMPTY),
    }  # fmt: skip
    graph.initializer.extend(numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items())

    def node(op: str, inputs: list[str], output: str, **attributes):
        return helper.make_node(op, inputs, [output], name=f"empty_{output}", **attributes)

    before = [
        node("ReduceSum", [given, "axis_0"], "owners_of_team", keepdims=0),
        node("Greater", ["owners_of_team", "nobody"], "owned"),
        node("ReduceSum", [given], "owners", keepdims=0),
        node("Greater", ["owners", "nobody"], "anyone"),
        node("Not", ["anyone"], "no_one"),
        node("Or", ["owned", "no_one"], "kept"),
        node("NonZero", ["kept"], "kept_rows"),
        node("Squeeze", ["kept_rows", "axis_0"], "kept_teams"),
        node("Gather", [given, "kept_teams"], kept_y, axis=1),
    ]
    # a team's place among the kept ones; an empty one takes the column appended behind them
    after = [
        node("Cast", ["kept"], "kept_count", to=TensorProto.INT64),
        node("CumSum", ["kept_count", "first_axis"], "kept_so_far"),
        node("Sub", ["kept_so_far", "one_team"], "place_if_kept"),
        node("Where", ["kept", "place_if_kept", "behind_all"], "place"),
        node("Pad", [found, "one_column", "empty_logit"], "with_empty", mode="constant"),
        node("Gather", ["with_empty", "place"], OUTPUTS[0], axis=1),
    ]
    body = list(graph.node)
    del graph.node[:]
    graph.node.extend([*before, *body, *after])


def check_operators(proto) -> None:
    """Only scatters of the fast and exact sort, in loops too: ScatterND with reduction add, never ScatterElements."""
    for node in (node for graph in graphs(proto.graph) for node in graph.node):
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
