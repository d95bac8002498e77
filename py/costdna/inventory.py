"""What there is, matched to the bill.

INVENTORY and MEMBERSHIPS × OWNABLES → tags that the bill lacks, groups, and what no charge names.
"""

import json

import numpy as np
import pandas as pd

from costdna import names, schema
from costdna.events import codes, forms, index


def found(inventory: pd.DataFrame, ownables: pd.DataFrame, charges: pd.DataFrame) -> np.ndarray:
    """x_OwnableId of each row of INVENTORY, 0 where the bill names no such resource. Shape (n,) int64."""
    ids = index(ownables, codes(charges))
    return np.array(
        [_one(ids, resource, account) for resource, account in zip(inventory["ResourceId"], inventory["SubAccountId"])],
        dtype="int64",
    )


def _one(ids: dict, resource: str, account: str) -> int:
    return next((ids[form] for form in forms(resource, account) if form in ids), 0)


def tagged(charges: pd.DataFrame, inventory: pd.DataFrame, hits: np.ndarray) -> pd.DataFrame:
    """CHARGES whose tag sets also hold what the resource is tagged with now and its bill does not show.

    A bill carries only activated cost allocation tags, and only from their activation on. A key that any line of the
    resource carries, in any spelling, is left to the bill: it speaks of its own days, the inventory of today. charges
    are not changed.
    """
    extra = {
        ownable: json.loads(text) for ownable, text in zip(hits.tolist(), inventory["Tags"]) if ownable and text != "[]"
    }
    if not extra:
        return charges
    touched = np.flatnonzero(charges["x_OwnableId"].isin(list(extra)).to_numpy())
    ids, sets = charges["x_OwnableId"].to_numpy()[touched].tolist(), charges["x_TagSet"].to_numpy(dtype=object).copy()
    pairs = {(ownable, sets[position]) for position, ownable in zip(touched.tolist(), ids)}
    carried: dict[int, set[str]] = {}
    for ownable, text in pairs:
        carried.setdefault(ownable, set()).update(
            names.tag_key(key) for _, key, value in json.loads(text) if value.strip()
        )
    lacking = {
        ownable: [triple for triple in triples if names.tag_key(triple[1]) not in carried.get(ownable, ())]
        for ownable, triples in extra.items()
    }
    made = {
        (ownable, text): json.dumps(json.loads(text) + lacking[ownable], ensure_ascii=False, separators=(",", ":"))
        for ownable, text in pairs
        if lacking[ownable]
    }
    for position, ownable in zip(touched.tolist(), ids):
        sets[position] = made.get((ownable, sets[position]), sets[position])
    return charges.assign(x_TagSet=sets)


_NOTHING = frozenset({"vol-ffffffff"})
"""Written where there is nothing to name: the volume of every snapshot that was copied or imported. Boto3,
EC2.Snapshot.volume_id: an arbitrary id "that should not be used for any purpose".
"""


def memberships(seen: pd.DataFrame, ownables: pd.DataFrame, charges: pd.DataFrame) -> list[tuple[int, str, str]]:
    """(ownable, kind, group) of MEMBERSHIPS whose member the bill names; an id that stands for nothing joins nobody."""
    ids = index(ownables, codes(charges))
    out = set()
    for account, resource, kind, group in zip(
        seen["SubAccountId"], seen["x_Resource"], seen["x_Kind"], seen["x_Group"]
    ):
        ownable = _one(ids, resource, account)
        if ownable and group not in _NOTHING:
            out.add((ownable, kind, group))
    return sorted(out)


def unbilled(inventory: pd.DataFrame, hits: np.ndarray) -> pd.DataFrame:
    """INVENTORY of what no charge names, in its order: free of charge, made since, or billed under something else."""
    return schema.INVENTORY.check(inventory[hits == 0].reset_index(drop=True))
