"""Readings → the four tables of a bill, in canonical order, with what the reading taught about the file."""

import json
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from costdna import columns, hashing, money, names, schema
from costdna.errors import BillError
from costdna.read import costs

ABSENT_DAY = -(2**31)
_RENAMED = {
    "PayerAccountId": "BillingAccountId",
    "UsageType": "x_UsageType",
    "Operation": "x_Operation",
    "ServiceCode": "x_ServiceCode",
    "LineItemType": "x_LineItemType",
    "PrincipalId": "x_PrincipalId",
    "TagSet": "x_TagSet",
}


@dataclass
class Bill:
    """What was read.

    Every money column is in units of 10**-scale; `basis` is gross or net; `metas` are the readers' own.
    """

    sources: pd.DataFrame
    charges: pd.DataFrame
    rhythm: pd.DataFrame
    hours: pd.DataFrame
    scale: int
    basis: str
    metas: list[dict]
    findings: list[dict] = field(default_factory=list)
    # split cost allocation: x_ChargeId of a child, x_ParentId, x_SplitCost (units, unused included)
    splits: pd.DataFrame | None = None

    @property
    def currencies(self) -> list[str]:
        return sorted(self.charges["BillingCurrency"].unique())


def assemble(readings: list[dict]) -> Bill:
    """One bill from the readings of its files.

    readings: [{meta, arrays}] as docs/reading.md. A file that was dropped twice counts once. Raises BillError when
    nothing is left to read.
    """
    findings: list[dict] = []
    unique: dict[str, dict] = {}
    for reading in readings:
        if reading["meta"]["source_id"] in unique:
            findings.append(
                _finding("repeated-file", f"{reading['meta']['name']} was dropped twice and is counted once.")
            )
        unique.setdefault(reading["meta"]["source_id"], reading)
    readings = [unique[k] for k in sorted(unique)]
    if not readings or not sum(r["meta"]["rows"] for r in readings):
        raise BillError(
            "There is no charge in what was dropped.",
            found="0 lines",
            next_step="Drop a Cost and Usage Report or a FOCUS file.",
            code="empty",
        )
    undated = sum(int(np.asarray(r["arrays"]["rows"], dtype="int64")[_absent(r)].sum()) for r in readings)
    if undated:
        findings.append(
            _finding(
                "undated-lines",
                f"{names.counted(undated, 'line does', 'lines do')} not say when; counted over the billing period.",
            )
        )
    scale = max(r["meta"]["scale"] for r in readings)
    basis = _basis(readings, scale, findings)
    frames = [_charges(r, scale, basis) for r in readings]
    charges = pd.concat([f for f, _ in frames], ignore_index=True)
    told_twice = sum(money.parse(r["meta"].get("split_total", "0"), scale) for r in readings)
    if told_twice:
        findings.append(
            _finding(
                "split-rows-cost",
                "Split cost allocation rows carry a cost of their own; it is left out, since they tell of their instance again.",
                money.to_text(told_twice, scale),
            )
        )
    splits = pd.concat([s for _, s in frames], ignore_index=True).sort_values(
        "x_ChargeId", kind="stable", ignore_index=True
    )
    for name in (*costs.COSTS, "x_AmortizedUpfront"):
        charges[name] = money.fit(charges[name].to_numpy())
    charges = charges.sort_values(["x_SourceId", "x_ChargeId"], kind="stable", ignore_index=True)
    if charges["x_ChargeId"].duplicated().any():
        raise AssertionError("two collapsed charges share one id: the reader did not collapse by the whole key")
    rhythm = pd.concat([_rhythm(r) for r in readings], ignore_index=True)
    hours = pd.concat([_hours(r) for r in readings], ignore_index=True)
    sources = pd.DataFrame([_source(r) for r in readings]).astype({"BillingPeriodStart": "datetime64[ns]"})
    return Bill(
        schema.SOURCES.check(sources),
        schema.CHARGES.check(charges),
        schema.RHYTHM.check(_summed(rhythm, 3)),
        schema.HOURS.check(_summed(hours, 5)),
        scale,
        basis,
        [r["meta"] for r in readings],
        findings,
        splits,
    )


