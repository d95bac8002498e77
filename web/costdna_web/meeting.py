"""Two windows on one bill: what was said in the other one since both last agreed, brought together with what was said
here. No Panel here.

Works on the texts of session files (costdna.session_file). Answers and words on alerts are logs whose last word counts:
they are joined by time, as if everything had been said in one window. Of everything else, what only one window changed
is taken from that one; where both changed the same thing, this window's holds and `Met.differs` holds the other's.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from costdna import nested
from costdna.pipeline import Wishes

LOGS = {
    "answers": (("ownable",), {"team": "", "verdict": ""}, "at"),
    "feedback": (("Dimension", "Value", "Start"), {"Verdict": ""}, "At"),
}
"""Append-only parts: what a row is about, what its last word is when nothing was said, when it was said."""
LISTS = ("rules", "planned")
TABLES = ("aliases", "team_map")
WHOLE = ("sharing", "tag_keys", "budget")
NOTHING: dict[str, Any] = {
    **dict.fromkeys((*LOGS, *LISTS, "tag_keys"), ()),
    **dict.fromkeys(TABLES, {}),
    "sharing": {"for": "teams", "rules": []},
    "budget": Wishes().budget,
}
PARTS = tuple(NOTHING)
COUNTED = {
    "answers": ("answer", "answers"),
    "feedback": ("word on an alert", "words on alerts"),
    "rules": ("rule", "rules"),
    "planned": ("planned event", "planned events"),
    "aliases": ("name", "names"),
    "team_map": ("account of the map", "accounts of the map"),
}
CALLED = {"sharing": "how cost is shared", "tag_keys": "which tag keys name an owner", "budget": "the allowed error"}


@dataclass(frozen=True)
class Met:
    """What came of it. before, text: this window's session before and after. changed: how much of each part came over.
    later: resources about which both windows had said something else; the later word holds. differs: what both changed
    otherwise, as (part, key or "", what the other window says; None: nothing).
    """

    before: dict
    content: dict
    changed: dict[str, int]
    later: int = 0
    differs: tuple[tuple[str, str, Any], ...] = ()

    @property
    def text(self) -> str:
        return json.dumps(self.content, ensure_ascii=False, indent=1)

    @property
    def told(self) -> bool:
        """Whether there is anything for a person to know."""
        return bool(self.changed or self.later or self.differs)


def meet(base: str, mine: str, theirs: str) -> Met:
    """Bring two sessions together. base: what both come from, "" where they have nothing in common."""
    old, here, there = ({**NOTHING, **(nested.loads(text) if text else {})} for text in (base, mine, theirs))
    content, changed, differs, later = dict(here), {}, [], 0
    for part in LOGS:
        content[part], again = _log(part, [*here[part]], [*there[part]])
        later += again if part == "answers" else 0
        changed[part] = len(altered(part, here, content))
    for part in LISTS:
        content[part] = _list([*old[part]], [*here[part]], [*there[part]])
        new, gone = _rows(content[part]) - _rows(here[part]), _rows(here[part]) - _rows(content[part])
        changed[part] = (new + gone).total() or int(_same(content[part]) != _same(here[part]))  # or their order alone
    for part in TABLES:
        content[part], apart = _table(old[part], here[part], there[part])
        changed[part] = len({k for k in {*content[part], *here[part]} if content[part].get(k) != here[part].get(k)})
        differs += [(part, key, there[part].get(key)) for key in apart]
    for part in WHOLE:
        was, ours, other = (_same(x[part]) for x in (old, here, there))
        content[part] = there[part] if ours == was else here[part]
        changed[part] = int(_same(content[part]) != ours)
        if was != ours != other != was:
            differs.append((part, "", there[part]))
    return Met(here, content, {k: n for k, n in changed.items() if n}, later, tuple(differs))


def same(one: dict, other: dict) -> bool:
    """Whether two sessions say the same."""
    return all(_same(one.get(p, NOTHING[p])) == _same(other.get(p, NOTHING[p])) for p in PARTS)


def last_words(part: str, content: dict) -> dict[tuple, dict]:
    """What holds of a log: about what → its last row."""
    about = LOGS[part][0]
    return {tuple(row[k] for k in about): row for row in content[part]}


def altered(part: str, before: dict, after: dict) -> dict[tuple, dict]:
    """What something is said of now that was not said before: about what → the row before, or an empty word."""
    _, empty, _ = LOGS[part]
    was, now = last_words(part, before), last_words(part, after)
    said = lambda row: [row.get(k, blank) for k, blank in empty.items()]
    return {k: was.get(k, empty) for k, row in now.items() if said(row) != said(was.get(k, empty))}


def left_out(met: Met, now: dict, at: str) -> dict:
    """The session `now` without what had come from the other window; what was said since stays. at: the time, as
    2026-10-31T12:00:00Z.
    """
    content = dict(now)
    for part, (_, _, when) in LOGS.items():
        given, holds = last_words(part, met.content), last_words(part, now)
        back = [
            {**holds[k], **{n: row[n] for n in LOGS[part][1]}, when: at}
            for k, row in altered(part, met.before, met.content).items()
            if holds.get(k) == given[k]
        ]
        content[part] = [*now[part], *back]
    for part in LISTS:
        content[part] = _list([*met.content[part]], [*now[part]], [*met.before[part]])
    for part in TABLES:
        content[part] = _table(met.content[part], now[part], met.before[part])[0]
    for part in WHOLE:
        if _same(now[part]) == _same(met.content[part]):
            content[part] = met.before[part]
    return content


def taken(met: Met, now: dict) -> dict:
    """The session `now` with the other window's word wherever both had changed the same thing."""
    content = {**now, **{part: dict(now[part]) for part in TABLES}}
    for part, key, value in met.differs:
        if part in WHOLE:
            content[part] = value
        elif value is None:
            content[part].pop(key, None)
        else:
            content[part][key] = value
    return content


