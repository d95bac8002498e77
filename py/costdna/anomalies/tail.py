"""How surprising a deviation is.

A mixture of Student tails learned from the series itself and from its neighbours on the bill, and the false-discovery
rate over all of them.

Sources: Student's t with whole degrees of freedom, Abramowitz & Stegun 26.7.3–4; Benjamini & Hochberg 1995.
"""

import math

import numpy as np

NU = (4, 7, 15, 100)  # heavy … almost normal
# upper quartile of each: turns a median deviation into its scale
QUARTILE = np.array([0.740697, 0.711142, 0.691197, 0.676951])
START = np.array([0.10, 0.20, 0.30, 0.40])
COUNT = 4.0  # series that START counts for
PRIOR = np.log(START)


def survival(x: np.ndarray, nu: int) -> np.ndarray:
    """Two-sided tail of Student's t, P(|T| > |x|). Any shape.

    >>> round(float(survival(np.array([2.0]), 5)[0]), 4), round(float(survival(np.array([3.182446]), 3)[0]), 4)
    (0.1019, 0.05)
    """
    theta = np.arctan(np.abs(x) / math.sqrt(nu))
    s, c = np.sin(theta), np.cos(theta)
    total = np.zeros_like(theta)
    if nu % 2:
        term = c.copy()
        for k in range(1, (nu - 1) // 2 + 1):
            total = total + term
            term = term * c * c * (2 * k) / (2 * k + 1)
        inside = 2 / math.pi * (theta + s * total)
    else:
        term = np.ones_like(theta)
        for k in range(1, nu // 2 + 1):
            total = total + term
            term = term * c * c * (2 * k - 1) / (2 * k)
        inside = s * total
    return np.clip(1 - inside, 1e-15, 1.0)


def density(x: np.ndarray, nu: int) -> np.ndarray:
    """Log density of Student's t."""
    return (
        math.lgamma((nu + 1) / 2)
        - math.lgamma(nu / 2)
        - 0.5 * math.log(nu * math.pi)
        - (nu + 1) / 2 * np.log1p(x * x / nu)
    )


def likelihoods(deviation: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Log likelihood of each deviation under each tail. middle: the median absolute deviation. Shapes (n,) → (n, 4)."""
    scale = middle[:, None] / QUARTILE
    x = deviation[:, None] / scale
    return np.stack([density(x[:, i], nu) for i, nu in enumerate(NU)], axis=1) - np.log(scale)


def common(seen: np.ndarray) -> np.ndarray:
    """Log share of each tail among all series of a bill, (4,), from what each of them saw, (n, 4) log likelihoods.

    A few rounds of expectation and maximisation that begin at START (empirical Bayes): what one series is too short to
    tell, all of them together may.
    """
    shares = START
    for _ in range(8):
        weight = np.log(shares) + seen
        weight = np.exp(weight - weight.max(axis=1, keepdims=True))
        weight /= weight.sum(axis=1, keepdims=True)
        shares = (weight.sum(axis=0) + COUNT * START) / (len(seen) + COUNT)
    return np.log(shares)


def surprise(deviation: np.ndarray, middle: np.ndarray, seen: np.ndarray, prior: np.ndarray = PRIOR) -> np.ndarray:
    """p of each deviation, averaged over the tails.

    A tail weighs by how well it explained the past (`seen`, (n, 4) log likelihoods) and how common it is (`prior`,
    (4,)).
    """
    weight = seen + prior
    weight = np.exp(weight - weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    x = deviation[:, None] * QUARTILE / middle[:, None]
    return (weight * np.stack([survival(x[:, i], nu) for i, nu in enumerate(NU)], axis=1)).sum(axis=1)


def discoveries(p: np.ndarray, rate: float) -> np.ndarray:
    """Which of the p values stand at a false-discovery rate (Benjamini–Hochberg). Shape (n,) bool.

    >>> discoveries(np.array([0.001, 0.9, 0.02, 0.04]), 0.05).tolist()
    [True, False, True, False]
    """
    order = np.argsort(p, kind="stable")
    limits = rate * np.arange(1, len(p) + 1) / max(len(p), 1)
    below = np.flatnonzero(p[order] <= limits)
    out = np.zeros(len(p), dtype=bool)
    if len(below):
        out[order[: below[-1] + 1]] = True
    return out
