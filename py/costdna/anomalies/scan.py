"""The scan: day by day, each day judged by the days before it alone, all series at once.

What was odd never becomes the measure of the next day.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from costdna.anomalies.baseline import Baseline, baseline, deviation, months_before, offset
from costdna.anomalies.drift import drift, moved
from costdna.anomalies.settings import Settings
from costdna.anomalies.tail import common, discoveries, likelihoods, surprise, survival

ACCEPT = 5  # days in a row after which a new level is believed
GONE = 0.01  # at a hundredth of the expected something has stopped, and noise does not do that
HOLD = 60  # days for which something that stopped is expected back
AGAIN = 10  # days within which the same direction is the same event
RUNS = (2, 3, 5, 7)  # days in a row that are judged together as well
WINDOWS = (4, 8)  # weeks over which a slow move is looked for
EVERY = 7  # days between looks for slow moves
RESTED = 28  # days after a found move in which its own tail is not told again


@dataclass
class Event:
    """Something odd on one series.

    kind: spike, drop, stopped, step, ramp or new; start, end (inclusive), found: positions of days; sign +1 or −1;
    excess: money beyond the expected on its worst day; slope: for a slow move, its interval and middle in logs a day;
    ratio: level after ÷ level before; shape: what single days of the week changed beyond it, by position modulo the
    week.
    """

    series: int
    kind: str
    sign: int
    start: int
    end: int
    found: int
    p: float
    expected: float
    actual: float
    excess: float
    ongoing: bool = False
    slope: tuple[float, float, float] | None = None
    ratio: float = 1.0
    days: list[int] = field(default_factory=list)
    shape: dict[int, float] = field(default_factory=dict)


def scan(
    cost: np.ndarray,
    days: np.ndarray,
    settings: Settings,
    begin: int = 0,
    stop: int | None = None,
    floor: float | None = None,
    normal: np.ndarray | None = None,
    season: int = 7,
) -> list[Event]:
    """Odd days of [begin, stop) in cost (S, days) float64; days: datetime64[D] without gaps.

    floor: least money a day. normal (S, days) bool: odd days that somebody called normal, learned from like others. A
    series whose first cost comes after the bill's first fortnight is `new`. season: days of a week; other grids than
    days have another (24 for hours), and no months.
    """
    if not len(cost):
        return []
    return _Scan(
        cost,
        days,
        settings,
        begin,
        cost.shape[1] if stop is None else stop,
        settings.floor if floor is None else floor,
        normal,
        season,
    ).run()


class _Scan:
    """The state of a scan: one row a series."""

    def __init__(self, cost, days, settings, begin, stop, floor, normal, season=7):
        size, width = cost.shape
        self.y, self.days = np.maximum(cost, 0.0), days
        self.settings, self.floor, self.normal = settings, floor, normal
        self.begin, self.stop = begin, stop
        self.season, self.least = season, 2 * season
        self.clean, self.expected = self.y.copy(), self.y.copy()
        some = self.y > 0
        self.first = np.where(some.any(axis=1), some.argmax(axis=1), width)
        self.seen = np.zeros((size, 4))
        # what was seen of each day: its deviation, in spreads, its p, and by what share it was off
        self.residual, self.z, self.p, self.gap = (np.full((size, width), np.nan) for _ in range(4))
        self.events: list[Event] = []
        self.last: dict[int, Event] = {}
        self.slow: dict[int, Event] = {}
        self.odd_days: dict[int, list[int]] = {}
        self.fresh = np.zeros(size, dtype="int64")  # until this day a believed level has not seen each day of the week

    def run(self) -> list[Event]:
        for t in range(self.least, self.stop):
            self._grow_up(t)
            base = baseline(self.clean, t, self.season)
            self._day(t, base)
            if t % EVERY == EVERY - 1 or t == self.stop - 1:
                self._slow_moves(t, base)
        for event in self.events:
            event.ongoing = self._goes_on(event)
        return [e for e in self.events if e.found >= self.begin]

    def _grow_up(self, t: int) -> None:
        """A series that is a fortnight old: its fortnight stands for the time before."""
        for s in np.flatnonzero(self.first == t - self.least) if t > self.least else ():
            begun = int(self.first[s])
            self.clean[s, :begun] = np.resize(self.clean[s, begun:t][::-1], begun)[::-1]

    def _day(self, t: int, base: Baseline) -> None:
        y, size = self.y[:, t], len(self.y)
        judged = self.first <= t - self.least
        middle = self._spread(t, base)
        mu = self._monthly(t, base, middle)
        mu = np.clip(y, mu / base.either, mu * base.either)
        first = np.flatnonzero((t < self.fresh) & judged & (base.expected > 0) & (base.level > 0))
        if len(first):
            # a part that changed has its own week: on a weekday the new level has not seen, the old week may be gone,
            # or be twice as deep
            shape = base.expected[first] / base.level[first]
            mu[first] = np.clip(
                y[first], base.level[first] * np.minimum(1, shape**2), base.level[first] * np.maximum(1, shape**2)
            )
        off = deviation(y, mu, base.level)
        self.expected[:, t] = base.expected
        p = np.ones(size)
        p[judged] = surprise(off[judged], middle[judged], self.seen[judged], common(self.seen[judged & base.steady]))
        rare = judged & ~base.steady
        if rare.any():
            p[rare], mu[rare] = _intermittent(self.clean[rare, max(0, t - 56) : t], y[rare])
        stopped = (
            judged
            & base.steady
            & (y <= GONE * mu)
            & ~(self.clean[:, max(0, t - 28) : t] <= GONE * base.level[:, None]).any(axis=1)
        )
        p[stopped] = np.minimum(p[stopped], 1e-6)
        gap = y - mu
        share = gap / np.maximum(mu, 1e-12)
        self.z[:, t] = np.where(judged & base.steady, off / middle * 0.6745, np.nan)
        self.p[:, t] = p
        self.gap[:, t] = np.where(judged, share, np.nan)
        together, length = self._together(t, base)
        alone = np.where((np.abs(gap) >= np.maximum(self.settings.percent * mu, self.floor)) & judged, p, 1.0)
        best = np.minimum(alone, together)
        odd = np.zeros(size, dtype=bool)
        odd[judged] = discoveries(best[judged], self.settings.rate)
        odd &= best < 0.5
        length = np.where(alone <= together, 1, length)
        plain = judged & base.steady
        # Tails are learned once the weekday is known, and from an event only on its first day.
        first_day = ~odd | np.array([s not in self.last or t - self.last[s].end > AGAIN for s in range(size)])
        # the second of two far days is a move, not a tail
        again = (np.abs(self.z[:, t]) > 3) & (self.z[:, t] * self.z[:, t - 1] > 9)
        learn = plain & first_day & ~again & (self.first <= t - 2 * self.least)
        limit = 8 * middle[learn] / 0.6745
        self.seen[learn] = 0.999 * self.seen[learn] + likelihoods(np.clip(off[learn], -limit, limit), middle[learn])
        kept = plain & ~odd & (self.first <= t - 3 * self.season)
        self.residual[kept, t] = off[kept]
        for s in np.flatnonzero((self.first == t) & (y >= self.floor)):
            self.events.append(Event(int(s), "new", 1, t, t, t, 0.0, 0.0, float(y[s]), float(y[s]), True, days=[t]))
        for s, event in self.last.items():
            if not odd[s] and event.kind == "stopped" and t - event.end <= AGAIN and y[s] <= GONE * base.level[s]:
                # still stopped, on a day that costs too little to be told of
                event.end, self.clean[s, t] = t, self.expected[s, t]
        for s in first[~odd[first]]:
            if s in self.last:
                self._reshape(int(s), t, t, float((y[s] + 1e-9) / (base.expected[s] + 1e-9)), self.last[s])
        for s in np.flatnonzero(odd):
            self._odd(int(s), t, int(length[s]), float(best[s]), float(mu[s]), float(gap[s]), base)

    def _spread(self, t: int, base: Baseline) -> np.ndarray:
        """Median absolute deviation of what was really seen a day ahead, where there is enough of it.

        Else that of the weeks before.
        """
        stored = self.residual[:, max(0, t - 91) : t]
        enough = (~np.isnan(stored)).sum(axis=1) >= 21
        middle = base.middle.copy()
        if enough.any():
            middle[enough] = np.maximum(np.nanmedian(np.abs(stored[enough]), axis=1), 0.0067)
        return middle

    def _monthly(self, t: int, base: Baseline, middle: np.ndarray) -> np.ndarray:
        """The expected cost, moved as the same day of earlier months was moved, where that explains today better.

        Shape (S,).
        """
        best, now = base.expected, self.y[:, t]
        for at in months_before(self.days, t) if self.season == 7 else ():
            if at < self.least:
                continue
            then = np.clip((self.y[:, at] + 1e-9) / (self.expected[:, at] + 1e-9), 0.02, 50.0)
            moved_then = np.abs(np.log(then)) > np.maximum(0.18, 4.5 * middle)
            lifted = base.expected * np.where(moved_then, then, 1.0)
            closer = np.abs(np.log((now + 1e-9) / (lifted + 1e-9))) < np.abs(np.log((now + 1e-9) / (best + 1e-9)))
            best = np.where(closer, lifted, best)
        return best.copy()

    def _together(self, t: int, base: Baseline) -> tuple[np.ndarray, np.ndarray]:
        """(p, days) of the most surprising run that ends today.

        All on one side: as unlikely together as their worst day to the power of their number, or as the sum of their
        deviations, each held to three spreads.
        """
        size = len(self.y)
        best, length = np.ones(size), np.ones(size, dtype="int64")
        near = self._resemblance(t)
        for m in RUNS:
            if t + 1 - m < self.least:
                continue
            z, share = self.z[:, t + 1 - m : t + 1], self.gap[:, t + 1 - m : t + 1]
            known = ~np.isnan(z).any(axis=1)
            if not known.any():
                continue
            same = known & (np.abs(np.sign(z).sum(axis=1)) == m)
            middle = np.median(share, axis=1)
            far = known & (np.abs(middle) >= self.settings.percent) & (np.abs(middle) * base.expected >= self.floor)
            product = np.where(same, self.p[:, t + 1 - m : t + 1].max(axis=1) ** (m / near), 1.0)
            total = np.abs(np.clip(z, -3, 3).sum(axis=1)) / np.sqrt(m * (1 + 0.075 * m) * near)
            p = np.where(far, np.minimum(product, survival(np.nan_to_num(total), 40)) * 2 * len(RUNS), 1.0)
            better = p < best
            best, length = np.where(better, p, best), np.where(better, m, length)
        return np.minimum(best, 1.0), length

    def _resemblance(self, t: int) -> np.ndarray:
        """How much less a run says because a day resembles the one before.

        (1 + r) ÷ (1 − r) of the first lag; 1 where there is none.
        """
        r = self.residual[:, max(0, t - 57) : t]
        pair = ~np.isnan(r[:, 1:]) & ~np.isnan(r[:, :-1])
        a, b = np.where(pair, r[:, 1:], 0.0), np.where(pair, r[:, :-1], 0.0)
        n = np.maximum(pair.sum(axis=1), 1)
        lag = (a * b).sum(axis=1) / np.maximum(np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1)), 1e-12)
        lag = np.where((lag > 3 / np.sqrt(n)) & (n >= 14), np.minimum(lag, 0.9), 0.0)
        return (1 + lag) / (1 - lag)

    def _odd(self, s: int, t: int, length: int, p: float, mu: float, gap: float, base: Baseline) -> None:
        """An odd day of a series: the same event as before, the end of one, or a new one."""
        sign = 1 if self.gap[s, t] > 0 else -1
        if length > 1:
            sign = 1 if np.median(self.gap[s, t + 1 - length : t + 1]) > 0 else -1
        last, begun = self.last.get(s), t + 1 - length
        if (
            last is not None
            and last.sign != sign
            and last.ratio != 1.0
            and t - last.end <= HOLD
            and self._back(s, t, last, mu)
        ):
            return
        run = self.odd_days.get(s, [])
        if not run or run[-1] < begun - 1 or last is None or last.sign != sign:
            run = []
        run = sorted({*run, *range(begun, t + 1)})
        self.odd_days[s] = run
        if last is not None and last.sign == sign and begun - last.end <= AGAIN:
            last.end = t
            last.days.append(t)
            if abs(gap) > abs(last.excess):
                last.p, last.expected, last.actual, last.excess = min(p, last.p), mu, float(self.y[s, t]), gap
        else:
            kind = ("stopped" if self.y[s, t] <= GONE * mu else "drop") if sign < 0 else "spike"
            last = Event(
                s,
                kind if length < ACCEPT else "step",
                sign,
                begun,
                t,
                t,
                p,
                mu,
                float(self.y[s, t]),
                gap,
                days=list(range(begun, t + 1)),
            )
            self.last[s] = last
            known = self.slow.get(s)
            if known is not None and known.sign == sign and begun - known.end <= RESTED:
                known.end = t  # the move that is already known reaches a new height
            else:
                self.events.append(last)
        span = range(begun, t + 1)
        self.clean[s, begun : t + 1] = [
            self.y[s, d] if self.normal is not None and self.normal[s, d] else self.expected[s, d] for d in span
        ]
        if len(run) >= (HOLD if last.kind == "stopped" else ACCEPT):
            self._accept(s, run[0], t, last)

    def _accept(self, s: int, start: int, t: int, event: Event) -> None:
        """A level that held for days is the new one.

        History is lifted to it, so that weekday and noise are not learned anew.
        """
        was, now = self.expected[s, start : t + 1], self.y[s, start : t + 1]
        ratio = float(np.median((now + 1e-9) / (was + 1e-9)))
        if event.kind in ("spike", "drop"):
            event.kind = "step"
        event.ratio *= min(max(ratio, 1e-6), 1e6)
        if ratio < 0.05:
            self.clean[s, : t + 1] = 0.0
        else:
            self.clean[s, :start] *= min(ratio, 1e6)
            limit = max(0.1, 4 * self._now_spread(s, t))
            # a weekday that changed otherwise keeps its own measure
            for d in range(max(start, t + 1 - self.season), t + 1):
                own = float((self.y[s, d] + 1e-9) / (was[d - start] * ratio + 1e-9))
                if abs(math.log(own)) > limit:
                    self._reshape(s, d, start, own, event)
        self.clean[s, start : t + 1] = now
        self.expected[s, start : t + 1] = was * ratio
        self.z[s, start : t + 1] = np.nan  # far from a level that is gone: no run of later days counts them
        self.fresh[s] = start + self.season if ratio >= 0.05 else 0
        self.odd_days[s] = []

    def _reshape(self, s: int, day: int, before: int, factor: float, event: Event) -> None:
        """Lift the history of a day's weekday alone; undone when the event is."""
        slot = day % self.season
        self.clean[s, slot : before : self.season] *= factor
        event.shape[slot] = event.shape.get(slot, 1.0) * factor

    def _back(self, s: int, t: int, event: Event, mu: float) -> bool:
        """Whether a series went back to where it was before an event: that is its end, not another one."""
        old = mu / event.ratio / event.shape.get(t % self.season, 1.0)
        if abs(self.y[s, t] - old) > max(0.15, 3 * self._now_spread(s, t)) * old:
            return False
        event.end, event.kind = t - 1, ("spike" if event.sign > 0 else "drop") if event.kind == "step" else event.kind
        self.clean[s, :t] /= event.ratio
        for slot, factor in event.shape.items():
            self.clean[s, slot : t : self.season] /= factor
        self.clean[s, t] = self.y[s, t]
        event.ratio, event.shape, self.fresh[s] = 1.0, {}, 0
        self.odd_days[s] = []
        return True

    def _now_spread(self, s: int, t: int) -> float:
        r = self.residual[s, max(0, t - 56) : t]
        r = np.abs(r[~np.isnan(r)])
        return float(np.median(r)) * 1.4826 if len(r) else 0.05

    def _slow_moves(self, t: int, base: Baseline) -> None:
        """Moves over the last four and eight weeks, told once."""
        size, found = len(self.y), []
        for n in (w * self.season for w in WINDOWS):
            if t + 1 < n:
                continue
            window = self.clean[:, t + 1 - n : t + 1]
            slot = np.tile(np.roll(base.factors, -1, axis=1), n // self.season)  # the window ends on day t, slot 0
            c = offset(base.level)[:, None]
            logs = np.log((np.maximum(window, 0) / slot + c) / (base.level[:, None] + c))
            able = (self.first <= t - n) & base.steady & (base.level > 0) & moved(logs, self.settings.drift)
            found += [(int(s), n, drift(logs[s]), logs[s]) for s in np.flatnonzero(able)]
        if not found:
            return
        stands = discoveries(
            np.array([d.p for _, _, d, _ in found] + [1.0] * max(0, len(WINDOWS) * size - len(found))),
            self.settings.rate,
        )
        done: set[int] = set()
        for (s, n, d, logs), real in zip(found, stands):
            if s not in done and real and self._slow_move(s, t, n, d, logs, base):
                done.add(s)

    def _slow_move(self, s: int, t: int, n: int, d, logs: np.ndarray, base: Baseline) -> bool:
        """Tell one slow move, or add it to the event it belongs to. Whether it was large enough to count."""
        sign = 1 if d.change > 0 else -1
        near = (
            math.expm1(abs(min(d.low * sign, d.high * sign)) * (n - 1)) if min(d.low * sign, d.high * sign) > 0 else 0.0
        )
        big = abs(d.change) >= self.settings.drift and (d.step >= 0 or near >= self.settings.drift / 3)
        worth = abs(d.change) / (1 + max(d.change, 0.0)) * base.level[s]
        if not big or worth < self.floor:
            return False
        start = t + 1 - n + max(d.step, 0)
        interval = (d.low, d.slope, d.high)
        before, last = self.slow.get(s), self.last.get(s)
        if before is not None and before.sign == sign and start - before.end <= RESTED:
            before.end, before.slope = t, interval
        elif last is not None and last.sign == sign and last.end >= start - AGAIN:
            # One cause: the first days of the move were told when they came.
            last.kind = last.kind if last.kind == "stopped" else "step" if d.step >= 0 else "ramp"
            last.end, last.slope = t, interval
            self.slow[s] = last
        elif (
            last is not None
            and last.sign != sign
            and last.ratio != 1.0
            and t - last.end <= HOLD
            and abs(last.ratio * (1 + d.change) - 1) < 0.15
        ):
            last.end, last.ratio = start, 1.0  # it went back to where it was
        elif d.step >= 0 and self._known(s, start, t, d.change):
            pass  # back where it was: what left that level was told, or was too little to tell
        else:
            old = float(base.level[s] / (1 + d.change))
            event = Event(
                s,
                "step" if d.step >= 0 else "ramp",
                sign,
                start,
                t,
                t,
                d.p,
                old,
                float(base.level[s]),
                float(base.level[s]) - old,
                slope=interval,
            )
            self.slow[s] = event
            self.events.append(event)
        if d.step >= 0:
            self.clean[s, :start] *= math.exp(float(np.median(logs[d.step :]) - np.median(logs[: d.step])))
        return True

    def _known(self, s: int, start: int, t: int, change: float) -> bool:
        """Whether the level since `start` is one of the two months before.

        That is, a fortnight within a quarter of the change of it.
        """
        whole = (t + 1 - start) // self.season * self.season
        if not whole:
            return False
        now = float(np.median(self.y[s, t + 1 - whole : t + 1]))
        for end in range(start - self.season, max(start - HOLD, 2 * self.season - 1), -self.season):
            then = float(np.median(self.y[s, end - 2 * self.season : end]))
            if abs(then - now) <= 0.25 * abs(change) / (1 + max(change, 0.0)) * now:
                return True
        return False

    def _goes_on(self, event: Event) -> bool:
        """Whether the last day that is known is still away from what was expected before."""
        if event.kind in ("ramp", "step", "new"):
            now = float(np.median(self.y[event.series, max(0, self.stop - 3) : self.stop]))
            return now > 0 if event.kind == "new" else (now - event.expected) * event.sign > 0.5 * abs(event.excess)
        return event.end >= self.stop - 1


def _intermittent(past: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(p, expected) of series that are idle on most days: today against the dearest day seen.

    Falls are never odd for them.
    """
    top = past.max(axis=1)
    size = np.log((now + 1e-9) / (top + 1e-9))
    p = np.where(now > 1.2 * top, np.exp(-6.0 * np.maximum(size, 0) - 2.0), 1.0)
    return np.maximum(p, 1e-9), np.where(now > top, top, now)
