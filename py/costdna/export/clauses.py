"""Owners as rules over what a target may look at: the fewest clauses that say the truth and nothing else."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna import money


@dataclass(frozen=True)
class Clause:
    """All of `where` must hold. where: dimension → the values it may have. owner: who bears what it matches."""

    owner: str
    where: tuple[tuple[str, tuple[str, ...]], ...]
    units: int


def clauses(
    rows: pd.DataFrame,
    levels: list[tuple[str, ...]],
    *,
    ordered: bool,
    column: str,
    limit: int | None = None,
    allowed=bool,
    barred: np.ndarray | None = None,
) -> tuple[list[Clause], np.ndarray]:
    """(clauses, owner that they give each row). rows: slices.

    levels: dimensions to look at together, coarsest first. A combination becomes a clause only where every row that it
    would match has one owner, so no clause ever gives money to the wrong team. ordered: the target takes the first
    match, so later clauses need not mind rows already matched; otherwise clauses may be read in any order. limit: as
    many at most; those with least money go first. allowed: whether a value can be written at all. barred: (n,) rows
    that no clause may match, whoever owns them.
    """
    banned = np.zeros(len(rows), dtype=bool) if barred is None else barred.copy()
    while True:
        found, told, of = _build(rows, levels, ordered, column, allowed, banned)
        if limit is None or len(found) <= limit:
            return found, told
        drop = sorted(range(len(found)), key=lambda i: (abs(found[i].units), i))[: len(found) - limit]
        banned |= np.isin(of, np.array(drop, dtype="int64"))


def _build(rows: pd.DataFrame, levels: list[tuple[str, ...]], ordered: bool, column: str, allowed, banned: np.ndarray):
    """One pass: clauses, the owner they give each row, and the clause each row is matched by (-1: none)."""
    owners, names = pd.factorize(rows["owner"].to_numpy(), sort=True)
    owners = np.where(banned, len(names), owners.astype("int64"))  # what may not be said counts as a stranger's
    nobody = int(np.flatnonzero(names == "")[0]) if (names == "").any() else -1
    cost = rows[column].to_numpy()
    weighs = (
        np.abs(rows["BilledCost"].to_numpy().astype("float64"))
        + np.abs(rows["EffectiveCost"].to_numpy().astype("float64"))
    ) > 0
    matched = np.full(len(rows), -1, dtype="int64")
    out: list[Clause] = []
    writable: dict[str, np.ndarray] = {}
    for level in levels:
        usable = np.ones(len(rows), dtype=bool)
        for name in level:
            if name not in writable:
                codes, texts = pd.factorize(rows[name].to_numpy())
                writable[name] = (
                    np.array([allowed(t) for t in texts], dtype=bool)[codes.astype("int64")] if len(texts) else usable
                )
            usable &= writable[name]
        seen = usable & (matched < 0) if ordered else usable
        at = np.flatnonzero(seen)
        if not len(at):
            continue
        key = rows[level[0]].to_numpy()[at]
        group = pd.factorize(key)[0].astype("int64")
        for name in level[1:]:
            codes = pd.factorize(rows[name].to_numpy()[at])[0].astype("int64")
            group = pd.factorize(group * (codes.max() + 1) + codes)[0].astype("int64")
        size = int(group.max()) + 1
        low, high = np.full(size, len(names) + 1, dtype="int64"), np.full(size, -1, dtype="int64")
        np.minimum.at(low, group, owners[at])
        np.maximum.at(high, group, owners[at])
        # A group must still be worth a clause: money in it that no clause has yet.
        fresh = np.zeros(size, dtype=bool)
        np.logical_or.at(fresh, group, (matched[at] < 0) & weighs[at])
        pure = (low == high) & (low < len(names)) & (low != nobody) & fresh
        hit = pure[group]
        if hit.any():
            _merge(out, rows, level, at[hit], names[low[group[hit]]], cost, matched)
    told = np.array([c.owner for c in out] + [""], dtype=object)[matched]
    return out, told, matched


def _merge(
    out: list[Clause],
    rows: pd.DataFrame,
    level: tuple[str, ...],
    at: np.ndarray,
    owner: np.ndarray,
    cost: np.ndarray,
    matched: np.ndarray,
) -> None:
    """Groups that agree in owner and all dimensions but the last become one clause with several values."""
    frame = pd.DataFrame({"owner": owner, **{name: rows[name].to_numpy()[at] for name in level}, "_at": at})
    for key, part in frame.groupby(["owner", *level[:-1]], sort=True):
        values = tuple(sorted(part[level[-1]].unique()))
        here = part["_at"].to_numpy()
        new = here[matched[here] < 0]
        where = (*((name, (value,)) for name, value in zip(level[:-1], key[1:])), (level[-1], values))
        out.append(Clause(key[0], where, money.total(cost[new]) if len(new) else 0))
        matched[new] = len(out) - 1
