"""Numbers as a person reads them, from exact integers: rounded half to even, grouped, never through a float."""

import re
from dataclasses import dataclass

from costdna import money

MINUS = "\u2212"
THIN = "\u202f"
SYMBOLS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CNY": "CN¥",
    "INR": "₹",
    "KRW": "₩",
    "BRL": "R$",
    "AUD": "A$",
    "CAD": "CA$",
    "NZD": "NZ$",
}
NO_CENTS = {"JPY", "KRW", "VND", "CLP", "ISK", "IDR", "HUF"}


@dataclass(frozen=True)
class Figures:
    """How one currency is written. group, decimal: the separators of the reader's locale; scale: decimals of the units."""

    currency: str = "USD"
    scale: int = 2
    group: str = ","
    decimal: str = "."

    @property
    def places(self) -> int:
        return 0 if self.currency in NO_CENTS else 2

    def amount(self, units: int, places: int | None = None) -> str:
        """An amount without its currency.

        >>> Figures(scale=4).amount(-12345678950), Figures(scale=4).amount(50), Figures(scale=4).amount(150)
        ('−1,234,567.90', '0.00', '0.02')
        """
        places = self.places if places is None else places
        units = int(units)
        rounded = _round(abs(units), self.scale, places)
        whole, fraction = divmod(rounded, 10**places)
        sign = MINUS if units < 0 and rounded else ""
        return sign + self.count(whole) + (f"{self.decimal}{fraction:0{places}d}" if places else "")

    def money(self, units: int, places: int | None = None) -> str:
        """An amount with its currency: by sign where there is a common one, else by code.

        >>> Figures().money(-152408), Figures("SEK", 2).money(100)
        ('−$1,524.08', '1.00\u202fSEK')
        """
        amount = self.amount(units, places)
        symbol = SYMBOLS.get(self.currency)
        if symbol is None:
            return f"{amount}{THIN}{self.currency}" if self.currency else amount
        return MINUS + symbol + amount[1:] if amount.startswith(MINUS) else symbol + amount

    def short(self, units: int) -> str:
        """An amount without cents where they do not matter: from 1,000 on."""
        return self.money(units, 0 if abs(int(units)) >= 1000 * 10**self.scale else None)

    def exact(self, units: int) -> str:
        """Every decimal, ungrouped, with the currency: what a tooltip shows."""
        return f"{money.to_text(units, self.scale)} {self.currency}".strip()

    def count(self, n: int) -> str:
        """A whole number, grouped.

        >>> Figures(group=".").count(1234567)
        '1.234.567'
        """
        digits = str(abs(int(n)))
        first = len(digits) % 3
        parts = ([digits[:first]] if first else []) + [digits[i : i + 3] for i in range(first, len(digits), 3)]
        return (MINUS if n < 0 else "") + self.group.join(parts)

    def share(self, part: int, whole: int, places: int = 1) -> str:
        """part ÷ whole in percent; a part that is not nothing or not all is never rounded to 0 or 100.

        >>> f = Figures(); f.share(1, 3), f.share(99999, 100000, 0), f.share(1, 100000), f.share(1, 0)
        ('33.3\u202f%', '99\u202f%', '< 0.1\u202f%', '–')
        """
        part, whole = int(part), int(whole)
        if whole <= 0:
            return "–"
        scaled = _ratio(abs(part) * 100 * 10**places, whole)
        full = 100 * 10**places
        if scaled == 0 and part:
            return f"{'< ' if part > 0 else '> ' + MINUS}{self._decimal(1, places)}{THIN}%"
        if scaled == full and 0 < part < whole:
            scaled -= 1
        return f"{MINUS if part < 0 and scaled else ''}{self._decimal(scaled, places)}{THIN}%"

    def percent(self, share: float, places: int = 0) -> str:
        """A share in 0..1 that was never money: accuracy, probability, coverage.

        >>> Figures().percent(0.912), Figures().percent(0.9999)
        ('91\u202f%', '99\u202f%')
        """
        return self.share(round(float(share) * 10**9), 10**9, places)

    @staticmethod
    def spaced(text: str) -> str:
        """Words of the core with their per cents written as everywhere else.

        >>> Figures.spaced("right 85% of the time")
        'right 85\u202f% of the time'
        """
        return re.sub(r"(?<=\d)%", f"{THIN}%", text)

    def drawn(self, value: float, places: int | None = None) -> str:
        """A float made for drawing (a day of a chart), written like money without its currency."""
        places = self.places if places is None else places
        return Figures(self.currency, places, self.group, self.decimal).amount(round(float(value) * 10**places), places)

    def _decimal(self, scaled: int, places: int) -> str:
        whole, fraction = divmod(scaled, 10**places)
        return self.count(whole) + (f"{self.decimal}{fraction:0{places}d}" if places else "")


def _round(units: int, scale: int, places: int) -> int:
    return units * 10 ** (places - scale) if scale <= places else _ratio(units, 10 ** (scale - places))


def _ratio(a: int, b: int) -> int:
    """a ÷ b, both non-negative, to the nearest integer, half to even."""
    q, r = divmod(a, b)
    return q + (1 if 2 * r > b or (2 * r == b and q % 2) else 0)
