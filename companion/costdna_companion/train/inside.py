"""How a model does inside the product: beside the other methods, its weight and threshold found anew from the owners it
was shown.

By itself a taught model is judged on owners it has never seen. In the product the trials that weigh it against the
simple methods hide owners it *was* taught: they may believe it too much. So the whole way is gone here, trials and all,
on what was shown alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from costdna.attribute import Plan
from costdna.attribute.answers import decide
from costdna.attribute.folds import units
from costdna.attribute.plan import asked

from .export import OUTPUTS
from .finetune import Score
from .network import Attributor


def without(plan: Plan, hidden: np.ndarray) -> tuple[Plan, np.ndarray]:
    """(the plan as if nobody had said whose ``hidden`` are, i64[C]: a team's column in it or −1 where nobody else is
    known to be its).
    """
    support = plan.support.copy()
    support[hidden] = 0.0
    present = np.flatnonzero(support.sum(0) > 0)
    column = np.full(len(plan.teams), -1, dtype=np.int64)
    column[present] = np.arange(len(present))
    truth = np.where(support.sum(1) > 0, column[plan.truth], -1)
    held = plan.held.copy()
    held[hidden] = False
    less = asked(
        replace(plan, teams=[plan.teams[c] for c in present], support=support[:, present], truth=truth, held=held)
    )
    return less, column


def score(model: Attributor, plan: Plan, hidden: np.ndarray) -> Score | None:
    """NLL and rightness of the product's calibrated answers for ``hidden`` i64[n] with ``model`` in it; None where what
    is left is too little for trials.
    """
    less, column = without(plan, hidden)
    if len(less.teams) < 2 or not less.folds:
        return None
    with torch.no_grad():
        outputs = [
            {
                name: value.numpy()
                for name, value in zip(
                    OUTPUTS, model(*[torch.from_numpy(value) for value in given.values()]), strict=False
                )
            }
            for given in less.feeds
        ]
    decision = decide(less, outputs, ignore_gate=True)
    at = np.searchsorted(decision.rows, hidden)
    p = np.hstack([decision.joint[at], decision.none[at][:, None]])
    target = np.where(column[plan.truth[hidden]] >= 0, column[plan.truth[hidden]], p.shape[1] - 1)
    return Score(
        -np.log(np.maximum(p[np.arange(len(hidden)), target], 1e-12)),
        p.argmax(1) == target,
        units(plan.members)[hidden],
    )
