"""One bill in every container and format is one and the same reading."""

import gzip
import zipfile
from collections import Counter
from decimal import Decimal

import pytest
from small_bills import cur2, rows, snake, text, write_parquet

from costdna_companion import native


@pytest.fixture
def lines() -> list[dict]:
    return rows()


@pytest.fixture
def cur1(tmp_path, lines):
    path = tmp_path / "report-00001.csv"
    path.write_text(text(lines), encoding="utf-8", newline="")
    return path


def decoded(reading: dict, skip: tuple = ()) -> Counter:
    """The collapsed rows as texts, in no order, money exact."""
    meta, arrays = reading["meta"], reading["arrays"]
    columns = []
    for name, values in sorted(arrays.items()):
        if name.startswith(("rhythm.", "hours.")) or any(name.endswith(s) for s in skip) or name.split(".")[0] == "sum":
            continue
        columns.append(
            [meta["dictionaries"][name[6:]][v] for v in values]
            if name.startswith("codes.")
            else [f"{v:.9g}" for v in values]
        )
    for name in sorted({k[4:].rsplit(".", 1)[0] for k in arrays if k.startswith("sum.")}):
        limbs = [arrays[f"sum.{name}.{part}"] for part in ("whole", "nano", "atto")]
        columns.append(
            [str(Decimal(int(w)) + Decimal(int(n)).scaleb(-9) + Decimal(int(a)).scaleb(-18)) for w, n, a in zip(*limbs)]
        )
    return Counter(zip(*columns))


def one(path) -> dict:
    (reading,), _ = native.read([path])
    return reading


def test_the_reading_of_a_small_bill_adds_up(cur1, lines):
    reading = one(cur1)
    meta, arrays = reading["meta"], reading["arrays"]
    assert (meta["rows"], meta["format"], meta["version"], meta["container"]) == (60, "cur", "CUR 1", "csv")
    assert Decimal(meta["totals"]["Unblended"]) == sum(Decimal(r["lineItem/UnblendedCost"]) for r in lines)
    assert int(arrays["rows"].sum()) == 60
    assert len(arrays["rows"]) == len(decoded(reading)) == sum(decoded(reading).values())
    assert meta["filled"]["PublicOnDemand"] == sum(bool(r["pricing/publicOnDemandCost"]) for r in lines)
    assert meta["scale"] == 15 and meta["rounded"] == 0
    assert meta["hourly_rows"] == int(arrays["hours.rows"].sum()) == 57
    assert int((arrays["flags"] & 2 > 0).astype("int64") @ arrays["rows"]) == sum(
        bool(r["lineItem/UsageAmount"]) for r in lines
    )
    assert (arrays["end"][~(arrays["end"] != arrays["end"])] == 1793491199.0).all()  # 2026-10-31 23:59:59 UTC
    assert sorted(meta["dictionaries"]["TagSet"]) == sorted({"", *(s for s in meta["dictionaries"]["TagSet"])})
    assert (
        '[["resource","aws:createdBy","IAMUser:AIDA:ann"],["resource","user:Team","search"]]'
        in meta["dictionaries"]["TagSet"]
    )


def test_unpriced_lines_are_summed_apart(cur1, lines):
    arrays = one(cur1)["arrays"]
    unpriced = sum(Decimal(r["lineItem/UnblendedCost"]) for r in lines if r["pricing/publicOnDemandCost"] != "0.02")
    found = sum(
        Decimal(int(w)) + Decimal(int(n)).scaleb(-9) + Decimal(int(a)).scaleb(-18)
        for w, n, a in zip(*(arrays[f"sum.UnpricedUnblended.{p}"] for p in ("whole", "nano", "atto")))
    )
    assert found == unpriced
    assert int(arrays["priced_rows"].sum()) == sum(r["pricing/publicOnDemandCost"] == "0.02" for r in lines)


