"""Which known owners are hidden in which trial: at random (optimistic) and by whole units and teams (pessimistic)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costdna.baselines import Memberships
from costdna.relations.kinds import KIND_ID

_UNIT_KINDS = np.array(
    [KIND_ID[name] for name in ("stack", "cluster", "attachment", "name_stem", "name_prefix", "repository", "deploy")],
    dtype=np.int64,
)
_SEED = 20_240_607


@dataclass(frozen=True)
class Fold:
    """One trial: ``hidden`` bool[N] known owners that are asked about; ``visible`` bool[N] known owners the model sees.

    ``by_unit``: whole units were hidden, and some teams entirely (their resources are then known to be none of the
    rest).
    """

    hidden: np.ndarray
    visible: np.ndarray
    by_unit: bool

    def support(self, full: np.ndarray) -> np.ndarray:
        """``full`` f64[N,C] with every row zeroed that this trial does not show."""
        return np.where(self.visible[:, None], full, 0.0)


def make_folds(members: Memberships, truth: np.ndarray, held: np.ndarray) -> list[Fold]:
    """Twice 4 random and 3 unit folds; fewer where the account is large, none where too little is known.

    ``truth`` i64[N] column or -1; ``held`` bool[N] known by tag or human. Owners known otherwise (rules, maps,
    accounts) are neither shown nor asked in trials: the relation that *is* the rule would answer for them.
    """
    rows = np.flatnonzero(held & (truth >= 0)).astype(np.int64)
    if len(rows) < 8 or len(np.unique(truth[rows])) < 2:
        return []
    work = len(members.node) * (int(truth.max()) + 1)
    rounds, random, by_unit = (
        (2, 4, 3)
        if work <= 150_000
        else (1, 4, 3)
        if work <= 600_000
        else (1, 3, 2)
        if work <= 20_000_000
        else (1, 3, 1)
    )
    rng = np.random.Generator(np.random.PCG64(_SEED))
    folds = []
    for _ in range(rounds):
        place = rng.permutation(len(rows)) % random
        for number in range(random):
            folds.append(_fold(rows, place == number, np.zeros(len(rows), dtype=bool), truth, by_unit=False))
    unit = units(members)[rows]
    names = np.unique(unit)
    if len(names) >= 2 * by_unit:
        unit_place = rng.permutation(len(names)) % by_unit
        of_row = unit_place[np.searchsorted(names, unit)]
        teams = np.unique(truth[rows])
        silent_order = rng.permutation(teams)
        quota = max(1, len(teams) // (6 * by_unit)) if len(teams) >= 4 else 0
        for number in range(by_unit):
            silent = silent_order[number * quota : (number + 1) * quota]
            folds.append(_fold(rows, of_row == number, np.isin(truth[rows], silent), truth, by_unit=True))
    return [fold for fold in folds if fold.hidden.any() and len(np.unique(truth[fold.visible])) >= 2]


def _fold(rows: np.ndarray, out: np.ndarray, silent: np.ndarray, truth: np.ndarray, *, by_unit: bool) -> Fold:
    hidden = np.zeros(len(truth), dtype=bool)
    hidden[rows[out | silent]] = True
    visible = np.zeros(len(truth), dtype=bool)
    visible[rows[~(out | silent)]] = True
    return Fold(hidden, visible, by_unit)


def units(members: Memberships) -> np.ndarray:
    """Connected pieces of {stack, cluster, attachment, name stem, name prefix, repository, deployment}, i64[N].

    Each is called by its smallest node number.

    Groups larger than a twentieth of the account (at least 12) do not connect: a cluster everyone shares is no unit.
    """
    joins = np.isin(members.kind, _UNIT_KINDS) & (members.size >= 2) & (members.size <= max(12, members.nodes // 20))
    part = members.only(joins)
    piece = np.arange(members.nodes, dtype=np.int64)
    for _ in range(64):
        lowest = np.full(members.groups, members.nodes, dtype=np.int64)
        np.minimum.at(lowest, part.group, piece[part.node])
        after = piece.copy()
        np.minimum.at(after, part.node, lowest[part.group])
        if np.array_equal(after, piece):
            break
        piece = after
    return piece
