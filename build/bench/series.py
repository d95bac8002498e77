"""`make bench-series`: thirteen months × 5,000 resources by day, all series exactly, as a multiple of pandas over the
same table.

Runs natively, then the same file inside the page's interpreter (Pyodide in node). Every ratio is of one process and one
table. pandas' own groupby-resample grows with the square of the resources (each group asks the whole table again):
where it would take an hour it is timed on fewer, beside ours on the same lines.

    series.py [RESOURCES 5000] [RESOURCES of groupby-resample natively, same] [in the page, 500]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
DAYS = 396
FIRST = int(np.datetime64("2025-09-01", "D").astype("int64"))


class Table:
    """Lines of `resources` machines in random order, a line a machine and day, as pandas takes them and as ours does."""

    def __init__(self, resources: int):
        from costdna.trends import Facts

        rng = np.random.default_rng(1)
        at = rng.permutation(resources * DAYS).astype("int64")
        day, which = FIRST + at % DAYS, at // DAYS
        cost = np.rint(rng.lognormal(2, 1, resources)[which] * (1 + 0.05 * rng.standard_normal(len(at))) * 1e6).astype(
            "int64"
        )
        names = np.array(
            [f"arn:aws:ec2:eu-west-1:111122223333:instance/i-{i:017x}" for i in range(resources)], dtype=object
        )[which]
        self.frame = pd.DataFrame(
            {"ResourceId": names, "day": day.astype("datetime64[D]").astype("datetime64[ns]"), "cost": cost / 1e6}
        )
        rows = np.arange(len(at), dtype="int64")
        self.facts = Facts(
            day,
            rows,
            rows,
            cost,
            cost,
            np.ones(len(at), dtype=bool),
            pd.DataFrame({"ResourceId": names}),
            pd.DataFrame(),
            6,
            "USD",
            "billed",
        )

    def series(self) -> np.ndarray:
        """Ours: exact units by resource and day."""
        from costdna.trends import labels, matrix

        codes, texts = labels(self.facts, "resource")
        return matrix(self.facts, codes, len(texts), FIRST, FIRST + DAYS)


def timed(what) -> tuple[float, object]:
    begun = time.perf_counter()
    out = what()
    return time.perf_counter() - begun, out


def resampled(resources: int) -> dict:
    """Seconds of pandas' groupby-resample and of ours over the same lines."""
    table = Table(resources)
    ours, series = timed(table.series)
    theirs, sums = timed(lambda: table.frame.groupby("ResourceId").resample("D", on="day")["cost"].sum())
    assert len(sums) == series.size and abs(float(sums.sum()) - series.sum(dtype="int64") / 1e6) < 1e-3
    return {"slow": resources, "slow_lines": len(table.frame), "pandas": theirs, "beside": ours}


def whole(resources: int) -> dict:
    """Seconds of ours, of pandas' Grouper and of the scan for the last fortnight, over all lines."""
    from costdna.anomalies import Settings, scan

    table = Table(resources)
    ours, series = timed(table.series)
    grouper, sums = timed(lambda: table.frame.groupby(["ResourceId", pd.Grouper(key="day", freq="D")])["cost"].sum())
    assert abs(float(sums.sum()) - series.sum(dtype="int64") / 1e6) < 1e-3
    scanned, _ = timed(
        lambda: scan(
            series[:, -214:] / 1e6,
            (FIRST + np.arange(DAYS, dtype="int64"))[-214:].astype("datetime64[D]"),
            Settings(),
            200,
        )
    )
    return {"resources": resources, "lines": len(table.frame), "grouper": grouper, "series": ours, "scan": scanned}


def shown(where: str, m: dict) -> str:
    same = m["slow"] == m["resources"]
    fewer = "" if same else f" over {m['slow']:,} of them ({m['slow_lines']:,} lines)"
    lines = [
        f"- {where}: {m['lines']:,} lines, {m['resources']:,} series. Our exact series {m['series']:.2f} s; pandas' Grouper, which leaves days without cost out, {m['grouper']:.2f} s: {m['series'] / m['grouper']:.2f} of it. "
        f"Every series scanned for oddities of the last fortnight, from seven months: {m['scan']:.1f} s.",
        f"- {where}, pandas' own groupby-resample{fewer}: {m['pandas']:.1f} s; ours over the same lines {m['beside']:.3f} s = {m['beside'] / m['pandas']:.4f} of it"
        + (f"; the scan {m['scan'] / m['pandas']:.2f} of it." if same else "."),
    ]
    return "\n".join(lines)


def measure(resources: int, slow: int) -> dict:
    return {**whole(resources), **resampled(slow)}


def test_in_the_page():
    """Run by `main` inside Pyodide: prints one line of JSON."""
    print("\nMEASURED " + json.dumps(measure(*json.loads((ROOT / "dist" / "bench-series.json").read_text()))))


def main() -> int:
    resources = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    native = int(sys.argv[2]) if len(sys.argv) > 2 else resources
    page = int(sys.argv[3]) if len(sys.argv) > 3 else min(resources, 500)
    if native:
        print(shown("natively", measure(resources, native)), flush=True)
    if not page:
        return 0
    (ROOT / "dist").mkdir(exist_ok=True)
    (ROOT / "dist" / "bench-series.json").write_text(json.dumps([resources, page]))
    done = subprocess.run(
        [sys.executable, "-m", "sitebuilder.pyodide_tests", "build/bench/series.py", "-s", "-q"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "build")},
        capture_output=True,
        text=True,
        check=False,
    )
    line = next((t for t in done.stdout.splitlines() if t.startswith("MEASURED ")), None)
    print(
        shown("in the page's interpreter", json.loads(line.removeprefix("MEASURED ")))
        if line
        else done.stdout[-2000:] + done.stderr[-2000:]
    )
    return 0 if line else 1


if __name__ == "__main__":
    sys.exit(main())
