"""Events per second out of S3-delivered trail files, beside `gunzip` alone as the floor, in one run.

Usage: trail.py [--events N] [--rounds N]   (make bench-trail)
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import trail_files

from costdna_companion.collect.trail.load import load


def timed(work) -> tuple[float, float]:
    """(seconds by the wall clock, processor seconds of all processes) of some work."""
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


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        trail, out = Path(folder, "trail"), Path(folder, "out")
        trail_files.write(trail, chosen.events)
        files = sorted(trail.rglob("*.gz"))
        print(f"{chosen.events:,} events, {len(files)} files, {sum(f.stat().st_size for f in files):,} bytes")
        runs = {"gunzip": lambda: gunzip(files), "2 processes": lambda: ours(trail, out, 2), "1 process": lambda: ours(trail, out, 1)}
        best = {name: (float("inf"), float("inf")) for name in runs}
        for _ in range(chosen.rounds):
            for name, work in runs.items():
                best[name] = tuple(map(min, best[name], timed(work)))
        floor = best["gunzip"][0]
        for name, (wall, cpu) in best.items():
            print(f"{name:<12} {wall:6.2f} s  {cpu:6.2f} s of processor  {chosen.events / wall:10,.0f} events/s  {floor / wall:.2f} of gunzip's speed")
        of = {who: resource.getrusage(who).ru_maxrss >> 10 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)}
        print(f"peak memory: {of[resource.RUSAGE_CHILDREN]} MB of a reading process, {of[resource.RUSAGE_SELF]} MB of the one that merges")


if __name__ == "__main__":
    sys.exit(main())
