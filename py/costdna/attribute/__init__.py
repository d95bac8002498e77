"""Who owns what nobody has said: pure ``prepare`` → the caller runs the model → pure ``finish``.

    plan = prepare(ownables, relations, charges, rhythm, known)
    outputs = [await session.run(feed) for feed in plan.feeds]   # or None when no model could be loaded
    inferred = finish(plan, outputs, budget=0.02)

Every answer is an inference with a probability and a reason, or an abstention with a reason.
"""

from .again import follow, renew
from .answers import Frozen, Inferred, finish, opinion, tried
from .plan import Plan, prepare
from .probe import believed, neighbours, occluded, supposing, without_each

__all__ = [
    "Frozen",
    "Inferred",
    "Plan",
    "believed",
    "finish",
    "follow",
    "neighbours",
    "occluded",
    "opinion",
    "prepare",
    "renew",
    "supposing",
    "tried",
    "without_each",
]
