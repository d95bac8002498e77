"""After an answer: one pass of the candidate already chosen, its weights and threshold frozen.

    frozen = inferred.frozen                       # None while the gate is shut
    plan = renew(frozen.plan, known)               # no trials: the whole account only
    outputs = [await session.run(feed) for feed in plan.feeds]
    inferred = follow(plan, outputs, frozen)

Gate, choice, calibration and range are those of before, and say so (``gate["stale"]``) until a whole run renews them.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from .affinity import Affinity
from .answers import Decision, Frozen, Inferred, write
from .candidates import view
from .plan import Plan, feed, labelled


def renew(plan: Plan, known: pd.DataFrame) -> Plan:
    """The plan with other known owners.

    The same resources, groups and numbers, and the feeds of the whole account only.
    """
    position = pd.Series(np.arange(len(plan.nodes), dtype=np.int64), index=plan.nodes)
    teams, support, truth, held, settled, dropped = labelled(known, plan.nodes, position)
    fresh = dataclasses.replace(
        plan,
        teams=teams,
        support=support,
        truth=truth,
        held=held,
        settled=settled,
        dropped_teams=dropped,
        folds=[],
        feeds=[],
        passes=[],
    )
    if len(teams) >= 2:
        for numerics in (True, False):
            fresh.feeds.append(feed(fresh, support[:, support.sum(0) > 0], numerics))
            fresh.passes.append((-1, numerics))
    return fresh


def follow(plan: Plan, outputs: list[dict[str, np.ndarray]] | None, frozen: Frozen) -> Inferred:
    """Owners of what is open under the answers of now.

    ``outputs``: one per ``plan.feeds``, None where no model ran before.
    """
    rows = np.flatnonzero((plan.support.sum(1) == 0) & ~plan.settled).astype(np.int64)
    whole = view(plan.members, plan.support, rows, *(outputs if outputs else (None, None)))
    names = Affinity(plan.members, plan.group_names, plan.teams).rows(rows)
    joint, none = frozen.pool.confidence(whole, names)
    decision = Decision(
        rows, {**frozen.verdict, "stale": True}, frozen.table, whole, joint, none, frozen.limit, frozen.pool, names
    )
    return write(plan, decision, frozen.source)
