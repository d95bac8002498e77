"""A third, slow and obvious reader: dictionaries of CUR or FOCUS columns → a Reading, for the core's own tests.

It shares the contract with the two real readers and no code with them.
"""

import hashlib
import json
from collections import defaultdict
from datetime import datetime, UTC
from decimal import Decimal

import numpy as np

from costdna import columns


def _seconds(text):
    text = text.replace("T", " ").replace("Z", "")[:19]
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp())


def _limbs(value: Decimal):
    units = int(value.scaleb(18))
    sign, units = (-1 if units < 0 else 1), abs(units)
    return sign * (units // 10**18), sign * (units // 10**9 % 10**9), sign * (units % 10**9)


def reading(rows: list[dict], format: str = "cur", name: str = "test.csv", version: str = "") -> dict:
    """A Reading of rows written with the field names of the mapping table, plus `Tags`: {(source, key): value}."""
    mapping = columns.load("mapping")
    fields = mapping["fields"]
    keys = [f["name"] for f in fields if f["kind"] == "key"] + ["TagSet"]
    money = [f["name"] for f in fields if f["kind"] == "money" and f[format] and any(f["name"] in r for r in rows)]
    dictionaries, groups = {k: {"": 0} for k in keys}, {}
    rhythm, hours = defaultdict(lambda: [0.0, set()]), defaultdict(lambda: [0.0, 0])
    scale = 0
    for row in rows:
        values = {m: Decimal(str(row.get(m) or "0")) for m in money}
        for v in values.values():
            scale = max(scale, -v.normalize().as_tuple().exponent if v else 0)
        texts = dict(
            row,
            TagSet=json.dumps(
                sorted([s, k, v] for (s, k), v in row.get("Tags", {}).items()),
                separators=(",", ":"),
                ensure_ascii=False,
            )
            if row.get("Tags")
            else "",
        )
        if format == "cur":
            texts.setdefault("ProviderName", "AWS")
        codes = tuple(dictionaries[k].setdefault(texts.get(k, ""), len(dictionaries[k])) for k in keys)
        start, end = _seconds(row["ChargePeriodStart"]), _seconds(row["ChargePeriodEnd"])
        usage = float(row.get("ConsumedQuantity") or 0)
        flags = int(row.get("ChargeDescription", "").startswith("Refund for one-time fee for Savings Plan ID")) + 2 * (
            usage != 0
        )
        key = (
            codes,
            _seconds(row["BillingPeriodStart"]) // 86400,
            start // 86400,
            end if end - start > 86400 else None,
            flags,
        )
        group = groups.setdefault(
            key, dict(rows=0, quantity=0.0, priced=0, **{m: Decimal(0) for m in money}, UnpricedUnblended=Decimal(0))
        )
        group["rows"] += 1
        group["quantity"] += usage
        for m in money:
            group[m] += values[m]
        priced = values.get("PublicOnDemand", 0) > 0
        group["priced"] += priced
        if not priced:
            group["UnpricedUnblended"] += values.get("Unblended", 0)
        if end - start <= 3600:
            cls = next(
                i
                for i, (_, parts) in enumerate(mapping["usage_classes"])
                if any(p in texts.get("UsageType", "") for p in parts)
            )
            at = dict(zip(keys, codes))
            cost = float(values[mapping["cost_column"][format]])
            if texts.get("ResourceId"):
                cell = rhythm[
                    (at["ProviderName"], at["SubAccountId"], at["ResourceId"], cls, (start // 3600 + 72) % 168)
                ]
                cell[0] += cost
                cell[1].add(start // 3600)
            cell = hours[
                (start // 3600, at["ServiceCode"], at["ServiceName"], at["SubAccountId"], at["BillingCurrency"], cls)
            ]
            cell[0] += cost
            cell[1] += 1
    order = list(groups)
    arrays = {f"codes.{k}": np.array([g[0][i] for g in order], dtype="int32") for i, k in enumerate(keys)}
    arrays |= {
        "period": np.array([g[1] for g in order], dtype="int32"),
        "day": np.array([g[2] for g in order], dtype="int32"),
        "end": np.array([np.nan if g[3] is None else g[3] for g in order], dtype="float64"),
        "flags": np.array([g[4] for g in order], dtype="int32"),
        "rows": np.array([groups[g]["rows"] for g in order], dtype="int32"),
        "quantity": np.array([groups[g]["quantity"] for g in order]),
        "priced_rows": np.array([groups[g]["priced"] for g in order], dtype="int32"),
    }
    for m in [*money, *(["UnpricedUnblended"] if format == "cur" else [])]:
        limbs = np.array([_limbs(groups[g][m]) for g in order], dtype="float64").reshape(len(order), 3)
        arrays |= {f"sum.{m}.{part}": limbs[:, i].copy() for i, part in enumerate(("whole", "nano", "atto"))}
    for prefix, table, names in (
        ("rhythm", rhythm, ("ProviderName", "SubAccountId", "ResourceId", "class", "hour")),
        ("hours", hours, ("hour", "ServiceCode", "ServiceName", "SubAccountId", "BillingCurrency", "class")),
    ):
        for i, n in enumerate(names):
            arrays[f"{prefix}.{n}"] = np.array([k[i] for k in table], dtype="int32")
        arrays[f"{prefix}.cost"] = np.array([v[0] for v in table.values()], dtype="float64")
        arrays["rhythm.hours" if prefix == "rhythm" else "hours.rows"] = np.array(
            [len(v[1]) if prefix == "rhythm" else v[1] for v in table.values()], dtype="int32"
        )
    meta = {
        "source_id": hashlib.sha256(
            json.dumps([{k: str(v) for k, v in r.items()} for r in rows]).encode() + name.encode()
        ).hexdigest(),
        "name": name,
        "bytes": 0,
        "container": "csv",
        "format": format,
        "version": version or ("CUR 1" if format == "cur" else "FOCUS 1.2"),
        "rows": len(rows),
        "columns": [],
        "mapped": {},
        "absent": [f["name"] for f in fields if f[format] and not any(f["name"] in r for r in rows)],
        "filled": {m: sum(bool(r.get(m)) for r in rows) for m in money},
        "scale": scale,
        "rounded": 0,
        "hourly_rows": sum(v[1] for v in hours.values()),
        "dictionaries": {k: list(d) for k, d in dictionaries.items()},
        "tag_columns": [],
        "tag_sources": sorted({s for r in rows for s, _ in r.get("Tags", {})}),
        "totals": {m: str(sum((Decimal(str(r.get(m) or "0")) for r in rows), Decimal(0))) for m in money},
        "warnings": [],
        "manifest": None,
    }
    return {"meta": meta, "arrays": arrays}


def line(**changes) -> dict:
    """One plain CUR usage line; override any field."""
    return {
        "BillingPeriodStart": "2026-10-01T00:00:00Z",
        "ChargePeriodStart": "2026-10-05T03:00:00Z",
        "ChargePeriodEnd": "2026-10-05T04:00:00Z",
        "PayerAccountId": "999900001111",
        "SubAccountId": "111122223333",
        "ServiceCode": "AmazonEC2",
        "ServiceName": "Amazon Elastic Compute Cloud",
        "RegionId": "eu-west-1",
        "UsageType": "EU-BoxUsage:m5.large",
        "Operation": "RunInstances",
        "LineItemType": "Usage",
        "BillingCurrency": "USD",
        "ResourceId": "i-0aaa",
        "Unblended": "1.25",
        "PublicOnDemand": "1.25",
        "ConsumedQuantity": "1",
        **changes,
    }