def words(met: Met, where: str) -> str:
    """What came, and what did not. where: as in "Said in another tab"."""
    some = [f"{n} {COUNTED[p][n != 1]}" if p in COUNTED else CALLED[p] for p, n in met.changed.items()]
    said = (
        f"{where}: {', '.join(some)}. {'It holds' if sum(met.changed.values()) == 1 else 'All of it holds'} here too, and nothing said here is lost."
        if some
        else ""
    )
    if met.later:
        said += f" About {met.later} resource{'s' if met.later != 1 else ''} both said something else: the later word holds."
    if met.differs:
        what = dict.fromkeys(
            f"the name of “{k}”" if p == "aliases" else f"the map for {k}" if k else CALLED[p]
            for p, k, _ in met.differs
        )
        said += f" Both changed {', '.join(what)}: here, what was said here holds."
    return said.strip()


def _same(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=list)


def _rows(rows: Any) -> Counter:
    return Counter(map(_same, rows))


def _log(part: str, mine: list[dict], theirs: list[dict]) -> tuple[list[dict], int]:
    """Both logs joined, and about how many both had something new and different to say."""
    about, values, when = LOGS[part]
    mark = lambda row: tuple(row[k] for k in (*about, *values, when))
    known, there = Counter(map(mark, mine)), Counter(map(mark, theirs))
    own = []
    for row in mine:
        own.append(there[mark(row)] < 1)
        there[mark(row)] -= 1
    new = []
    for row in theirs:
        if known[mark(row)] < 1:
            new.append(row)
        known[mark(row)] -= 1
    start = len(mine)  # where the words begin that only this window knows
    while start and own[start - 1]:
        start -= 1
    tails = [{tuple(r[k] for k in about): [r[v] for v in values] for r in rows} for rows in (mine[start:], new)]
    apart = sum(tails[0][k] != tails[1][k] for k in tails[0].keys() & tails[1].keys())
    return [*mine[:start], *sorted([*mine[start:], *new], key=lambda row: row[when])], apart


def _list(old: list, mine: list, theirs: list) -> list:
    """Rows in order: mine without what the other took away, then what the other added."""
    if _same(mine) == _same(old):
        return theirs
    was, here, there = _rows(old), _rows(mine), _rows(theirs)
    gone, new = was - there, there - was - (here - was)
    out = []
    for rows, count, keep in ((mine, gone, False), (theirs, new, True)):
        for row in rows:
            hit = count[_same(row)] > 0
            count[_same(row)] -= hit
            if hit == keep:
                out.append(row)
    return out


def _table(old: dict, mine: dict, theirs: dict) -> tuple[dict, list[str]]:
    """Both tables as one, and the keys that both changed, each to something else."""
    out, apart = {}, []
    for key in dict.fromkeys([*mine, *theirs]):
        was, here, there = old.get(key), mine.get(key), theirs.get(key)
        value = there if here == was else here
        if was != here != there != was:
            apart.append(key)
        if value is not None:
            out[key] = value
    return out, apart
