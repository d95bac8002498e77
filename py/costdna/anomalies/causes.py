"""From odd series to alerts: one for one cause.

What shows in a service, its account, its region and the total is told once, where it is narrowest.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna import hashing, money, schema
from costdna.anomalies import feedback as words
from costdna.anomalies.scan import Event, scan
from costdna.anomalies.settings import Settings
from costdna.trends.completeness import Coverage
from costdna.trends.dimensions import labels
from costdna.trends.facts import Facts
from costdna.trends.trend import matrix

LEVELS = ("service+usage-type", "service+account", "service", "team", "account", "region", "total")
NEW_IN = ("service", "region", "account")  # first seen: only these are news, a new instance type is not
LEARNED = 200  # days before the judged ones: eight weeks of baseline, three months back, and enough to know the tails
MOST = 300  # candidates of one run that are looked into, the dearest first
SAME = 0.5  # two totals show one cause where their common part moved by half of the smaller move
PART = 0.2  # a part worth telling of a move that several make
GONE_AT_ONCE = 0.5  # half of a total gone on one day is one cause
NARROW = 0.6  # and the narrowest that holds this much of it is where it is told
SEVERITIES = ("critical", "warning", "info")


@dataclass(eq=False)
class Candidate:
    """An event on a total: its rows of the facts, its exact costs over the days compared."""

    level: str
    label: str
    event: Event
    rows: np.ndarray
    later: tuple[int, int]
    earlier: tuple[int, int]
    cost: int
    before: int

    @property
    def change(self) -> int:
        return self.cost - self.before


def alerts(
    facts: Facts,
    known: Coverage,
    settings: Settings,
    days: int = 14,
    levels: tuple[str, ...] = LEVELS,
    feedback: pd.DataFrame | None = None,
    planned: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(ALERTS, muted ALERTS) of the last `days` days that are wholly known, dearest first; 0 for all days.

    They are judged by the 200 days before them.

    Only metered usage is looked at: fees, taxes, credits and unused commitment never alert. Muted are those the user
    called normal or planned.
    """
    first = max(known.first, known.last - days - LEARNED) if days else known.first
    width = known.last - first
    regular = facts.where(facts.regular & (facts.day >= first) & (facts.day < known.last))
    if not len(regular):
        return schema.ALERTS.empty(), schema.ALERTS.empty()
    begin = max(0, width - days) if days else 0
    keys, codes, blocks = [], {}, []
    for level in levels:
        codes[level], names = labels(regular, level)
        blocks.append(matrix(regular, codes[level], len(names), first, known.last))
        keys += [(level, n) for n in names]
    units = (
        np.concatenate([b.astype(object) for b in blocks])
        if any(b.dtype == object for b in blocks)
        else np.concatenate(blocks)
    )
    cost = money.to_float(units, facts.scale)
    if "total" in levels:
        whole = cost[keys.index(("total", "total"))]
    else:
        everything = np.zeros(len(regular), dtype="int64")
        whole = money.to_float(matrix(regular, everything, 1, first, known.last), facts.scale)
    typical = float(np.median(whole))
    floor = max(settings.floor, settings.floor_share * typical)
    said = words.said_so(feedback)
    able = np.flatnonzero(cost.max(axis=1) >= floor)  # what never costs the floor cannot be off by it
    events = scan(
        cost[able],
        np.arange(first, known.last).astype("datetime64[D]"),
        settings,
        begin,
        width,
        floor,
        words.normal_days(said, [keys[i] for i in able], first, width),
    )
    found = []
    for e in sorted(events, key=lambda e: (-abs(e.excess), e.series, e.start))[:MOST]:
        at = int(able[e.series])
        level, label = keys[at]
        if e.kind == "new" and level not in NEW_IN:
            continue
        offset = next(i for i, k in enumerate(keys) if k[0] == level)
        found.append(
            _candidate(
                regular, level, label, e, np.flatnonzero(codes[level] == at - offset), first, known.last, units[at]
            )
        )
    rows, muted = [], []
    for group in _pairs(_causes(found, regular)):
        row, quiet = _alert(group, first, typical, said, planned, facts.scale)
        (muted if quiet else rows).append(row)
    return _table(sorted(rows, key=_rank)), _table(sorted(muted, key=_rank))


def _rank(alert: dict) -> tuple:
    """Most severe first, then dearest a day."""
    return SEVERITIES.index(alert["x_Severity"]), -abs(alert["x_Impact"]) / alert["x_Days"], alert["x_AlertId"]


