"""In which order to ask: five strategies, from a coin to money × uncertainty × coverage."""

from __future__ import annotations

import numpy as np

PRODUCT = 4_000_000
"""Candidates × targets compared at most; above it fewer candidates are looked at, those with most at stake."""
NOISE = 0.1
"""Likeness up to this is chance in the sketch and covers nothing."""
_SEED = 20_260_102


def by_chance(open_rows: np.ndarray, seed: int = 0) -> np.ndarray:
    """``open_rows`` i64[n] in an order drawn once per ``seed``."""
    return np.random.Generator(np.random.PCG64(_SEED + seed)).permutation(open_rows)


def least_sure(open_rows: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The smallest largest probability first. ``first`` f64[n], NaN where nothing is known; ties by chance."""
    return _ascending(open_rows, np.nan_to_num(first, nan=0.0))


def least_margin(open_rows: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The smallest lead of the best over the second team first.

    f64[n] each, NaN where nothing is known; ties by chance.
    """
    return _ascending(open_rows, np.nan_to_num(first, nan=0.0) - np.nan_to_num(second, nan=0.0))


def _ascending(open_rows: np.ndarray, value: np.ndarray) -> np.ndarray:
    mixed = np.random.Generator(np.random.PCG64(_SEED)).permutation(len(open_rows))
    return open_rows[mixed[np.argsort(np.round(value[mixed], 6), kind="stable")]]


def by_coverage(
    sketches: np.ndarray, open_rows: np.ndarray, stake: np.ndarray, count: int, covered: np.ndarray | None = None
) -> np.ndarray:
    """Greedy facility location.

    Each next question covers the most stake that no earlier one covers. i64[≤ count] of ``open_rows``.

    ``sketches`` f64[N,256]; ``stake`` f64[n] what each open row is worth (1: medoids; money × doubt: money-weighted);
    ``covered`` f64[n] 0..1 how far known owners speak for each already. A row covers another by their likeness above
    :data:`NOISE`, itself wholly. Rows of one sketch (siblings) are one candidate, its dearest row speaking for it.
    """
    stake = (
        np.round(stake / max(float(stake.max()), 1e-300), 9) if len(stake) and stake.max() > 0 else np.ones(len(stake))
    )
    order = np.lexsort((np.arange(len(open_rows)), -stake))
    _, where = np.unique(sketches[open_rows[order]], axis=0, return_index=True)
    blank = order[~sketches[open_rows[order]].any(axis=1)]  # like nothing, not even each other: each speaks for itself
    speaker = np.unique(np.concatenate([order[where], blank]))
    group_of = _group(sketches[open_rows], speaker, blank)
    total = np.bincount(
        group_of, weights=stake * (1.0 - (covered if covered is not None else 0.0)), minlength=len(speaker)
    )
    most = int(np.clip(PRODUCT // max(len(speaker), 1), 100, 2000))
    candidate = np.sort(np.lexsort((speaker, -np.round(total, 9)))[:most])
    near = sketches[open_rows[speaker]]
    like = _cover(near[candidate] @ near.T)
    like[np.arange(len(candidate)), candidate] = 1.0
    reached = np.zeros(len(speaker))
    picked: list[int] = []
    free = np.ones(len(candidate), dtype=bool)
    for _ in range(min(count, len(candidate))):
        gain = np.round(np.maximum(like - reached, 0.0) @ total, 6)
        gain[~free] = -1.0
        best = int(gain.argmax())
        picked.append(int(open_rows[speaker[candidate[best]]]))
        free[best] = False
        reached = np.maximum(reached, like[best])
    return np.array(picked, dtype=np.int64)


def _cover(likeness: np.ndarray) -> np.ndarray:
    return np.clip((np.round(likeness, 6) - NOISE) / (1.0 - NOISE), 0.0, 1.0)


def cover_by(sketches: np.ndarray, rows: np.ndarray, by: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far the nearest of ``by`` i64[m] covers each of ``rows`` i64[n], and which one.

    (f64[n] 0..1; i64[n] into ``by``, −1 for none).
    """
    best, who = np.zeros(len(rows)), np.full(len(rows), -1, dtype=np.int64)
    step = max(1, PRODUCT // max(len(rows), 1))
    for start in range(0, len(by), step):
        part = by[start : start + step]
        like = _cover(sketches[part] @ sketches[rows].T)
        like[(part[:, None] == rows[None, :])] = 1.0
        top = like.argmax(0)
        value = like[top, np.arange(len(rows))]
        better = value > best
        best[better], who[better] = value[better], start + top[better]
    return best, who


def _group(sketches: np.ndarray, speaker: np.ndarray, blank: np.ndarray) -> np.ndarray:
    """Which speaker stands for each row, i64[n]."""
    _, code = np.unique(sketches, axis=0, return_inverse=True)
    code = code.reshape(-1).astype(np.int64)
    code[blank] = code.max() + 1 + np.arange(len(blank)) if len(code) else code[blank]
    place = np.full(int(code.max()) + 1 if len(code) else 0, -1, dtype=np.int64)
    place[code[speaker]] = np.arange(len(speaker), dtype=np.int64)
    return place[code]
