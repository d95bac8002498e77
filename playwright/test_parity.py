"""The same bill on the built page and through the command line's own path: every amount equal, every owner, every
probability.

Amounts are also held against plain SQL over the same files (tests/support/sql_truth.py), which shares no code with us.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))
REAL = Path(os.environ.get("COSTDNA_REAL_DATA", ROOT.parent / "shared" / "data"))
RESOURCES = """
import json
r = app.workspace.report.resources
json.dumps([r['x_OwnableId'].tolist(), r['x_Team'].tolist(), r['x_Verdict'].tolist(), r['x_Basis'].tolist(), [None if p != p else p for p in r['x_Probability'].tolist()]])
"""


@pytest.fixture(scope="session")
def bills(tmp_path_factory) -> dict[str, list[Path]]:
    """name → files to drop."""
    from costdna_companion.demo.write import FORMATS, write_demo

    folder = tmp_path_factory.mktemp("bills")
    write_demo(folder, seed=7, scale=0.6, month="2026-09", formats=list(FORMATS), negative=False)
    return {
        "two real months": sorted((REAL / "cur_v1_parquet").glob("*.parquet")),
        "real csv": sorted((REAL / "cur_v1_csv").glob("sample*.csv")),
        "real focus": sorted((REAL / "focus_1_0").glob("*.csv")),
        "cur v1": sorted((folder / "cur-v1").glob("*.csv.gz")),
        "cur v1 zip": sorted((folder / "cur-v1-zip").glob("*.zip")),
        "cur v1 net": sorted((folder / "cur-v1-net").glob("*.csv.gz")),
        "cur 2.0 parquet": sorted((folder / "cur2").glob("*.parquet")),
        "cur 2.0 csv": sorted((folder / "cur2-csv").glob("*.csv.gz")),
        "focus 1.2": sorted((folder / "focus-1.2").glob("*.csv.gz")),
    }


def in_page(chromium, site, files) -> tuple[dict, list]:
    tab = chromium.open(site.url)
    tab.files("#files", files)
    # The model adds to what is proved: wait for the gate's word, or for an error.
    tab.wait("!document.getElementById('app').hidden || document.getElementById('problems').innerText", 300)
    assert tab.js("document.getElementById('problems').innerText") == ""
    for _ in range(240):
        if tab.js("CostPage.run('bool(app.workspace.report.gate)')") == "True":
            break
        tab.js("new Promise(r => setTimeout(r, 500))")
    run = lambda code: json.loads(ast.literal_eval(tab.js(f"CostPage.run({json.dumps(code)})")))
    summary = run("import json\njson.dumps(app.workspace.summary())")
    resources = run(RESOURCES)
    assert tab.js("document.getElementById('meter-text').textContent") == "0 bytes sent"
    tab.close()
    return summary, resources


def natively(files) -> tuple[dict, list]:
    from costdna import pipeline
    from costdna.workspace import Workspace
    from costdna_companion import native
    from costdna_companion.native import shipped
    from costdna_companion.native.session import OrtSession

    readings, _ = native.read(files)
    space = Workspace(readings, pipeline.Wishes(), OrtSession(shipped.model()))
    with ThreadPoolExecutor(1) as own:  # the browser's driver keeps a running loop in this thread
        own.submit(asyncio.run, space.run()).result()
    r = space.report.resources
    return space.summary(), [r[c].tolist() for c in ("x_OwnableId", "x_Team", "x_Verdict", "x_Basis")] + [
        [None if p != p else p for p in r["x_Probability"].tolist()]
    ]


@pytest.mark.parametrize(
    "name",
    [
        "two real months",
        "real csv",
        "real focus",
        "cur v1",
        "cur v1 zip",
        "cur v1 net",
        "cur 2.0 parquet",
        "cur 2.0 csv",
        "focus 1.2",
    ],
)
def test_page_and_command_line_agree(chromium, site, bills, name):
    files = bills[name]
    if not files:
        pytest.skip(f"real data not found at {REAL}: set COSTDNA_REAL_DATA")
    page, mine = in_page(chromium, site, files)
    native, theirs = natively(files)
    for key in ("ledger", "ledger_effective", "currency", "metric", "identities"):
        assert page[key] == native[key], key
    assert page["source"]["rows"] == native["source"]["rows"]
    assert mine[0] == theirs[0], "the same ownables in the same order"
    apart = [i for i, pair in enumerate(zip(*mine[1:4], *theirs[1:4])) if pair[:3] != pair[3:]]
    assert not apart, f"{len(apart)} owners differ"
    worst = max((abs((a or 0) - (b or 0)) for a, b in zip(mine[4], theirs[4])), default=0)
    assert [p is None for p in mine[4]] == [p is None for p in theirs[4]]
    assert worst <= 1e-5, worst
    assert page["teams"] == native["teams"]
    if "focus" not in name and "net" not in name:
        from sql_truth import truth

        # the engine reads no ZIP; the archive holds the same lines
        due = truth(bills["cur v1"] if "zip" in name else files)
        assert (
            Decimal(page["ledger"]["net"]) == due["billed"]
            and Decimal(page["ledger_effective"]["net"]) == due["effective"]
        )
        assert page["source"]["rows"] == due["rows"] and Decimal(page["ledger"]["credits"]) == due["credits"]
