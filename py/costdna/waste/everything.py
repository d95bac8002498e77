"""All that is paid for and not used, in one list in which a resource's saving is counted once."""

import pandas as pd

from costdna.trends import Coverage
from costdna.waste.standing import abandoned, idle_addresses, idle_gateways, snapshots
from costdna.waste.volumes import volumes

NEEDS = {
    "off-hours": "",
    "idle address": "",
    "idle gateway": "",
    "abandoned": "CloudWatch would tell use that is not billed",
    "volume": "the inventory would tell whether it is attached",
    "snapshot": "the inventory would tell its age",
}
"""What would tell for certain, by kind of waste: said of each resource until it is known."""


def everything(
    charges: pd.DataFrame, ownables: pd.DataFrame, relations: pd.DataFrame, known: Coverage, column: str
) -> dict[str, list[dict]]:
    """{kind: entries} of what the bill alone shows, off-hours apart; an entry has x_OwnableId, saving, cost and why.

    column: the cost that is counted; known: the days that are wholly known.
    """
    return {
        "idle address": idle_addresses(charges, column),
        "idle gateway": idle_gateways(charges, column),
        "abandoned": abandoned(charges, column, known.first, known.last),
        "volume": volumes(ownables, relations, charges, column),
        "snapshot": snapshots(charges, column),
    }


def counted_once(found: dict[str, list[dict]], told: dict[str, set[int]], resources: pd.DataFrame) -> list[dict]:
    """A row a finding, largest saving first; the second saving of one resource is nought and says so.

    told: {kind: ownables about which nothing is needed any more}; resources: those of the report. Money stands in
    units under `_saving` and `_cost`.
    """
    at = resources.set_index("x_OwnableId")
    rows, counted = [], set()
    for kind, entries in found.items():
        for entry in entries:
            ownable = entry["x_OwnableId"]
            if ownable not in at.index:
                continue
            again = entry["saving"] > 0 and ownable in counted
            if entry["saving"] > 0:
                counted.add(ownable)
            resource = at.loc[ownable]
            rows.append(
                {
                    "kind": kind,
                    "resource": resource["ResourceId"],
                    "name": resource["ResourceName"],
                    "service": resource["ServiceName"],
                    "account": resource["SubAccountId"],
                    "team": resource["x_Team"],
                    "verdict": resource["x_Verdict"],
                    "basis": resource["x_Basis"],
                    "_saving": 0 if again else entry["saving"],
                    "_cost": entry["cost"],
                    "why": entry["why"] + ("; its saving is counted above" if again else ""),
                    "needs": "" if ownable in told[kind] else NEEDS[kind],
                }
            )
    return sorted(rows, key=lambda r: (-r["_saving"], -r["_cost"], r["kind"], r["resource"]))
