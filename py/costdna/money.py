"""Exact money: an integer count of the bill's smallest unit, 10**-scale of its currency.

A money column is int64 where every partial sum of it fits, and Python integers (dtype object) where it would not: a
3·10¹² IDR bill with eleven decimals needs 80 bits. Sums, group sums and splits are exact on both. Text is made only at
the border, by `to_text`; float never.

Legend: n rows, scale = number of decimals, 0 ≤ scale ≤ 18.
"""

from decimal import Decimal, InvalidOperation

import numpy as np

MAX_SCALE = 18
_SAFE = 2**62  # an int64 column may reach this in absolute sum, so that one more addition cannot wrap


def fit(units) -> np.ndarray:
    """Units as int64 when the sum of absolute values fits, else as Python integers. Shape (n,)."""
    # of a list numpy would make floats or unsigned integers where 63 bits do not do
    units = np.asarray(units, dtype=getattr(units, "dtype", object))
    if units.dtype != object:
        units = units.astype("int64")
        if not len(units) or float(np.abs(units.astype("float64")).sum()) < _SAFE:
            return units
        units = units.astype(object)
    if sum(abs(int(u)) for u in units) < _SAFE:
        return units.astype("int64")
    return np.array([int(u) for u in units], dtype=object)


def from_limbs(whole, nano, atto, scale: int) -> np.ndarray:
    """Units from a reader's three limbs: whole + nano·10⁻⁹ + atto·10⁻¹⁸, each an integer below 2⁵³.

    >>> from_limbs([1.0, -2.0], [500000000.0, 0.0], [0.0, 0.0], 2).tolist()
    [150, -200]
    """
    w, n, a = (np.asarray(x, dtype="float64").astype("int64") for x in (whole, nano, atto))
    carry = np.floor_divide(a, 10**9)
    n, a = n + carry, a - carry * 10**9
    carry = np.floor_divide(n, 10**9)
    w, n = w + carry, n - carry * 10**9
    # The fraction below the scale must be zero: the scale is the most decimals any value had.
    fine = n // 10 ** (9 - scale) if scale <= 9 else n * 10 ** (scale - 9) + a // 10 ** (18 - scale)
    lost = (n % 10 ** (9 - scale)).any() or a.any() if scale <= 9 else (a % 10 ** (18 - scale)).any()
    if lost:
        raise ValueError(f"money with more than {scale} decimals in a bill of scale {scale}")
    if len(w) and float(np.abs(w.astype("float64")).sum()) * 10.0**scale + len(w) * 10.0**scale < _SAFE:
        return w * 10**scale + fine
    return fit(np.array([int(x) * 10**scale + int(f) for x, f in zip(w, fine)], dtype=object)) if len(w) else w


def number(text: str) -> Decimal:
    """The decimal that a text writes.

    Raises ValueError for what is no amount: no number, not finite, or of more than a hundred digits.

    >>> number("12.50")
    Decimal('12.50')
    """
    try:
        value = Decimal(text)
    except InvalidOperation as fault:  # in the page, where words have 32 bits, also an exponent that is read natively
        raise ValueError(f"{text} is no amount") from fault
    if not value.is_finite() or abs(value.adjusted()) > 99:  # 1e999999999 is a number of a billion digits
        raise ValueError(f"{text} is no amount")
    return value


def parse(text: str, scale: int) -> int:
    """Units of one decimal text. Raises ValueError for what is no amount, or finer than the scale.

    >>> parse("-0.07", 4)
    -700
    """
    # By hand: Decimal's own arithmetic keeps 28 digits, and a bill of 3·10¹² with eighteen decimals has 31.
    sign, digits, exponent = number(text).as_tuple()
    units, shift = int("".join(map(str, digits))), exponent + scale
    whole, rest = (units * 10**shift, 0) if shift >= 0 else divmod(units, 10**-shift)
    if rest:
        raise ValueError(f"{text} has more than {scale} decimals")
    return -whole if sign else whole


def to_text(units, scale: int) -> str:
    """Decimal text of one amount, never rounded, no exponent, no negative zero.

    >>> to_text(-700, 4), to_text(150, 2), to_text(0, 9)
    ('-0.07', '1.5', '0')
    """
    units = int(units)
    sign, digits = ("-" if units < 0 else ""), str(abs(units)).rjust(scale + 1, "0")
    whole, fraction = (digits[:-scale], digits[-scale:].rstrip("0")) if scale else (digits, "")
    return sign + whole + ("." + fraction if fraction else "")


def to_texts(units, scale: int) -> list[str]:
    """Decimal text of a money column, row by row. Shape (n,) → n strings."""
    return [to_text(u, scale) for u in np.asarray(units).tolist()]


def to_float(units, scale: int) -> np.ndarray:
    """float64 of a money column, for charts, ranks and models: never for a total that is shown."""
    return np.asarray(units, dtype="float64") / 10.0**scale


def total(units) -> int:
    """Exact sum of a money column as a Python integer."""
    units = np.asarray(units)
    return int(units.sum(dtype="int64")) if units.dtype != object else sum(int(u) for u in units)


def sum_by(units, codes, size: int) -> np.ndarray:
    """Exact group sums. units (n,), codes (n,) in [0, size) → (size,), same kind as units."""
    units = np.asarray(units)
    out = np.zeros(size, dtype=units.dtype if units.dtype == object else "int64")
    if units.dtype == object:
        out[:] = 0
    np.add.at(out, np.asarray(codes, dtype="int64"), units)
    return out


def rescale(units, old: int, new: int) -> np.ndarray:
    """The same money counted in finer units; `new` ≥ `old`."""
    if new == old:
        return np.asarray(units)
    units = np.asarray(units)
    return fit(units.astype(object) * 10 ** (new - old)) if len(units) else units.astype("int64")


def split(units: int, weights) -> list[int]:
    """`units` shared out by non-negative integer weights, largest remainder first, then lowest index: Σ is exact.

    >>> split(100, [1, 1, 1])
    [34, 33, 33]
    >>> split(-100, [1, 1, 1])
    [-34, -33, -33]
    """
    weights = [int(w) for w in weights]
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and not all zero")
    sign, size = (-1 if units < 0 else 1), abs(int(units))
    parts = [size * w // whole for w in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % whole), i))
    for i in order[: size - sum(parts)]:
        parts[i] += 1
    return [sign * p for p in parts]
