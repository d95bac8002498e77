"""Does this bill identify teams at all? Asked before any inference is shown."""

from __future__ import annotations

MARGIN = 0.15
"""Points of accuracy by which hidden owners must be found better than by always naming the largest team."""
FEWEST_OWNERS = 15
FEWEST_TEAMS = 2


def judge(*, owners: int, teams: int, majority: float, random_folds: float | None, unit_folds: float | None) -> dict:
    """The gate's verdict and its figures. Accuracies are shares in 0..1, None where no trial could be run.

    Random folds decide ("is there any signal?"); folds by whole units say how good it is on the unlike ones.
    """
    passed = False
    if teams < FEWEST_TEAMS:
        reason = f"{'No team is' if teams == 0 else 'Only one team is'} named by a tag or an answer. Tag or answer for at least {FEWEST_TEAMS} teams."
    elif owners < FEWEST_OWNERS:
        reason = f"Only {owners} resources have an owner by tag or answer; {FEWEST_OWNERS} are needed. Answer a few questions first."
    elif random_folds is None:
        reason = "The known owners could not be split into trials. Answer a few questions first."
    elif random_folds < majority + MARGIN:
        reason = (
            f"This bill does not identify teams: hidden owners were found in {random_folds:.0%} of trials, "
            f"always naming the largest team finds {majority:.0%}. Answer questions instead."
        )
    else:
        passed = True
        worst = f" ({unit_folds:.0%} where whole stacks or services were hidden)" if unit_folds is not None else ""
        reason = f"Hidden owners were found in {random_folds:.0%} of trials{worst}, against {majority:.0%} by always naming the largest team. Holds for resources like the tagged ones."
    return {
        "passed": passed,
        "reason": reason,
        "accuracy_random_folds": random_folds,
        "accuracy_group_folds": unit_folds,
        "majority_share": majority,
        "tags": owners,
        "teams": teams,
    }
