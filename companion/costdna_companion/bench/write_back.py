"""Write-back under faults: every kind of resource the AWS double keeps tags for, hit at every place; figures as a page.

Run as `python -m costdna_companion.bench.write_back`. A fault is survived when nothing is lost from the journal,
nothing is overwritten that a read had seen, what somebody else wrote is kept or told with its value, and resuming or
undoing leaves the resource exactly right. Needs moto (extra `dev`).
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from costdna_companion.bench.faults import KILL, Faults, HitJournal, Killed, Wire, reads
from costdna_companion.bench import write_together
from costdna_companion.bench.write_together import FOUND, GROUPS, TOLD, Together
from costdna_companion.bench.written_kinds import MAKERS
from costdna_companion.write import history
from costdna_companion.write.apply import apply
from costdna_companion.write.cloud import Cloud
from costdna_companion.write.journal import Journal, read
from costdna_companion.write.routes import target
from costdna_companion.write.single import Row
from costdna_companion.write.together import MOST
from costdna_companion.write.undo import undo

FORMER = {"team": "old", "keep": "1"}
EXTRA = "costdna:inferred-by"
AFTER = {"team": "search", "keep": "1", EXTRA: "bill"}
CLASSES = {
    "resumed": "killed at every place, then resumed, then undone",
    "undone": "killed at every place, then undone",
    "undo killed": "undo killed at every place, then undone again",
    "throttled": "throttled once, and from then on, at every call",
    "denied": "denied at every call",
    "not taggable": "the service does not take the tag",
    "changed before": "changed or removed by somebody since the plan, or between the two reads",
    "in the window": "written by somebody (this key, another key) at every place between second read and reading back",
    "undo window": "written by somebody at every place between undo's read and its reading back",
    "changed after": "changed by somebody between the run and its undo",
    "partial": "this kind denied in a plan over all kinds",
    "kill -9": "a process of its own really killed, then resumed and undone by another",
}


def plan(arn: str) -> list[Row]:
    """Two tags on one resource: one replaced, one new that goes with it."""
    return [Row(arn, "team", "search", old="old", overwrite=True), Row(arn, EXTRA, "bill", beside="team")]


class Thing:
    """One resource in the double, put back to its former tags before each fault."""

    def __init__(self, arn: str, wire: Wire, folder: Path):
        self.arn, self.wire, self.at, self.path = arn, wire, target(arn), folder / "journal.jsonl"
        self.other = Wire(wire._endpoint, arn="arn:aws:sts::123456789012:assumed-role/console/somebody")
        self._eye = Cloud(Wire(wire._endpoint))
        self._own = {k: v for k, v in self.tags().items() if k not in AFTER}

    def tags(self) -> dict[str, str]:
        return self._eye.read(self.at)

    def fresh(self) -> None:
        self.path.unlink(missing_ok=True)
        self.wire.faults, self.wire.records, self.other.records = None, [], []
        # all of it: the double's DynamoDB appends where AWS replaces, and only removing takes what lies beneath
        left = self.tags().keys() - self._own.keys()
        if left:
            self._eye.remove(self.at, sorted(left))
        self._eye.write(self.at, FORMER)

    def run(self, faults: Faults | None = None) -> list[dict]:
        self.wire.faults = faults
        try:
            with HitJournal(self.path, faults or Faults()) as journal:
                return apply(plan(self.arn), Cloud(self.wire), journal, wait=lambda seconds: None)
        finally:
            self.wire.faults = None

    def back(self, faults: Faults | None = None) -> list[dict]:
        self.wire.faults = faults
        try:
            with HitJournal(self.path, faults or Faults()) as journal:
                return undo(Cloud(self.wire), journal, wait=lambda seconds: None)
        finally:
            self.wire.faults = None

    def edit(self, key: str, value: str | None) -> None:
        """Somebody else's hand."""
        cloud = Cloud(self.other)
        cloud.remove(self.at, [key]) if value is None else cloud.write(self.at, {key: value})

    def is_(self, due: dict[str, str]) -> list[str]:
        now, due = self.tags(), self._own | due
        return [] if now == due else [f"tags are {now}, not {due}"]

    def told(self) -> list[str]:
        """Whether everything that differs from the former state has its line in the journal, with what was there."""
        lines, now = read(self.path)[0], self.tags()
        begun = {line["key"]: line["before"] for line in lines if line["kind"] == "before"}
        return [
            f"{key} changed without a line"
            for key in now.keys() | FORMER.keys()
            if key not in self._own and now.get(key) != FORMER.get(key) and begun.get(key, "") != FORMER.get(key)
        ]


