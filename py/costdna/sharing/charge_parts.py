"""Parts of charges on their way to who bears them."""

from dataclasses import dataclass

import numpy as np

COSTS = ("BilledCost", "EffectiveCost")


@dataclass
class Parts:
    """n parts.

    at: row of CHARGES; bearer; rule that placed them (-1: none) and how it says so; ratio and both costs; team the
    charge was allocated to; been: which rules have taken them, (n, rules) bool.
    """

    at: np.ndarray
    bearer: np.ndarray
    rule: np.ndarray
    said: np.ndarray
    ratio: np.ndarray
    costs: dict[str, np.ndarray]
    team: np.ndarray
    been: np.ndarray

    def take(self, rows: np.ndarray) -> "Parts":
        """Some of them."""
        return Parts(
            self.at[rows],
            self.bearer[rows],
            self.rule[rows],
            self.said[rows],
            self.ratio[rows],
            {c: v[rows] for c, v in self.costs.items()},
            self.team[rows],
            self.been[rows],
        )


def placed(parts: Parts, rows: np.ndarray, i: int, who: np.ndarray, said: str) -> Parts:
    """Those in `rows`, whole, to whom rule i gives them."""
    mine = parts.take(rows)
    return Parts(
        mine.at,
        who,
        np.full(len(rows), i, dtype="int64"),
        np.full(len(rows), said, dtype=object),
        mine.ratio,
        mine.costs,
        mine.team,
        mine.been,
    )


def joined(parts: list[Parts]) -> Parts:
    """Several as one, in that order."""

    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(p, name) for p in parts])

    return Parts(
        column("at"),
        column("bearer"),
        column("rule"),
        column("said"),
        column("ratio"),
        {c: np.concatenate([p.costs[c] for p in parts]) for c in COSTS},
        column("team"),
        column("been"),
    )
