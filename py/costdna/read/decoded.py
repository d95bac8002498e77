"""What the arrays of a reading say: dictionary-coded texts, days, sums and hours, decoded into columns."""

import numpy as np
import pandas as pd

from costdna import columns, hashing, money, schema
from costdna.errors import BillError

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


def text(reading: dict, name: str, size: int, array: str | None = None) -> np.ndarray:
    """A dictionary-coded text column, decoded; empty where the file has none. Shape (size,) object."""
    array = array or f"codes.{name}"
    if array not in reading["arrays"]:
        return np.full(size, "", dtype=object)
    texts = np.array(reading["meta"]["dictionaries"][name], dtype=object)
    return texts[np.asarray(reading["arrays"][array], dtype="int64")]


def days(values, size: int) -> np.ndarray:
    """Days since 1970 as datetime64[ns], NaT where absent. Shape (size,)."""
    given = np.asarray(values if values is not None else np.full(size, ABSENT_DAY), dtype="int64")
    dates = given.astype("datetime64[D]").astype("datetime64[ns]")
    return np.where(given == ABSENT_DAY, np.datetime64("NaT", "ns"), dates)


def absent(reading: dict) -> np.ndarray:
    """Collapsed lines without a day. Shape (n,) bool."""
    n = len(reading["arrays"]["rows"])
    return np.asarray(reading["arrays"].get("day", np.full(n, ABSENT_DAY)), dtype="int64") == ABSENT_DAY


def when(reading: dict) -> tuple[np.ndarray, np.ndarray]:
    """(first day, end) of each collapsed line, datetime64[ns].

    One that says no day is of its whole billing period, without that of the first day the file knows.
    """
    arrays, undated = reading["arrays"], absent(reading)
    n = len(undated)
    start, period = days(arrays.get("day"), n), days(arrays.get("period"), n)
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


def sums_of(reading: dict, scale: int) -> dict[str, np.ndarray]:
    """{name: amounts} of the money columns, in units of 10**-scale, by name."""
    arrays = reading["arrays"]
    names = [k[4:-6] for k in arrays if k.startswith("sum.") and k.endswith(".whole")]
    return {
        n: money.from_limbs(arrays[f"sum.{n}.whole"], arrays[f"sum.{n}.nano"], arrays[f"sum.{n}.atto"], scale)
        for n in sorted(names)
    }


def lines_of(reading: dict) -> pd.DataFrame:
    """The collapsed lines under their table names, before costs."""
    arrays, n = reading["arrays"], len(reading["arrays"]["rows"])
    keys = [f["name"] for f in columns.load("mapping")["fields"] if f["kind"] == "key"] + ["TagSet"]
    frame = pd.DataFrame({_RENAMED.get(k, k): text(reading, k, n) for k in keys})
    frame["x_TagSet"] = frame["x_TagSet"].replace("", "[]")
    frame["ServiceName"] = np.where(frame["ServiceName"] == "", frame["x_ServiceCode"], frame["ServiceName"])
    frame["flags"] = np.asarray(arrays.get("flags", np.zeros(n)), dtype="int64")
    frame["BillingPeriodStart"] = days(arrays.get("period"), n)
    frame["ChargePeriodStart"], frame["ChargePeriodEnd"] = when(reading)
    frame["x_SourceId"] = reading["meta"]["source_id"]
    frame["x_RowCount"] = np.asarray(arrays["rows"], dtype="int64")
    frame["ConsumedQuantity"] = np.asarray(arrays.get("quantity", np.zeros(n)), dtype="float64")
    return frame


def rhythm_of(reading: dict) -> pd.DataFrame:
    """RHYTHM of one file."""
    arrays = reading["arrays"]
    n = len(arrays.get("rhythm.hour", ()))
    if not n:
        return schema.RHYTHM.empty()
    empty = np.full(n, "", dtype=object)
    names = [text(reading, k, n, f"rhythm.{k}") for k in ("ProviderName", "SubAccountId", "ResourceId")]
    return pd.DataFrame(
        {
            "x_OwnableId": hashing.of_columns([*names, empty, empty, empty]),
            "x_UsageClass": _class_names(arrays["rhythm.class"]),
            "x_HourOfWeek": np.asarray(arrays["rhythm.hour"], dtype="int64"),
            "x_Cost": np.asarray(arrays["rhythm.cost"], dtype="float64"),
            "x_HoursSeen": np.asarray(arrays["rhythm.hours"], dtype="int64"),
        }
    )


def hours_of(reading: dict) -> pd.DataFrame:
    """HOURS of one file."""
    arrays = reading["arrays"]
    n = len(arrays.get("hours.hour", ()))
    if not n:
        return schema.HOURS.empty()
    code, name = (text(reading, k, n, f"hours.{k}") for k in ("ServiceCode", "ServiceName"))
    return pd.DataFrame(
        {
            "x_Hour": np.asarray(arrays["hours.hour"], dtype="int64").astype("datetime64[h]").astype("datetime64[ns]"),
            "ServiceName": np.where(name == "", code, name),
            "SubAccountId": text(reading, "SubAccountId", n, "hours.SubAccountId"),
            "x_UsageClass": _class_names(arrays["hours.class"]),
            "BillingCurrency": text(reading, "BillingCurrency", n, "hours.BillingCurrency"),
            "x_Cost": np.asarray(arrays["hours.cost"], dtype="float64"),
            "x_RowCount": np.asarray(arrays["hours.rows"], dtype="int64"),
        }
    )


def _class_names(codes) -> np.ndarray:
    return np.array([c[0] for c in columns.load("mapping")["usage_classes"]], dtype=object)[
        np.asarray(codes, dtype="int64")
    ]