def trials(thing: Thing, step: int = 1) -> Iterator[tuple[str, str, list[str]]]:
    """(class, place, problems) of every fault of one kind; every `step`-th place only."""
    thing.fresh()
    counted, back = Faults(), Faults()
    clean = [line["status"] for line in thing.run(counted)]
    assert clean == ["written", "written"] and not thing.is_(AFTER), (thing.arn, clean)
    thing.back(back)
    assert not thing.is_(FORMER)
    places = counted.places
    calls = [n for n, place in enumerate(places) if place.startswith("before ") and "journal" not in place]
    for n in range(0, len(places), step):
        for finish in ("resumed", "undone"):
            thing.fresh()
            yield finish, places[n], _killed(thing, n, finish)
    for n in range(0, len(back.places), step):
        thing.fresh()
        thing.run()
        try:
            thing.back(Faults({n: KILL}))
            problems = ["it was not killed"]
        except Killed:
            thing.back()
            problems = thing.is_(FORMER)
        yield "undo killed", back.places[n], problems
    for n in calls[::step]:
        for faults, name in (
            (Faults({n: "ThrottlingException"}), "once"),
            (Faults(always=(n, "ThrottlingException")), "on"),
        ):
            thing.fresh()
            yield (
                "throttled",
                f"{places[n]} {name}",
                _answered(thing, faults, name == "once" and "GetBucketAbac" not in places[n]),
            )
        thing.fresh()
        yield "denied", places[n], _answered(thing, Faults({n: "AccessDeniedException"}), False)
    for n in [n for n in calls if not reads(places[n].partition(":")[2])][::step]:
        thing.fresh()
        yield "not taggable", places[n], _answered(thing, Faults({n: "InvalidParameterException"}), False)
    second = [n for n, place in enumerate(places) if place == "after journal:before"][0]
    for value in ("theirs", None):
        for moment in (-1, second):
            thing.fresh()
            if moment < 0:
                thing.edit("team", value)
                outcomes = thing.run()
            else:
                outcomes = thing.run(Faults({moment: lambda v=value: thing.edit("team", v)}))
            left = {k: v for k, v in (FORMER | {"team": value}).items() if v is not None}
            problems = thing.is_(left) + (
                []
                if outcomes[0]["status"] in ("changed", "clash")
                and outcomes[0].get("found") == value
                and outcomes[1]["status"] == "refused"
                else [f"told as {outcomes[0]}"]
            )
            thing.back()
            yield "changed before", "since the plan" if moment < 0 else "between the reads", problems + thing.is_(left)
    third = next(n for n in calls if n > second)
    last = max(n for n in calls if n < places.index("before journal:outcome"))  # reading back is answered after it
    for n in range(third + 1, last + 1, step):
        for key in ("team", "keep"):
            thing.fresh()
            how, problems = _window(thing, n, key)
            yield "in the window", f"{places[n]}, {'this key' if key == 'team' else 'another'}: {how}", problems
    done = -1
    calls = [n for n, place in enumerate(back.places) if place.startswith("before ") and "journal" not in place]
    for key in (EXTRA, "team"):  # undo takes the last row first
        first, done = done, back.places.index("before journal:undo", done + 1)
        inside = [n for n in calls if first < n < done]
        for n in range(inside[0] + 1, inside[-1] + 1, step):
            thing.fresh()
            how, problems = _undo_window(thing, n, key)
            yield "undo window", f"{back.places[n]}, {key}: {how}", problems
    for key in ("team", EXTRA):
        thing.fresh()
        thing.run()
        thing.edit(key, "theirs")
        told = {line["key"]: line["status"] for line in thing.back()}
        yield (
            "changed after",
            key,
            thing.is_(FORMER | {key: "theirs"}) + ([] if told[key] == "changed" else [f"told as {told}"]),
        )


def _killed(thing: Thing, n: int, finish: str) -> list[str]:
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


def _answered(thing: Thing, faults: Faults, passes: bool) -> list[str]:
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


