"""Does this bill identify teams at all? Asked before any inference is shown."""

from __future__ import annotations

MARGIN = 0.15
"""Points of accuracy by which hidden owners must be found better than by always naming the largest team."""
OF_THE_REST, CERTAIN = 0.3, 2.5
"""Or, where one team has nearly all: this share of the other teams' owners, by so many standard errors above the
largest team's share.
"""
BEYOND_CHANCE = {True: 3.5, False: 4.0}
"""Or, where right answers are few but far from accidental: standard deviations above chance (:mod:`.chance`), with the
model and without it.

Labels of the same group speak for each other in several trials at once, so chance spreads about 1.2 times as wide as
the test assumes. Of some 400 simulated accounts with permuted owners the largest were 2.9 and 3.3.
"""
FEWEST_OWNERS = 15
FEWEST_TEAMS = 2


def judge(
    *,
    owners: int,
    teams: int,
    majority: float,
    random_folds: float | None,
    unit_folds: float | None,
    chance: float | None = None,
    by_model: bool = True,
) -> dict:
    """The gate's verdict and its figures. Accuracies are shares in 0..1, None where no trial could be run; ``chance``:
    standard deviations above it.

    Random folds decide ("is there any signal?"); folds by whole units say how good it is on the unlike ones.
    """
    passed = False
    if teams < FEWEST_TEAMS:
        reason = f"{'No team is' if teams == 0 else 'Only one team is'} named by a tag or an answer. Tag or answer for at least {FEWEST_TEAMS} teams."
    elif owners < FEWEST_OWNERS:
        reason = f"Only {owners} resources have an owner by tag or answer; {FEWEST_OWNERS} are needed. Answer a few questions first."
    elif random_folds is None:
        reason = "The known owners could not be split into trials. Answer a few questions first."
    elif not (_found(random_folds, majority, owners) or (chance is not None and chance >= BEYOND_CHANCE[by_model])):
        reason = (
            f"This bill does not identify teams: hidden owners were found in {random_folds:.0%} of trials, "
            f"always naming the largest team finds {majority:.0%}, and that is not certainly more than chance. Answer questions instead."
        )
    else:
        passed = True
        worst = f" ({unit_folds:.0%} where whole stacks or services were hidden)" if unit_folds is not None else ""
        far = (
            ""
            if _found(random_folds, majority, owners)
            else f" Their labels speak for each other far beyond chance ({chance:.1f} standard deviations), but only the surest answers are worth having."
        )
        reason = f"Hidden owners were found in {random_folds:.0%} of trials{worst}, against {majority:.0%} by always naming the largest team.{far} Holds for resources like the tagged ones."
    return {
        "passed": passed,
        "reason": reason,
        "accuracy_random_folds": random_folds,
        "accuracy_group_folds": unit_folds,
        "majority_share": majority,
        "beyond_chance": chance,
        "tags": owners,
        "teams": teams,
    }


def _found(accuracy: float, majority: float, owners: int) -> bool:
    """Whether hidden owners are found better than by the largest team's name.

    That is by :data:`MARGIN` points, or certainly and by a good part of what is left.
    """
    gain = accuracy - majority
    error = (max(majority * (1.0 - majority), 1e-12) / owners) ** 0.5
    return gain >= MARGIN or (gain >= CERTAIN * error and gain >= OF_THE_REST * (1.0 - majority) > 0.0)
