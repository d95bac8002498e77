"""`make bench-attribute`: the shipped attributor beside the prototype's shape, re-exported and run in the same run.

50,000 resources × 500,000 memberships × 20 teams: CPU seconds and peak memory of one pass of each, turn and turn about,
each in a process of its own. Then 5,000 × 50,000 × 300 teams against × 12: the shipped model must not grow with teams
as a naive one does. One thread each; best of the runs; ratios are what counts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SHIPPED = ROOT / "models" / "attributor.onnx"
LARGE, MANY, FEW = (50_000, 500_000, 60_000, 20), (5_000, 50_000, 6_000, 300), (5_000, 50_000, 6_000, 12)
"""(resources, memberships, groups, teams)."""


def feeds(shape: tuple[int, int, int, int], width: int, kinds: int, kind_name: str) -> dict[str, np.ndarray]:
    """A random account of that shape: half the resources labelled one in five, group sizes as in bills (few large, many
    small).
    """
    n, k, g, c = shape
    rng = np.random.default_rng([n, k, g, c])
    y = np.zeros((n, c), dtype=np.float32)
    y[np.arange(n), rng.integers(0, c, n)] = 1.0
    y[rng.random(n) > 0.2] = 0.0
    skewed = np.minimum((g * rng.random(k) ** 1.5).astype(np.int64), g - 1)
    return {
        "x": rng.normal(size=(n, width)).astype(np.float32),
        "member_node": rng.integers(0, n, k),
        "member_group": skewed,
        kind_name: rng.integers(0, kinds, g),
        "y_support": y,
    }


def export_prototype(path: Path) -> int:
    """The prototype's shape as ONNX, by the exporter and settings the shipped model uses; its number of parameters."""
    import torch
    from prototype import NUMBERS, TYPES, Prototype
    from torch.export import Dim

    from costdna_companion.train.export import OPSET

    torch.manual_seed(0)
    model = Prototype().eval()
    example = tuple(torch.from_numpy(value) for value in feeds((50, 200, 30, 4), NUMBERS, TYPES, "group_type").values())
    n, k, g, c = Dim("N", min=1), Dim("K", min=1), Dim("G", min=1), Dim("C", min=2)
    program = torch.onnx.export(model, example, dynamo=True, opset_version=OPSET, input_names=["x", "member_node", "member_group", "group_type", "y_support"],
                                output_names=["logits", "unknown_logit", "node_embedding"], dynamic_shapes=({0: n}, {0: k}, {0: k}, {0: g}, {0: n, 1: c}), external_data=False, verbose=False)  # fmt: skip
    proto = program.model_proto
    assert not [node for node in proto.graph.node if node.op_type == "ScatterElements"], (
        "the yardstick must scatter as fast as the shipped model"
    )
    path.write_bytes(proto.SerializeToString())
    import asyncio

    from costdna_companion.native.session import OrtSession

    check = feeds((90, 700, 60, 7), NUMBERS, TYPES, "group_type")
    got = asyncio.run(OrtSession(path).run(check))["logits"]
    with torch.no_grad():
        expected = model(*[torch.from_numpy(value) for value in check.values()])[0].numpy()
    assert np.abs(got - expected).max() < 1e-3, "the yardstick does not compute what torch does"
    return sum(p.numel() for p in model.parameters())


def worker(model: str, shape: tuple[int, int, int, int]) -> None:
    """One process: load, one small pass to warm up, one measured pass; prints JSON."""
    import asyncio

    from costdna_companion.native.session import OrtSession

    session = OrtSession(model)
    kind_name = next(name for name in session.inputs if name.startswith("group_"))
    width, kinds = (43, 29) if kind_name == "group_kind" else (24, 14)
    asyncio.run(session.run(feeds((200, 800, 90, shape[3]), width, kinds, kind_name)))
    account = feeds(shape, width, kinds, kind_name)
    cpu, wall = time.process_time(), time.monotonic()
    out = asyncio.run(session.run(account))
    assert np.isfinite(out["logits"]).all()
    print(json.dumps({"cpu": time.process_time() - cpu, "wall": time.monotonic() - wall, "peak_mb": peak_mb()}))


def peak_mb() -> float:
    """This process's largest memory, MB. On Linux not by getrusage, which counts the parent's torch before the exec in."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(model: Path, shape: tuple[int, int, int, int]) -> dict:
    """One measured pass in a process of its own."""
    command = [sys.executable, str(HERE / "__main__.py"), "--worker", str(model), json.dumps(shape)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"bench-attribute: the pass failed\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def best(runs: list[dict]) -> dict:
    """Least CPU, wall and memory over the runs."""
    return {key: min(run[key] for run in runs) for key in runs[0]}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench-attribute", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--worker", nargs=2, metavar=("MODEL", "SHAPE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return worker(options.worker[0], tuple(json.loads(options.worker[1])))
    with tempfile.TemporaryDirectory(prefix="costdna-bench-") as folder:
        prototype = Path(folder) / "prototype.onnx"
        parameters = export_prototype(prototype)
        print(
            f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, best of {options.runs}, one thread; yardstick {parameters:,} parameters (described: 41,480), shipped {options.model.stat().st_size:,} bytes"
        )
        rounds = [(measure(options.model, LARGE), measure(prototype, LARGE)) for _ in range(options.runs)]
        ours, theirs = best([a for a, _ in rounds]), best([b for _, b in rounds])
        print(f"\n{LARGE[0]:,} resources × {LARGE[1]:,} memberships × {LARGE[3]} teams")
        for name, run in (("shipped", ours), ("prototype's shape", theirs)):
            print(f"  {name:18} {run['cpu']:7.2f} s CPU {run['wall']:7.2f} s wall {run['peak_mb']:8.0f} MB peak")
        print(
            f"  time {ours['cpu'] / theirs['cpu']:.2f} × (aim ≤ 1.3), memory {ours['peak_mb'] / theirs['peak_mb']:.2f} × (aim ≤ 1.0)"
        )
        rounds = [
            (
                measure(options.model, MANY),
                measure(options.model, FEW),
                measure(prototype, MANY),
                measure(prototype, FEW),
            )
            for _ in range(options.runs)
        ]
        many, few, their_many, their_few = (best([turn[i] for turn in rounds]) for i in range(4))
        print(f"\n{MANY[0]:,} resources × {MANY[1]:,} memberships, {MANY[3]} teams against {FEW[3]}")
        print(
            f"  shipped            {many['cpu']:7.2f} s against {few['cpu']:.2f} s CPU: {many['cpu'] / few['cpu']:.1f} × (aim ≤ 4), {many['peak_mb']:.0f} against {few['peak_mb']:.0f} MB: {many['peak_mb'] / few['peak_mb']:.1f} ×"
        )
        print(
            f"  prototype's shape  {their_many['cpu']:7.2f} s against {their_few['cpu']:.2f} s CPU: {their_many['cpu'] / their_few['cpu']:.1f} ×, {their_many['peak_mb']:.0f} against {their_few['peak_mb']:.0f} MB: {their_many['peak_mb'] / their_few['peak_mb']:.1f} ×"
        )


if __name__ == "__main__":
    main()
