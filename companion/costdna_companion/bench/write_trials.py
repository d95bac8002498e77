"""Every fault that can hit the writing of two tags on one resource, and what is wrong afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass

from costdna_companion.bench.faults import KILL, Faults, Killed, reads
from costdna_companion.bench.write_thing import AFTER, EXTRA, FORMER, Thing
from costdna_companion.bench.write_together import FOUND, TOLD
from costdna_companion.write import history
from costdna_companion.write.journal import read

Trial = tuple[str, str, list[str]]
"""(class, place, problems)."""


@dataclass(frozen=True)
class Places:
    """Where a run and its undo can be hit, counted on a clean run."""

    run: list[str]
    undo: list[str]

    @property
    def calls(self) -> list[int]:
        """Places right before a call to AWS, of the run."""
        return _calls(self.run)

    @property
    def second(self) -> int:
        """The place after which both reads of the first row are done."""
        return self.run.index("after journal:before")


def trials(thing: Thing, step: int = 1) -> Iterator[Trial]:
    """Every fault of one kind; every `step`-th place only."""
    places = _counted(thing)
    yield from _killing(thing, places, step)
    yield from _killing_undo(thing, places, step)
    yield from _refusing(thing, places, step)
    yield from _changing_before(thing, places)
    yield from _in_window(thing, places, step)
    yield from _in_undo_window(thing, places, step)
    yield from _changing_after(thing)


def _calls(places: list[str]) -> list[int]:
    return [n for n, place in enumerate(places) if place.startswith("before ") and "journal" not in place]


def _counted(thing: Thing) -> Places:
    """The places of a run and an undo that nothing hits."""
    thing.fresh()
    counted, back = Faults(), Faults()
    clean = [line["status"] for line in thing.run(counted)]
    assert clean == ["written", "written"] and not thing.is_(AFTER), (thing.arn, clean)
    thing.back(back)
    assert not thing.is_(FORMER)
    return Places(counted.places, back.places)


def _killing(thing: Thing, places: Places, step: int) -> Iterator[Trial]:
    for n in range(0, len(places.run), step):
        for finish in ("resumed", "undone"):
            thing.fresh()
            yield finish, places.run[n], killed(thing, n, finish)


def _killing_undo(thing: Thing, places: Places, step: int) -> Iterator[Trial]:
    for n in range(0, len(places.undo), step):
        thing.fresh()
        thing.run()
        try:
            thing.back(Faults({n: KILL}))
            problems = ["it was not killed"]
        except Killed:
            thing.back()
            problems = thing.is_(FORMER)
        yield "undo killed", places.undo[n], problems


def _refusing(thing: Thing, places: Places, step: int) -> Iterator[Trial]:
    for n in places.calls[::step]:
        place = places.run[n]
        once, on = Faults({n: "ThrottlingException"}), Faults(always=(n, "ThrottlingException"))
        thing.fresh()
        yield "throttled", f"{place} once", answered(thing, once, "GetBucketAbac" not in place)
        thing.fresh()
        yield "throttled", f"{place} on", answered(thing, on, False)
        thing.fresh()
        yield "denied", place, answered(thing, Faults({n: "AccessDeniedException"}), False)
    writes = [n for n in places.calls if not reads(places.run[n].partition(":")[2])]
    for n in writes[::step]:
        thing.fresh()
        yield "not taggable", places.run[n], answered(thing, Faults({n: "InvalidParameterException"}), False)


def _changing_before(thing: Thing, places: Places) -> Iterator[Trial]:
    for value in ("theirs", None):
        for moment in ("since the plan", "between the reads"):
            thing.fresh()
            if moment == "since the plan":
                thing.edit("team", value)
                outcomes = thing.run()
            else:
                outcomes = thing.run(Faults({places.second: lambda v=value: thing.edit("team", v)}))
            left = {k: v for k, v in (FORMER | {"team": value}).items() if v is not None}
            first, beside = outcomes[0], outcomes[1]
            told = first["status"] in ("changed", "clash") and first.get("found") == value
            problems = thing.is_(left)
            if not told or beside["status"] != "refused":
                problems.append(f"told as {first}")
            thing.back()
            yield "changed before", moment, problems + thing.is_(left)


def _in_window(thing: Thing, places: Places, step: int) -> Iterator[Trial]:
    outcome = places.run.index("before journal:outcome")  # reading back is answered after the last call before it
    third = next(n for n in places.calls if n > places.second)
    last = max(n for n in places.calls if n < outcome)
    for n in range(third + 1, last + 1, step):
        for key in ("team", "keep"):
            thing.fresh()
            how, problems = _window(thing, n, key)
            yield "in the window", f"{places.run[n]}, {'this key' if key == 'team' else 'another'}: {how}", problems


def _in_undo_window(thing: Thing, places: Places, step: int) -> Iterator[Trial]:
    done = -1
    for key in (EXTRA, "team"):  # undo takes the last row first
        first, done = done, places.undo.index("before journal:undo", done + 1)
        inside = [n for n in _calls(places.undo) if first < n < done]
        for n in range(inside[0] + 1, inside[-1] + 1, step):
            thing.fresh()
            how, problems = _undo_window(thing, n, key)
            yield "undo window", f"{places.undo[n]}, {key}: {how}", problems


def _changing_after(thing: Thing) -> Iterator[Trial]:
    for key in ("team", EXTRA):
        thing.fresh()
        thing.run()
        thing.edit(key, "theirs")
        told = {line["key"]: line["status"] for line in thing.back()}
        problems = thing.is_(FORMER | {key: "theirs"})
        yield "changed after", key, problems + ([] if told[key] == "changed" else [f"told as {told}"])


def killed(thing: Thing, n: int, finish: str) -> list[str]:
    """What is wrong after a run was killed at place n and then resumed, or only undone."""
    try:
        thing.run(Faults({n: KILL}))
        return ["it was not killed"]
    except Killed:
        pass
    problems = thing.told()
    if finish == "resumed":
        thing.run()
        problems += thing.is_(AFTER)
    thing.back()
    return problems + thing.is_(FORMER)


def answered(thing: Thing, faults: Faults, passes: bool) -> list[str]:
    """What must hold after an error of AWS.

    What is told as written is, what is told as refused is either as it was or as planned, and undo is exact.
    """
    outcomes, now = thing.run(faults), thing.tags()
    problems = thing.told() + [
        f"told as {line['status']}" for line in outcomes if passes and line["status"] != "written"
    ]
    for line in outcomes:
        allowed = (line["new"],) if line["status"] == "written" else (line["new"], FORMER.get(line["key"]))
        if now.get(line["key"]) not in allowed or line["status"] not in ("written", "refused"):
            problems.append(f"{line['status']}, yet {now.get(line['key'])}")
    thing.back()
    return problems + thing.is_(FORMER)


def _window(thing: Thing, n: int, key: str) -> tuple[str, list[str]]:
    """(how it was told, problems).

    Somebody's value is there afterwards and told, or was overwritten and is found in the records, with its value.
    """
    outcomes = thing.run(Faults({n: lambda: thing.edit(key, "theirs")}))
    seen = [v for line in outcomes for v in (line.get("found"), *(pair[1] for pair in line.get("others", {}).values()))]
    found = history.lost(read(thing.path)[0], thing.wire.records + thing.other.records, {thing.arn: thing.tags()})
    kept, problems = thing.tags().get(key) == "theirs", []
    if kept and ("theirs" not in seen or found):
        problems.append(f"kept, but told as {outcomes[0]}, found {found}")
    if not kept and [(one["key"], one["value"]) for one in found] != [(key, "theirs")]:
        problems.append(f"overwritten, but found {found}")
    if any(line["status"] == "clash" and not kept for line in outcomes):
        problems.append("a clash that is none")
    thing.back()
    due = FORMER | ({key: "theirs"} if kept else {})
    return TOLD if kept else FOUND, problems + thing.is_(due)


def _undo_window(thing: Thing, n: int, key: str) -> tuple[str, list[str]]:
    """The same while a run is taken back."""
    thing.run()
    thing.wire.records = []
    told = {line["key"]: line for line in thing.back(Faults({n: lambda: thing.edit(key, "theirs")}))}[key]
    found = history.lost(read(thing.path)[0], thing.wire.records + thing.other.records, {thing.arn: thing.tags()})
    kept = thing.tags().get(key) == "theirs"
    due = FORMER | ({key: "theirs"} if kept else {})
    problems = thing.is_(due)
    if kept and ((told["status"], told.get("found")) != ("changed", "theirs") or found):
        problems.append(f"kept, but told as {told}, found {found}")
    if not kept and [(one["key"], one["value"]) for one in found] != [(key, "theirs")]:
        problems.append(f"overwritten, but found {found}")
    return TOLD if kept else FOUND, problems
