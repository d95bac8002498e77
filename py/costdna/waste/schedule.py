"""Non-production that runs at night and at weekends, read from the hour-of-week profile of an hourly bill."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

WORK = ("Usage", "")
"""Line types that cost less when a machine is off; what a commitment covers is paid either way."""


@dataclass(frozen=True)
class Hours:
    """Working hours: local hours [start, stop) from Monday to Friday.

    utc: how far local time is ahead of UTC, in hours.
    """

    start: int = 8
    stop: int = 20
    utc: int = 0

    def off(self) -> np.ndarray:
        """Hours of the UTC week that are outside. Shape (168,) bool, 0 = Monday 00 UTC."""
        local = (np.arange(168, dtype="int64") + self.utc) % 168
        return ~((local // 24 < 5) & (local % 24 >= self.start) & (local % 24 < self.stop))

    def words(self) -> str:
        """What counts as off."""
        sign = f"UTC{self.utc:+d}" if self.utc else "UTC"
        return f"outside {self.start:02d}–{self.stop:02d} {sign}, Monday to Friday"


def off_hours(
    rhythm: pd.DataFrame, charges: pd.DataFrame, nonproduction: np.ndarray, hours: Hours, scale: int, column: str
) -> list[dict]:
    """Rows {x_OwnableId, cost, saving, why} of machines outside production that cost money out of hours.

    nonproduction: x_OwnableId of what is not production. cost: its compute in the bill, units; saving: the units of
    that which fell out of hours. A resource of which a commitment covers a part has no saving, and the row says so.
    """
    mine = rhythm[(rhythm["x_UsageClass"] == "compute") & rhythm["x_OwnableId"].isin(nonproduction)]
    if mine.empty:
        return []
    away = hours.off()[mine["x_HourOfWeek"].to_numpy()]
    frame = pd.DataFrame(
        {
            "id": mine["x_OwnableId"].to_numpy(),
            "all": mine["x_Cost"].to_numpy(),
            "off": np.where(away, mine["x_Cost"].to_numpy(), 0.0),
            "hours": mine["x_HoursSeen"].to_numpy(),
            "away": np.where(away, mine["x_HoursSeen"].to_numpy(), 0),
        }
    )
    sums = frame.groupby("id", sort=True).sum()
    # FOCUS has no line type
    committed = ~charges["x_LineItemType"].isin(WORK) | (charges["CommitmentDiscountStatus"] == "Used")
    covered = set(
        charges.loc[
            committed & (charges["ChargeCategory"] == "Usage") & ~charges["x_ChargeKind"].isin(["SplitChild"]),
            "x_OwnableId",
        ]
    )
    billed = charges.groupby("x_OwnableId")[column].sum() if len(charges) else {}
    out = []
    for owner, row in sums.iterrows():
        cost, off = round(float(row["all"]) * 10**scale), round(float(row["off"]) * 10**scale)
        if off <= 0:
            continue
        bound = owner in covered
        limit = max(int(billed.get(owner, 0)), 0)  # never more than the resource cost
        said = f"ran {int(row['away']):,} of its {int(row['hours']):,} hours {hours.words()}"
        out.append(
            {
                "x_OwnableId": int(owner),
                "cost": min(cost, limit) if not bound else cost,
                "saving": 0 if bound else min(off, limit),
                "why": said
                + ("; a commitment covers part of it, so switching it off saves nothing for sure" if bound else ""),
            }
        )
    return out
