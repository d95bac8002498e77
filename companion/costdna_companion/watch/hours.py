"""Hours in which nobody is told what can wait."""

import datetime as dt
import re

from costdna.errors import UsageError

_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-3]):([0-5]\d)")


def within(hours: str, at: dt.time) -> bool:
    """Whether a time of day lies in `hours`, HH:MM-HH:MM, over midnight too; the first minute belongs to them, the last
    does not. Raises UsageError for other words.

    >>> within("20:00-08:00", dt.time(23, 30)), within("20:00-08:00", dt.time(8, 0)), within("12:00-13:00", dt.time(12, 0))
    (True, False, True)
    """
    found = _HOURS.fullmatch(hours.strip())
    first, last = (dt.time(int(found[n]), int(found[n + 1])) for n in (1, 3)) if found else (None, None)
    if first == last:
        raise UsageError(
            "Quiet hours are a time and another.",
            found=hours[:40],
            where="--quiet-hours",
            next_step="Give them as 20:00-08:00, in this machine's time.",
            code="quiet-hours",
        )
    return first <= at < last if first < last else at >= first or at < last


def clock() -> dt.time:
    """The time of day on this machine."""
    return dt.datetime.now().time()
