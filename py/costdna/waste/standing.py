"""What stands and costs while nobody uses it: addresses, gateways, resources whose use died down, snapshots."""

import numpy as np
import pandas as pd

from costdna import columns, money

DECAY = 0.1
"""Use of the later half ÷ use of the earlier half, at or below which something was abandoned."""
LEAST = 5.0
"""Use of the earlier half, in its own unit, below which nothing is said."""
DAYS = 14
GATEWAYS = (
    ("NatGateway-Hours", "NAT gateway without a byte"),
    ("LoadBalancerUsage", "load balancer without a request or a byte"),
)


def usage_class(usage_types: np.ndarray) -> np.ndarray:
    """compute, storage, transfer, request or other, as the reader classes a usage type. Shape (n,) object."""
    table = columns.load("mapping")["usage_classes"]
    codes, seen = pd.factorize(usage_types)
    named = np.array(
        [next(name for name, parts in table if any(p in text for p in parts)) for text in seen], dtype=object
    )
    return named[codes] if len(named) else np.zeros(0, dtype=object)


def sums(charges: pd.DataFrame, hit: np.ndarray, column: str) -> dict[int, int]:
    """Cost in units per ownable of the charges that a mask keeps; what is not above 0 is left out."""
    mine = charges[hit]
    codes, owners = pd.factorize(mine["x_OwnableId"].to_numpy(), sort=True)
    cost = money.sum_by(mine[column].to_numpy(), codes, len(owners))
    return {int(o): int(c) for o, c in zip(owners, cost) if c > 0}


def idle_addresses(charges: pd.DataFrame, column: str) -> list[dict]:
    """Public addresses that the bill itself calls idle: they have a usage type of their own."""
    types = charges["x_UsageType"]
    hit = (types.str.contains("IdleAddress", regex=False)).to_numpy()
    return [
        {"x_OwnableId": o, "cost": c, "saving": c, "why": "billed as an idle public address"}
        for o, c in sums(charges, hit, column).items()
    ]


def snapshots(charges: pd.DataFrame, column: str) -> list[dict]:
    """Snapshots by cost. How old they are is not on a bill: no saving is said."""
    hit = charges["x_UsageType"].str.contains("Snapshot", regex=False).to_numpy()
    return [
        {"x_OwnableId": o, "cost": c, "saving": 0, "why": "snapshot storage; its age needs the inventory"}
        for o, c in sums(charges, hit, column).items()
    ]


def idle_gateways(charges: pd.DataFrame, column: str) -> list[dict]:
    """Gateways and load balancers that are billed by the hour and carried nothing in the whole bill."""
    types = charges["x_UsageType"]
    out: dict[int, dict] = {}
    kind = usage_class(types.to_numpy(dtype=object))
    busy = (np.isin(kind, ["transfer", "request"]) | types.str.contains("LCUUsage", regex=False).to_numpy()) & (
        charges["ConsumedQuantity"] > 0
    ).to_numpy()
    carried = {int(o) for o in charges.loc[busy, "x_OwnableId"]}
    named = (charges["ResourceId"] != "").to_numpy()
    for hour, said in GATEWAYS:
        for owner, cost in sums(charges, types.str.contains(hour, regex=False).to_numpy() & named, column).items():
            if owner not in carried:
                out.setdefault(
                    owner, {"x_OwnableId": owner, "cost": cost, "saving": cost, "why": f"a {said} in this bill"}
                )
    return list(out.values())


def abandoned(charges: pd.DataFrame, column: str, first: int, last: int) -> list[dict]:
    """Resources that went on costing while their use died down: use of the later half ≤ 10 % of the earlier half's.

    first, last: days [first, last) that are wholly known; fewer than 14 tell nothing. saving: what standing still cost
    in the later half.
    """
    if last - first < DAYS:
        return []
    day = charges["ChargePeriodStart"].to_numpy().astype("datetime64[D]").astype("int64")
    middle = first + (last - first) // 2
    kind = usage_class(charges["x_UsageType"].to_numpy(dtype=object))
    usage = (
        ((charges["ChargeCategory"] == "Usage") & (charges["ResourceId"] != "")).to_numpy()
        & (day >= first)
        & (day < last)
    )
    busy = usage & np.isin(kind, ["request", "transfer"])
    stands = usage & np.isin(kind, ["compute", "storage", "other"])
    early, late = (
        charges[busy & half].groupby(["x_OwnableId", "x_UsageType"])["ConsumedQuantity"].sum()
        for half in (day < middle, day >= middle)
    )
    if early.empty:
        return []
    later = late.reindex(early.index, fill_value=0.0)
    frame = pd.DataFrame({"early": early, "later": later}).reset_index()
    frame["ratio"] = frame["later"] / frame["early"].where(frame["early"] >= LEAST)
    dead = frame.groupby("x_OwnableId").agg(worst=("ratio", "max"), known=("ratio", "count"), kinds=("ratio", "size"))
    dead = dead[(dead["known"] > 0) & (dead["worst"] <= DECAY)]
    # Use that began only in the later half would make it alive.
    fresh = late[late > 0].index.difference(early[early > 0].index).get_level_values(0)
    cost, before = sums(charges, stands & (day >= middle), column), sums(charges, stands & (day < middle), column)
    return [
        {
            "x_OwnableId": int(o),
            "cost": cost[int(o)] + before.get(int(o), 0),
            "saving": cost[int(o)],
            "why": f"its use fell to {w:.0%} of the first half of the bill while it went on costing",
        }
        for o, w in dead["worst"].items()
        if int(o) in cost and o not in fresh
    ]
