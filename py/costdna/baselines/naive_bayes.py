"""Multinomial naive Bayes on group memberships."""

from __future__ import annotations

import numpy as np

from .memberships import Memberships


def naive_bayes(members: Memberships, support: np.ndarray, alpha: float = 0.1) -> np.ndarray:
    """P(team | groups), f64[N,C].

    ``support`` f64[N,C] one-hot or shares, zero rows unlabelled; ``alpha`` Laplace smoothing.

    A group without a labelled member says nothing and is left out, as by scikit-learn's ``MultinomialNB`` fitted on
    the labelled rows' own vocabulary; smoothing it instead would favour the smaller teams.
    """
    counts = members.to_groups(support)
    seen = counts.sum(1) > 0
    smooth = counts[seen] + alpha
    log_likelihood = np.zeros_like(counts)
    if seen.any():
        log_likelihood[seen] = np.log(smooth) - np.log(smooth.sum(0, keepdims=True))
    prior = support.sum(0)
    score = members.to_nodes(log_likelihood) + np.log(np.maximum(prior, 1e-12) / max(prior.sum(), 1e-12))
    return softmax(score)


def softmax(score: np.ndarray) -> np.ndarray:
    """Row-wise, in f64."""
    shifted = np.exp(score - score.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)
