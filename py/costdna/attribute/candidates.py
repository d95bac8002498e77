"""The rival answers for one view of the account: the model with and without numbers, the simple methods, a blend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costdna.baselines import Memberships, geometric, label_propagation, logistic_regression, naive_bayes
from costdna.baselines.naive_bayes import softmax

BLEND = "model with simple methods"
SIMPLE_BLEND = "simple methods together"
MODEL = "model"
MODEL_PLAIN = "model without numbers"
SIMPLE = "logistic regression with label propagation"
BAYES = "naive Bayes"
REGRESSION = "logistic regression"
SPREAD = "label propagation"
PREFERRED = (BLEND, SIMPLE_BLEND, MODEL_PLAIN, MODEL, SIMPLE, BAYES)
"""In this order a candidate keeps its place unless another's loss is lower by more than 1e-3."""
PARTS = {
    BLEND: (MODEL, MODEL_PLAIN, REGRESSION, SPREAD, BAYES),
    SIMPLE_BLEND: (REGRESSION, SPREAD, BAYES),
    MODEL: (MODEL,),
    MODEL_PLAIN: (MODEL_PLAIN,),
    SIMPLE: (REGRESSION, SPREAD),
    BAYES: (BAYES,),
}
"""What a candidate is made of. The two blends weigh their parts by the account's own hidden owners."""


@dataclass(frozen=True)
class View:
    """Answers for some resources.

    ``teams`` candidate → f64[n,C] over all teams (absent ones 0), ``parts`` method → the same.

    ``unknown`` f64[n,2]: two signs of "none of these", in 0..1: the model's own none-probability (without a model, the
    second again) and 1 − the simple methods' largest probability. ``close`` f64[n] 0..1: 1 / the size of the smallest
    group that has a known owner, 0 where none has. ``known`` f64[C]: owners of each team known in this view.
    """

    teams: dict[str, np.ndarray]
    parts: dict[str, np.ndarray]
    unknown: np.ndarray
    close: np.ndarray
    known: np.ndarray

    @property
    def present(self) -> np.ndarray:
        """bool[C]: teams with a known owner."""
        return self.known > 0

    def only(self, keep: np.ndarray) -> View:
        """The rows where ``keep`` bool[n]."""
        return View(
            {k: v[keep] for k, v in self.teams.items()},
            {k: v[keep] for k, v in self.parts.items()},
            self.unknown[keep],
            self.close[keep],
            self.known,
        )


def view(
    members: Memberships, support: np.ndarray, rows: np.ndarray, numerics: dict | None, plain: dict | None
) -> View:
    """Every candidate's probabilities on ``rows`` given ``support`` f64[N,C]; the model's outputs may be missing."""
    present = support.sum(0) > 0
    seen = support[:, present]
    parts = {
        REGRESSION: logistic_regression(members, seen)[rows],
        SPREAD: label_propagation(members, seen)[rows],
        BAYES: naive_bayes(members, seen)[rows],
    }
    none = None
    if numerics is not None and plain is not None:
        parts[MODEL], none_with = _model(numerics, rows)
        parts[MODEL_PLAIN], none_without = _model(plain, rows)
        none = 0.5 * (none_with + none_without)
    simple = geometric([(parts[REGRESSION], 0.5), (parts[SPREAD], 0.5)])
    unsure = 1.0 - simple.max(axis=1)
    full = {name: _spread_out(p, present) for name, p in parts.items()}
    answers = {SIMPLE: _spread_out(simple, present), BAYES: full[BAYES]}
    if none is None:
        answers[SIMPLE_BLEND] = answers[SIMPLE]
    else:
        mixed = geometric(
            [(parts[MODEL], 0.3), (parts[MODEL_PLAIN], 0.3), (parts[REGRESSION], 0.2), (parts[SPREAD], 0.2)]
        )
        answers |= {BLEND: _spread_out(mixed, present), MODEL: full[MODEL], MODEL_PLAIN: full[MODEL_PLAIN]}
    return View(
        answers,
        full,
        np.stack([unsure if none is None else none, unsure], axis=1),
        closeness(members, support)[rows],
        support.sum(0),
    )


def closeness(members: Memberships, support: np.ndarray) -> np.ndarray:
    """f64[N]: 1 / the size of the smallest group of each resource that holds a known owner; 0 where there is none."""
    known = (support.sum(1) > 0).astype(np.float64)
    lit = np.bincount(members.group, weights=known[members.node], minlength=members.groups) > 0
    near = np.where(lit, 1.0 / np.maximum(members.size, 1.0), 0.0)
    out = np.zeros(members.nodes)
    np.maximum.at(out, members.node, near[members.group])
    return out


def _spread_out(p: np.ndarray, present: np.ndarray) -> np.ndarray:
    full = np.zeros((len(p), len(present)))
    full[:, present] = p
    return full


def _model(output: dict, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P(team | one of the teams) and P(none of these) from one forward pass."""
    logits = np.asarray(output["logits"], dtype=np.float64)[rows]
    none = np.asarray(output["none_logit"], dtype=np.float64)[rows].reshape(len(rows), 1)
    joint = softmax(np.concatenate([logits, none], axis=1))
    return softmax(logits), joint[:, -1]
