"""One tag on one resource: read, journal, read again, write, read back.

No tag API has a compare-and-set, so a change by somebody else in the moment between the second read and the write
cannot be prevented; what the reading back shows of it is reported, and what it cannot show `history` finds later.
Nothing is overwritten that was there at a read before the write, unless its row says so.
"""

from collections.abc import Callable
from dataclasses import dataclass

from costdna_companion.write.cloud import Clash, WriteRefused
from costdna_companion.write.journal import Journal
from costdna_companion.write.limits import owned, refusal
from costdna_companion.write.routes import target

TRIES = 5
STACK_OWNED = "StackOwned"
LATE = 4
"""Readings after the first while a tag reads as before it was written: KMS, S3, SageMaker and others tell of a write
some moments later.
"""


@dataclass(frozen=True)
class Row:
    """One tag of a plan. `old` is what the plan saw (None: no such tag); `overwrite` allows replacing exactly that;
    `beside` is the key of the resource that this tag speaks of: it is written only after that one was; `account` is
    whose it is, where its ARN does not say.
    """

    arn: str
    key: str
    new: str
    old: str | None = None
    overwrite: bool = False
    cost: str = ""
    beside: str = ""
    account: str = ""

    @property
    def named(self) -> dict[str, str]:
        """What a line of the journal names it by."""
        return {"arn": self.arn, "key": self.key} | ({"account": self.account} if self.account else {})


def one(row: Row, cloud, journal: Journal, begun: dict | None, wait: Callable[[float], None]) -> dict:
    """Carry out a row; what its outcome says. begun: its line in the journal, where it was begun before."""
    thing, found = target(row.arn, row.account), None
    try:
        current = patiently(lambda: cloud.read(thing), wait)
        found = current.get(row.key)
        if begun is not None:  # a crash, or an answer that was none, came between the journal's line and the outcome
            if found == row.new:
                return verdict(
                    row, begun["before"], begun["all"], current, "found written when the run came back to it"
                )
            if found != begun["before"]:
                return {
                    "status": "clash",
                    "before": begun["before"],
                    "found": found,
                    "detail": "somebody else wrote before the run came back to it; left as found",
                }
        elif (passed := passed_over(row, found)) is not None:
            return passed
        if begun is None and (stack := owned(current)):
            return {"status": "refused", "before": found, "code": STACK_OWNED, "detail": stack}
        no = refusal(row.key, row.new, current, thing.folds)
        if no:
            return {"status": "refused", "before": found, "code": "Limit", "detail": no}
        if begun is None:
            journal.add("before", **row.named, before=found, new=row.new, all=current)
        sent = []

        def write() -> None:
            # each try reads anew: while AWS throttles, seconds go by between two of them
            again = cloud.read(thing).get(row.key)
            if sent and again == row.new:
                return  # the try that was answered with an error was taken all the same
            if again != found:
                raise Clash(thing, row.key, again)
            sent.append(True)
            cloud.write(thing, {row.key: row.new}, {row.key: found})

        patiently(write, wait)
        after = settled(
            lambda: patiently(lambda: cloud.read(thing), wait), lambda tags: tags.get(row.key) == found, wait
        )
    except Clash as error:
        return clash(found, error.value)
    except WriteRefused as error:
        return {"status": "refused", "before": None, "code": error.code, "detail": error.message}
    return verdict(row, found, begun["all"] if begun else current, after)


def passed_over(row: Row, found: str | None) -> dict | None:
    """The outcome of a row whose tag is not as the plan saw it, or is as planned already; None where it is to be
    written.
    """
    if found == row.new:
        return {"status": "already", "before": found, "detail": "the value was there already"}
    if found != row.old:
        return {
            "status": "changed",
            "before": found,
            "found": found,
            "detail": "the tag is not what the plan saw; left as found",
        }
    if found is not None and not row.overwrite:
        return {
            "status": "changed",
            "before": found,
            "found": found,
            "detail": "the resource has a value and its row does not allow replacing it",
        }
    return None


def clash(before: str | None, found: str | None) -> dict:
    """The outcome of a row whose tag somebody wrote between the two reads."""
    return {
        "status": "clash",
        "before": before,
        "found": found,
        "detail": "somebody wrote this tag a moment ago; left as found",
    }


def verdict(
    row: Row, found: str | None, current: dict[str, str], after: dict[str, str], detail: str = "read back"
) -> dict:
    """The outcome of a row that was written: found, current: the tag and all tags before; after: all tags as read back."""
    if after.get(row.key) != row.new:
        told = (
            "it still reads as before: the service may be late to tell, or somebody took it back at once; verify reads it again"
            if after.get(row.key) == found
            else "somebody wrote this tag at the same moment; left as found"
        )
        return {"status": "clash", "before": found, "found": after.get(row.key), "detail": told}
    others = {
        key: [current.get(key), after.get(key)]
        for key in sorted((current.keys() | after.keys()) - {row.key})
        if current.get(key) != after.get(key)
    }
    if others:
        return {
            "status": "written",
            "before": found,
            "others": others,
            "detail": "other tags of the resource changed at the same moment: see before and after of each",
        }
    return {"status": "written", "before": found, "detail": detail}


def settled(read: Callable[[], dict], stale: Callable[[dict], bool], wait: Callable[[float], None]) -> dict:
    """What `read` gives, asked again with growing pauses while it is `stale`: no word of the write yet."""
    found = read()
    for turn in range(LATE):
        if not stale(found):
            break
        wait(0.5 * 2**turn)
        found = read()
    return found


def patiently(call, wait):
    """A call, tried again with growing pauses while AWS throttles or does not answer. Nobody else repeats it: botocore
    would without reading again.
    """
    for turn in range(TRIES):
        try:
            return call()
        except WriteRefused as error:
            if turn == TRIES - 1 or not passing(error):
                raise
            wait(0.5 * 2**turn)


def passing(error: WriteRefused) -> bool:
    """Whether AWS says that a later try may do."""
    return error.broken or any(mark in error.code for mark in _PASSING)


_PASSING = (
    "Throttl",
    "TooManyRequests",
    "RequestLimit",
    "SlowDown",
    "ServiceUnavailable",
    "InternalError",
    "InternalFailure",
    "ConcurrentModification",
    "RequestTimeout",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceeded",
    "BandwidthLimitExceeded",
    "TransactionInProgress",
)
