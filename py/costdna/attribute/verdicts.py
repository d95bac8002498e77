"""Verdicts without a team: what serves everybody in proportion, and what is bought from a vendor.

Only where the bill itself shows it.

Shared: a thing that serves a whole account or cluster (a NAT gateway, an EKS control plane, a node of a cluster) where
the known owners there belong to three teams or more and none of them has most. Vendor: a Marketplace agreement or
product. Whether "shared" may be said at all is measured: known owners are resources of one team, so each of them that
the same signs would call shared is a mistake; above 2 % of them it is not said. Ownerless is never inferred: no known
owner can show what a thing that nobody owns looks like.
"""

from __future__ import annotations

import numpy as np

from costdna.names import MARKETPLACE, SERVES_ACCOUNT
from costdna.relations.kinds import KIND_ID

from .plan import Plan

FEWEST_KNOWN, FEWEST_TEAMS, MOST_SHARE = 6, 3, 0.6
MOST_MISTAKES = 0.02


def teamless(plan: Plan, rows: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """(verdict object[n]: "", "shared" or "vendor"; reason of each) for the open ``rows`` i64[n]."""
    mark, reason = _signs(plan)
    known = np.flatnonzero(plan.held & (plan.truth >= 0))
    if len(known) and (mark[known] == "shared").mean() > MOST_MISTAKES:
        mark = np.where(mark == "shared", "", mark)
    return mark[rows], [reason.get(int(row), "") if mark[row] else "" for row in rows]


def _signs(plan: Plan) -> tuple[np.ndarray, dict[int, str]]:
    """Verdict per node, object[N], and reasons, leaving each node's own known owner out of the count."""
    members = plan.members
    counts = members.to_groups(plan.support)
    mark, reason = np.full(members.nodes, "", dtype=object), {}
    of_kind = {name: members.kind == KIND_ID[name] for name in ("resource_type", "account", "cluster")}
    serves = np.zeros(members.nodes, dtype=bool)
    for group in np.flatnonzero(of_kind["resource_type"]).tolist():
        nodes = members.node[members.group == group]
        if plan.group_names[group].startswith(MARKETPLACE):
            mark[nodes] = "vendor"
            reason |= {
                int(node): "Vendor: a Marketplace purchase, billed for somebody else's product" for node in nodes
            }
        elif plan.group_names[group] in SERVES_ACCOUNT:
            serves[nodes] = True
    for kind, only in (("account", serves), ("cluster", np.ones(members.nodes, dtype=bool))):
        for group in np.flatnonzero(of_kind[kind] & (counts.sum(1) >= FEWEST_KNOWN)).tolist():
            nodes = members.node[members.group == group]
            for node in nodes[only[nodes] & (mark[nodes] == "")].tolist():
                there = counts[group] - plan.support[node]
                total, teams = there.sum(), int((there > 0).sum())
                if total >= FEWEST_KNOWN and teams >= FEWEST_TEAMS and there.max() <= MOST_SHARE * total:
                    order = np.argsort(-there, kind="stable")[:3]
                    most = ", ".join(f"{plan.teams[column]} {int(there[column])}" for column in order)
                    mark[node] = "shared"
                    reason[node] = (
                        f"Shared: serves {kind} {plan.group_names[group]}, where {int(total)} known owners are of {teams} teams ({most}) and none has most"
                    )
    return mark, reason
