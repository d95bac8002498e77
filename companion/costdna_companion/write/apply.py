"""A plan → tags on resources: single rows first, then rows that are alike by one call. Each is read immediately before
it is written and journalled before and after; a run that was cut short goes on where it stopped.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable

from costdna_companion.write import together
from costdna_companion.write.journal import Journal
from costdna_companion.write.single import STACK_OWNED, Row, one

DONE = ("written", "already")
PASSED = ("changed", "clash", "refused")
"""Statuses of an outcome: written, already (the value was there), changed (it is not what the plan saw: left alone),
clash (somebody wrote at the same time), refused (AWS or a limit said no)."""


def apply(
    rows: Iterable[Row],
    cloud,
    journal: Journal,
    tell: Callable[[dict], None] = lambda outcome: None,
    stop: Callable[[], bool] = lambda: False,
    wait: Callable[[float], None] = time.sleep,
    most: int = 1,
) -> list[dict]:
    """Carry out rows that the journal has no outcome for; returns the outcomes of this call in the order they came.

    cloud: reads and writes (see `Cloud`). stop: asked before each row or call; True ends after the one before. most:
    resources written by one call, at most `together.MOST`. An interrupted run is resumed by calling again with the same
    journal: a row begun but not finished is looked at first, alone.
    """
    finished = {(line["arn"], line["key"]) for line in journal.of("outcome")}
    begun = {(line["arn"], line["key"]): line for line in journal.of("before")}
    rows, out = [row for row in rows if (row.arn, row.key) not in finished], []
    groups = _groups(rows, begun) if most > 1 else {}
    for row in rows:
        if (row.arn, row.key) in finished:
            continue
        if stop():
            break
        group = _next(groups.get(row, ()), finished, min(most, together.MOST)) or [row]
        finished |= {(each.arn, each.key) for each in group}
        for each, told in (
            together.many(group, cloud, journal, wait)
            if len(group) > 1
            else [(row, _alone(row, cloud, journal, begun, wait))]
        ):
            line = journal.add("outcome", **each.named, new=each.new, **told)
            out.append(line)
            tell(line)
    return out


def carefully(
    rows: list[Row], cloud, journal: Journal, canary: int, tell: Callable[[dict], None], stop: Callable[[], bool]
) -> bool:
    """Carry out rows one at a time until `canary` of them are written and, only where nothing failed, the rest by calls
    of many; whether the rest was begun.

    What a stack owns is passed over without ending the run: that it is left alone says nothing of the rest.
    """
    at, done = 0, 0
    while at < len(rows) and done < canary and not stop():
        first = rows[at : at + canary - done]
        passed = [line for line in apply(first, cloud, journal, tell, stop) if line["status"] not in DONE]
        if any(line.get("code") != STACK_OWNED for line in passed):
            return False
        at, done = at + len(first), done + len(first) - len(passed)
    if stop():
        return False
    apply(rows[at:], cloud, journal, tell, stop, most=together.MOST)
    return True


def _groups(rows: list[Row], begun: dict) -> dict[Row, deque[Row]]:
    """Each row that may be written together with others → all of those, in the order of the plan. None that was begun,
    none that waits for another tag of its resource.
    """
    alike: dict[tuple, deque[Row]] = {}
    out = {}
    for row in rows:
        like = None if row.beside or (row.arn, row.key) in begun else together.alike(row)
        if like is not None:
            out[row] = alike.setdefault(like, deque())
            out[row].append(row)
    return out


def _next(waiting: deque[Row], finished: set, most: int) -> list[Row]:
    """The first rows that wait, taken out; each once."""
    out: dict[tuple, Row] = {}
    while waiting and len(out) < most:
        row = waiting.popleft()
        if (row.arn, row.key) not in finished:
            out[row.arn, row.key] = row
    return list(out.values())


def _alone(row: Row, cloud, journal: Journal, begun: dict, wait) -> dict:
    if row.beside and not any(
        line["arn"] == row.arn and line["key"] == row.beside and line["status"] == "written"
        for line in journal.of("outcome")
    ):
        return {
            "status": "refused",
            "before": None,
            "code": "NotBeside",
            "detail": "the tag that it speaks of was not written by this run",
        }
    return one(row, cloud, journal, begun.get((row.arn, row.key)), wait)
