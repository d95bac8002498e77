"""The rival answers for one view of the account: the model with and without numbers, the simple methods, a blend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costdna.baselines import Memberships, geometric, label_propagation, logistic_regression, naive_bayes
from costdna.baselines.naive_bayes import softmax

BLEND = "model with simple methods"
MODEL = "model"
MODEL_PLAIN = "model without numbers"
SIMPLE = "logistic regression with label propagation"
BAYES = "naive Bayes"
PREFERRED = (BLEND, MODEL_PLAIN, MODEL, SIMPLE, BAYES)
"""In this order a candidate keeps its place unless another's loss is lower by more than 1e-3."""


@dataclass(frozen=True)
class View:
    """Answers for some resources: ``teams`` name → f64[n,C] over all teams (absent ones 0).

    ``unknown`` f64[n,2]: two signs of "none of these", in 0..1: the model's own none-probability (without a model, the
    second again) and 1 − the simple methods' largest probability.
    """

    teams: dict[str, np.ndarray]
    unknown: np.ndarray


def view(members: Memberships, support: np.ndarray, rows: np.ndarray, numerics: dict | None, plain: dict | None) -> View:
    """Every candidate's probabilities on ``rows`` given ``support`` f64[N,C]; the model's outputs may be missing."""
    present = support.sum(0) > 0
    seen = support[:, present]
    regression, spread = logistic_regression(members, seen)[rows], label_propagation(members, seen)[rows]
    simple = geometric([(regression, 0.5), (spread, 0.5)])
    answers = {SIMPLE: simple, BAYES: naive_bayes(members, seen)[rows]}
    unsure = 1.0 - simple.max(axis=1)
    none = unsure
    if numerics is not None and plain is not None:
        with_numbers, none_with = _model(numerics, rows)
        without, none_without = _model(plain, rows)
        answers[MODEL], answers[MODEL_PLAIN] = with_numbers, without
        answers[BLEND] = geometric([(with_numbers, 0.3), (without, 0.3), (regression, 0.2), (spread, 0.2)])
        none = 0.5 * (none_with + none_without)
    full = {}
    for name, answer in answers.items():
        full[name] = np.zeros((len(rows), len(present)))
        full[name][:, present] = answer
    return View(full, np.stack([none, unsure], axis=1))


def _model(output: dict, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P(team | one of the teams) and P(none of these) from one forward pass."""
    logits = np.asarray(output["logits"], dtype=np.float64)[rows]
    none = np.asarray(output["none_logit"], dtype=np.float64)[rows].reshape(len(rows), 1)
    joint = softmax(np.concatenate([logits, none], axis=1))
    return softmax(logits), joint[:, -1]
