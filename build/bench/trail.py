"""Events per second out of S3-delivered trail files, beside `gunzip` alone as the floor, in one run; then runs killed
at random and resumed.

Usage: trail.py [--events N] [--rounds N] [--kills N] [--out FILE]   (make bench-trail)
"""

import argparse
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import trail_files

from costdna_companion.collect.trail.load import load

_RUN = """
import resource, sys
from pathlib import Path
from costdna_companion.collect.trail.load import load
load(Path(sys.argv[1]), Path(sys.argv[2]), 2)
print(*(resource.getrusage(who).ru_maxrss >> 10 for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)))
"""


def timed(work) -> tuple[float, float]:
    """(seconds by the clock, processor seconds of all processes) of some work."""
    wall, cpu = time.perf_counter(), _cpu()
    work()
    return time.perf_counter() - wall, _cpu() - cpu


def _cpu() -> float:
    return sum(part for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN) for part in resource.getrusage(who)[:2])


def gunzip(files: list[Path]) -> None:
    subprocess.run(["gunzip", "-c", *map(str, files)], stdout=subprocess.DEVNULL, check=True)


def ours(trail: Path, out: Path, processes: int) -> None:
    shutil.rmtree(out, ignore_errors=True)
    load(trail, out, processes)


def held(trail: Path, out: Path) -> tuple[int, int]:
    """Most MB that a reading process and the merging one held. In an interpreter of its own: a child's peak starts at
    what its parent holds.
    """
    shutil.rmtree(out, ignore_errors=True)
    reading, merging = subprocess.run(
        [sys.executable, "-c", _RUN, str(trail), str(out)], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.split()
    return int(reading), int(merging)


def killed(trail: Path, out: Path, after: float) -> tuple[int, int]:
    """Parts that a run with two processes had written when it was killed with SIGKILL after some seconds, and files
    that the next run read: it ends what was begun.
    """
    shutil.rmtree(out, ignore_errors=True)
    run = subprocess.Popen([sys.executable, "-c", _RUN, str(trail), str(out)], stderr=subprocess.DEVNULL)
    time.sleep(after)
    run.kill()
    run.wait()
    written = len(list((out / "parts").glob("*.parquet")))
    return written, load(trail, out, 2).read


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--kills", type=int, default=3)
    options.add_argument("--out", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trail, out, again = Path(folder, "trail"), Path(folder, "out"), Path(folder, "again")
        trail_files.write(trail, chosen.events)
        files = sorted(trail.rglob("*.gz"))
        said = ["# CloudTrail files into events", "", "Printed by `make bench-trail`; nothing here is written by hand.", "",
                f"{chosen.events:,} events in {len(files)} files of {sum(f.stat().st_size for f in files):,} bytes, as CloudTrail delivers them to S3, read, resolved, sorted and freed of duplicates. Best of {chosen.rounds} rounds in one run, beside unpacking alone.", "",
                "| | seconds | processor seconds | events a second | of gunzip's speed |", "|---|---|---|---|---|"]  # fmt: skip
        runs = {
            "`gunzip` to nowhere": lambda: gunzip(files),
            "one process": lambda: ours(trail, out, 1),
            "two processes": lambda: ours(trail, out, 2),
        }
        best = {name: (float("inf"), float("inf")) for name in runs}
        for _ in range(chosen.rounds):
            for name, work in runs.items():
                best[name] = tuple(map(min, best[name], timed(work)))
        floor = next(iter(best.values()))[0]
        said += [
            f"| {name} | {wall:.2f} | {cpu:.2f} | {chosen.events / wall:,.0f} | {floor / wall:.2f} |"
            for name, (wall, cpu) in best.items()
        ]
        reading, merging = held(trail, out)
        said += [
            "",
            f"Most memory held: {reading} MB by a reading process, {merging} MB by the one that merges, which sorts on disk what does not fit.",
        ]
        whole, kills, seconds = (out / "events.parquet").read_bytes(), [], best["two processes"][0]
        for _ in range(chosen.kills):
            after = random.uniform(0.1, 1.0) * seconds
            written, read = killed(trail, again, after)
            equal = (again / "events.parquet").read_bytes() == whole
            kills.append(f"| {after:.1f} | {written} | {read} | {'yes' if equal else 'NO'} |")
        if kills:
            said += [
                "",
                "Killed with SIGKILL at a random moment, then run again:",
                "",
                "| killed after s | parts whole by then | files read by the second run | same bytes as an undisturbed run |",
                "|---|---|---|---|",
                *kills,
            ]
    print("\n".join(said))
    if chosen.out:
        chosen.out.write_text("\n".join([*said, ""]))


if __name__ == "__main__":
    sys.exit(main())
