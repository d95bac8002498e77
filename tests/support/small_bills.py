"""Small bills in every format, made here, line by line."""

import csv
import io
import json
import re
from pathlib import Path

import duckdb

_CUR1 = """
    identity/LineItemId bill/PayerAccountId bill/BillingPeriodStartDate lineItem/UsageAccountId lineItem/LineItemType
    lineItem/UsageStartDate lineItem/UsageEndDate lineItem/ProductCode lineItem/UsageType lineItem/Operation
    lineItem/ResourceId lineItem/UsageAmount lineItem/CurrencyCode lineItem/UnblendedCost lineItem/LineItemDescription
    product/ProductName product/region pricing/publicOnDemandCost pricing/unit reservation/EffectiveCost
    reservation/ReservationARN resourceTags/user:Team resourceTags/user:team resourceTags/aws:createdBy
""".split()


def snake(name: str) -> str:
    """CUR v1 CSV name → the Athena and CUR 2.0 spelling."""
    left, right = name.split("/")
    return "_".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", p).lower() for p in (left, right))


def rows(n: int = 60) -> list[dict]:
    """n lines of a CUR v1 bill: two accounts, hourly and month-long, tags that differ by case, texts with quotes and
    line ends.
    """
    out = []
    for i in range(n):
        hour = i % 24
        day = 1 + i // 24
        month_long = i % 20 == 19
        out.append(
            {
                "identity/LineItemId": f"id{i}",
                "bill/PayerAccountId": "999900001111",
                "bill/BillingPeriodStartDate": "2026-10-01T00:00:00Z",
                "lineItem/UsageAccountId": ("111122223333", "444455556666")[i % 2],
                "lineItem/LineItemType": "RIFee" if month_long else ("Usage", "DiscountedUsage", "Credit")[i % 3],
                "lineItem/UsageStartDate": "2026-10-01T00:00:00Z"
                if month_long
                else f"2026-10-{day:02d}T{hour:02d}:00:00Z",
                "lineItem/UsageEndDate": "2026-10-31T23:59:59Z"
                if month_long
                else f"2026-10-{day:02d}T{hour:02d}:59:59Z",
                "lineItem/ProductCode": "AmazonEC2",
                "lineItem/UsageType": (
                    "EU-BoxUsage:m5.large",
                    "EU-DataTransfer-Out-Bytes",
                    "EU-EBS:VolumeUsage.gp3",
                    "EU-Requests-Tier1",
                )[i % 4],
                "lineItem/Operation": "RunInstances",
                "lineItem/ResourceId": "" if i % 7 == 0 else f"i-{i % 5:04x}",
                "lineItem/UsageAmount": ("1.0", "0.25", "")[i % 3],
                "lineItem/CurrencyCode": "USD",
                "lineItem/UnblendedCost": ("0.0104000000", "1e-12", "-0.50", "12.345678901234567")[i % 4],
                "lineItem/LineItemDescription": f'line "{i}", with, commas\nand a line end, ünïcode',
                "product/ProductName": "Amazon Elastic Compute Cloud",
                "product/region": "eu-west-1",
                "pricing/publicOnDemandCost": ("0.02", "", "0")[i % 3],
                "pricing/unit": "Hrs",
                "reservation/EffectiveCost": "0.006" if i % 3 == 1 else "",
                "reservation/ReservationARN": "",
                "resourceTags/user:Team": ("search", "", "Payments 💳")[i % 3],
                "resourceTags/user:team": ("", "infra")[i % 2],
                "resourceTags/aws:createdBy": "" if i % 4 else "IAMUser:AIDA:ann",
            }
        )
    return out


def text(lines: list[dict], header: list[str] | None = None, end: str = "\n") -> str:
    """CSV text of rows."""
    out = io.StringIO()
    writer = csv.DictWriter(out, header or list(lines[0]), lineterminator=end)
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


_NUMBERS = ("UsageAmount", "UnblendedCost", "publicOnDemandCost", "EffectiveCost")


def cur2(lines: list[dict]) -> list[dict]:
    """The same lines as CUR 2.0 in CSV: snake names, tags in one map (its keys collide: the last wins), product in a
    map.
    """
    out = []
    for line in lines:
        tags = {}
        for name in ("user:Team", "user:team", "aws:createdBy"):
            if line[f"resourceTags/{name}"]:
                tags[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.replace(":", "_")).lower()] = line[f"resourceTags/{name}"]
        row = {snake(k): v for k, v in line.items() if not k.startswith(("resourceTags/", "product/"))}
        row["resource_tags"] = json.dumps(tags, ensure_ascii=False)
        row["product"] = json.dumps({"product_name": line["product/ProductName"], "region": line["product/region"]})
        out.append(row)
    return out


def write_parquet(lines: list[dict], path: Path, maps=(), compression: str = "snappy") -> Path:
    """Rows as Parquet: money and quantities as DOUBLE, dates as TIMESTAMP, `maps` columns as MAP(VARCHAR, VARCHAR)."""
    source = path.with_suffix(".tmp.csv")
    source.write_text(text(lines), encoding="utf-8", newline="")
    columns = []
    for name in lines[0]:
        quoted = '"' + name + '"'
        plain = name.lower().replace("_", "")
        if name in maps:
            columns.append(f"CAST(CAST(coalesce({quoted}, '{{}}') AS JSON) AS MAP(VARCHAR, VARCHAR)) AS {quoted}")
        elif any(plain.endswith(n.lower()) for n in _NUMBERS):
            columns.append(f"CAST({quoted} AS DOUBLE) AS {quoted}")
        elif plain.endswith("date") or plain.endswith("startdate"):
            columns.append(f"CAST({quoted} AS TIMESTAMP) AS {quoted}")
        else:
            columns.append(f"coalesce({quoted}, '') AS {quoted}")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT {', '.join(columns)} FROM read_csv('{source}', all_varchar=true, header=true)) TO '{path}' (FORMAT parquet, COMPRESSION '{compression}')"
        )
    source.unlink()
    return path


NAMES = {
    "PayerAccountId": "bill/PayerAccountId",
    "BillingPeriodStart": "bill/BillingPeriodStartDate",
    "SubAccountId": "lineItem/UsageAccountId",
    "LineItemType": "lineItem/LineItemType",
    "ChargePeriodStart": "lineItem/UsageStartDate",
    "ChargePeriodEnd": "lineItem/UsageEndDate",
    "ServiceCode": "lineItem/ProductCode",
    "UsageType": "lineItem/UsageType",
    "Operation": "lineItem/Operation",
    "ResourceId": "lineItem/ResourceId",
    "ConsumedQuantity": "lineItem/UsageAmount",
    "BillingCurrency": "lineItem/CurrencyCode",
    "Unblended": "lineItem/UnblendedCost",
    "ServiceName": "product/ProductName",
    "RegionId": "product/region",
}


def cur(lines: list[dict]) -> str:
    """Lines of the tests (see readings.line) as a CUR in CSV."""
    keys = sorted({k for one in lines for _, k in one.get("Tags", {})})
    return text(
        [
            {
                "identity/LineItemId": f"l{i}",
                **{column: one[name] for name, column in NAMES.items()},
                **{f"resourceTags/user:{k}": one.get("Tags", {}).get(("resource", k), "") for k in keys},
            }
            for i, one in enumerate(lines)
        ]
    )
