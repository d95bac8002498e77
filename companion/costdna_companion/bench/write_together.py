"""Write-back by one call under faults: several resources written together, hit at every place.

The same classes and the same exactness as for one.
"""

from collections.abc import Iterator
from pathlib import Path

from costdna_companion.bench.faults import KILL, Faults, HitJournal, Killed, Wire, reads
from costdna_companion.write import history
from costdna_companion.write.apply import apply
from costdna_companion.write.cloud import Cloud
from costdna_companion.write.journal import read
from costdna_companion.write.single import Row
from costdna_companion.write.together import MOST
from costdna_companion.write.undo import undo

GROUPS = {
    "four kinds by one call": ("DynamoDB table", "Lambda function", "SNS topic", "log group"),
    "two EC2 kinds by one call": ("EC2 instance", "EBS volume"),
}
"""The double's Tagging API takes three of the four and names the fourth in its answer, which then goes alone."""


TOLD, FOUND = "kept, told at reading back", "overwritten, found in the records"


def plan(arns: list[str]) -> list[Row]:
    """One tag on each, the same, that replaces another."""
    return [Row(arn, "team", "search", old="old", overwrite=True) for arn in arns]


class Together:
    """Resources written by one call, each put back to its former tags before each fault.

    things: of `write_back.Thing`, one journal.
    """

    def __init__(self, things: list, wire: Wire, path: Path, former: dict[str, str]):
        self.things, self.wire, self.path, self.former = things, wire, path, former
        self.after = {**former, "team": "search"}

    @property
    def arns(self) -> list[str]:
        return [thing.arn for thing in self.things]

    def fresh(self) -> None:
        for thing in self.things:
            thing.fresh()

    def run(self, faults: Faults | None = None) -> list[dict]:
        return self._journalled(
            faults,
            lambda journal: apply(plan(self.arns), Cloud(self.wire), journal, wait=lambda seconds: None, most=MOST),
        )

    def back(self, faults: Faults | None = None) -> list[dict]:
        return self._journalled(faults, lambda journal: undo(Cloud(self.wire), journal, wait=lambda seconds: None))

    def _journalled(self, faults: Faults | None, work) -> list[dict]:
        self.wire.faults = faults
        try:
            with HitJournal(self.path, faults or Faults()) as journal:
                return work(journal)
        finally:
            self.wire.faults = None

    def is_(self, due: dict[str, str], but: dict | None = None) -> list[str]:
        """Problems where a resource's tags are not these; but: other tags that one of them has, by ARN."""
        return [f"{thing.arn}: {text}" for thing in self.things for text in thing.is_((but or {}).get(thing.arn, due))]

    def told(self) -> list[str]:
        """Problems where a tag that changed has no line in the journal with what was there."""
        begun = {line["arn"]: line["before"] for line in read(self.path)[0] if line["kind"] == "before"}
        return [
            f"{thing.arn} changed without a line"
            for thing in self.things
            if thing.tags().get("team") != "old" and begun.get(thing.arn) != "old"
        ]


def trials(group: Together, step: int = 1) -> Iterator[tuple[str, str, list[str]]]:
    """(class, place, problems) of every fault; every `step`-th place only."""
    group.fresh()
    counted = Faults()
    clean = [line["status"] for line in group.run(counted)]
    assert set(clean) == {"written"} and len(clean) == len(group.things) and not group.is_(group.after), (
        clean,
        group.is_(group.after),
    )
    group.back()
    assert not group.is_(group.former)
    places = counted.places
    calls = [n for n, place in enumerate(places) if place.startswith("before ") and "journal" not in place]
    for n in range(0, len(places), step):
        for finish in ("resumed", "undone"):
            group.fresh()
            yield finish, places[n], _killed(group, n, finish)
    for n in calls[::step]:
        for code, name in (("ThrottlingException", "throttled"), ("AccessDeniedException", "denied")):
            for faults, how in ((Faults({n: code}), "once"), (Faults(always=(n, code)), "on")):
                group.fresh()
                yield name, f"{places[n]} {how}", _answered(group, faults, (name, how) == ("throttled", "once"))
    second = max(n for n, place in enumerate(places) if place == "after journal:before")
    for thing in group.things:
        readback = max(
            n
            for n in calls
            if places[n].startswith(f"before {thing.at.service}:") and reads(places[n].rpartition(":")[2])
        )
        for n in range(second, readback + 1, step):
            group.fresh()
            how, problems = _window(group, n, thing)
            yield "in the window", f"{places[n]}, {thing.at.service}: {how}", problems
    for thing in group.things[::step]:
        group.fresh()
        thing.edit("team", "theirs")
        outcomes = {line["arn"]: line for line in group.run()}
        theirs = {thing.arn: {**group.former, "team": "theirs"}}
        problems = group.is_(group.after, theirs) + [
            f"told as {line}"
            for arn, line in outcomes.items()
            if line["status"] != ("changed" if arn == thing.arn else "written")
        ]
        group.back()
        yield "changed before", f"since the plan, {thing.at.service}", problems + group.is_(group.former, theirs)


def _killed(group: Together, n: int, finish: str) -> list[str]:
    try:
        group.run(Faults({n: KILL}))
        return ["it was not killed"]
    except Killed:
        pass
    problems = group.told()
    if finish == "resumed":
        group.run()
        problems += group.is_(group.after)
    group.back()
    return problems + group.is_(group.former)


def _answered(group: Together, faults: Faults, passes: bool) -> list[str]:
    """What must hold after errors of AWS.

    What is told as written is, what is told as refused is as it was or as planned, undo is exact.
    """
    outcomes, problems = group.run(faults), []
    now = {thing.arn: thing.tags().get("team") for thing in group.things}
    problems += group.told() + [
        f"told as {line['status']}" for line in outcomes if passes and line["status"] != "written"
    ]
    problems += [
        f"{line['status']}, yet {now[line['arn']]}"
        for line in outcomes
        if now[line["arn"]] not in (("search",) if line["status"] == "written" else ("search", "old"))
        or line["status"] not in ("written", "refused")
    ]
    problems += [] if len(outcomes) == len(group.things) else [f"{len(outcomes)} outcomes"]
    group.back()
    return problems + group.is_(group.former)


def _window(group: Together, n: int, thing) -> tuple[str, list[str]]:
    """(how it was told, problems).

    Somebody's value is there afterwards and told, or was overwritten and is found in the records; the others are
    written.
    """
    outcomes = {line["arn"]: line for line in group.run(Faults({n: lambda: thing.edit("team", "theirs")}))}
    records = [record for wire in (group.wire, thing.other) for record in wire.records]
    found = history.lost(read(group.path)[0], records, {each.arn: each.tags() for each in group.things})
    kept, told = thing.tags().get("team") == "theirs", outcomes[thing.arn]
    problems = [f"told as {line}" for arn, line in outcomes.items() if arn != thing.arn and line["status"] != "written"]
    if kept and (told.get("found") != "theirs" or told["status"] != "clash" or found):
        problems.append(f"kept, but told as {told}, found {found}")
    if not kept and (
        [(one["arn"], one["value"]) for one in found] != [(thing.arn, "theirs")] or told["status"] != "written"
    ):
        problems.append(f"overwritten, told as {told}, but found {found}")
    group.back()
    return TOLD if kept else FOUND, problems + group.is_(
        group.former, {thing.arn: {**group.former, "team": "theirs"}} if kept else None
    )
