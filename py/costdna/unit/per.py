"""Exact quotients as decimal text: cost per request, margins in per cent."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

_TWELVE = Context(prec=12, rounding=ROUND_HALF_EVEN)


def per(units: int, scale: int, quantity: int, quantity_scale: int) -> str | None:
    """Money ÷ quantity as decimal text of 12 significant digits; None where the quantity is 0.

    >>> per(1000, 2, 4_000_000, 6), per(1, 2, 0, 6)
    ('2.5', None)
    """
    if not quantity:
        return None
    return plain(_TWELVE.divide(Decimal(units).scaleb(-scale), Decimal(quantity).scaleb(-quantity_scale)))


def text_of(part: int, whole: int, places: int = 2) -> str | None:
    """part ÷ whole in per cent, rounded half to even to `places`; None where the whole is 0.

    >>> text_of(1, 3), text_of(-6000, 2000), text_of(1, 0)
    ('33.33', '-300', None)
    """
    if not whole:
        return None
    scaled, rest = divmod(abs(part) * 100 * 10**places, abs(whole))
    scaled += 2 * rest > abs(whole) or (2 * rest == abs(whole) and scaled % 2)
    return plain(Decimal(int(scaled) * (-1 if (part < 0) != (whole < 0) else 1)).scaleb(-places))


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros."""
    text = f"{value.normalize():f}"
    return "0" if text in ("-0", "") else text
