"""How much of each of the last days the bill already knows: late data is not a fall, a day half delivered is no day."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna import money
from costdna.trends.facts import Facts
from costdna.trends.periods import Period

LATE = 3  # days that providers may still be writing
ENOUGH = 0.9  # share of the usual from which a day counts as whole
CELLS = 4  # fewer cells than this cannot tell a late bill from a fall


@dataclass(frozen=True)
class Coverage:
    """Which days are wholly known.

    They are [first, last); share: {day: what is known of it} for days that are not; reason in words.
    """

    first: int
    last: int
    share: dict[int, float]
    reason: str = ""

    def mark(self, period: Period) -> Period:
        """The period with the days of it that are known."""
        known = max(0, min(period.last, self.last) - max(period.first, self.first))
        return Period(period.first, period.last, period.name, known)


def coverage(facts: Facts, hours: pd.DataFrame | None = None) -> Coverage:
    """Days that a bill covers wholly.

    hours: HOURS, where the bill is hourly: a last day without its last hours is not whole.

    In an hourly bill its hours decide: a day whose services reach their usual last hour is whole, however little it
    cost. In a daily bill the last three days are held against what each service and account usually cost: where the
    typical cell has less than 90 % of its usual, the day is late, not low. One cell alone that falls is a fall.
    """
    usual = facts.regular if facts.regular.any() else np.ones(len(facts), dtype=bool)
    day = facts.day[usual]
    first, last = int(day.min()), int(day.max()) + 1
    if not facts.regular.any():  # a bill of monthly lines: its billing periods are what is known
        return Coverage(first, last, {})
    hourly = _by_hours(hours, first, last) if hours is not None and len(hours) else {}
    share = {d: s for d, s in (_late(facts, first, last) | hourly).items() if s < ENOUGH}
    if not share:
        return Coverage(first, last, {})
    edge = min(share)
    share = {d: share.get(d, 1.0) for d in range(edge, last)}
    worst = min(share.values())
    return Coverage(
        first,
        edge,
        share,
        f"the last {'day is' if last - edge == 1 else f'{last - edge} days are'} not whole yet: {worst:.0%} of the usual has arrived",
    )


def _by_hours(hours: pd.DataFrame, first: int, last: int) -> dict[int, float]:
    """{day: median over services and accounts of hours seen ÷ hours usual} for the last days of an hourly bill."""
    hour = hours["x_Hour"].to_numpy().astype("datetime64[h]").astype("int64")
    keep = (hour >= 24 * max(first, last - 21)) & (hour < 24 * last)
    cells, _ = pd.factorize(pd.MultiIndex.from_arrays([hours["ServiceName"][keep], hours["SubAccountId"][keep]]))
    seen = pd.DataFrame({"cell": cells.astype("int64"), "hour": hour[keep]}).drop_duplicates()
    count = seen.groupby(["cell", seen["hour"] // 24]).size().unstack(fill_value=0)
    late = [d for d in range(max(first, last - LATE), last) if d in count.columns]
    before = [d for d in count.columns if d < last - LATE]
    if len(before) < 3:
        return {}
    count = count[(count[before] > 0).mean(axis=1) >= 0.5]  # what is there on most days
    usual = count[before].where(count[before] > 0).median(axis=1)
    out = {}
    for d in late:
        here = count[d] > 0
        if len(count):
            out[d] = round(min(1.0, float((count[d][here] / usual[here]).median())), 6) if here.any() else 0.0
    return out


def _late(facts: Facts, first: int, last: int) -> dict[int, float]:
    """{day: median over cells of what is there ÷ what is usual} for the last days."""
    lines = facts.charges
    codes, _ = pd.factorize(pd.MultiIndex.from_arrays([lines["ServiceName"], lines["SubAccountId"]]))
    keep = facts.regular & (facts.day >= last - 35)
    cells = codes.astype("int64")[facts.at[keep]]
    start, size = max(first, last - 35), int(codes.max()) + 1
    width = last - start
    cost = money.to_float(
        money.sum_by(facts.cost[keep], cells * width + (facts.day[keep] - start), size * width), facts.scale
    ).reshape(size, width)
    return {last - LATE + i: float(s) for i, s in enumerate(shares(cost))} if width >= 10 + LATE else {}


def shares(cost: np.ndarray, late: int = LATE) -> np.ndarray:
    """Completeness of the last `late` days of (cells, days) costs, shape (late,): 1 where nothing can be said."""
    out = np.ones(late)
    size, width = cost.shape
    if width < 10 + late:
        return out
    before = cost[:, : width - late]
    weight = before[:, -28:].sum(axis=1)
    big = (weight > 0.002 * weight.sum()) & ((before[:, -14:] > 0).mean(axis=1) >= 0.5)
    if big.sum() < CELLS:
        return out
    for i in range(late):
        at = width - late + i
        same = [at - 7 * k for k in range(1, 5) if at - 7 * k >= 0 and at - 7 * k < width - late]
        # The same weekday where there are enough of them: a weekend is not late.
        usual = np.median(cost[big][:, same], axis=1) if len(same) >= 2 else np.median(before[big][:, -14:], axis=1)
        here = usual > 0
        if here.sum() >= CELLS:
            out[i] = float(np.median(np.minimum(cost[big, at][here] / usual[here], 1.5)))
    return np.minimum(out, 1.0)
