"""Many amounts split by one set of weights at once: exact, largest remainder first, then lowest index."""

from math import gcd

import numpy as np

from costdna import money

_FIT = 2**31


def split_all(units: np.ndarray, weights: list[int]) -> np.ndarray:
    """Each of n amounts split by k weights, as `money.split` does one.

    (n,), k ≥ 1 → (n, k), rows add up to the amounts exactly.

    int64 where the weights' sum, divided by their greatest common divisor, is below 2³¹; Python integers else.
    """
    weights = [int(w) for w in weights]
    common = gcd(*weights)
    if common <= 0:
        raise ValueError("weights must be non-negative and not all zero")
    weights = [w // common for w in weights]
    whole = sum(weights)
    units = np.asarray(units)
    if units.dtype == object or whole >= _FIT:
        out = np.empty((len(units), len(weights)), dtype=object)
        for i, amount in enumerate(units.tolist()):
            out[i] = money.split(amount, weights)
        return out
    sign, size = np.where(units < 0, -1, 1).astype("int64"), np.abs(units).astype("int64")
    each = np.array(weights, dtype="int64")
    # size·w would overflow; size = q·whole + r does not: q·w ≤ size and r·w < 2⁶².
    quotient, rest = size // whole, size % whole
    product = rest[:, None] * each[None, :]
    parts = quotient[:, None] * each[None, :] + product // whole
    missing = size - parts.sum(axis=1, dtype="int64")
    order = np.argsort(-(product % whole), axis=1, kind="stable")
    extra = np.zeros_like(parts)
    np.put_along_axis(
        extra, order, (np.arange(len(weights), dtype="int64")[None, :] < missing[:, None]).astype("int64"), axis=1
    )
    return (parts + extra) * sign[:, None]
