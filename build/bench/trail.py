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


def gunzip(files: list[Path]) -> float:
    start = time.perf_counter()
    subprocess.run(["gunzip", "-c", *map(str, files)], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def ours(trail: Path, out: Path, processes: int) -> tuple[float, int]:
    shutil.rmtree(out, ignore_errors=True)
    start = time.perf_counter()
    loaded = load(trail, out, processes)
    return time.perf_counter() - start, loaded.events


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
        best: dict[str, float] = {}
        for turn in range(chosen.rounds):
            for name, once in (("gunzip", lambda: gunzip(files)), ("2 processes", lambda: ours(trail, out, 2)[0]), ("1 process", lambda: ours(trail, out, 1)[0])):
                best[name] = min(best.get(name, 1e9), once())
        for name, seconds in best.items():
            print(f"{name:<12} {seconds:7.2f} s  {chosen.events / seconds:10,.0f} events/s  {best['gunzip'] / seconds:.2f} of gunzip's speed")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"peak memory of a reading process {peak[0]} MB, of the whole with one process {peak[1]} MB")


if __name__ == "__main__":
    sys.exit(main())
