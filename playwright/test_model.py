"""The bridge from Python to the model's worker: numpy in, numpy out, in three browsers."""

from __future__ import annotations

import base64
import json

from harness.onnx_bytes import model

RUN = """
import base64, numpy as np
from costdna_web.ort import OrtWebSession
session = await OrtWebSession.open(content=base64.b64decode(%r))
a = np.arange(5, dtype=np.float32)[::-1]
out = await session.run({"a": a, "b": np.full(5, 0.5, dtype=np.float32), "n": np.array([2**40, -1], dtype=np.int64)})
again = await session.run({"a": a, "b": a, "n": np.zeros(1, dtype=np.int64)})
session.inputs, out["total"].dtype.name, out["total"].tolist(), out["back"].dtype.name, out["back"].tolist(), again["total"].tolist(), a.tolist()
"""


def test_python_runs_a_model_in_its_worker(each, site):
    tab = each.open(site.url)
    tab.ready()
    answer = tab.js(f"CostPage.run({json.dumps(RUN % base64.b64encode(model()).decode())})")
    assert answer == "(['a', 'b', 'n'], 'float32', [4.5, 3.5, 2.5, 1.5, 0.5], 'int64', [1099511627776, -1], [8.0, 6.0, 4.0, 2.0, 0.0], [4.0, 3.0, 2.0, 1.0, 0.0])"
    tab.close()


def test_a_broken_model_says_so(chromium, site):
    tab = chromium.open(site.url)
    tab.ready()
    answer = tab.js("CostPage.run(\"from costdna_web.ort import OrtWebSession\\nawait OrtWebSession.open(content=b'nothing')\").catch((e) => e.message)")
    assert "JsException" in answer
