"""Periods: half-open spans of UTC days, written as people write them, and the grid of days, weeks or months."""

import re
from dataclasses import dataclass

import numpy as np

from costdna.errors import UsageError

GRAINS = ("day", "week", "month")
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Period:
    """[first, last) in days since 1970, and its name. known: days of it that the bill covers completely."""

    first: int
    last: int
    name: str
    known: int = -1

    @property
    def days(self) -> int:
        return self.last - self.first

    @property
    def partial(self) -> bool:
        """Whether the bill does not cover all of it."""
        return 0 <= self.known < self.days

    def to_dict(self) -> dict:
        return {
            "name": self.name,
            "from": day_text(self.first),
            "to": day_text(self.last),
            "days": self.days,
            "known_days": self.known,
            "partial": self.partial,
        }


def day_text(day: int) -> str:
    """2026-10-05.

    >>> day_text(0)
    '1970-01-01'
    """
    return str(np.datetime64(int(day), "D"))


def parse(text: str) -> Period:
    """2026-10 (a month), 2026-W41 (an ISO week), 2026-10-05 (a day), 2026-10-01/2026-10-15 or with ..

    (from, up to but not including).

    >>> parse("2026-10").days, parse("2026-W41").name, parse("2026-10-01..2026-10-15").days
    (31, '2026-W41', 14)
    """
    text = text.strip()
    try:
        if re.fullmatch(r"\d{4}-\d{2}", text):
            month = np.datetime64(text, "M")
            return Period(_int(month), _int(month + 1), text)
        if match := re.fullmatch(r"(\d{4})-?W(\d{2})", text):
            year, week = int(match[1]), int(match[2])
            first = _monday(_int(np.datetime64(f"{year}-01-04", "D"))) + 7 * (week - 1)
            if not 1 <= week <= 53 or iso_week(first) != (year, week):
                raise ValueError(text)
            return Period(first, first + 7, f"{year}-W{week:02d}")
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            day = _int(np.datetime64(text, "D"))
            return Period(day, day + 1, text)
        if match := re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:/|\.\.)(\d{4}-\d{2}-\d{2})", text):
            first, last = (_int(np.datetime64(t, "D")) for t in match.groups())
            if first < last:
                return Period(first, last, f"{match[1]}/{match[2]}")
    except ValueError:
        pass
    raise UsageError(
        "That is no period we can read.",
        found=text,
        next_step="Write 2026-10, 2026-W41, 2026-10-05, or 2026-10-01/2026-10-15 (the last day not included).",
        code="period",
    )


def looks_like(text: str) -> bool:
    """Whether a word of the command line is meant as a period.

    >>> looks_like("2026-10"), looks_like("bill.csv")
    (True, False)
    """
    return re.fullmatch(r"\d{4}-(\d{2}(-\d{2})?|W\d{2})((/|\.\.)[\d-]+)?", text) is not None


def of_day(day: int, grain: str) -> Period:
    """The day, ISO week or month a day lies in."""
    if grain == "month":
        month = np.datetime64(int(day), "D").astype("datetime64[M]")
        return Period(_int(month), _int(month + 1), str(month))
    if grain == "week":
        first = _monday(day)
        year, week = iso_week(first)
        return Period(first, first + 7, f"{year}-W{week:02d}")
    if grain == "day":
        return Period(int(day), int(day) + 1, day_text(day))
    raise UsageError("The grain is not one we know.", found=grain, next_step="Choose day, week or month.", code="grain")


def grid(first: int, last: int, grain: str) -> list[Period]:
    """The periods that cover [first, last), in order, without gaps."""
    out: list[Period] = []
    day = first
    while day < last:
        out.append(of_day(day, grain))
        day = out[-1].last
    return out


def last_two(first: int, last: int) -> tuple[Period, Period]:
    """What to compare where nobody says: the last two months that [first, last) covers whole, else weeks, else days."""
    for grain, least in (("month", 2), ("week", 2), ("day", 2)):
        whole = [p for p in grid(first, last, grain) if p.first >= first and p.last <= last]
        if len(whole) >= least:
            return whole[-2], whole[-1]
    raise UsageError(
        "The bill covers less than two whole days: nothing can be compared.",
        found=f"{last - first} day(s)",
        next_step="Give the bill of another period as well.",
        code="one-period",
    )


def iso_week(day: int) -> tuple[int, int]:
    """ISO year and week of a day.

    >>> iso_week(parse("2026-01-01").first)
    (2026, 1)
    """
    thursday = np.datetime64(_monday(day) + 3, "D")
    year = thursday.astype("datetime64[Y]")
    return int(year.astype("int64")) + 1970, int((thursday - year.astype("datetime64[D]")).astype("int64")) // 7 + 1


def _monday(day: int) -> int:
    return int(day) - (int(day) + 3) % 7


def _int(stamp) -> int:
    return int(np.datetime64(stamp).astype("datetime64[D]").astype("int64"))
