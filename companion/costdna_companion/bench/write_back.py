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

from costdna_companion.bench import write_together
from costdna_companion.bench.faults import KILL, Faults, HitJournal, Wire
from costdna_companion.bench.write_back_page import markdown
from costdna_companion.bench.write_thing import AFTER, FORMER, Thing, plan
from costdna_companion.bench.write_together import GROUPS, Together
from costdna_companion.bench.write_trials import trials
from costdna_companion.bench.written_kinds import MAKERS
from costdna_companion.write.apply import apply
from costdna_companion.write.cloud import Cloud
from costdna_companion.write.journal import Journal
from costdna_companion.write.together import MOST
from costdna_companion.write.undo import undo


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
    chosen = [kind for kind in kinds or MAKERS if kind in MAKERS]
    groups = [name for name in kinds or GROUPS if name in GROUPS]
    with tempfile.TemporaryDirectory() as name:
        out = in_process(chosen, groups, Path(name), step, say)
        return out + (by_kill(chosen, groups, Path(name), kills, say) if kills else [])


def in_process(chosen: list[str], groups: list[str], folder: Path, step: int, say) -> list[dict]:
    """Faults as exceptions, against a double in this process."""
    from moto import mock_aws

    out = []
    with mock_aws():
        wire = Wire()
        made = _made(chosen, groups, wire)
        several = [
            *((kind, lambda k=kind: trials(Thing(made[k], wire, folder), step)) for kind in chosen),
            *((name, lambda g=name: write_together.trials(_together(g, made, wire, folder), step)) for name in groups),
        ]
        for kind, all_of in several:
            started = time.monotonic()
            found = [_row(kind, *trial) for trial in all_of()]
            out += found
            survived = sum(not row["problems"] for row in found)
            say(f"{kind}: {len(found)} faults, {survived} survived, {time.monotonic() - started:.0f} s")
        arns = {kind: made[kind] for kind in chosen}
        out += [_row(kind, "partial", place, problems) for kind, place, problems in partial(arns, wire, folder)]
    return out


def by_kill(chosen: list[str], groups: list[str], folder: Path, kills: int, say) -> list[dict]:
    """Processes of their own, really killed at `kills` places spread over the run, against a double in a server."""
    import logging

    from moto.server import ThreadedMotoServer

    out = []
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        wire = Wire(endpoint)
        made = _made(chosen, groups, wire)
        for kind in [*chosen, *groups]:
            thing = Thing(made[kind], wire, folder) if kind in made else _together(kind, made, wire, folder)
            thing.fresh()
            counted = Faults()
            thing.run(counted)
            thing.back()
            arns = [thing.arn] if isinstance(thing, Thing) else thing.arns
            for n in (len(counted.places) * (2 * k + 1) // (2 * kills) for k in range(kills)):
                out.append(_row(kind, "kill -9", counted.places[n], really_killed(thing, arns, endpoint, n)))
            say(f"{kind}: {kills} processes killed")
    finally:
        server.stop()
    return out


def _row(kind: str, what: str, place: str, problems: list[str]) -> dict:
    return {"kind": kind, "class": what, "place": place, "problems": problems}


def _made(chosen: list[str], groups: list[str], wire: Wire) -> dict[str, str]:
    """{kind: ARN} of the resources that the kinds and groups need, made in the double."""
    needed = dict.fromkeys([*chosen, *(part for name in groups for part in GROUPS[name])])
    return {kind: MAKERS[kind](wire) for kind in needed}


def _together(name: str, made: dict[str, str], wire: Wire, folder: Path) -> Together:
    return Together([Thing(made[kind], wire, folder) for kind in GROUPS[name]], wire, folder / "journal.jsonl", FORMER)


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
