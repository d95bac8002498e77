"""The page's reader and the native one hand over the same reading of the same file."""

import gzip
import json
import zipfile
from datetime import datetime
from pathlib import Path

import duckdb
import openpyxl
import pytest
from parity import page, same
from small_bills import cur2, rows, snake, text, write_parquet

from costdna_companion import native


def check(path: Path) -> None:
    ours, _ = native.read([path])
    theirs = page(path)
    assert len(ours) == len(theirs)
    for a, b in zip(
        sorted(ours, key=lambda r: r["meta"]["source_id"]), sorted(theirs, key=lambda r: r["meta"]["source_id"])
    ):
        same(a, b)


def written(tmp_path: Path, kind: str) -> Path:
    """A small bill as a file of one kind."""
    lines = rows(90)
    csv1, csv2 = text(lines).encode(), text(cur2(lines)).encode()
    path = tmp_path / f"bill-{kind.replace(' ', '-')}"
    if kind == "csv":
        path = path.with_suffix(".csv")
        path.write_bytes(csv1)
    elif kind == "cur2 csv.gz":
        path = tmp_path / "bill.csv.gz"
        path.write_bytes(gzip.compress(csv2))
    elif kind == "members":
        path = tmp_path / "bill.csv.gz"
        cut = csv1.index(b"\n", 5000)
        path.write_bytes(gzip.compress(csv1[:cut]) + gzip.compress(csv1[cut:]))
    elif kind == "utf-16":
        path = path.with_suffix(".csv")
        path.write_bytes(csv1.decode().encode("utf-16"))
    elif kind == "zip":
        path = path.with_suffix(".zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("one.csv", csv1)
            archive.writestr("deep/two.csv.gz", gzip.compress(csv2))
    elif kind == "cur2 parquet":
        path = write_parquet(cur2(lines), path.with_suffix(".parquet"), maps=("resource_tags", "product"))
    elif kind == "parquet zstd":
        flat = [
            {
                snake(k) if "Tags" not in k else "resource_tags_" + k.split("/")[1].replace(":", "_").lower(): v
                for k, v in r.items()
                if k != "resourceTags/user:team"
            }
            for r in lines
        ]
        path = write_parquet(flat, path.with_suffix(".parquet"), compression="zstd")
    elif kind == "zip of a synced folder":
        path = path.with_suffix(".zip")
        keys = [f"p/cur/20240301-20240401/{a}/cur-1.csv" for a in ("11111111-aaaa", "22222222-bbbb")]
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for i, key in enumerate(keys):
                archive.writestr(key, text(lines[: 30 * (i + 1)]))
                archive.writestr(
                    key.replace("cur-1.csv", "cur-Manifest.json"),
                    json.dumps(
                        {
                            "assemblyId": key.split("/")[3],
                            "reportKeys": [key],
                            "billingPeriod": {"start": "20240301T000000.000Z"},
                        }
                    ),
                )
            archive.writestr(
                "p/cur/20240301-20240401/cur-Manifest.json",
                json.dumps(
                    {
                        "assemblyId": "22222222-bbbb",
                        "reportKeys": keys[1:],
                        "billingPeriod": {"start": "20240301T000000.000Z"},
                    }
                ),
            )
    elif kind == "xlsx":
        path = path.with_suffix(".xlsx")
        book = openpyxl.Workbook()
        book.active.append(
            [
                "BilledCost",
                "EffectiveCost",
                "ListCost",
                "BillingCurrency",
                "BillingPeriodStart",
                "ChargeCategory",
                "ChargePeriodStart",
                "ChargePeriodEnd",
                "ProviderName",
                "ResourceId",
                "ServiceName",
                "ConsumedQuantity",
                "Tags",
            ]
        )
        for i in range(30):
            start = datetime(2026, 10, 2, i % 24)
            book.active.append(
                [
                    0.1 * i,
                    1.25 if i % 2 else None,
                    i,
                    "EUR",
                    datetime(2026, 10, 1),
                    "Usage",
                    start,
                    start.replace(minute=30) if i % 3 else "2026-10-05T00:00:00Z",
                    "AWS",
                    f"r-{i % 7}",
                    'E"C,2\nü',
                    3e-7 * i,
                    '{"a":"b"}',
                ]
            )
        book.save(path)
    elif kind == "focus":
        focus = [
            {
                "BilledCost": v,
                "EffectiveCost": "0.1",
                "ChargeCategory": "Usage",
                "BillingCurrency": "USD",
                "ChargePeriodStart": "2026-10-02 05:00:00",
                "ChargePeriodEnd": e,
                "ResourceId": r,
                "Tags": t,
                "ServiceName": "EC2",
                "ProviderName": "NULL",
                "ConsumedQuantity": "1e3",
                "BillingPeriodStart": "2026-10-01",
            }
            for v, e, r, t in [
                ("1", "2026-10-02 06:00:00", "a", '{"b":"c"}'),
                ("0.1234567890123456785", "2026-10-04T05:00:00+02:00", "null", '[{"key":"k","value":"v"}]'),
                ("7", "2026-10-02 07:00:00", "half", '{"a":"\\ud800","b":"\\ud83d\\udcb3","n":1.0}'),
                ("-2.5E-18", "2026-10-03", 'ä,"x"', "NULL"),
                (".5", "2026-10-02T05:30:00.5Z", "", "{bad"),
                ("12345678901234.000000000000000001", "", " b ", '{"x":{"y":1},"z":2.50}'),
            ]
        ]
        path = path.with_suffix(".csv")
        path.write_text(text(focus), encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize(
    "kind",
    [
        "csv",
        "cur2 csv.gz",
        "members",
        "utf-16",
        "zip",
        "cur2 parquet",
        "parquet zstd",
        "focus",
        "xlsx",
        "zip of a synced folder",
    ],
)
def test_small_bills(tmp_path, kind):
    check(written(tmp_path, kind))


_FOCUS = """'A' AS ProviderName, 123456789012::BIGINT AS SubAccountId, (i * 1.1)::DECIMAL(30,11) AS BilledCost, (i / 3.0)::DOUBLE AS EffectiveCost, i::INTEGER AS ListCost, 'Usage' AS ChargeCategory,
    'USD' AS BillingCurrency, TIMESTAMPTZ '2026-10-01 00:00:00+00' + INTERVAL (i) HOUR AS ChargePeriodStart, TIMESTAMP '2026-10-01 01:00:00' + INTERVAL (i) HOUR AS ChargePeriodEnd,
    DATE '2026-10-01' AS BillingPeriodStart, 'r' || (i % 5) AS ResourceId, 'EC2' AS ServiceName, (i * 0.1)::DECIMAL(20,5) AS ConsumedQuantity"""


@pytest.mark.parametrize(
    "tags",
    [
        "CASE WHEN i % 3 = 0 THEN NULL ELSE [{'key': 'team', 'value': 'x' || (i % 2)}, {'key': 'e', 'value': NULL}] END",
        "MAP {'b': '1', 'a': '', 'c': NULL, 'ü': '\"q\"'}",
        '\'{"a": {"x": 1}, "b": 1.0}\'::JSON',
        "'NULL'",
        "MAP([]::VARCHAR[], []::VARCHAR[])",
    ],
    ids=["structs", "map", "json", "null text", "empty map"],
)
def test_parquet_types_of_a_focus_export(tmp_path, tags):
    path = tmp_path / "focus.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"COPY (SELECT {_FOCUS}, {tags} AS Tags FROM range(200) r(i)) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 64)"
        )
    check(path)


@pytest.mark.parametrize(
    "file",
    [
        "cur_v1_parquet/Oct2018-WorkshopCUR-00001.snappy.parquet",
        "cur_v1_parquet/Nov2018-WorkshopCUR-00001.snappy.parquet",
        "cur_v1_csv/sample-anonymous-aws-export-dataset.csv",
        "focus_1_0/focus_sample.csv",
    ],
)
def test_real_bills(real_data, file):
    check(real_data / file)
