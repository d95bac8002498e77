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
    assert (
        answer
        == "(['a', 'b', 'n'], 'float32', [4.5, 3.5, 2.5, 1.5, 0.5], 'int64', [1099511627776, -1], [8.0, 6.0, 4.0, 2.0, 0.0], [4.0, 3.0, 2.0, 1.0, 0.0])"
    )
    tab.close()


def test_a_broken_model_says_so(chromium, site):
    tab = chromium.open(site.url)
    tab.ready()
    answer = tab.js(
        "CostPage.run(\"from costdna_web.ort import OrtWebSession\\nawait OrtWebSession.open(content=b'nothing')\").catch((e) => e.message)"
    )
    assert "JsException" in answer


GOLDEN = """
import json, numpy as np
from costdna.attribute.card import check_golden, read_golden
from costdna_web import bridge, model
session = await model.session()
apart, likely = {}, 0.0
for entry in json.loads(await bridge.fetch("models/attributor.json"))["golden"]:
    feeds, native = read_golden(await bridge.fetch("models/" + entry["file"]))
    here = await session.run(feeds)
    apart[entry["file"].split("/")[1].split(".")[0]] = max(float(np.abs(here[name] - native[name]).max()) for name in native)
    likely = max(likely, check_golden(here, native))
json.dumps([session.model_id, session.inputs, apart, likely])
"""


def test_the_sites_own_model_is_vetted_and_computes_what_onnxruntime_computes_natively(chromium, site):
    tab = chromium.open(site.url)
    tab.ready()
    name, inputs, apart, likely = json.loads(tab.js(f"CostPage.run({json.dumps(GOLDEN)})").strip("'"))
    assert name.startswith("attributor ") and "member_group" in inputs
    assert {"no_groups", "one_team", "one_resource", "many_teams", "duplicates", "empty_team"} <= set(apart)
    assert likely <= 1e-5  # probabilities
    assert max(apart.values()) <= 1e-5, apart  # logits, 300 teams among them


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
