"""Numbers → normal scores of their ranks: only an order is left, so accounts of any size and currency look alike."""

import numpy as np


def rank_gauss(values: np.ndarray) -> np.ndarray:
    """Column-wise normal scores, f32[N,F]. Ties share their mean rank; a constant column becomes 0; NaN becomes 0.

    ``values`` f64[N,F]. Order comes from values rounded to 1e-9 relative to nothing: callers pass sane magnitudes.
    """
    n, width = values.shape
    out = np.zeros((n, width), dtype=np.float32)
    for column in range(width):
        raw = np.round(values[:, column].astype(np.float64), 9) + 0.0  # + 0.0 turns -0 into 0
        known = np.isfinite(raw)
        if known.sum() < 2:
            continue
        _, inverse, count = np.unique(raw[known], return_inverse=True, return_counts=True)
        if len(count) < 2:
            continue
        below = np.cumsum(count) - count
        quantile = (below + count / 2.0) / count.sum()
        out[known, column] = _normal_score(quantile)[inverse.reshape(-1)].astype(np.float32)
    return out


def _normal_score(p: np.ndarray) -> np.ndarray:
    """Inverse of the normal curve by the rational approximation of Odeh and Evans (1974); error below 2e-8."""
    lower = np.minimum(p, 1.0 - p)
    t = np.sqrt(-2.0 * np.log(np.maximum(lower, 1e-12)))
    top = -0.322232431088 + t * (-1.0 + t * (-0.342242088547 + t * (-0.0204231210245 + t * -0.453642210148e-4)))
    bottom = 0.0993484626060 + t * (0.588581570495 + t * (0.531103462366 + t * (0.103537752850 + t * 0.38560700634e-2)))
    score = t + top / bottom
    return np.where(p < 0.5, -score, score)