def _candidate(
    facts: Facts, level: str, label: str, e: Event, rows: np.ndarray, first: int, last: int, units: np.ndarray
) -> Candidate:
    """The days compared: up to a week of the event, against the same weekdays of the week before it began.

    A slow move is compared by its last week.
    """
    n = min(7, e.end - e.start + 1)
    begin = max(e.start, e.end + 1 - n) if e.kind == "ramp" else e.start
    shift = 7 * ((begin - e.start) // 7 + 1)
    while begin - shift + n > e.start:
        shift += 7
    later, earlier = (begin, begin + n), (begin - shift, begin - shift + n)
    total = lambda span: sum(int(v) for v in units[max(0, span[0]) : span[1]]) if span[1] > 0 else 0
    return Candidate(
        level,
        label,
        e,
        rows,
        tuple(first + d for d in later),
        tuple(first + d for d in earlier),
        total(later),
        total(earlier),
    )


def _causes(found: list[Candidate], facts: Facts) -> list[list[Candidate]]:
    """Candidates grouped by cause, the one that tells it first."""
    parent = list(range(len(found)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, a in enumerate(found):
        for j in range(i):
            b = found[j]
            if root(i) != root(j) and _same_time(a, b) and a.event.sign == b.event.sign and _shared(a, b, facts):
                parent[root(i)] = root(j)
    groups: dict[int, list[Candidate]] = {}
    for i, c in enumerate(found):
        groups.setdefault(root(i), []).append(c)
    return [told for group in groups.values() for told in _tell(group)]


def _tell(group: list[Candidate]) -> list[list[Candidate]]:
    """One group of totals that moved together, as alerts.

    Its narrowest telling; and, apart, what moved on the same days but shares no money with it.

    Where everything under a total went at once (a team, account or region switched off), that is one cause. Where two
    or three parts explain a total they are told, not it; where many small ones do, the total is.
    """
    if not group:
        return []
    widest = max(group, key=lambda c: (abs(c.change), -abs(c.before), c.label))
    enough = [c for c in group if abs(c.change) >= NARROW * abs(widest.change) and (c is widest or _overlap(c, widest))]
    best = min(enough, key=_width)
    if (
        widest.event.sign < 0
        and widest.level in ("team", "account", "region", "total")
        and abs(widest.change) >= GONE_AT_ONCE * abs(widest.before)
    ):
        return [[best, *_sorted(c for c in group if c is not best)]]
    if best is widest:
        parts: list[Candidate] = []
        for c in sorted((c for c in group if c is not widest), key=lambda c: (-abs(c.change), _width(c))):
            if (
                len(parts) < 3
                and abs(c.change) >= PART * abs(widest.change)
                and c.change * widest.change > 0
                and not any(_overlap(c, p) for p in parts)
            ):
                parts.append(c)
        if len(parts) > 1 and sum(abs(p.change) for p in parts) >= NARROW * abs(widest.change):
            above = [c for c in group if sum(_overlap(c, p) for p in parts) > 1]
            left = [c for c in group if c not in above]
            out = []
            for i, p in enumerate(parts):
                mine = [c for c in left if c is p or _overlap(c, p)]
                left = [c for c in left if c not in mine]
                first, *others = _tell(mine)
                out += [[*first, *(above if i == 0 else [])], *others]
            return [*out, *_tell(left)]
    near = [c for c in group if c is not best and _overlap(c, best)]
    return [[best, *_sorted(near)], *_tell([c for c in group if c is not best and c not in near])]


def _sorted(group) -> list[Candidate]:
    return sorted(group, key=lambda c: (c.level, c.label))


def _width(c: Candidate) -> tuple:
    return abs(c.before), len(c.rows), LEVELS.index(c.level) if c.level in LEVELS else 99, c.label


def _overlap(a: Candidate, b: Candidate) -> bool:
    return bool(np.intersect1d(a.rows, b.rows, assume_unique=True).size)


def _same_time(a: Candidate, b: Candidate) -> bool:
    slow = any(c.event.slope is not None for c in (a, b))
    first, second = sorted((a, b), key=lambda c: c.event.start)
    # a wider total may show it only after some days together
    return (
        second.event.start - first.event.start <= (28 if slow else 3)
        or second.event.start - first.event.start <= 14
        and second.event.start <= first.event.end
        and _width(first) < _width(second)
    )


def _shared(a: Candidate, b: Candidate, facts: Facts) -> bool:
    """Whether what two totals have in common moved by half of the smaller move."""
    small, large = (a, b) if len(a.rows) <= len(b.rows) else (b, a)
    common = np.intersect1d(small.rows, large.rows, assume_unique=True)
    if not len(common):
        return False
    span = min((a, b), key=lambda c: abs(c.change))
    day, cost = facts.day[common], facts.cost[common]
    moved = sum(
        s * money.total(cost[(day >= lo) & (day < hi)]) for s, (lo, hi) in ((1, span.later), (-1, span.earlier))
    )
    return moved * span.change >= SAME * span.change**2 > 0


def _pairs(groups: list[list[Candidate]]) -> list[tuple[list[Candidate], list[Candidate]]]:
    """(group, counterpart): two causes on the same days, one up and one down by as much, are money that moved."""
    out, used = [], set()
    order = sorted(
        range(len(groups)), key=lambda i: (-abs(groups[i][0].change), groups[i][0].level, groups[i][0].label)
    )
    for i in order:
        if i in used:
            continue
        a, other = groups[i][0], None
        for j in order:
            b = groups[j][0]
            if (
                j != i
                and j not in used
                and a.event.sign != b.event.sign
                and abs(a.event.start - b.event.start) <= 2
                and _lasts(a)
                and _lasts(b)
                and not np.intersect1d(a.rows, b.rows).size
            ):
                daily = [c.change / max(1, c.later[1] - c.later[0]) for c in (a, b)]
                if abs(daily[0] + daily[1]) <= 0.3 * max(abs(d) for d in daily):
                    other = j
                    break
        used |= {i} | ({other} if other is not None else set())
        out.append((groups[i], groups[other] if other is not None else []))
    return out


def _lasts(c: Candidate) -> bool:
    """Whether a cause is long enough for two of them to be one move of money and not two accidents."""
    return c.event.kind in ("step", "stopped", "ramp") or c.event.end - c.event.start >= 2


def _alert(
    pair: tuple[list[Candidate], list[Candidate]],
    first: int,
    typical: float,
    said: pd.DataFrame,
    planned: pd.DataFrame | None,
    scale: int,
) -> tuple[dict, bool]:
    """A row of ALERTS, and whether it is muted."""
    group, counter = pair
    c, e = group[0], group[0].event
    keys = {(m.level, m.label) for m in [*group, *counter]}
    start, end = first + e.start, first + e.end + 1
    share = e.excess / e.expected if e.expected > 0 else float(np.sign(e.excess))
    verdicts = {
        words.verdict(
            said,
            m.level,
            m.label,
            first + m.event.start,
            m.event.excess / m.event.expected if m.event.expected > 0 else 1.0,
        )
        for m in [*group, *counter]
    } - {""}
    verdict = next((v for v in ("planned", "no", "yes") if v in verdicts), "")
    if not verdict and words.is_planned(planned, keys, start, end):
        verdict = "planned"
    length = c.later[1] - c.later[0]
    a_day = abs(float(c.change)) / length / 10.0**scale
    row = {
        "x_AlertId": f"{int(hashing.of_texts([f'{c.level}|{c.label}|{start}|{e.sign}'])[0]) & 0xFFFFFFFFFFFF:012x}",
        "x_Kind": "moved" if counter else e.kind,
        "x_Dimension": c.level,
        "x_Value": c.label,
        "x_Counterpart": f"{counter[0].level}: {counter[0].label}" if counter else "",
        "x_Also": [f"{m.level}: {m.label}" for m in group[1:]],
        "x_Start": np.datetime64(start, "D"),
        "x_End": np.datetime64(end, "D"),
        "x_Found": np.datetime64(first + e.found, "D"),
        "x_Ongoing": bool(e.ongoing),
        "x_Cost": c.cost,
        "x_Before": c.before,
        "x_Impact": c.change,
        "x_Days": length,
        "x_Percent": round(100.0 * share, 4),
        "x_PValue": float(e.p),
        "x_Severity": "critical" if a_day >= 0.05 * typical else "warning" if a_day >= 0.01 * typical else "info",
        "x_Verdict": verdict,
    }
    return row, verdict in ("no", "planned")


def _table(rows: list[dict]) -> pd.DataFrame:
    if not rows:
        return schema.ALERTS.empty()
    frame = pd.DataFrame(rows).astype(
        {
            "x_Start": "datetime64[ns]",
            "x_End": "datetime64[ns]",
            "x_Found": "datetime64[ns]",
            "x_Days": "int64",
            "x_Percent": "float64",
            "x_PValue": "float64",
        }
    )
    for name in ("x_Cost", "x_Before", "x_Impact"):
        frame[name] = money.fit(np.array(frame[name].tolist(), dtype=object))
    return schema.ALERTS.check(frame)
