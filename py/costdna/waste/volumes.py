"""Volumes that are still paid for after the instances they belong with stopped appearing.

Suspected, never certain from a bill.
"""

import numpy as np
import pandas as pd

from costdna import money

GONE = 7
"""Days an instance must have been missing."""
KINDS = ("attachment", "stack", "cluster", "name_stem")
MOST = 60


def volumes(ownables: pd.DataFrame, relations: pd.DataFrame, charges: pd.DataFrame, column: str) -> list[dict]:
    """Rows {x_OwnableId, cost, saving, why}; saving: what the volume cost since the last of its instances was seen."""
    kind = ownables["ResourceType"].to_numpy(dtype=object)
    last = pd.Series(ownables["x_LastSeen"].to_numpy(), index=ownables["x_OwnableId"].to_numpy())
    of = pd.Series(kind, index=ownables["x_OwnableId"].to_numpy())
    mine = relations[relations["x_Kind"].isin(KINDS)]
    mine = mine[mine["x_OwnableId"].map(of).isin(["ec2:volume", "ec2:instance"])]
    best: dict[int, tuple] = {}
    for rank, name in enumerate(KINDS):
        for _group, rows in mine[mine["x_Kind"] == name].groupby("x_Group", sort=True):
            members = rows["x_OwnableId"].unique()
            if len(members) > MOST:
                continue
            machines = [m for m in members if of[m] == "ec2:instance"]
            if not machines:
                continue
            seen = max(last[m] for m in machines)
            for member in members:
                was = best.get(int(member))  # of two groups of one kind, the one whose instances were seen last
                if of[member] == "ec2:volume" and (was is None or was[0] > rank or (was[0] == rank and was[1] < seen)):
                    best[int(member)] = (rank, seen, len(machines), rows["x_Reason"].iloc[0])
    gone = [
        o
        for o in sorted(best)
        if not pd.isna(best[o][1]) and not pd.isna(last[o]) and last[o] - best[o][1] >= np.timedelta64(GONE, "D")
    ]
    at = pd.Index(np.array(gone, dtype="int64")).get_indexer(charges["x_OwnableId"]).astype("int64")
    rows = np.flatnonzero(at >= 0)
    codes, units = at[rows], charges[column].to_numpy()[rows]
    after = (
        charges["ChargePeriodStart"].to_numpy().astype("datetime64[D]")[rows]
        > np.array([np.datetime64(best[o][1], "D") for o in gone], dtype="datetime64[D]")[codes]
    )
    cost, since = money.sum_by(units, codes, len(gone)), money.sum_by(units[after], codes[after], len(gone))
    out = []
    for i, owner in enumerate(gone):
        _, seen, machines, reason = best[owner]
        out.append(
            {
                "x_OwnableId": owner,
                "cost": int(cost[i]),
                "saving": max(int(since[i]), 0),
                "why": f"{'its instance' if machines == 1 else f'all {machines} instances'} ({reason}) last appeared on {str(np.datetime64(seen, 'D'))}; suspected, the inventory would tell",
            }
        )
    return [row for row in out if row["cost"] > 0]
