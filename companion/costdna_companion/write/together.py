"""One tag on many resources by one call: the fast way, taken only where everything is as planned.

All are read, journalled, read again at once, written by one call of at most 20 ARNs, and read back. Whatever is not
plainly right of a resource (an error, a refusal in the answer, a service that the call does not take) goes the way of a
single row (`single.one`), which reads it anew and is exact by itself.
"""

from collections.abc import Callable, Iterator

from costdna_companion.write.cloud import WriteRefused
from costdna_companion.write.journal import Journal
from costdna_companion.write.limits import owned, refusal
from costdna_companion.write.routes import target
from costdna_companion.write.single import LATE, TRIES, Row, clash, one, passed_over, passing, verdict

MOST = 20
"""ARNs a call: TagResources takes no more."""


def alike(row: Row):
    """Rows that one call may write: the same account, Region and route, one key and value. None where each goes alone."""
    thing = target(row.arn, row.account)
    return (thing.route, thing.place, row.key, row.new) if thing.route in ("tagging", "ec2") else None


def many(rows: list[Row], cloud, journal: Journal, wait: Callable[[float], None]) -> Iterator[tuple[Row, dict]]:
    """Carry out rows that are alike, none of them begun; each with what its outcome says, in their order."""
    things = {row: target(row.arn, row.account) for row in rows}
    current = cloud.read_many(list(things.values()))
    out, due = {}, []
    for row in rows:
        tags = current[row.arn]
        if isinstance(tags, WriteRefused) or refusal(row.key, row.new, tags) or owned(tags):
            continue
        out[row] = passed_over(row, tags.get(row.key))
        if out[row] is None:
            del out[row]
            due.append(row)
    begun = {
        row: journal.add("before", **row.named, before=current[row.arn].get(row.key), new=row.new, all=current[row.arn])
        for row in due
    }
    sent = _sent(due, things, begun, out, cloud, wait)
    if sent:
        after = _read_back(sent, things, begun, cloud, wait)
        out |= {
            row: verdict(row, begun[row]["before"], begun[row]["all"], after[row.arn])
            for row in sent
            if not isinstance(after[row.arn], WriteRefused)
        }
    for row in rows:
        yield row, out.get(row) or one(row, cloud, journal, begun.get(row), wait)


def _read_back(sent: list[Row], things: dict, begun: dict, cloud, wait) -> dict:
    """Tags by ARN after the write; those that still read as before it are read again."""
    after = cloud.read_many([things[row] for row in sent])
    for turn in range(LATE):
        late = [
            things[row]
            for row in sent
            if not isinstance(after[row.arn], WriteRefused) and after[row.arn].get(row.key) == begun[row]["before"]
        ]
        if not late:
            break
        wait(0.5 * 2**turn)
        after |= cloud.read_many(late)
    return after


def _sent(due: list[Row], things: dict, begun: dict, out: dict, cloud, wait) -> list[Row]:
    """Read again and write by one call; the rows that AWS says it took. What is told already goes into `out`."""
    tried, taken = False, []
    for turn in range(TRIES):
        again, left = cloud.read_many([things[row] for row in due]), []
        for row in due:
            tags = again[row.arn]
            if isinstance(tags, WriteRefused):
                continue
            if tried and tags.get(row.key) == row.new:
                taken.append(row)  # the try that was answered with an error was taken all the same
            elif tags.get(row.key) != begun[row]["before"]:
                out[row] = clash(begun[row]["before"], tags.get(row.key))
            else:
                left.append(row)
        if not left:
            return taken
        try:
            failed = cloud.write_many([things[row] for row in left], {left[0].key: left[0].new})
        except WriteRefused as error:
            if turn == TRIES - 1 or not passing(error):
                return taken
            tried, due = True, left
            wait(0.5 * 2**turn)
        else:
            return taken + [row for row in left if row.arn not in failed]
    return taken
