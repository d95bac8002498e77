"""What people said of alerts, and what they had planned: it changes the next run."""

import numpy as np
import pandas as pd

from costdna import schema

NEAR = 3  # days between the start that was judged and the one found now


def said_so(feedback: pd.DataFrame | None) -> pd.DataFrame:
    """The last word on each alert: FEEDBACK, one row per (dimension, value, start), taken-back ones gone."""
    if feedback is None or feedback.empty:
        return schema.FEEDBACK.empty()
    last = feedback.sort_values("x_At", kind="stable").drop_duplicates(
        ["x_Dimension", "x_Value", "x_Start"], keep="last"
    )
    return last[last["x_Verdict"] != ""].reset_index(drop=True)


def verdict(said: pd.DataFrame, dimension: str, value: str, start: int, share: float) -> str:
    """yes, no, planned or nothing for what was found now.

    A move called normal stays normal up to its size, whenever it comes again; the rest counts for that day alone.
    """
    rows = said[(said["x_Dimension"] == dimension) & (said["x_Value"] == value)]
    for row in rows.to_dict("records"):
        same = abs(int(np.datetime64(row["x_Start"], "D").astype("int64")) - start) <= NEAR
        if same:
            return row["x_Verdict"]
        if (
            row["x_Verdict"] == "no"
            and share * row["x_Percent"] > 0
            and abs(share) * 100 <= 1.1 * abs(row["x_Percent"])
        ):
            return "no"
    return ""


def normal_days(said: pd.DataFrame, keys: list[tuple[str, str]], first: int, width: int) -> np.ndarray:
    """(series, days) bool: a fortnight from the start of what was called normal, to be learned from."""
    out = np.zeros((len(keys), width), dtype=bool)
    place = {key: i for i, key in enumerate(keys)}
    for row in said[said["x_Verdict"] == "no"].to_dict("records"):
        at = place.get((row["x_Dimension"], row["x_Value"]))
        start = int(np.datetime64(row["x_Start"], "D").astype("int64")) - first
        if at is not None:
            out[at, max(0, start) : max(0, start + 14)] = True
    return out


def is_planned(planned: pd.DataFrame | None, keys: set[tuple[str, str]], start: int, end: int) -> bool:
    """Whether one of the totals that show a cause was planned to move on these days [start, end)."""
    for row in planned.to_dict("records") if planned is not None else ():
        low, high = (int(np.datetime64(row[k], "D").astype("int64")) for k in ("x_ValidFrom", "x_ValidTo"))
        if (
            low < end
            and start < high
            and (row["x_Dimension"] == "total" or (row["x_Dimension"], row["x_Value"]) in keys)
        ):
            return True
    return False
