"""A large CUR v1 for measuring readers: 128 columns, about 970 bytes a row, any size, as CSV, CSV.gz and Parquet.

``python -m costdna_companion.demo.big --out DIR --gb 1 --files 4 --formats csv,csv.gz,parquet``

The rows are the demo company's resources, every meter every hour, at 24 levels of use, so texts repeat as in a real
bill. A row is five ready pieces of bytes: head, interval, middle, start and end, tail. Parquet is the same rows through
DuckDB, one row group a file. facts.json says how many rows and how much money every form holds.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import itertools
import json
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from costdna_companion.demo.catalog import KINDS
from costdna_companion.demo.columns import snake
from costdna_companion.demo.sheet import rate_text
from costdna_companion.demo.tagging import write_tags
from costdna_companion.demo.usage import measure
from costdna_companion.demo.world import make_world

HOURS, LEVELS, MONTH = 720, 24, "2026-09"
ROW_BYTES = 970
TIME, START, END = "identity/TimeInterval", "lineItem/UsageStartDate", "lineItem/UsageEndDate"
AMOUNT = "lineItem/UsageAmount"
COST = ("lineItem/UnblendedCost", "lineItem/BlendedCost")
EFFECTIVE = "reservation/EffectiveCost"
RECURRING = "reservation/RecurringFeeForUsage"
PUBLIC = "pricing/publicOnDemandCost"
DOUBLES = {
    AMOUNT,
    *COST,
    EFFECTIVE,
    RECURRING,
    PUBLIC,
    "lineItem/NormalizationFactor",
    "lineItem/NormalizedUsageAmount",
}
_PRODUCT = (
    "ProductName availability availabilityZone capacitystatus category clockSpeed currentGeneration databaseEngine dedicatedEbsThroughput deploymentOption description "
    "durability ecu edition endpointType engineCode enhancedNetworkingSupported eventType freeQueryTypes fromLocation fromLocationType fromRegionCode gpuMemory group "
    "groupDescription instanceFamily instanceType instanceTypeFamily intelAvxAvailable licenseModel location locationType logsDestination marketoption maxIopsBurstPerformance "
    "maxIopsvolume maxThroughputvolume maxVolumeSize memory messageDeliveryFrequency minVolumeSize networkPerformance normalizationSizeFactor operatingSystem operation "
    "physicalCores physicalProcessor preInstalledSw processorArchitecture processorFeatures productFamily queueType region regionCode servicecode servicename sku storage storageClass "
    "storageMedia subscriptionType tenancy toLocation toLocationType transferType usagetype vcpu version volumeApiName volumeType"
).split()
_TAGS = (
    "aws:autoscaling:groupName",
    "aws:cloudformation:stack-name",
    "aws:createdBy",
    "user:CostCenter",
    "user:Environment",
    "user:Name",
    "user:Team",
    "user:owner",
)
COLUMNS: list[str] = [
    "identity/LineItemId", TIME, "bill/InvoiceId", "bill/BillingEntity", "bill/BillType", "bill/PayerAccountId", "bill/BillingPeriodStartDate", "bill/BillingPeriodEndDate",
    "lineItem/UsageAccountId", "lineItem/LineItemType", START, END, "lineItem/ProductCode", "lineItem/UsageType", "lineItem/Operation", "lineItem/AvailabilityZone",
    "lineItem/ResourceId", AMOUNT, "lineItem/NormalizationFactor", "lineItem/NormalizedUsageAmount", "lineItem/CurrencyCode", "lineItem/UnblendedRate", COST[0],
    "lineItem/BlendedRate", COST[1], "lineItem/LineItemDescription", "lineItem/TaxType", "lineItem/LegalEntity",
    *(f"product/{p}" for p in _PRODUCT),
    "pricing/LeaseContractLength", "pricing/OfferingClass", "pricing/PurchaseOption", "pricing/RateId", "pricing/currency", PUBLIC, "pricing/publicOnDemandRate", "pricing/term", "pricing/unit",
    EFFECTIVE, RECURRING, "reservation/AmortizedUpfrontFeeForBillingPeriod", "reservation/ReservationARN", "reservation/SubscriptionId",
    "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod", "reservation/UnusedQuantity", "reservation/UnusedRecurringFee", "reservation/UpfrontValue",
    "savingsPlan/SavingsPlanARN", "savingsPlan/SavingsPlanEffectiveCost", "savingsPlan/TotalCommitmentToDate", "savingsPlan/UsedCommitment",
    *(f"resourceTags/{t}" for t in _TAGS),
]  # fmt: skip


@dataclass
class Line:
    """One meter of one resource.

    Its texts, and per level of use the quantity (×10⁴), the money and its list price (10⁻¹⁰).
    """

    text: dict[str, str]
    amount: np.ndarray  # (24,) int64
    cost: np.ndarray
    public: np.ndarray


def level_of(hour: int) -> int:
    """Two-hour slot of the day, and whether it is a weekend: 0..23. September 2026 began on a Tuesday."""
    return hour % 24 // 2 + 12 * ((hour // 24 + 1) % 7 >= 5)


def make_lines(count: int, seed: int = 7) -> list[Line]:
    """``count`` lines of the demo company, grown until it has enough meters."""
    series: list = []
    scale = max(0.3, count / 2300)
    while len(series) < count:
        world = make_world(np.random.default_rng([seed, 1]), HOURS, scale)
        series, scale = measure(world, np.random.default_rng([seed, 2]), 1), scale * 1.3
    write_tags(world, {id(s.resource): int(s.cost.sum()) for s in series}, seed)
    rng = np.random.default_rng([seed, 4])
    picked = [series[int(i)] for i in rng.permutation(len(series))[:count]]
    # Within an hour a real report goes by product and usage type, not by resource.
    picked.sort(key=lambda s: (KINDS[s.resource.kind].code, s.usage_type))
    return [_line(s, world, rng) for s in picked]


def _line(s, world, rng: np.random.Generator) -> Line:
    r, kind = s.resource, KINDS[s.resource.kind]
    compute = kind.family == "Compute Instance"
    reserved = compute and s.meter.cadence == "h" and rng.random() < 0.25
    fixed = s.meter.cadence == "h" or not s.meter.rate
    slots = np.ones(LEVELS) if fixed else np.repeat([1.0, 0.7], 12) * rng.lognormal(0, 0.3, LEVELS)
    quantity = 1.0 if fixed else s.meter.amount / 24 * r.volume_factor
    amount = np.maximum(np.round(quantity * slots * 10**4), 1).astype("int64")
    public = amount * s.rate // 10**4
    tags = r.tags[0][2]
    h = hashlib.sha256((r.id + s.usage_type).encode()).hexdigest()
    arn = (
        f"arn:aws:ec2:{r.region}:{world.payer}:reserved-instances/{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:32]}"
        if reserved
        else ""
    )
    rate = rate_text(s.rate)
    text = {
        "identity/LineItemId": (h + h)[:52].translate(str.maketrans("0189", "ghjk")), "bill/InvoiceId": "1000000007", "bill/BillingEntity": "AWS", "bill/BillType": "Anniversary",
        "bill/PayerAccountId": world.payer, "bill/BillingPeriodStartDate": "2026-09-01T00:00:00Z", "bill/BillingPeriodEndDate": "2026-10-01T00:00:00Z",
        "lineItem/UsageAccountId": world.accounts[r.account], "lineItem/LineItemType": "DiscountedUsage" if reserved else "Usage", "lineItem/ProductCode": kind.code,
        "lineItem/UsageType": s.usage_type, "lineItem/Operation": s.meter.operation, "lineItem/AvailabilityZone": r.region + "a" if fixed else "", "lineItem/ResourceId": r.id,
        "lineItem/CurrencyCode": "USD", "lineItem/UnblendedRate": "0.0000000000" if reserved else rate, "lineItem/BlendedRate": "0.0000000000" if reserved else rate,
        "lineItem/LineItemDescription": f"${rate.rstrip('0')} per {s.meter.unit} of {s.usage_type} usage in region {r.region}, first tier",
        "lineItem/LegalEntity": "Amazon Web Services EMEA SARL", "product/ProductName": kind.service, "product/availability": "99.99%" if kind.family == "Storage" else "",
        "product/durability": "99.999999999%" if kind.family == "Storage" else "", "product/group": kind.type,
        "product/instanceType": r.size, "product/location": r.region, "product/locationType": "AWS Region",
        "product/operation": s.meter.operation, "product/productFamily": kind.family, "product/region": r.region, "product/regionCode": r.region, "product/servicecode": kind.code,
        "product/servicename": kind.service, "product/sku": h[:16].upper(), "product/usagetype": s.usage_type, "pricing/RateId": str(int(h[:7], 16)), "pricing/currency": "USD",
        "pricing/publicOnDemandRate": rate, "pricing/term": "Reserved" if reserved else "OnDemand", "pricing/unit": s.meter.unit, "reservation/ReservationARN": arn,
        "reservation/SubscriptionId": str(int(h[8:16], 16)), "pricing/LeaseContractLength": "1yr" if reserved else "", "pricing/OfferingClass": "standard" if reserved else "",
        "pricing/PurchaseOption": "No Upfront" if reserved else "", "lineItem/NormalizationFactor": "4" if compute else "", "lineItem/NormalizedUsageAmount": "4" if compute else "",
        "product/currentGeneration": "Yes" if compute else "", "product/operatingSystem": "Linux" if compute else "", "product/physicalProcessor": "Intel Xeon Platinum 8175 (Skylake)" if compute else "",
        "product/processorArchitecture": "64-bit" if compute else "", "product/processorFeatures": "Intel AVX; Intel AVX2; Intel AVX512; Intel Turbo" if compute else "",
        "product/networkPerformance": "Up to 10 Gigabit" if compute else "", "product/tenancy": "Shared" if compute else "", "product/vcpu": "4" if compute else "",
        "product/memory": "16 GiB" if compute else "", "product/preInstalledSw": "NA" if compute else "", "product/licenseModel": "No License required" if compute else "",
    }  # fmt: skip
    text |= {f"resourceTags/{t}": tags.get(t, "") for t in _TAGS}
    return Line(text, amount, np.zeros_like(public) if reserved else public, public)


def _values(line: Line, level: int) -> dict[str, str]:
    """The columns of a line that depend on the level of use."""
    out = {
        AMOUNT: f"{line.amount[level] // 10**4}.{line.amount[level] % 10**4:04d}000000",
        PUBLIC: rate_text(int(line.public[level])),
    }
    out |= dict.fromkeys(COST, rate_text(int(line.cost[level])))
    effective = int(line.public[level]) * 6 // 10 if line.text["reservation/ReservationARN"] else 0
    return out | {EFFECTIVE: rate_text(effective), RECURRING: rate_text(effective)}


def _csv_text(cells: list[str]) -> str:
    sink = io.StringIO()
    csv.writer(sink, lineterminator="").writerow(cells)
    return sink.getvalue()


def pieces(line: Line) -> tuple[bytes, bytes, list[bytes]]:
    """(head up to the interval, middle up to the start, a tail per level from after the end to the line feed)."""
    a, b = COLUMNS.index(TIME), COLUMNS.index(START)
    cells = lambda columns, more: _csv_text([more.get(c, line.text.get(c, "")) for c in columns])
    head, middle = cells(COLUMNS[:a], {}) + ",", "," + cells(COLUMNS[a + 1 : b], {}) + ","
    tails = [("," + cells(COLUMNS[b + 2 :], _values(line, level)) + "\n").encode() for level in range(LEVELS)]
    return head.encode(), middle.encode(), tails


def _stamps() -> list[tuple[bytes, bytes]]:
    at = [str(np.datetime64(f"{MONTH}-01T00") + np.timedelta64(h, "h")) + ":00:00Z" for h in range(HOURS + 1)]
    return [(f"{a}/{b}".encode(), f"{a},{b}".encode()) for a, b in zip(at, at[1:])]


def blocks(lines: list[Line], rows: range) -> Iterator[bytes]:
    """The CSV bytes of a range of rows, an hour at a time. Row n is line n % len(lines) in hour n // len(lines)."""
    ready, stamps, n = [pieces(line) for line in lines], _stamps(), len(lines)
    for hour in range(rows.start // n, -(-rows.stop // n)):
        interval, span = stamps[hour]
        level = level_of(hour)
        first, last = max(rows.start - hour * n, 0), min(rows.stop - hour * n, n)
        yield b"".join(
            [b"".join((head, interval, middle, span, tails[level])) for head, middle, tails in ready[first:last]]
        )


def shares(total: int, files: int) -> list[range]:
    cuts = [total * i // files for i in range(files + 1)]
    return [range(a, b) for a, b in zip(cuts, cuts[1:])]


def write_csv(folder: Path, lines: list[Line], total: int, files: int, gz: bool) -> list[Path]:
    """CSV or CSV.gz in ``files`` parts; the gzip level is 6, as AWS's."""
    folder.mkdir(parents=True, exist_ok=True)
    header = (",".join(COLUMNS) + "\n").encode()
    out = []
    for i, rows in enumerate(shares(total, files), 1):
        path = folder / f"bench-{i:05d}.csv{'.gz' if gz else ''}"
        with path.open("wb") as sink:
            packer = zlib.compressobj(6, zlib.DEFLATED, 31) if gz else None
            for block in itertools.chain([header], blocks(lines, rows)):
                sink.write(packer.compress(block) if packer else block)
            if packer:
                sink.write(packer.flush())
        out.append(path)
    return out


def athena(name: str) -> str:
    """lineItem/UnblendedCost → line_item_unblended_cost, as Athena's loader spells it."""
    return snake(name).replace("reservation_arn", "reservation_a_r_n")


def write_parquet(folder: Path, lines: list[Line], total: int, files: int) -> list[Path]:
    """The same rows as Parquet: snappy, one row group a file, money as DOUBLE, empty text '' as AWS writes it."""
    import duckdb
    import pandas as pd

    folder.mkdir(parents=True, exist_ok=True)
    db = duckdb.connect(
        config={
            "threads": 1,
            "memory_limit": "6GB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    db.execute("SET TimeZone = 'UTC'")
    static = pd.DataFrame([{c: line.text.get(c, "") for c in COLUMNS} for line in lines])
    levels = pd.DataFrame(
        [{"line": i, "level": level, **_values(line, level)} for i, line in enumerate(lines) for level in range(LEVELS)]
    )
    hours = pd.DataFrame({"hour": range(HOURS), "level": [level_of(h) for h in range(HOURS)]})
    for name, frame in (("static", static.assign(line=range(len(lines)))), ("levels", levels), ("hours", hours)):
        db.register("frame", frame)
        db.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
        db.unregister("frame")
    at = f"(TIMESTAMP '{MONTH}-01' + to_hours(h.hour))"
    special = {
        TIME: f"strftime({at}, '%Y-%m-%dT%H:%M:%SZ') || '/' || strftime({at} + INTERVAL 1 HOUR, '%Y-%m-%dT%H:%M:%SZ')", START: at, END: f"{at} + INTERVAL 1 HOUR",
        "bill/BillingPeriodStartDate": "TIMESTAMP '2026-09-01'", "bill/BillingPeriodEndDate": "TIMESTAMP '2026-10-01'",
    }  # fmt: skip
    for c in COLUMNS:
        if c not in special:
            source = "v" if c in levels else "s"
            special[c] = f'try_cast({source}."{c}" AS DOUBLE)' if c in DOUBLES else f'{source}."{c}"'
    chosen = ", ".join(f'{special[c]} AS "{athena(c)}"' for c in COLUMNS)
    out = []
    for i, rows in enumerate(shares(total, files), 1):
        path = folder / f"bench-{i:05d}.snappy.parquet"
        n = len(lines)
        db.execute(
            f"COPY (SELECT {chosen} FROM range({rows.start}, {rows.stop}) t(n) JOIN hours h ON h.hour = n // {n} JOIN static s ON s.line = n % {n} "
            f"JOIN levels v ON v.line = s.line AND v.level = h.level) TO '{str(path).replace(chr(39), chr(39) * 2)}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {len(rows) + 4096})"
        )
        out.append(path)
    return out


def facts(lines: list[Line], total: int) -> dict:
    """Rows and exact sums of the whole, added up from integers: what every reader must find."""
    full, rest = divmod(total, len(lines))
    hours = np.bincount([level_of(h) for h in range(full)], minlength=LEVELS)
    unblended = sum(int(line.cost @ hours) for line in lines) + sum(
        int(line.cost[level_of(full)]) for line in lines[:rest]
    )
    effective = (
        lambda line, level: int(line.public[level]) * 6 // 10
        if line.text["reservation/ReservationARN"]
        else int(line.cost[level])
    )
    amortized = sum(effective(line, level) * int(hours[level]) for line in lines for level in range(LEVELS)) + sum(
        effective(line, level_of(full)) for line in lines[:rest]
    )
    return {"rows": total, "columns": len(COLUMNS), "resources": len({(x.text["lineItem/UsageAccountId"], x.text["lineItem/ResourceId"]) for x in (lines if full else lines[:rest])}),
            "unblended": rate_text(unblended), "effective": rate_text(amortized)}  # fmt: skip


def generate(
    folder: Path,
    gigabytes: float,
    files: int = 4,
    formats: tuple[str, ...] = ("csv", "csv.gz", "parquet"),
    seed: int = 7,
    say=lambda text: None,
) -> dict:
    """Write every wanted form under ``folder``/<form>/ and facts.json; returns the facts."""
    total = round(gigabytes * 2**30 / ROW_BYTES)
    lines = make_lines(max(20, -(-total // HOURS)), seed)
    found = facts(lines, total) | {"files": {}}
    for form in formats:
        start = time.perf_counter()
        paths = (
            write_parquet(folder / form, lines, total, files)
            if form == "parquet"
            else write_csv(folder / form, lines, total, files, form == "csv.gz")
        )
        found["files"][form] = {p.name: p.stat().st_size for p in paths}
        say(
            f"{form}: {sum(found['files'][form].values()):,} bytes in {len(paths)} files, {time.perf_counter() - start:.1f} s"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "facts.json").write_text(json.dumps(found, indent=1))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a large CUR v1 for measuring readers.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--gb", type=float, default=1.0, help="size of the plain CSV, GiB")
    parser.add_argument("--files", type=int, default=4)
    parser.add_argument("--formats", default="csv,csv.gz,parquet")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    found = generate(args.out, args.gb, args.files, tuple(args.formats.split(",")), args.seed, say=print)
    print(
        f"{found['rows']:,} rows, {found['columns']} columns, {found['resources']:,} resources, unblended {found['unblended']}, effective {found['effective']}"
    )


if __name__ == "__main__":
    main()
