"""The bridge from Python to the model's worker: numpy in, numpy out, in three browsers."""

from __future__ import annotations

import base64
import json
import shutil

from harness.onnx_bytes import model
from harness.servers import Site

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


def test_the_sites_own_model_is_vetted_before_it_answers(chromium, site):
    tab = chromium.open(site.url)
    tab.ready()
    answer = tab.js("CostPage.run('from costdna_web import model; s = await model.session(); (s.model_id, s.inputs)')")
    assert "attributor" in answer or "costdna" in answer.lower()
    assert "member_group" in answer


def test_a_changed_model_is_refused_and_the_page_says_why(chromium, built, tmp_path):
    copy = tmp_path / "site"
    shutil.copytree(built, copy)
    (copy / "models" / "attributor.onnx").write_bytes(model())
    changed = Site(copy)
    tab = chromium.open(changed.url)
    tab.ready()
    assert tab.js("CostPage.run('from costdna_web import model; await model.session() is None')") == "True"
    tab.wait("!document.getElementById('note').hidden")
    assert "does not fit" in tab.js("document.getElementById('note').textContent")
    changed.stop()
