"""What a bill says of a resource in numbers: its money, its days, its use by kind and by hour of the week."""

from __future__ import annotations

import numpy as np
import pandas as pd

BILL_FEATURES: tuple[str, ...] = (
    "log_billed", "log_effective", "days_alive", "first_day", "last_day", "charge_rows", "usage_types", "operations",
    "share_compute", "share_storage", "share_transfer", "share_request", "share_other",
    "share_office_hours", "share_night", "share_weekend", "hour_sin", "hour_cos", "hour_concentration",
    "hours_of_week_used", "peak_to_mean", "cost_per_hour", "day_to_day_variation", "name_words",
)  # fmt: skip
"""Names of the bill block, in order. Frozen with the model's doors: append nothing, rename nothing."""

USAGE_CLASSES = ("compute", "storage", "transfer", "request", "other")


def bill_block(ownables: pd.DataFrame, charges: pd.DataFrame, rhythm: pd.DataFrame) -> np.ndarray:
    """Raw bill features, f64[N,24], one row per row of ``ownables``; NaN where the bill does not say.

    Needs OWNABLES (x_OwnableId, BilledCost, EffectiveCost, x_FirstSeen, x_LastSeen, x_NameTokens); reads of CHARGES
    x_UsageType, x_Operation, ChargePeriodStart and BilledCost, and of RHYTHM all columns, whichever are there.
    """
    ids = ownables["x_OwnableId"].to_numpy(dtype=np.int64)
    n = len(ids)
    out = {name: np.full(n, np.nan) for name in BILL_FEATURES}
    if n == 0:
        return np.zeros((0, len(BILL_FEATURES)))
    row = pd.Series(np.arange(n, dtype=np.int64), index=ids)
    out["log_billed"] = _signed_log(ownables["BilledCost"])
    out["log_effective"] = _signed_log(ownables["EffectiveCost"])
    first, last = _days(ownables["x_FirstSeen"]), _days(ownables["x_LastSeen"])
    out["first_day"], out["last_day"], out["days_alive"] = first, last, last - first + 1.0
    out["name_words"] = np.array(
        [len(words) if isinstance(words, (list, tuple)) else 0 for words in ownables["x_NameTokens"]], dtype=np.float64
    )
    if len(charges) and "x_OwnableId" in charges:
        _from_charges(out, charges, row, n)
    if len(rhythm):
        _from_rhythm(out, rhythm, row, n)
    return np.stack([out[name] for name in BILL_FEATURES], axis=1)


def _signed_log(cost: pd.Series) -> np.ndarray:
    value = np.array([float(v) for v in cost], dtype=np.float64)
    scale = np.abs(value).mean() or 1.0
    return np.sign(value) * np.log1p(np.abs(value) / scale)


def _days(stamp: pd.Series) -> np.ndarray:
    return (pd.to_datetime(stamp) - pd.Timestamp("1970-01-01")).dt.total_seconds().to_numpy(dtype=np.float64) / 86400.0


def _from_charges(out: dict[str, np.ndarray], charges: pd.DataFrame, row: pd.Series, n: int) -> None:
    at = row.reindex(charges["x_OwnableId"].to_numpy(dtype=np.int64)).to_numpy(dtype=np.float64)
    keep = np.isfinite(at)
    node = at[keep].astype(np.int64)
    weight = charges["x_RowCount"].to_numpy(dtype=np.float64)[keep] if "x_RowCount" in charges else np.ones(len(node))
    out["charge_rows"] = np.log1p(np.bincount(node, weights=weight, minlength=n))
    for column, name in (("x_UsageType", "usage_types"), ("x_Operation", "operations")):
        if column in charges:
            code = pd.factorize(charges[column].astype(str))[0].astype(np.int64)[keep]
            pair = np.unique(node * (code.max() + 1 if len(code) else 1) + code)
            out[name] = (
                np.bincount(pair // (code.max() + 1), minlength=n).astype(np.float64) if len(pair) else out[name]
            )
    if "ChargePeriodStart" in charges and len(node):
        cost = np.array([float(v) for v in charges["BilledCost"]], dtype=np.float64)[keep]
        day = np.floor(_days(charges["ChargePeriodStart"])[keep]).astype(np.int64)
        day -= day.min()
        width = int(day.max()) + 1
        slot, inverse = np.unique(node * width + day, return_inverse=True)
        daily = np.bincount(inverse.reshape(-1), weights=cost, minlength=len(slot))
        owner = slot // width
        count = np.maximum(np.bincount(owner, minlength=n), 1)
        mean = np.bincount(owner, weights=daily, minlength=n) / count
        spread = np.sqrt(np.maximum(np.bincount(owner, weights=daily**2, minlength=n) / count - mean**2, 0.0))
        out["day_to_day_variation"] = np.where(np.abs(mean) > 0, spread / np.where(mean == 0, 1.0, np.abs(mean)), 0.0)


def _from_rhythm(out: dict[str, np.ndarray], rhythm: pd.DataFrame, row: pd.Series, n: int) -> None:
    at = row.reindex(rhythm["x_OwnableId"].to_numpy(dtype=np.int64)).to_numpy(dtype=np.float64)
    keep = np.isfinite(at)
    node = at[keep].astype(np.int64)
    cost = np.maximum(rhythm["x_Cost"].to_numpy(dtype=np.float64)[keep], 0.0)
    hour = rhythm["x_HourOfWeek"].to_numpy(dtype=np.int64)[keep]
    seen = rhythm["x_HoursSeen"].to_numpy(dtype=np.float64)[keep]
    usage = rhythm["x_UsageClass"].to_numpy()[keep]

    def total(weights: np.ndarray) -> np.ndarray:
        return np.bincount(node, weights=weights, minlength=n)

    whole = total(cost)
    there = whole > 0
    base = np.where(there, whole, 1.0)

    def share(mask: np.ndarray) -> np.ndarray:
        return np.where(there, total(cost * mask) / base, np.nan)

    for name in USAGE_CLASSES:
        out[f"share_{name}"] = share(usage == name)
    of_day, of_week = hour % 24, hour // 24
    out["share_office_hours"] = share((of_week < 5) & (of_day >= 8) & (of_day < 18))
    out["share_night"] = share(of_day < 6)
    out["share_weekend"] = share(of_week >= 5)
    angle = of_day * (2.0 * np.pi / 24.0)
    out["hour_sin"], out["hour_cos"] = share(np.sin(angle)), share(np.cos(angle))
    out["hour_concentration"] = np.hypot(out["hour_sin"], out["hour_cos"])
    slot, inverse = np.unique(node * 168 + hour, return_inverse=True)
    per_slot = np.bincount(inverse.reshape(-1), weights=cost, minlength=len(slot))
    owner = slot // 168
    used = np.bincount(owner, weights=(per_slot > 0).astype(np.float64), minlength=n)
    out["hours_of_week_used"] = np.where(there, used, np.nan)
    peak = np.zeros(n)
    np.maximum.at(peak, owner, per_slot)
    out["peak_to_mean"] = np.where(there, peak * np.maximum(used, 1) / base, np.nan)
    hours = total(seen)
    out["cost_per_hour"] = np.where(there & (hours > 0), np.log1p(whole / np.maximum(hours, 1.0)), np.nan)