def test_the_same_text_in_every_container(cur1, lines, tmp_path):
    plain = decoded(one(cur1))
    body = cur1.read_bytes()
    packed = tmp_path / "report.csv.gz"
    packed.write_bytes(gzip.compress(body))
    assert decoded(one(packed)) == plain and one(packed)["meta"]["container"] == "csv.gz"
    cut = body.index(b"\n", len(body) // 2)
    packed.write_bytes(gzip.compress(body[:cut]) + gzip.compress(body[cut:]))
    assert decoded(one(packed)) == plain
    zipped = tmp_path / "report.zip"
    with (
        zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a/report-1.csv", "w", force_zip64=True) as entry,
    ):
        entry.write(body)
    reading = one(zipped)
    assert decoded(reading) == plain
    assert (reading["meta"]["container"], reading["meta"]["name"]) == (
        "zip",
        "report.zip/a/report-1.csv",
    )
    wide = tmp_path / "wide.csv"
    wide.write_bytes(cur1.read_text(encoding="utf-8").encode("utf-16"))
    assert decoded(one(wide)) == plain
    marked = tmp_path / "marked.csv"
    marked.write_bytes(b"\xef\xbb\xbf" + body)
    assert decoded(one(marked)) == plain


def test_line_ends_of_any_kind(lines, tmp_path):
    for row in lines:
        row["lineItem/LineItemDescription"] = "plain"
    expected = None
    for name, content in {
        "lf": text(lines),
        "crlf": text(lines, end="\r\n"),
        "mixed": text(lines).replace("\n", "\r\n", 7),
        "blank": text(lines) + "\n\n",
    }.items():
        path = tmp_path / f"{name}.csv"
        path.write_text(content, encoding="utf-8", newline="")
        found = decoded(one(path))
        expected = expected or found
        assert found == expected, name


def test_several_zip_entries_are_several_readings(lines, tmp_path):
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("part-1.csv", text(lines[:20]))
        archive.writestr(
            "part-2.csv.gz",
            gzip.compress(
                text([{k: v for k, v in r.items() if k != "reservation/EffectiveCost"} for r in lines[20:]]).encode()
            ),
        )
        archive.writestr("__MACOSX/._part-1.csv", b"\0\1")
    readings, skipped = native.read([path])
    assert [r["meta"]["rows"] for r in readings] == [20, 40] and len({r["meta"]["source_id"] for r in readings}) == 2
    assert skipped == []
    assert [r["meta"]["warnings"] for r in readings] == [
        ["__MACOSX/._part-1.csv was not read: not a bill"],
        [],
    ]
    assert "ReservationEffective" in readings[1]["meta"]["absent"]


@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd"])
def test_parquet_with_athena_names(cur1, tmp_path, compression):
    lines = rows()
    flat = [
        {snake(k) if "Tags" not in k else "resource_tags_" + k.split("/")[1].replace(":", "_"): v for k, v in r.items()}
        for r in lines
    ]
    for row in flat:  # names that differ only by case cannot live in one Parquet file here
        row.pop("resource_tags_user_team")
    reading = one(write_parquet(flat, tmp_path / "p.parquet", compression=compression))
    for row in lines:
        row["resourceTags/user:team"] = ""
    path = tmp_path / "same.csv"
    path.write_text(text(lines), encoding="utf-8", newline="")
    # keys are written otherwise in Parquet; everything else is the same
    assert decoded(reading, ("TagSet",)) == decoded(one(path), ("TagSet",))
    assert any('"user_Team","search"' in t for t in reading["meta"]["dictionaries"]["TagSet"])


def test_cur_2_as_csv_and_parquet_agree(lines, tmp_path):
    two = cur2(lines)
    path = tmp_path / "export-00001.csv.gz"
    path.write_bytes(gzip.compress(text(two).encode()))
    from_csv, from_parquet = (
        one(path),
        one(write_parquet(two, tmp_path / "export.parquet", maps=("resource_tags", "product"))),
    )
    assert decoded(from_csv) == decoded(from_parquet)
    assert from_csv["meta"]["version"] == from_parquet["meta"]["version"] == "CUR 2.0"
    assert from_csv["meta"]["dictionaries"]["ServiceName"] == ["", "Amazon Elastic Compute Cloud"]
    assert from_csv["meta"]["dictionaries"]["RegionId"] == ["", "eu-west-1"]
    assert from_csv["meta"]["scale"] == from_parquet["meta"]["scale"] or from_parquet["meta"]["scale"] == 15


def test_the_tags_map_replaces_what_it_repeats(lines, tmp_path):
    two = cur2(lines)
    for row in two:
        row["tags"] = '{"resourceTags/user_team":"search","accountTag/appName":"Shop"}'
    path = tmp_path / "both.csv"
    path.write_text(text(two), encoding="utf-8", newline="")
    meta = one(path)["meta"]
    assert meta["tag_sources"] == ["tags"] and meta["tag_columns"] == ["tags"]
    assert meta["dictionaries"]["TagSet"] == [
        "",
        '[["tags","accountTag/appName","Shop"],["tags","resourceTags/user_team","search"]]',
    ]


FOCUS = {
    "BilledCost": "1.5",
    "EffectiveCost": "1.25",
    "ListCost": "2",
    "ContractedCost": "NULL",
    "BillingAccountId": "9",
    "BillingCurrency": "EUR",
    "BillingPeriodStart": "2026-10-01 00:00:00",
    "ChargeCategory": "Usage",
    "ChargePeriodStart": "2026-10-02 05:00:00",
    "ChargePeriodEnd": "2026-10-02 06:00:00",
    "ProviderName": "AWS",
    "ResourceId": "r-1",
    "ServiceName": "EC2",
    "SubAccountId": "1",
    "ConsumedQuantity": "3",
    "SkuMeter": "BoxUsage",
    "Tags": '{"team": "a", "n": 1, "none": null, "ok": true}',
}


def test_focus_and_its_null_texts(tmp_path):
    path = tmp_path / "focus.csv"
    path.write_text(text([FOCUS, {**FOCUS, "Tags": "NULL", "ResourceId": "null"}]), encoding="utf-8", newline="")
    reading = one(path)
    meta = reading["meta"]
    assert meta["version"] == "FOCUS 1.1" and meta["dictionaries"]["ResourceId"] == ["", "r-1"]
    assert meta["filled"] == {"BilledCost": 2, "EffectiveCost": 2, "ListCost": 2, "ContractedCost": 0}
    assert meta["dictionaries"]["TagSet"] == ["", '[["focus","n","1"],["focus","ok","true"],["focus","team","a"]]']
    # Friday 05
    assert meta["dictionaries"]["UsageType"] == ["", "BoxUsage"]
    assert list(reading["arrays"]["rhythm.hour"]) == [(4 * 24 + 5)]


def test_focus_in_a_spreadsheet(tmp_path):
    import datetime

    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(list(FOCUS))
    book.active.append(
        [
            1.5,
            1.25,
            2,
            None,
            "9",
            "EUR",
            datetime.datetime(2026, 10, 1),
            "Usage",
            datetime.datetime(2026, 10, 2, 5),
            datetime.datetime(2026, 10, 2, 6),
            "AWS",
            "r-1",
            "EC2",
            "1",
            3,
            "BoxUsage",
            FOCUS["Tags"],
        ]
    )
    book.save(tmp_path / "focus.xlsx")
    path = tmp_path / "focus.csv"
    path.write_text(text([FOCUS]), encoding="utf-8", newline="")
    assert decoded(one(tmp_path / "focus.xlsx")) == decoded(one(path))


def test_a_renamed_or_left_out_column_is_named_absent(lines, tmp_path):
    few = [{k: v for k, v in r.items() if k not in ("lineItem/ResourceId", "product/ProductName")} for r in lines]
    path = tmp_path / "few.csv"
    path.write_text(text(few), encoding="utf-8", newline="")
    meta = one(path)["meta"]
    assert {"ResourceId", "ServiceName", "NetUnblended"} <= set(meta["absent"]) and "ServiceCode" not in meta["absent"]


def test_one_empty_column_too_many_is_ragged_wherever_it_begins(lines, tmp_path):
    from costdna.errors import BillError

    whole = text(
        [{**r, "lineItem/LineItemDescription": "plain", "resourceTags/aws:createdBy": ""} for r in lines]
    ).splitlines(keepends=True)
    for at in (",eu-west-1,", ",Hrs,", ",\n"):
        torn = [*whole[:7], whole[7].replace(at, "," + at, 1), *whole[8:]]
        assert torn != whole
        path = tmp_path / "torn.csv"
        path.write_text("".join(torn), encoding="utf-8", newline="")
        with pytest.raises(BillError) as raised:
            native.read([path])
        assert (raised.value.code, raised.value.where) == ("ragged", "torn.csv, line 8")


def test_a_quote_inside_an_unquoted_text_is_text(lines, tmp_path):
    body = text([{**r, "lineItem/LineItemDescription": "plain"} for r in lines]).replace("plain", 'a 5" disk', 1)
    path = tmp_path / "inch.csv"
    path.write_text(body, encoding="utf-8", newline="")
    assert one(path)["meta"]["rows"] == 60
