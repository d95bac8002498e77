"""The demo bill in every form: native reader and core against plain SQL and the bill's own truth, and against the
page's reader.
"""

import json
from decimal import Decimal

import pytest
from parity import page, same
from sql_truth import truth

from costdna import money
from costdna.read import assemble
from costdna_companion import native
from costdna_companion.demo.write import FORMATS, write_demo

FOLDERS = {
    "v1": "cur-v1",
    "v1-net": "cur-v1-net",
    "v1-parquet": "cur-v1-parquet",
    "v1-zip": "cur-v1-zip",
    "v1-parts": "cur-v1-parts",
    "cur2": "cur2",
    "cur2-net": "cur2-net",
    "cur2-csv": "cur2-csv",
    "cur2-parts": "cur2-parts",
    "focus": "focus-1.2",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder, scale=0.05, formats=list(FORMATS))
    return folder


def test_every_form_is_tried():
    assert set(FOLDERS) == set(FORMATS)


@pytest.mark.parametrize("form", sorted(FOLDERS))
def test_the_totals_are_the_truth(demo, form):
    expected = json.loads((demo / "truth.json").read_text(encoding="utf-8"))["totals"][
        "net" if form.endswith("-net") else "gross"
    ]
    folder = demo / FOLDERS[form]
    readings, _ = native.read([folder])
    bill = assemble(readings)
    assert bill.basis == ("net" if form.endswith("-net") else "gross")
    for metric, column in (("billed", "BilledCost"), ("effective", "EffectiveCost")):
        assert Decimal(money.to_text(money.total(bill.charges[column].to_numpy()), bill.scale)) == Decimal(
            expected[metric]["net"]
        ), metric
    if form != "focus":  # FOCUS writes a commitment as the resource of its unused part
        assert bill.charges.loc[bill.charges["ResourceId"] != "", "x_OwnableId"].nunique() == expected["resources"]
        assert sum(r["meta"]["rows"] for r in readings) == int(bill.charges["x_RowCount"].sum()) == expected["rows"]


@pytest.mark.parametrize("form", ["v1", "v1-parquet", "v1-parts", "cur2", "cur2-csv", "cur2-parts"])
def test_plain_sql_says_the_same(demo, form):
    files = sorted(p for p in (demo / FOLDERS[form]).rglob("*") if p.name.endswith((".csv.gz", ".parquet")))
    expected = truth(files)
    bill = assemble(native.read([demo / FOLDERS[form]])[0])
    total = {
        c: Decimal(money.to_text(money.total(bill.charges[c].to_numpy()), bill.scale))
        for c in ("BilledCost", "EffectiveCost")
    }
    assert (int(bill.charges["x_RowCount"].sum()), total["BilledCost"], total["EffectiveCost"]) == (
        expected["rows"],
        expected["billed"],
        expected["effective"],
    )
    credits = bill.charges[bill.charges["x_LineItemType"].isin(["Credit", "Refund"])]
    assert Decimal(money.to_text(money.total(credits["BilledCost"].to_numpy()), bill.scale)) == expected["credits"]


@pytest.mark.parametrize("form", sorted(FOLDERS))
def test_page_and_native_read_the_same(demo, form):
    for path in sorted(
        p for p in (demo / FOLDERS[form]).rglob("*") if p.name.endswith((".csv.gz", ".parquet", ".zip"))
    ):
        ours, _ = native.read([path])
        theirs = page(path)
        assert len(ours) == len(theirs) > 0
        for a, b in zip(ours, theirs):
            same(a, b)
