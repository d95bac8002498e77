"""Readings → the four tables of a bill, in canonical order, with what the reading taught about the file."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from costdna import money, schema
from costdna.errors import BillError
from costdna.read import costs, findings
from costdna.read.basis import basis_of
from costdna.read.charges import charges_of
from costdna.read.decoded import ABSENT_DAY, absent, hours_of, rhythm_of


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
    readings, told = _once_each(readings)
    if not sum(r["meta"]["rows"] for r in readings):
        raise BillError(
            "There is no charge in what was dropped.",
            found="0 lines",
            next_step="Drop a Cost and Usage Report or a FOCUS file.",
            code="empty",
        )
    undated = sum(int(np.asarray(r["arrays"]["rows"], dtype="int64")[absent(r)].sum()) for r in readings)
    told += [findings.undated(undated)] if undated else []
    scale = max(r["meta"]["scale"] for r in readings)
    basis, more = basis_of(readings)
    told += more
    parts = zip(*(charges_of(r, scale, basis) for r in readings))
    charges, splits = (pd.concat(frames, ignore_index=True) for frames in parts)
    again = sum(money.parse(r["meta"].get("split_total", "0"), scale) for r in readings)
    told += [findings.split_rows(money.to_text(again, scale))] if again else []
    for name in (*costs.COSTS, "x_AmortizedUpfront"):
        charges[name] = money.fit(charges[name].to_numpy())
    charges = charges.sort_values(["x_SourceId", "x_ChargeId"], kind="stable", ignore_index=True)
    if charges["x_ChargeId"].duplicated().any():
        raise AssertionError("two collapsed charges share one id: the reader did not collapse by the whole key")
    sources = pd.DataFrame([_source(r) for r in readings]).astype({"BillingPeriodStart": "datetime64[ns]"})
    return Bill(
        sources=schema.SOURCES.check(sources),
        charges=schema.CHARGES.check(charges),
        rhythm=schema.RHYTHM.check(_summed([rhythm_of(r) for r in readings], 3)),
        hours=schema.HOURS.check(_summed([hours_of(r) for r in readings], 5)),
        scale=scale,
        basis=basis,
        metas=[r["meta"] for r in readings],
        findings=told,
        splits=splits.sort_values("x_ChargeId", kind="stable", ignore_index=True),
    )


def _once_each(readings: list[dict]) -> tuple[list[dict], list[dict]]:
    """(readings in the order of their source ids, findings): a file that was dropped twice counts once."""
    unique: dict[str, dict] = {}
    told = []
    for reading in readings:
        if reading["meta"]["source_id"] in unique:
            told.append(findings.repeated(reading["meta"]["name"]))
        unique.setdefault(reading["meta"]["source_id"], reading)
    return [unique[k] for k in sorted(unique)], told


def _summed(frames: list[pd.DataFrame], keys: int) -> pd.DataFrame:
    """Rows of several files that mean the same hour, added; keys come first, values last. Sorted."""
    frame = pd.concat(frames, ignore_index=True)
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
