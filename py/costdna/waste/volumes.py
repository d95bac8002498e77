"""Volumes that are still paid for after the instances they belong with stopped appearing: suspected, never certain from a bill."""

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
        for group, rows in mine[mine["x_Kind"] == name].groupby("x_Group", sort=True):
            members = rows["x_OwnableId"].unique()
            if len(members) > MOST:
                continue
            machines = [m for m in members if of[m] == "ec2:instance"]
            if not machines:
                continue
            seen = max(last[m] for m in machines)
            for member in members:
                if of[member] == "ec2:volume" and (int(member) not in best or best[int(member)][0] > rank):
                    best[int(member)] = (rank, seen, len(machines), rows["x_Reason"].iloc[0])
    day = charges["ChargePeriodStart"].to_numpy().astype("datetime64[D]")
    out = []
    for owner in sorted(best):
        _, seen, machines, reason = best[owner]
        if pd.isna(seen) or pd.isna(last[owner]) or last[owner] - seen < np.timedelta64(GONE, "D"):
            continue
        own = (charges["x_OwnableId"] == owner).to_numpy()
        after = own & (day > np.datetime64(seen, "D"))
        units = charges[column].to_numpy()
        out.append({"x_OwnableId": owner, "cost": money.total(units[own]), "saving": max(money.total(units[after]), 0),
                    "why": f"{'its instance' if machines == 1 else f'all {machines} instances'} ({reason}) last appeared on {str(np.datetime64(seen, 'D'))}; suspected, the inventory would tell"})
    return [row for row in out if row["cost"] > 0]
