"""Two readings of one file, compared: exact where the contract is exact, in no order. And the page's reader, run in
node.
"""

import json
import shutil
import subprocess
from collections import Counter
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

META = tuple(
    """
    source_id bytes container format version rows columns mapped absent filled scale rounded hourly_rows tag_columns
    tag_sources totals
    """.split()
)
INEXACT = {"quantity", "rhythm.cost", "hours.cost"}


def page(path: Path) -> list[dict]:
    """Readings of a file by the page's reader; skips without node."""
    if not shutil.which("node"):
        pytest.skip("node is not installed: the page's reader cannot run")
    done = subprocess.run(["node", Path(__file__).parent / "page_reading.mjs", path], capture_output=True, check=True)
    out = json.loads(done.stdout)
    assert "error" not in out, out
    return out["readings"]


def table(reading: dict, prefix: str) -> tuple[Counter, dict]:
    """One of the three tables as exact rows of texts (with count), and its inexact columns by row."""
    meta, arrays = reading["meta"], reading["arrays"]
    names = [
        n for n in arrays if (n.startswith(prefix + ".") if prefix else not n.startswith(("rhythm.", "hours.", "sum.")))
    ]
    exact, inexact = [], []
    for name in sorted(names):
        field = name.split(".")[-1]
        values = arrays[name]
        if name in INEXACT:
            inexact.append(np.array([np.nan if v is None else v for v in values], dtype="float64"))
        elif field in meta["dictionaries"] and (name.startswith("codes.") or prefix):
            exact.append([meta["dictionaries"][field][v] for v in values])
        else:
            exact.append([None if v is None or v != v else float(v) for v in values])
    if not prefix:
        for name in sorted({k[4:].rsplit(".", 1)[0] for k in arrays if k.startswith("sum.")}):
            limbs = (arrays[f"sum.{name}.{p}"] for p in ("whole", "nano", "atto"))
            exact.append([int(w) * 10**18 + int(n) * 10**9 + int(a) for w, n, a in zip(*limbs)])
    keys = list(zip(*exact))
    return Counter(keys), {k: [c[i] for c in inexact] for i, k in enumerate(keys)}


def same(ours: dict, theirs: dict) -> None:
    """Assert that two readings say the same."""
    for name in META:
        a, b = ours["meta"][name], theirs["meta"][name]
        if name == "totals":
            a, b = ({k: Decimal(v) for k, v in t.items()} for t in (a, b))
        if name in ("tag_columns", "absent", "tag_sources"):
            a, b = sorted(a), sorted(b)
        assert a == b, name
    assert set(ours["arrays"]) == set(theirs["arrays"])
    for prefix in ("", "rhythm", "hours"):
        (a, near_a), (b, near_b) = table(ours, prefix), table(theirs, prefix)
        assert a == b, (prefix, list((a - b).items())[:2], list((b - a).items())[:2])
        for key, values in near_a.items():
            assert np.allclose(values, near_b[key], rtol=1e-9, atol=1e-12), (prefix, key)
    for name, dictionary in ours["meta"]["dictionaries"].items():
        assert dictionary[0] == theirs["meta"]["dictionaries"][name][0] == ""
        used = {ours["meta"]["dictionaries"][name][v] for v in ours["arrays"][f"codes.{name}"]}
        assert used == {theirs["meta"]["dictionaries"][name][v] for v in theirs["arrays"][f"codes.{name}"]}
