"""Could the hidden owners have been found this well by chance?

A permutation test that needs no further pass of the model.

If names, stacks and accounts said nothing about teams, then among the owners hidden in one trial every order of their
labels would be as likely as the one that is there: what was shown stays as it was, so the answers do too. Mean and
variance of Σ log P(label) over all orders are known exactly (Hoeffding 1951), for any number of teams and any one that
has most. More sensitive than counting right answers: it also hears the second guess and how sure each was.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

BLUR = 0.05
"""Mixed evenly into every answer before the logarithm: one certain mistake must not outweigh all the rest."""


def beyond_chance(answers: Iterable[tuple[np.ndarray, np.ndarray]], owners: int) -> float | None:
    """By how many standard deviations Σ log P(label) lies above its mean over all orders of the hidden labels.

    ``answers``: per random trial P(team) f64[n,C] and the hidden owners' columns i64[n]; ``owners``: how many are
    known. Owners asked in several rounds count once: rounds of the same owners are taken to say the same, the careful
    side. None where there is nothing to compare (one label, or one answer for all).
    """
    gain = spread = 0.0
    asked = 0
    for p, label in answers:
        asked += len(label)
        if len(label) < 2:
            continue
        score = np.log((1.0 - BLUR) * p + BLUR / p.shape[1])
        # a label's row of all orders, without writing them out
        often = np.bincount(label, minlength=p.shape[1]) / len(label)
        by_row, by_team = score @ often, score.mean(0)
        mean = float(by_team @ often)
        gain += float(score[np.arange(len(label), dtype=np.int64), label].sum()) - len(label) * mean
        spread += float(((score - by_team - by_row[:, None] + mean) ** 2 @ often).sum()) * len(label) / (len(label) - 1)
    if not spread > 1e-9:
        return None
    return round(gain / (max(1.0, asked / max(owners, 1)) * spread) ** 0.5, 3)
