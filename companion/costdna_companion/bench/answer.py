"""One method's answers on the hidden resources of one account, and where it would draw the line by itself."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .account import Account, Table
from .metrics import ASKED, best_threshold
from .rivals import OURS, RIVALS

TRIALS = 3
"""Folds of the labelled half from which a rival's threshold is chosen, by the same unit as the split."""


@dataclass
class Answer:
    """``p`` f64[q,C] P(team), rows summing to at most one; ``unknown`` f64[q] rises with "none of these"; ``line``:
    answers at or above it are given.
    """

    p: np.ndarray
    unknown: np.ndarray
    line: float
    knows_none: bool = False
    extra: dict = field(default_factory=dict)

    @property
    def sure(self) -> np.ndarray:
        """Confidence of the likeliest team, f64[q]."""
        return self.p.max(1) if self.p.size else np.zeros(len(self.p))


def rival(
    name: str,
    table: Table,
    shown: np.ndarray,
    label: np.ndarray,
    classes: int,
    query: np.ndarray,
    unit: np.ndarray,
    seed: int,
    *,
    line: bool = True,
) -> Answer:
    """A rival's answers.

    Its threshold is the lowest that had 95 % precision in :data:`TRIALS` folds of the labelled, whole ``unit``s hidden.
    """
    p = RIVALS[name](table, shown, label, classes, query, seed)
    return Answer(
        p, 1.0 - p.max(1), own_line(name, table, shown, label, classes, unit[shown], seed) if line else float("inf")
    )


def own_line(
    name: str, table: Table, shown: np.ndarray, label: np.ndarray, classes: int, unit: np.ndarray, seed: int
) -> float:
    """The threshold a rival would choose from its own labelled rows; infinity when no trial can be made."""
    names = np.unique(unit.astype(str))
    place = np.random.default_rng([seed, 1504]).permutation(len(names)) % TRIALS
    fold = place[np.searchsorted(names, unit.astype(str))]
    sure, right = [], []
    for number in range(TRIALS):
        out = fold == number
        if not out.any() or len(np.unique(label[~out])) < 2:
            continue
        p = RIVALS[name](table, shown[~out], label[~out], classes, shown[out], seed)
        sure.append(p.max(1))
        right.append(p.argmax(1) == label[out])
    return best_threshold(np.concatenate(sure), np.concatenate(right), ASKED) if sure else float("inf")


def answers(
    name: str,
    account: Account,
    shown: np.ndarray,
    written: np.ndarray,
    query: np.ndarray,
    unit: np.ndarray,
    seed: int,
    session=None,
) -> tuple[Answer, np.ndarray]:
    """(answer of method ``name``, the C team names).

    ``written`` object[len(shown)]: the labels as they stand, right or wrong.
    """
    teams, label = np.unique(written.astype(str), return_inverse=True)
    if name == OURS:
        from .product import attribute

        return attribute(session, account, shown, written, query, list(teams)), teams
    return rival(name, account.table, shown, label.reshape(-1), len(teams), query, unit, seed), teams