def partial(arns: dict[str, str], wire: Wire, folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    """(kind, place, problems): a plan over all kinds in which one is denied."""
    things = {kind: Thing(arn, wire, folder) for kind, arn in arns.items()}
    for refused in arns:
        for thing in things.values():
            thing.fresh()
        with Journal(folder / "journal.jsonl") as journal:
            outcomes = []
            for kind, arn in arns.items():
                wire.faults = Faults(always=(0, "AccessDeniedException")) if kind == refused else None
                outcomes += [
                    (kind, line["status"]) for line in apply(plan(arn), Cloud(wire), journal, wait=lambda seconds: None)
                ]
            wire.faults = None
            problems = [
                f"{kind} is {status}"
                for kind, status in outcomes
                if status != ("refused" if kind == refused else "written")
            ]
            problems += [p for kind, thing in things.items() for p in thing.is_(FORMER if kind == refused else AFTER)]
            undo(Cloud(wire), journal, wait=lambda seconds: None)
        yield refused, "denied", problems + [p for thing in things.values() for p in thing.is_(FORMER)]


def really_killed(thing: "Thing | Together", arns: list[str], endpoint: str, n: int) -> list[str]:
    """A process of its own writes and is killed by SIGKILL at its nth place; this one goes on."""
    thing.fresh()
    child = subprocess.run(
        [
            sys.executable,
            "-m",
            "costdna_companion.bench.write_back",
            "--child",
            ",".join(arns),
            str(thing.path),
            endpoint,
            str(n),
        ],
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
    )
    if child.returncode != -signal.SIGKILL:
        return [f"the process ended with {child.returncode}: {child.stderr.decode()[-300:]}"]
    problems = thing.told()
    thing.run()
    problems += thing.is_(AFTER if isinstance(thing, Thing) else thing.after)
    thing.back()
    return problems + thing.is_(FORMER)


def _child(arns: list[str], path: str, endpoint: str, n: int) -> None:
    faults = Faults({n: KILL}, die=lambda: os.kill(os.getpid(), signal.SIGKILL))
    rows, most = (write_together.plan(arns), MOST) if len(arns) > 1 else (plan(arns[0]), 1)
    with HitJournal(Path(path), faults) as journal:
        apply(rows, Cloud(Wire(endpoint, faults)), journal, wait=lambda seconds: None, most=most)


def run(kinds: list[str] | None = None, step: int = 1, kills: int = 2, say=lambda text: None) -> list[dict]:
    """One row a fault: kind, class, place, problems.

    kinds: of MAKERS and GROUPS, all by default. kills: processes really killed for each kind.
    """
    import logging

    from moto import mock_aws
    from moto.server import ThreadedMotoServer

    chosen = [kind for kind in kinds or MAKERS if kind in MAKERS]
    groups = [name for name in kinds or GROUPS if name in GROUPS]
    out = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with mock_aws():
            wire = Wire()
            made = {
                kind: MAKERS[kind](wire)
                for kind in dict.fromkeys([*chosen, *(part for name in groups for part in GROUPS[name])])
            }
            arns = {kind: made[kind] for kind in chosen}
            for kind, arn in arns.items():
                started = time.monotonic()
                found = [
                    {"kind": kind, "class": what, "place": place, "problems": problems}
                    for what, place, problems in trials(Thing(arn, wire, folder), step)
                ]
                out += found
                say(
                    f"{kind}: {len(found)} faults, {sum(not row['problems'] for row in found)} survived, {time.monotonic() - started:.0f} s"
                )
            for name in groups:
                group, started = _together(name, made, wire, folder), time.monotonic()
                found = [
                    {"kind": name, "class": what, "place": place, "problems": problems}
                    for what, place, problems in write_together.trials(group, step)
                ]
                out += found
                say(
                    f"{name}: {len(found)} faults, {sum(not row['problems'] for row in found)} survived, {time.monotonic() - started:.0f} s"
                )
            out += [
                {"kind": kind, "class": "partial", "place": place, "problems": problems}
                for kind, place, problems in partial(arns, wire, folder)
            ]
        if kills:
            logging.getLogger("werkzeug").setLevel(logging.ERROR)
            server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
            server.start()
            try:
                endpoint = "http://{}:{}".format(*server.get_host_and_port())
                wire = Wire(endpoint)
                made = {
                    kind: MAKERS[kind](wire)
                    for kind in dict.fromkeys([*chosen, *(part for name in groups for part in GROUPS[name])])
                }
                for kind in [*chosen, *groups]:
                    thing = Thing(made[kind], wire, folder) if kind in made else _together(kind, made, wire, folder)
                    thing.fresh()
                    counted = Faults()
                    thing.run(counted)
                    thing.back()
                    for n in (len(counted.places) * (2 * k + 1) // (2 * kills) for k in range(kills)):
                        out.append(
                            {
                                "kind": kind,
                                "class": "kill -9",
                                "place": counted.places[n],
                                "problems": really_killed(
                                    thing, [thing.arn] if isinstance(thing, Thing) else thing.arns, endpoint, n
                                ),
                            }
                        )
                    say(f"{kind}: {kills} processes killed")
            finally:
                server.stop()
    return out


def _together(name: str, made: dict[str, str], wire: Wire, folder: Path) -> Together:
    return Together([Thing(made[kind], wire, folder) for kind in GROUPS[name]], wire, folder / "journal.jsonl", FORMER)


def markdown(rows: list[dict]) -> str:
    """The page: faults injected and survived, by kind and by class."""
    singles = [kind for kind in dict.fromkeys(row["kind"] for row in rows) if kind not in GROUPS]
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    cell = lambda part: f"{sum(not r['problems'] for r in part):,} of {len(part):,}" if part else "–"
    out = [
        "# Write-back under faults",
        "",
        "Printed by `make bench-write-back`; nothing here is written by hand.",
        "",
        f"{len(rows):,} faults injected, {sum(not row['problems'] for row in rows):,} survived, on {len(singles)} kinds of resources of an AWS double. Each fault hits a plan of two tags on one resource, one replaced and one new, or of one tag on several resources that one call writes (the last lines). A fault is survived when nothing is lost from the "
        "journal, nothing is overwritten that a read had seen, what somebody else wrote is kept or told with its value, and resuming or undoing leaves the resource exactly right.",
        "",
        "| class | what happens | survived |",
        "|---|---|---|",
    ]
    out += [f"| {name} | {text} | {cell([r for r in rows if r['class'] == name])} |" for name, text in CLASSES.items()]
    out += ["", "| kind | " + " | ".join(CLASSES) + " | all |", "|---|" + "---|" * (len(CLASSES) + 1)]
    out += [
        f"| {kind} | "
        + " | ".join(cell([r for r in rows if r["kind"] == kind and r["class"] == name]) for name in CLASSES)
        + f" | {cell([r for r in rows if r['kind'] == kind])} |"
        for kind in kinds
    ]
    out += [
        "",
        "Places are before and after each call to AWS and before, within (a torn line) and after each line of the journal; all are hit by an exception that nothing catches, some also by a real SIGKILL of a process of its own. "
        "No tag API can compare and set: a value that somebody writes after the second read and before the write is overwritten, and reading back cannot show it. There `costdna verify --history` finds it in CloudTrail's records of those seconds "
        "(here: records in CloudTrail's form, made from the calls themselves); where the value is still there, reading back tells it.",
    ]
    window = [row for row in rows if row["class"].endswith("window") and not row["problems"]]
    out += [
        "",
        f"Of {len(window):,} values that somebody wrote in the window, {sum(TOLD in row['place'] for row in window):,} were still there and told at reading back (or before the write, where a service makes us read once more), {sum(FOUND in row['place'] for row in window):,} were overwritten and found in the records with their value.",
    ]
    lost = [row for row in rows if row["problems"]]
    if lost:
        out += [
            "",
            "## Not survived",
            "",
            *(f"- {row['kind']}, {row['class']}, {row['place']}: {'; '.join(row['problems'])}" for row in lost),
        ]
    return "\n".join(out) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", action="append", help="only this kind; repeat for several")
    parser.add_argument("--step", type=int, default=1, help="every n-th place only")
    parser.add_argument("--kills", type=int, default=2, help="processes really killed for each kind")
    parser.add_argument("--json", action="store_true", help="one row a fault, as JSON")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        _child(given.child[0].split(","), *given.child[1:3], int(given.child[3]))
        return
    rows = run(given.kind, given.step, given.kills, lambda text: print(text, file=sys.stderr, flush=True))
    text = markdown(rows)
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    print(json.dumps(rows, indent=1) if given.json else text)
    if any(row["problems"] for row in rows):
        raise SystemExit(4)


if __name__ == "__main__":
    main()