def _finding(code: str, text: str, amount: str = "") -> dict:
    return {"code": code, "text": text, "amount": amount}


def _basis(readings: list[dict], scale: int, findings: list[dict]) -> str:
    """Gross or net, once per bill: net only where net costs are filled everywhere and add up to the gross ones."""
    metas = [r["meta"] for r in readings if r["meta"]["format"] == "cur"]
    if not metas or not all(m["filled"].get("NetUnblended") for m in metas):
        if any(m["filled"].get("NetUnblended") for m in metas):
            findings.append(
                _finding("net-basis-partial", "Only some files carry net costs; the gross basis is used for all.")
            )
        elif metas and not any(m["filled"].get("Unblended") for m in metas):
            raise BillError(
                "The bill carries no cost.",
                found="every unblended cost is empty",
                code="no-cost",
                next_step="Export the bill with its cost columns.",
            )
        return "gross"
    gross, net = (
        sum(money.parse(m["totals"].get(f, "0"), money.MAX_SCALE) for m in metas) for f in ("Unblended", "NetUnblended")
    )
    if not any(m["filled"].get("Unblended") for m in metas) or abs(gross - net) <= 10 ** (money.MAX_SCALE - 2):
        return "net"
    findings.append(
        _finding(
            "net-basis-refused",
            "Net and gross costs do not add up to the same total; the gross basis is used.",
            money.to_text(gross - net, money.MAX_SCALE),
        )
    )
    return "gross"


def _sums(reading: dict, scale: int) -> dict[str, np.ndarray]:
    arrays = reading["arrays"]
    names = [k[4:-6] for k in arrays if k.startswith("sum.") and k.endswith(".whole")]
    return {
        n: money.from_limbs(arrays[f"sum.{n}.whole"], arrays[f"sum.{n}.nano"], arrays[f"sum.{n}.atto"], scale)
        for n in sorted(names)
    }


def _text(reading: dict, name: str, size: int, array: str | None = None) -> np.ndarray:
    """A dictionary-coded text column, decoded; empty where the file has none. Shape (size,) object."""
    array = array or f"codes.{name}"
    if array not in reading["arrays"]:
        return np.full(size, "", dtype=object)
    texts = np.array(reading["meta"]["dictionaries"][name], dtype=object)
    return texts[np.asarray(reading["arrays"][array], dtype="int64")]


def _days(values, size: int) -> np.ndarray:
    days = np.asarray(values if values is not None else np.full(size, ABSENT_DAY), dtype="int64")
    return np.where(
        days == ABSENT_DAY, np.datetime64("NaT", "ns"), days.astype("datetime64[D]").astype("datetime64[ns]")
    )


def _absent(reading: dict) -> np.ndarray:
    """Collapsed lines without a day. Shape (n,) bool."""
    n = len(reading["arrays"]["rows"])
    return np.asarray(reading["arrays"].get("day", np.full(n, ABSENT_DAY)), dtype="int64") == ABSENT_DAY


def _when(reading: dict) -> tuple[np.ndarray, np.ndarray]:
    """(first day, end) of each collapsed line, datetime64[ns].

    One that says no day is of its whole billing period, without that of the first day the file knows.
    """
    arrays, undated = reading["arrays"], _absent(reading)
    n = len(undated)
    start, period = _days(arrays.get("day"), n), _days(arrays.get("period"), n)
    end = np.asarray(arrays.get("end", np.full(n, np.nan)), dtype="float64")
    long = np.isfinite(end)
    seconds = np.where(long, end, 0).astype("int64").astype("datetime64[s]").astype("datetime64[ns]")
    if undated.any():
        start = np.where(undated, period, start)
        known = start[~np.isnat(start)]
        if not len(known):
            raise BillError(
                "The bill does not say when anything was charged.",
                found="neither a charge period nor a billing period on any line",
                where=reading["meta"]["name"],
                next_step="Export the bill with its usage start dates.",
                code="bad-time",
            )
        start = np.where(np.isnat(start), known.min(), start)
    whole = np.where(
        undated & ~np.isnat(period),
        (period.astype("datetime64[M]") + 1).astype("datetime64[ns]"),
        start + np.timedelta64(1, "D"),
    )
    return start.astype("datetime64[ns]"), np.where(long, seconds, whole).astype("datetime64[ns]")


