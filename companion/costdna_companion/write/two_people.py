"""One plans, another applies: who planned is in the plan (hashed), who applies must be somebody else and say which plan
was read.

The digest of a plan is no signature, so `apply --two-person` insists on a planner even where the file names none. AWS
tells people apart by the principal that they act as: two people who share one session name are one to it.
"""

from collections.abc import Callable

from costdna.errors import UsageError
from costdna.export.principals import hashed

LEAST = 8
"""Digits of the digest that the second person must give."""


def planner(arn: str) -> dict:
    """What a plan keeps of who made it."""
    return {"planner": hashed(arn)}


def check(plan: dict, arn: str, approve: str, insist: bool = False, behind: Callable[[], str] | None = None) -> dict:
    """Nothing where one person may do; else what the journal keeps of the two. Raises UsageError where they are not
    two, or the plan is not the one that was read.

    arn: the acting principal. behind: gives the one that assumed the role which acts, where one was: the role is not
    the person. approve: beginning of the digest that the second person read.
    """
    kept = plan.get("two_person")
    if not kept and not insist:
        if approve:
            _same(plan, approve)
        return {}
    if not kept:
        raise UsageError(
            "The plan does not say who made it.", next_step="Plan again with --two-person.", code="two-person"
        )
    person = behind() if behind else arn
    if kept["planner"] in (hashed(arn), hashed(person)):
        raise UsageError(
            "Who planned may not apply: this plan needs a second person.",
            found=kept["planner"],
            next_step="Let somebody else apply it, with credentials of their own.",
            code="two-person",
        )
    if not approve:
        raise UsageError(
            "A second person says which plan they read.",
            next_step="Read it (a dry run shows it with its digest), then give --approve with the digest's first 8 digits or more.",
            code="approve",
        )
    _same(plan, approve)
    return {"planner": kept["planner"], "by": hashed(person), "approved": approve}


def _same(plan: dict, approve: str) -> None:
    if len(approve) < LEAST or not plan["digest"].startswith(approve.lower()):
        raise UsageError(
            "This is not the plan that was approved.",
            found=f"digest {plan['digest'][:16]}…, approved {approve}",
            where="--approve",
            next_step=f"Read the plan again; give {LEAST} digits of its digest or more.",
            code="approve",
        )
