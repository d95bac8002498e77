"""How alike two resources are, before anybody has named a team: which telling groups they share."""

from __future__ import annotations

import numpy as np

from costdna.baselines import Memberships
from costdna.relations.kinds import KIND_COUNT, KIND_ID

WIDTH = 256
"""Columns of the sketch. Two unlike resources then differ from a likeness of 0 by about 1/√256 = 0.06."""

_TELLING = {
    "stack": 3.0, "name_stem": 3.0, "attachment": 3.0, "repository": 3.0, "name_prefix": 2.0, "cluster": 2.0, "deploy": 2.0,
    "name_token": 1.5, "cost_category": 1.5, "account_tag": 1.0, "role": 1.5, "actor": 1.0, "creator": 1.0, "other_tag": 1.0, "iam_principal": 1.0,
    "co_start": 0.5, "co_stop": 0.3, "account": 0.5, "vpc": 0.5, "network": 0.5, "schedule": 0.5, "name_ngram": 0.3, "commitment": 0.2,
}  # fmt: skip
_WEIGHT = np.full(KIND_COUNT, 0.1)
"""How much sharing a group of a kind says about sharing an owner, before any owner is known. What a thing *is* says
little.
"""
for _name, _value in _TELLING.items():
    _WEIGHT[KIND_ID[_name]] = _value
OPAQUE = 0.8
"""Added to a resource's weight of evidence, × log of the account's size: what is known only as a snapshot among
snapshots is like nothing, not like all of them.
"""


def sketch(members: Memberships) -> np.ndarray:
    """f64[N,256], rows of length below 1: their dot product is the likeness, about −0.2..1.

    0 where a resource shares no group.

    A cosine over groups weighed by kind and rarity, shrunk where there is little evidence (:data:`OPAQUE`), projected
    on ±1 columns drawn once (integers: the same in page and natively). A group of one says nothing; a group of
    everything nearly nothing.
    """
    shared = members.size >= 2
    rarity = np.log((1.0 + members.nodes) / (1.0 + members.size))
    weight = np.where(shared, _WEIGHT[members.kind] * np.maximum(rarity, 0.0), 0.0)
    sign = np.random.Generator(np.random.PCG64(20_260_101)).integers(0, 2, size=(members.groups, WIDTH), dtype=np.int8)
    out = np.empty((members.nodes, WIDTH))
    part = members.only(weight > 0)
    for start in range(0, WIDTH, 32):  # by slices of columns: memory stays at memberships × 32
        out[:, start : start + 32] = part.to_nodes(weight[:, None] * (2.0 * sign[:, start : start + 32] - 1.0))
    length = np.sqrt(np.maximum(part.to_nodes((weight**2)[:, None]), 1e-24))
    return np.round(out / (length + OPAQUE * np.log(1.0 + members.nodes)) / np.sqrt(WIDTH), 6)
