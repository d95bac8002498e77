"""A plan → tags on resources, one at a time: read, journal, read again, write, read back.

No tag API has a compare-and-set, so a change by somebody else in the moment between the second read and the write cannot
be prevented; what the reading back shows of it is reported, and what it cannot show `history` finds later. Nothing is overwritten that was there at a read before the
write, unless its row says so.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from costdna_companion.write.cloud import Clash, WriteRefused
from costdna_companion.write.journal import Journal
from costdna_companion.write.limits import refusal
from costdna_companion.write.routes import target

DONE = ("written", "already")
PASSED = ("changed", "clash", "refused")
"""Statuses of an outcome: written, already (the value was there), changed (it is not what the plan saw: left alone),
clash (somebody wrote at the same time), refused (AWS or a limit said no)."""

_TRIES = 5


@dataclass(frozen=True)
class Row:
    """One tag of a plan. `old` is what the plan saw (None: no such tag); `overwrite` allows replacing exactly that; `beside` is
    the key of the resource that this tag speaks of: it is written only after that one was."""

    arn: str
    key: str
    new: str
    old: str | None = None
    overwrite: bool = False
    cost: str = ""
    beside: str = ""


def apply(rows: Iterable[Row], cloud, journal: Journal, tell: Callable[[dict], None] = lambda outcome: None, stop: Callable[[], bool] = lambda: False, wait: Callable[[float], None] = time.sleep) -> list[dict]:
    """Carry out rows that the journal has no outcome for; returns the outcomes of this call in order.

    cloud: has read, write and remove (see `Cloud`). stop: asked before each row; True ends after the row before. An
    interrupted run is resumed by calling again with the same journal: a row begun but not finished is looked at first.
    """
    finished = {(line["arn"], line["key"]) for line in journal.of("outcome")}
    begun = {(line["arn"], line["key"]): line for line in journal.of("before")}
    out = []
    for row in rows:
        if (row.arn, row.key) in finished:
            continue
        if stop():
            break
        finished.add((row.arn, row.key))
        told = _one(row, cloud, journal, begun.get((row.arn, row.key)), wait) if not row.beside or _was_written(journal, row) else dict(_ALONE)
        line = journal.add("outcome", arn=row.arn, key=row.key, new=row.new, **told)
        out.append(line)
        tell(line)
    return out


_ALONE = {"status": "refused", "before": None, "code": "NotBeside", "detail": "the tag that it speaks of was not written by this run"}


def _was_written(journal: Journal, row: Row) -> bool:
    return any(line["arn"] == row.arn and line["key"] == row.beside and line["status"] == "written" for line in journal.of("outcome"))


def _one(row: Row, cloud, journal: Journal, begun: dict | None, wait) -> dict:
    thing = target(row.arn)
    try:
        current = _patiently(lambda: cloud.read(thing), wait)
        found = current.get(row.key)
        if begun is not None:  # a crash came between the journal's line and the outcome
            if found == row.new:
                return {"status": "written", "before": begun["before"], "detail": "found written when the run was resumed"}
            if found != begun["before"]:
                return {"status": "clash", "before": begun["before"], "found": found, "detail": "somebody else wrote while the run was interrupted; left as found"}
        elif found == row.new:
            return {"status": "already", "before": found, "detail": "the value was there already"}
        elif found != row.old:
            return {"status": "changed", "before": found, "found": found, "detail": "the tag is not what the plan saw; left as found"}
        elif found is not None and not row.overwrite:
            return {"status": "changed", "before": found, "found": found, "detail": "the resource has a value and its row does not allow replacing it"}
        no = refusal(row.key, row.new, current)
        if no:
            return {"status": "refused", "before": found, "code": "Limit", "detail": no}
        if begun is None:
            journal.add("before", arn=row.arn, key=row.key, before=found, new=row.new, all=current)
        again = _patiently(lambda: cloud.read(thing), wait)
        if again.get(row.key) != found:
            return {"status": "clash", "before": found, "found": again.get(row.key), "detail": "somebody wrote this tag a moment ago; left as found"}
        _patiently(lambda: cloud.write(thing, {row.key: row.new}, {row.key: found}), wait)
        after = _patiently(lambda: cloud.read(thing), wait)
    except Clash as error:
        return {"status": "clash", "before": found, "found": error.value, "detail": "somebody wrote this tag a moment ago; left as found"}
    except WriteRefused as error:
        return {"status": "refused", "before": None, "code": error.code, "detail": error.message}
    return _verdict(row, found, current, after)


def _verdict(row: Row, found: str | None, current: dict[str, str], after: dict[str, str]) -> dict:
    if after.get(row.key) != row.new:
        return {"status": "clash", "before": found, "found": after.get(row.key), "detail": "somebody wrote this tag at the same moment; left as found"}
    others = {key: [current.get(key), after.get(key)] for key in sorted((current.keys() | after.keys()) - {row.key}) if current.get(key) != after.get(key)}
    if others:
        return {"status": "written", "before": found, "others": others, "detail": "other tags of the resource changed at the same moment: see before and after of each"}
    return {"status": "written", "before": found, "detail": "read back"}


def _patiently(call, wait):
    """A call, tried again with growing pauses while AWS throttles."""
    for turn in range(_TRIES):
        try:
            return call()
        except WriteRefused as error:
            if turn == _TRIES - 1 or not any(mark in error.code for mark in ("Throttl", "TooManyRequests", "RequestLimit", "SlowDown", "ServiceUnavailable", "InternalError", "ConcurrentModification")):
                raise
            wait(0.5 * 2**turn)
