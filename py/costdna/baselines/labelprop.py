"""Label propagation along groups that tend to follow ownership."""

from __future__ import annotations

import numpy as np

from costdna.relations.kinds import KIND_ID

from .memberships import Memberships

_NOT_OWNERSHIP = np.array(
    [
        KIND_ID[name]
        for name in ("service", "usage_type", "operation", "resource_type", "region", "environment", "commitment")
    ],
    dtype=np.int64,
)
ROUNDS = 12


def label_propagation(members: Memberships, support: np.ndarray, retain: float = 0.85) -> np.ndarray:
    """P(team), f64[N,C]: labels spread resource → group → resource, known rows held fast, small groups weighing more.

    A group's pull is 1/size (a clique whose edges weigh size⁻²). Groups of what a thing *is* (service, region …) and
    groups of one do not spread. Resources nothing reaches keep the teams' shares. Always :data:`ROUNDS` rounds.
    """
    share = support.sum(0) / max(float(support.sum()), 1e-12)
    spreads = (members.size >= 2) & ~np.isin(members.kind, _NOT_OWNERSHIP)
    part = members.only(spreads)
    pull = np.where(spreads, 1.0 / np.maximum(members.size, 1.0), 0.0)[:, None]
    reach = part.to_nodes(pull)
    size = np.maximum(members.size, 1.0)[:, None]
    known = support.sum(1, keepdims=True) > 0
    belief = np.where(known, support, share)
    for _ in range(ROUNDS):
        near = part.to_nodes(pull * part.to_groups(belief) / size)
        moved = np.where(reach > 0, near / np.maximum(reach, 1e-12), share)
        belief = np.where(known, support, retain * moved + (1.0 - retain) * share)
    total = belief.sum(1, keepdims=True)
    return np.where(total > 0, belief / np.maximum(total, 1e-12), share)
