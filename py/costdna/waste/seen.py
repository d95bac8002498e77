"""What the inventory adds to what a bill suspects: whether a volume is attached to anything now, how old a snapshot is."""

import numpy as np
import pandas as pd

UNATTACHED, ATTACHED = "available", "in-use"
"""EC2's own words for the state of a volume."""


def held(entries: list[dict], states: dict[int, str]) -> tuple[list[dict], list[dict]]:
    """(rows about volumes, those of them that the inventory settles). entries: rows of `volumes`; states: {x_OwnableId:
    state} of the volumes that were seen.

    A suspicion about a volume that is attached falls away; one about a volume that is not is certain. What it does not
    name stays suspected.
    """
    rows, settled = [], []
    for row in entries:
        state = states.get(row["x_OwnableId"], "")
        if state == ATTACHED:
            continue
        if state == UNATTACHED:
            row = {
                **row,
                "why": row["why"].partition("; suspected")[0]
                + "; certain, the inventory says that it is attached to nothing",
            }
            settled.append(row)
        rows.append(row)
    return rows, settled


def loose(costs: dict[int, int], states: dict[int, str], known: set[int]) -> list[dict]:
    """Volumes that are attached to nothing now and that no instance on the bill gave away: their cost.

    Since when they are is not said, so no saving is.
    """
    return [
        {
            "x_OwnableId": o,
            "cost": costs[o],
            "saving": 0,
            "why": "attached to nothing, says the inventory; since when it does not say",
        }
        for o in sorted(states)
        if states[o] == UNATTACHED and o not in known and costs.get(o, 0) > 0
    ]


def aged(entries: list[dict], made: dict[int, pd.Timestamp], last: int) -> list[dict]:
    """Rows of `snapshots` with their age on the bill's last whole day (days since 1970), oldest first.

    Then those the inventory does not name.
    """
    rows = []
    for row in entries:
        when = made.get(row["x_OwnableId"])
        if when is not None:
            days = last - int(np.datetime64(when, "D").astype("int64"))
            row = {**row, "why": f"snapshot storage; made {days:,} days before the end of the bill"}
        rows.append((-days if when is not None else 1, row["x_OwnableId"], row))
    return [row for *_, row in sorted(rows, key=lambda r: r[:2])]