def _lines(reading: dict) -> pd.DataFrame:
    """The collapsed lines under their table names, before costs."""
    arrays, n = reading["arrays"], len(reading["arrays"]["rows"])
    keys = [f["name"] for f in columns.load("mapping")["fields"] if f["kind"] == "key"] + ["TagSet"]
    frame = pd.DataFrame({_RENAMED.get(k, k): _text(reading, k, n) for k in keys})
    frame["x_TagSet"] = frame["x_TagSet"].replace("", "[]")
    frame["ServiceName"] = np.where(frame["ServiceName"] == "", frame["x_ServiceCode"], frame["ServiceName"])
    frame["flags"] = np.asarray(arrays.get("flags", np.zeros(n)), dtype="int64")
    frame["BillingPeriodStart"] = _days(arrays.get("period"), n)
    frame["ChargePeriodStart"], frame["ChargePeriodEnd"] = _when(reading)
    frame["x_SourceId"] = reading["meta"]["source_id"]
    frame["x_RowCount"] = np.asarray(arrays["rows"], dtype="int64")
    frame["ConsumedQuantity"] = np.asarray(arrays.get("quantity", np.zeros(n)), dtype="float64")
    return frame


def _charges(reading: dict, scale: int, basis: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    lines, sums = _lines(reading), _sums(reading, scale)
    if reading["meta"]["format"] == "focus":
        lines = _focus_costs(lines, sums)
    else:
        priced = costs.apply(lines, sums, basis)
        split = (priced["x_ChargeKind"] == "SplitChild").to_numpy()
        column = sums.get("NetUnblended" if basis == "net" else "Unblended", np.zeros(len(lines), dtype="int64"))
        reading["meta"]["split_total"] = money.to_text(money.total(column[split]), scale)
        lines = lines.drop(columns=["ChargeCategory", "ChargeFrequency", "CommitmentDiscountStatus", "PricingCategory"])
        lines = pd.concat([lines, priced], axis=1)
        lines = pd.concat([lines, _remainders(lines)], ignore_index=True)
    lines["x_OwnableId"] = ownable_ids(lines)
    key = """
        x_SourceId BillingPeriodStart BillingAccountId ProviderName SubAccountId SubAccountName ChargePeriodStart
        ChargePeriodEnd ResourceId ResourceName ResourceType ServiceName x_ServiceCode RegionId x_UsageType x_Operation
        x_LineItemType x_ChargeKind ChargeCategory ChargeClass ChargeFrequency PricingCategory CommitmentDiscountStatus
        BillingCurrency CommitmentDiscountId x_PrincipalId SplitParentId ConsumedUnit flags x_TagSet
    """.split()
    lines["x_ChargeId"] = _told_apart(hashing.combine([_hash(lines[k]) for k in key]), reading)
    return lines[schema.CHARGES.names()], _splits(lines, sums, basis)


def _told_apart(ids: np.ndarray, reading: dict) -> np.ndarray:
    """x_ChargeId, int64, told apart where lines agree only once read.

    Lines that the file wrote differently (a service with and without its name, `usage` and `Usage`) keep ids of their
    own.
    """
    twice = pd.Series(ids).duplicated(keep=False).to_numpy()
    twice[len(reading["arrays"]["rows"]) :] = False
    if twice.any():
        n, ids = len(reading["arrays"]["rows"]), ids.copy()
        at = np.flatnonzero(twice)
        written = [
            hashing.of_texts(_text(reading, k, n)[at])
            for k in ("ServiceName", "TagSet", "ChargeCategory", "ChargeFrequency")
        ]
        ids[at] = hashing.combine([ids[at].view("uint64"), *written, _absent(reading)[at].astype("uint64")])
    return ids


def _splits(lines: pd.DataFrame, sums: dict[str, np.ndarray], basis: str) -> pd.DataFrame:
    """What each split child says its share of the parent is: split cost and its part of what went unused."""
    at = np.flatnonzero((lines["x_ChargeKind"] == "SplitChild").to_numpy())
    names = (
        ("SplitNetCost", "SplitNetUnused")
        if basis == "net" and "SplitNetCost" in sums
        else ("SplitCost", "SplitUnused")
    )
    cost = sum((sums[n][at] for n in names if n in sums), np.zeros(len(at), dtype="int64"))
    return pd.DataFrame(
        {
            "x_ChargeId": lines["x_ChargeId"].to_numpy()[at],
            "x_ParentId": lines["SplitParentId"].to_numpy()[at],
            "x_SplitCost": cost,
        }
    )


def _hash(column: pd.Series) -> np.ndarray:
    if column.dtype == object:
        codes, texts = pd.factorize(column.to_numpy())
        return hashing.of_texts(texts)[codes.astype("int64")]
    return pd.util.hash_array(column.to_numpy().astype("int64"))


def _focus_costs(lines: pd.DataFrame, sums: dict[str, np.ndarray]) -> pd.DataFrame:
    """A FOCUS file says its costs itself; a cost column it lacks takes BilledCost, and the doctor says so."""
    for name in costs.COSTS:
        lines[name] = sums.get(name, sums["BilledCost"])
    lines["x_AmortizedUpfront"] = np.zeros(len(lines), dtype="int64")
    lines["x_ChargeKind"] = "FOCUS"
    for name in ("ChargeCategory", "ChargeFrequency"):
        column = next(c for c in schema.CHARGES.columns if c.name == name)
        known = {v.lower(): v for v in (column.one_of or ("One-Time", "Recurring", "Usage-Based"))}
        lines[name] = lines[name].map(lambda v: known.get(v.lower(), v))
    alien = sorted(set(lines["ChargeCategory"]) - {"Usage", "Purchase", "Tax", "Credit", "Adjustment"})
    if alien:
        raise BillError(
            "A charge category is not one FOCUS knows.",
            found=", ".join(repr(a) for a in alien),
            where="ChargeCategory",
            next_step="Use Usage, Purchase, Tax, Credit or Adjustment.",
            code="not-a-bill",
        )
    return lines


def _remainders(lines: pd.DataFrame) -> pd.DataFrame:
    """What Savings Plan negation did not cancel: one visible row per plan, day and currency (aws_facts.md 1.3, trap 1)."""
    touched = lines[lines["x_ChargeKind"].isin(["SavingsPlanCoveredUsage", "SavingsPlanNegation"])]
    if touched.empty:
        return lines.iloc[:0]
    by = """
        BillingPeriodStart BillingAccountId ProviderName ChargePeriodStart BillingCurrency CommitmentDiscountId
        x_SourceId
    """.split()
    groups = touched.groupby(by, sort=True, dropna=False)
    rest = money.sum_by(touched["x_Cancels"].to_numpy(), groups.ngroup().to_numpy(), groups.ngroups)
    keep = np.flatnonzero(rest != 0)
    if not len(keep):
        return lines.iloc[:0]
    rows = groups.first().reset_index()[by].iloc[keep].reset_index(drop=True)
    out = lines.iloc[np.zeros(len(keep), dtype="int64")].reset_index(drop=True).copy()
    for name in out.columns:
        out[name] = (
            rows[name] if name in by else ("" if out[name].dtype == object and name not in costs.COSTS else out[name])
        )
    for name in (*costs.COSTS, "x_AmortizedUpfront", "x_Cancels"):
        out[name] = np.zeros(len(out), dtype="int64")
    for name in ("BilledCost", "EffectiveCost", "ContractedCost"):
        out[name] = rest[keep]
    out["ChargePeriodEnd"] = out["ChargePeriodStart"] + pd.Timedelta(days=1)
    out["SubAccountId"], out["ServiceName"], out["x_ServiceCode"] = (
        out["BillingAccountId"],
        "Savings Plans remainder",
        "ComputeSavingsPlans",
    )
    out["x_ChargeKind"], out["x_LineItemType"], out["x_TagSet"] = "SavingsPlanRemainder", "SavingsPlanNegation", "[]"
    out["ChargeCategory"], out["ChargeFrequency"], out["PricingCategory"] = "Adjustment", "Usage-Based", "Committed"
    out["flags"], out["x_RowCount"], out["ConsumedQuantity"] = 0, 0, 0.0
    out["flags"] = out["flags"].astype("int64")
    return out


def ownable_ids(lines: pd.DataFrame) -> np.ndarray:
    """x_OwnableId of each line: of the resource, or of (account, service, region, usage type) where there is none."""
    bare = (lines["ResourceId"] == "").to_numpy()
    service = np.where(bare, lines["ServiceName"], "")
    region = np.where(bare, lines["RegionId"], "")
    usage = np.where(bare, lines["x_UsageType"], "")
    return hashing.of_columns(
        [lines["ProviderName"], lines["SubAccountId"], lines["ResourceId"], service, region, usage]
    )


def _rhythm(reading: dict) -> pd.DataFrame:
    arrays = reading["arrays"]
    n = len(arrays.get("rhythm.hour", ()))
    if not n:
        return schema.RHYTHM.empty()
    empty = np.full(n, "", dtype=object)
    names = [_text(reading, k, n, f"rhythm.{k}") for k in ("ProviderName", "SubAccountId", "ResourceId")]
    return pd.DataFrame(
        {
            "x_OwnableId": hashing.of_columns([*names, empty, empty, empty]),
            "x_UsageClass": _class_names(arrays["rhythm.class"]),
            "x_HourOfWeek": np.asarray(arrays["rhythm.hour"], dtype="int64"),
            "x_Cost": np.asarray(arrays["rhythm.cost"], dtype="float64"),
            "x_HoursSeen": np.asarray(arrays["rhythm.hours"], dtype="int64"),
        }
    )


def _hours(reading: dict) -> pd.DataFrame:
    arrays = reading["arrays"]
    n = len(arrays.get("hours.hour", ()))
    if not n:
        return schema.HOURS.empty()
    code, name = (_text(reading, k, n, f"hours.{k}") for k in ("ServiceCode", "ServiceName"))
    return pd.DataFrame(
        {
            "x_Hour": np.asarray(arrays["hours.hour"], dtype="int64").astype("datetime64[h]").astype("datetime64[ns]"),
            "ServiceName": np.where(name == "", code, name),
            "SubAccountId": _text(reading, "SubAccountId", n, "hours.SubAccountId"),
            "x_UsageClass": _class_names(arrays["hours.class"]),
            "BillingCurrency": _text(reading, "BillingCurrency", n, "hours.BillingCurrency"),
            "x_Cost": np.asarray(arrays["hours.cost"], dtype="float64"),
            "x_RowCount": np.asarray(arrays["hours.rows"], dtype="int64"),
        }
    )


def _class_names(codes) -> np.ndarray:
    return np.array([c[0] for c in columns.load("mapping")["usage_classes"]], dtype=object)[
        np.asarray(codes, dtype="int64")
    ]


def _summed(frame: pd.DataFrame, keys: int) -> pd.DataFrame:
    """Rows of several files that mean the same hour, added; keys come first, values last. Sorted."""
    by = list(frame.columns[:keys])
    return frame.groupby(by, sort=True, as_index=False).sum() if len(frame) else frame


def _source(reading: dict) -> dict:
    meta, texts = reading["meta"], reading["meta"]["dictionaries"]
    periods = np.asarray(reading["arrays"].get("period", []), dtype="int64")
    periods = periods[periods != ABSENT_DAY]
    return {
        "x_SourceId": meta["source_id"],
        "x_Name": meta["name"],
        "x_Format": meta["format"],
        "x_Version": meta["version"],
        "x_Container": meta["container"],
        "BillingPeriodStart": pd.Timestamp(int(periods.min()), unit="D") if len(periods) else pd.NaT,
        "BillingAccountId": ", ".join(sorted(t for t in texts.get("PayerAccountId", []) if t)),
        "BillingCurrency": ", ".join(sorted(t for t in texts.get("BillingCurrency", []) if t)),
        "x_Rows": int(meta["rows"]),
        "x_Bytes": int(meta["bytes"]),
    }


def tag_pairs(text: str) -> list[tuple[str, str, str]]:
    """The (source, key, value) triples of a tag set."""
    return [tuple(p) for p in json.loads(text)] if text else []
