"""Geometric blending of several opinions."""

from __future__ import annotations

import numpy as np

FLOOR = 1e-4


def geometric(parts: list[tuple[np.ndarray, float]]) -> np.ndarray:
    """Π pᵢ^wᵢ renormalised per row, f64[N,C].

    Each p is first mixed with 1e-4 of the uniform, so that no single zero vetoes.
    """
    classes = parts[0][0].shape[1]
    score = np.zeros(parts[0][0].shape)
    for p, weight in parts:
        score += weight * np.log((1.0 - FLOOR) * p + FLOOR / classes)
    score = np.exp(score - score.max(axis=1, keepdims=True))
    return score / score.sum(axis=1, keepdims=True)
