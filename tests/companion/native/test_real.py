"""The native reader on real bills: rows, totals and both metrics against figures stated beside the data."""

import pytest

from costdna import read as core
from costdna_companion import native


@pytest.mark.parametrize(
    "month, rows, billed, effective",
    [("Oct", 119_307, "4064.483132", "4195.957109"), ("Nov", 124_340, "3505.326968", "3632.559846")],
)
def test_a_real_month_of_cur_parquet(real_data, month, rows, billed, effective):
    readings, skipped = native.read([real_data / "cur_v1_parquet" / f"{month}2018-WorkshopCUR-00001.snappy.parquet"])
    bill = core.assemble(readings)
    assert skipped == [] and [r["meta"]["rows"] for r in readings] == [rows]
    assert int(bill.charges["x_RowCount"].sum()) == rows
    for column, expected in (("BilledCost", billed), ("EffectiveCost", effective)):
        assert f"{int(bill.charges[column].sum()) / 10**bill.scale:.6f}" == expected
    # the nine RIFee lines last a month
    assert sum(int(x) for x in readings[0]["arrays"]["hours.rows"]) == readings[0]["meta"]["hourly_rows"] == rows - 9


def test_two_months_with_different_columns_are_one_bill(real_data):
    readings, _ = native.read([real_data / "cur_v1_parquet"])
    assert [len(r["meta"]["columns"]) for r in readings] == [126, 124]
    assert core.assemble(readings).charges["x_RowCount"].sum() == 119_307 + 124_340


def test_a_real_cur_csv_without_resources(real_data):
    (reading,), _ = native.read([real_data / "cur_v1_csv" / "sample-anonymous-aws-export-dataset.csv"])
    meta = reading["meta"]
    assert (meta["rows"], meta["format"], meta["version"], meta["totals"]["Unblended"]) == (
        1281,
        "cur",
        "CUR 1",
        "1.6823086974",
    )
    assert "ResourceId" in meta["absent"]
    assert meta["dictionaries"]["ResourceId"] == [""]
    assert len(reading["arrays"]["rhythm.cost"]) == 0


def test_a_real_focus_file_of_three_providers(real_data):
    (reading,), _ = native.read([real_data / "focus_1_0" / "focus_sample.csv"])
    meta = reading["meta"]
    assert (meta["rows"], meta["version"], meta["totals"]["BilledCost"], meta["scale"]) == (
        1000,
        "FOCUS 1.0",
        "20.52022672899",
        11,
    )
    assert "NULL" not in meta["dictionaries"]["ResourceName"] and len(meta["dictionaries"]["ProviderName"]) == 1 + 3
