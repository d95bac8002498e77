"""One resource under the lamp.

What happens to its answer when a group is taken away, and which single fact would change it.

Taking a group away needs no second account: copies of the resource, each without one of its groups, are asked in the
same pass, next to a copy that keeps all. A fact is supposed ("if i-0c9… were payments") and the account asked again.

    probe = without_each(frozen.plan, node)            # then run probe.plan.feeds
    marks = occluded(probe, outputs, frozen)
    for plan in (supposing(frozen.plan, n, team) for n in neighbours(frozen.plan, node)): ...
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna.baselines import Memberships
from costdna.relations.kinds import KINDS

from .affinity import Affinity
from .answers import Frozen
from .candidates import view
from .evidence import kind_trust, weigh
from .plan import Plan, feed

GROUPS, NEIGHBOURS = 8, 4
"""Groups taken away, and neighbours supposed to have another owner."""


@dataclass(frozen=True)
class Probe:
    """The account with copies of one resource, each without one of its groups.

    ``plan``: the account with copies of ``node`` behind the last resource: first whole, then one without each of
    ``weighed``'s groups.
    """

    plan: Plan
    node: int
    weighed: pd.DataFrame


def believed(plan: Plan, outputs: list[dict] | None, frozen: Frozen, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(joint P(team) f64[n,C], P(none of these) f64[n]) of ``rows``, by the candidate already chosen and fitted."""
    whole = view(plan.members, plan.support, rows, *(outputs if outputs else (None, None)))
    return frozen.pool.confidence(whole, Affinity(plan.members, plan.group_names, plan.teams).rows(rows))


def without_each(plan: Plan, node: int, team: int) -> Probe:
    """The plan with copies of an open ``node``, and the evidence that each does without.

    That is the evidence for and against ``team`` (a column).
    """
    weighed = weigh(
        plan.members, plan.support, np.array([node], dtype=np.int64), np.array([team], dtype=np.int64), GROUPS - 2, 2
    )
    mine = plan.members.group[plan.members.node == node]
    count = 1 + len(weighed)
    out = [np.setdiff1d(mine, gone) for gone in ([], *([g] for g in weighed["group"].tolist()))]
    extra_node = np.concatenate(
        [np.full(len(groups), plan.members.nodes + i, dtype=np.int64) for i, groups in enumerate(out)]
    )
    members = Memberships(
        np.concatenate([plan.members.node, extra_node]),
        np.concatenate([plan.members.group, *out]).astype(np.int64),
        plan.members.kind,
        plan.members.nodes + count,
    )
    more = lambda array, fill: np.concatenate([array, np.full((count, *array.shape[1:]), fill, dtype=array.dtype)])
    fresh = dataclasses.replace(
        plan, nodes=np.concatenate([plan.nodes, np.repeat(plan.nodes[node], count)]), support=more(plan.support, 0.0), truth=more(plan.truth, -1), held=more(plan.held, False),
        settled=more(plan.settled, False), money=more(plan.money, 0.0), members=members, x=np.concatenate([plan.x, np.repeat(plan.x[node : node + 1], count, axis=0)]), folds=[], feeds=[], passes=[],
    )  # fmt: skip
    return Probe(_fed(fresh), node, weighed)


def occluded(probe: Probe, outputs: list[dict] | None, frozen: Frozen, team: int) -> list[dict]:
    """What the answer is without each group.

    Per group taken away: kind, group, whom it speaks for, its weight, the probability of ``team`` with and without it,
    and whether both agree in sign.
    """
    count = 1 + len(probe.weighed)
    rows = np.arange(probe.plan.members.nodes - count, probe.plan.members.nodes, dtype=np.int64)
    joint, _ = believed(probe.plan, outputs, frozen, rows)
    out = []
    for item, p in zip(probe.weighed.itertuples(index=False), joint[1:, team], strict=True):
        drop = float(np.round(joint[0, team] - p, 6))
        out.append({
            "kind": KINDS[int(probe.plan.members.kind[item.group])].name, "group": probe.plan.group_names[item.group], "speaks_for": probe.plan.teams[int(item.team)], "weight": float(item.weight),
            "with": float(joint[0, team]), "without": float(p), "drop": drop, "agrees": bool(abs(drop) < 1e-3 or (drop > 0) == (item.weight > 0)),
        })  # fmt: skip
    return out


def neighbours(plan: Plan, node: int) -> np.ndarray:
    """Nodes that share most with ``node``, i64[≤ 4].

    Groups weigh by how well their kind follows owners and by rarity; one of each set of siblings.
    """
    counts = plan.members.to_groups(plan.support)
    mine = plan.members.group[plan.members.node == node]
    worth = np.zeros(plan.members.groups)
    worth[mine] = kind_trust(plan.members, counts)[plan.members.kind[mine]] / np.maximum(plan.members.size[mine], 1.0)
    shared = np.bincount(plan.members.node, weights=worth[plan.members.group], minlength=plan.members.nodes)
    shared[node] = 0.0
    shared = np.round(shared, 9)
    order = np.lexsort((np.arange(plan.members.nodes), -shared))
    order = order[shared[order] > 0]
    _, first = np.unique(shared[order], return_index=True)
    return order[np.sort(first)[:NEIGHBOURS]].astype(np.int64)


def supposing(plan: Plan, node: int, team: int) -> Plan:
    """The plan if ``node`` were known to belong to ``team`` (a column)."""
    support, truth, settled = plan.support.copy(), plan.truth.copy(), plan.settled.copy()
    support[node] = 0.0
    support[node, team], truth[node], settled[node] = 1.0, team, False
    return _fed(dataclasses.replace(plan, support=support, truth=truth, settled=settled, folds=[], feeds=[], passes=[]))


def _fed(plan: Plan) -> Plan:
    for numerics in (True, False):
        plan.feeds.append(feed(plan, plan.support[:, plan.support.sum(0) > 0], numerics))
        plan.passes.append((-1, numerics))
    return plan
