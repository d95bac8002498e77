"""Leak audit: which columns, tag keys and relations give the label away, and how good a guess is without them.

A key is accused when its repeated values decide the label far oftener than they would by chance: labels are permuted
and the same is counted again, so a near-unique key, whose every value trivially has one label, is not. On a bill such a
key is a fair *feature* (an account per team is real): it is a leak only where an accuracy claims more than a join.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from costdna.baselines import Memberships, naive_bayes
from costdna.errors import UsageError

PARTIAL = 0.85
"""From this share on a key that nearly decides the label is named too."""
LIFT, SIGMAS, LEAST_COVERED = 0.5, 4.0, 0.05
"""Accused only when half of what chance leaves open is closed, by four standard deviations of chance, on 5 % of the
rows or more.
"""
FOLDS, MOST_WORK = 5, 20_000_000
KEY_COLUMNS = tuple(
    """
    x_Key x_Source x_Values x_Repeated x_Coverage x_Determines x_Pure x_PureByChance x_Vote x_VoteByChance
    x_JoinSolvable x_Verdict
    """.split()
)


@dataclass(frozen=True)
class Audit:
    """``keys``: a row a key (:data:`KEY_COLUMNS`), worst first.

    x_Values distinct values · x_Repeated of them with two rows or more · x_Coverage share of labelled rows they hold ·
    x_Determines share of all values with one label only (near-unique keys have 1) · x_Pure the same of repeated values
    · x_Vote share of covered rows whose fellows' majority names their label · …ByChance the same under permuted labels
    · x_JoinSolvable share of all labelled rows a plain join decides · x_Verdict leak, near-unique, rare, clean.

    ``honest``: accuracy with whole units held out and accused keys removed; ``random``: the same, rows held out at
    random; ``inflated``: everything used, rows at random; ``majority``: always the commonest label. None: not
    measurable.
    """

    target: str
    rows: int
    labels: int
    keys: pd.DataFrame
    leaks: list[str]
    join_solvable: float
    majority: float
    honest: float | None
    random: float | None
    inflated: float | None
    unit: str
    notes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict:
        """Plain data, honest figure first."""
        return {
            "schema_version": 1, "target": self.target, "rows": self.rows, "labels": self.labels, "honest_accuracy": self.honest, "held_out_by": self.unit, "random_split_accuracy": self.random,
            "inflated_accuracy": self.inflated, "majority": self.majority, "join_solvable": self.join_solvable, "leaks": self.leaks, "notes": self.notes,
            "keys": [{name: _plain(value) for name, value in row.items()} for row in self.keys.to_dict("records")],
        }  # fmt: skip


def audit(
    frame: pd.DataFrame,
    target: str,
    *,
    columns: list[str] | None = None,
    relations: pd.DataFrame | None = None,
    unit: str = "",
    threshold: float = PARTIAL,
    seed: int = 0,
    forbidden: tuple[str, ...] = (),
) -> Audit:
    """Audit a table: one row a thing, ``target`` its label ("" or missing: not labelled, left out).

    ``columns``: only these; ``relations``: x_Row i64 (position in ``frame``), x_Kind, x_Group: memberships audited by
    kind; ``unit``: the column by which rows are held out together (else the finest accused key decides, else identical
    rows). ``forbidden`` columns are never used to predict and not audited. Raises UsageError for columns that are not
    there.
    """
    missing = [name for name in [target, *(columns or []), *([unit] if unit else [])] if name not in frame]
    if missing:
        raise UsageError(
            "The table has no such column.",
            found=", ".join(missing),
            next_step=f"Choose from {', '.join(map(str, frame.columns))}.",
            code="column",
        )
    label_text = _text(frame[target])
    rows = np.flatnonzero(label_text != "").astype(np.int64)
    label, names = pd.factorize(label_text[rows], sort=True)
    label = label.astype(np.int64)
    if len(names) < 2:
        raise UsageError(
            "The target column does not tell rows apart.",
            found=f"{len(names)} label{'s' if len(names) != 1 else ''} in {len(rows)} rows",
            where=target,
            next_step="Name a column with two labels or more.",
            code="target",
        )
    links = _links(
        frame, rows, [c for c in (columns or frame.columns) if c != target and c not in forbidden], relations
    )
    table = pd.DataFrame(
        [
            {"x_Key": key, "x_Source": source, **measure(at, group, label, threshold, seed)}
            for key, source, at, group in links
        ],
        columns=list(KEY_COLUMNS),
    )
    accused = table["x_Verdict"].eq("leak").to_numpy()
    leaks = table.loc[accused].sort_values(["x_JoinSolvable", "x_Key"], ascending=[False, True])["x_Key"].tolist()
    solved = np.zeros(len(rows), dtype=bool)
    for (_, _, at, group), bad in zip(links, accused, strict=True):
        if bad:
            solved[at[_pure_rows(at, group, label)]] = True
    order = {"leak": 0, "clean": 1, "rare": 2, "near-unique": 3}
    table = (
        table.assign(_o=table["x_Verdict"].map(order))
        .sort_values(["_o", "x_JoinSolvable", "x_Key"], ascending=[True, False, True], kind="stable", ignore_index=True)
        .drop(columns="_o")
    )
    honest, random, inflated, by, notes = _accuracies(frame, rows, label, links, set(leaks), unit, len(names), seed)
    share = np.bincount(label) / len(label)
    return Audit(
        target,
        len(rows),
        len(names),
        table,
        leaks,
        float(solved.mean()),
        float(share.max()),
        honest,
        random,
        inflated,
        by,
        notes,
    )


def audit_bill(
    ownables: pd.DataFrame,
    relations: pd.DataFrame,
    labels: pd.DataFrame,
    owner_keys: set[tuple[str, str]] = frozenset(),
) -> Audit:
    """The audit of a bill's own tag keys, columns and relations against its known owners.

    OWNABLES with Tags, RELATIONS, ``labels`` (x_OwnableId, x_Team), ``owner_keys`` (source, key) that were read as the
    owner and so are the label itself. Raises UsageError with fewer than two teams.
    """
    real = ownables.loc[~ownables["x_IsSynthetic"].to_numpy(dtype=bool)].reset_index(drop=True)
    team = labels.drop_duplicates("x_OwnableId").set_index("x_OwnableId")["x_Team"]
    frame = pd.DataFrame({"team": team.reindex(real["x_OwnableId"].to_numpy(dtype=np.int64)).fillna("").to_numpy()})
    for name in ("SubAccountId", "RegionId", "ServiceName", "ResourceType"):
        frame[name] = real[name].astype(str).to_numpy()
    tags: dict[str, dict[int, str]] = {}
    for row, text in enumerate(real["Tags"]):
        for source, key, value in json.loads(text):
            if (source, key) not in owner_keys:
                tags.setdefault(f"tag {key}" if source in ("resource", "focus", "tags") else f"{source} {key}", {})[
                    row
                ] = value
    for key in sorted(tags):
        frame[key] = pd.Series(tags[key], dtype=object).reindex(frame.index).fillna("")
    place = pd.Series(np.arange(len(real), dtype=np.int64), index=real["x_OwnableId"].to_numpy(dtype=np.int64))
    at = place.reindex(relations["x_OwnableId"].to_numpy(dtype=np.int64)).to_numpy(dtype=np.float64)
    # already there as columns
    own = (
        relations["x_Kind"].astype(str).isin(("account", "region", "service", "resource_type", "other_tag")).to_numpy()
    )
    keep = np.isfinite(at) & ~own
    memberships = pd.DataFrame(
        {
            "x_Row": at[keep].astype(np.int64),
            "x_Kind": relations["x_Kind"].astype(str).to_numpy()[keep],
            "x_Group": relations["x_Group"].astype(str).to_numpy()[keep],
        }
    )
    found = audit(frame, "team", relations=memberships)
    return (
        replace(
            found,
            notes=[
                *found.notes,
                "On a bill such a key is fair evidence of an owner; it only means that an accuracy which used it measured a join.",
            ],
        )
        if found.leaks
        else found
    )


def measure(at: np.ndarray, group: np.ndarray, label: np.ndarray, threshold: float = PARTIAL, seed: int = 0) -> dict:
    """One key's figures. ``at`` i64[K] labelled row, ``group`` i64[K] code of its value there, ``label`` i64[rows]."""
    total, values = len(label), int(group.max()) + 1 if len(group) else 0
    size = np.bincount(group, minlength=values)
    repeated = size >= 2
    inside = repeated[group] if values else np.zeros(0, dtype=bool)
    covered = len(np.unique(at[inside])) / total
    pure, determined = _purity(group, label[at], size)
    vote = _vote(at[inside], group[inside], label)
    rng = np.random.Generator(np.random.PCG64(seed + 1507))
    rounds = int(np.clip(2_000_000 // max(len(at), 1), 9, 99))
    by_chance = np.array([_purity(group, rng.permutation(label)[at], size)[0] for _ in range(rounds)])
    vote_chance = np.array([_vote(at[inside], group[inside], rng.permutation(label)) for _ in range(min(rounds, 9))])
    accused = covered >= LEAST_COVERED and (
        _beyond(pure, by_chance, threshold) or _beyond(vote, vote_chance, threshold)
    )
    near = values > 0.8 * len(at)
    verdict = "leak" if accused else "near-unique" if near else "rare" if covered < LEAST_COVERED else "clean"
    return {
        "x_Values": values, "x_Repeated": int(repeated.sum()), "x_Coverage": covered, "x_Determines": determined, "x_Pure": pure, "x_PureByChance": float(by_chance.mean()),
        "x_Vote": vote, "x_VoteByChance": float(vote_chance.mean()), "x_JoinSolvable": len(np.unique(at[_pure_rows(at, group, label)])) / total, "x_Verdict": verdict,
    }  # fmt: skip


def _beyond(value: float, chance: np.ndarray, threshold: float) -> bool:
    left = max(1.0 - float(chance.mean()), 1e-9)
    return (
        value >= threshold
        and (value - chance.mean()) / left >= LIFT
        and value - chance.mean() >= SIGMAS * float(chance.std())
    )


def _purity(group: np.ndarray, label: np.ndarray, size: np.ndarray) -> tuple[float, float]:
    """(share of repeated values with one label, share of all values with one label)."""
    if not len(size):
        return 0.0, 0.0
    low, high = np.full(len(size), np.iinfo(np.int64).max), np.full(len(size), -1, dtype=np.int64)
    np.minimum.at(low, group, label)
    np.maximum.at(high, group, label)
    one, repeated, there = low == high, size >= 2, size >= 1
    return float(one[repeated].mean()) if repeated.any() else 0.0, float(one[there].mean()) if there.any() else 0.0


def _pure_rows(at: np.ndarray, group: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Positions in ``at`` of members of a repeated value with one label only."""
    if not len(group):
        return np.zeros(0, dtype=np.int64)
    size = np.bincount(group)
    low, high = np.full(len(size), np.iinfo(np.int64).max), np.full(len(size), -1, dtype=np.int64)
    np.minimum.at(low, group, label[at])
    np.maximum.at(high, group, label[at])
    return np.flatnonzero(((low == high) & (size >= 2))[group])


def _vote(at: np.ndarray, group: np.ndarray, label: np.ndarray) -> float:
    """Share of memberships whose fellows (the row itself left out) name the row's label most often; a tie counts half."""
    if not len(group):
        return 0.0
    width = int(label.max()) + 1
    pair, which, count = np.unique(group * width + label[at], return_inverse=True, return_counts=True)
    of = pair // width
    order = np.lexsort((-count, of))
    starts = np.flatnonzero(np.concatenate([[True], of[order][1:] != of[order][:-1]]))
    names, first = of[order][starts], order[starts]
    second = np.zeros(len(starts), dtype=np.int64)
    has = np.append(starts[1:], len(order)) - starts >= 2
    second[has] = count[order[starts[has] + 1]]
    place = np.searchsorted(names, group)
    mine = count[which.reshape(-1)] - 1
    best = np.where(pair[which.reshape(-1)] == pair[first[place]], second[place], count[first[place]])
    return float(np.where(mine > best, 1.0, np.where((mine == best) & (mine > 0), 0.5, 0.0)).mean())


def _text(column: pd.Series) -> np.ndarray:
    """Values as text, "" where there is none."""
    there = column.notna().to_numpy()
    out = np.full(len(column), "", dtype=object)
    out[there] = [str(value).strip() for value in column.to_numpy(dtype=object)[there]]
    return out


Link = tuple[str, str, np.ndarray, np.ndarray]


def _links(frame: pd.DataFrame, rows: np.ndarray, columns: list[str], relations: pd.DataFrame | None) -> list[Link]:
    """(key, source, row, value) of every column and relation kind that holds anything.

    row: position among the labelled rows, i64[K]; value: its code, i64[K].
    """
    out: list[Link] = []
    for name in columns:
        text = _text(frame[name].iloc[rows])
        there = np.flatnonzero(text != "").astype(np.int64)
        if len(there):
            out.append((str(name), "column", there, pd.factorize(text[there], sort=True)[0].astype(np.int64)))
    if relations is not None and len(relations):
        position = np.full(len(frame), -1, dtype=np.int64)
        position[rows] = np.arange(len(rows), dtype=np.int64)
        for kind, part in relations.groupby("x_Kind", sort=True):
            part = part.drop_duplicates(["x_Row", "x_Group"])
            at = position[part["x_Row"].to_numpy(dtype=np.int64)]
            known = at >= 0
            if known.any():
                out.append(
                    (
                        str(kind),
                        "relation",
                        at[known],
                        pd.factorize(part["x_Group"].astype(str).to_numpy()[known], sort=True)[0].astype(np.int64),
                    )
                )
    return out


def _binned(frame: pd.DataFrame, rows: np.ndarray, key: str, source: str) -> np.ndarray | None:
    """Tenths of a numeric column that hardly repeats: what a learner can use of it."""
    if source != "column" or not pd.api.types.is_numeric_dtype(frame[key]) or pd.api.types.is_bool_dtype(frame[key]):
        return None
    value = frame[key].to_numpy(dtype=np.float64)[rows]
    edges = np.unique(np.nanquantile(value, np.linspace(0.1, 0.9, 9))) if np.isfinite(value).any() else np.zeros(0)
    return np.where(np.isfinite(value), np.searchsorted(edges, value, side="right"), -1).astype(np.int64)


def _accuracies(frame, rows, label, links: list[Link], leaks: set[str], unit: str, classes: int, seed: int):
    """(honest, random, inflated, what rows were held out by, notes)."""
    clean = [link for link in links if link[0] not in leaks and link[0] != unit]
    rng = np.random.Generator(np.random.PCG64(seed + 1508))
    work = sum(len(link[2]) for link in links) * classes * FOLDS
    keep, notes = np.arange(len(rows), dtype=np.int64), []
    if work > MOST_WORK * FOLDS:
        keep = np.sort(rng.permutation(len(rows))[: max(200, int(len(rows) * MOST_WORK * FOLDS / work))])
        notes.append(f"Accuracies were measured on {len(keep):,} rows drawn at random.")
    held, by = _units(frame, rows, links, leaks, unit, classes)
    alone = np.arange(len(rows), dtype=np.int64)
    return (
        _held_out(frame, rows, label, clean, held, keep, classes, rng), _held_out(frame, rows, label, clean, alone, keep, classes, rng),
        _held_out(frame, rows, label, links, alone, keep, classes, rng), by, notes,
    )  # fmt: skip


def _units(frame, rows, links: list[Link], leaks: set[str], unit: str, classes: int) -> tuple[np.ndarray, str]:
    """Rows that must be held out together, i64[rows], and by what.

    By the given unit, the finest accused key, or identical rows.
    """
    if unit:
        return pd.factorize(_text(frame[unit].iloc[rows]), sort=True)[0].astype(np.int64), unit
    best = None
    for key, _, at, group in links:
        values = int(group.max()) + 1
        if (
            key in leaks
            and 2 * classes <= values <= 0.8 * len(at)
            and len(np.unique(at)) == len(at)
            and (best is None or values > best[1])
        ):
            held = np.arange(len(rows), dtype=np.int64) + values
            held[at] = group
            best = (key, values, held)
    if best:
        return best[2], best[0]
    parts = pd.DataFrame(
        {
            key: pd.Series(group, index=at).reindex(range(len(rows))).fillna(-1)
            for key, source, at, group in links
            if source == "column" and group.max() + 1 <= 0.8 * len(at)
        }
    )
    return (
        (parts.groupby(list(parts.columns), sort=True).ngroup().to_numpy(dtype=np.int64), "identical rows")
        if len(parts.columns)
        else (np.arange(len(rows), dtype=np.int64), "rows")
    )


def _held_out(
    frame, rows, label, links: list[Link], held: np.ndarray, keep: np.ndarray, classes: int, rng
) -> float | None:
    """Share of rows a naive Bayes names rightly when their whole unit is hidden.

    A team that is hidden entirely counts as an error.
    """
    node, group, count = [], [], 0
    position = np.full(len(rows), -1, dtype=np.int64)
    position[keep] = np.arange(len(keep), dtype=np.int64)
    for key, source, at, code in links:
        bins = _binned(frame, rows, key, source)
        for where, value in [(at, code)] + (
            [(np.flatnonzero(bins >= 0).astype(np.int64), bins[bins >= 0])] if bins is not None else []
        ):
            here = position[where] >= 0
            node.append(position[where][here])
            group.append(value[here] + count)
            count += int(value.max()) + 1 if len(value) else 0
    units = np.unique(held[keep])
    if len(keep) < 2 * FOLDS or len(units) < 2:
        return None
    none = np.zeros(0, dtype=np.int64)
    members = Memberships(
        np.concatenate([none, *node]), np.concatenate([none, *group]), np.zeros(count, dtype=np.int64), len(keep)
    )
    place = (rng.permutation(len(units)) % min(FOLDS, len(units)))[np.searchsorted(units, held[keep])]
    truth = label[keep]
    right = np.zeros(len(keep), dtype=bool)
    for fold in np.unique(place):
        support = np.zeros((len(keep), classes))
        shown = np.flatnonzero(place != fold)
        support[shown, truth[shown]] = 1.0
        present = np.flatnonzero(support.sum(0) > 0)
        guess = present[naive_bayes(members, support[:, present]).argmax(1)]
        right |= (place == fold) & (guess == truth)
    return float(right.mean())


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value
