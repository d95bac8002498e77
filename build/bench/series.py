"""`make bench-series`: thirteen months × resources × days, all series exactly, as a multiple of pandas' groupby-resample over the same table.

Runs natively, then the same file inside the page's interpreter (Pyodide in node). Every figure is from one process and one table.
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


def measure(resources: int) -> dict:
    """Seconds of pandas, of our exact series and of the scan for the last fortnight, over the same lines in random order."""
    from costdna.anomalies import Settings, scan
    from costdna.trends import Facts, labels, matrix

    rng = np.random.default_rng(1)
    first = int(np.datetime64("2025-09-01", "D").astype("int64"))
    at = rng.permutation(resources * DAYS).astype("int64")
    day, which = first + at % DAYS, at // DAYS
    cost = np.rint(rng.lognormal(2, 1, resources)[which] * (1 + 0.05 * rng.standard_normal(len(at))) * 1e6).astype("int64")
    names = np.array([f"arn:aws:ec2:eu-west-1:111122223333:instance/i-{i:017x}" for i in range(resources)], dtype=object)[which]
    frame = pd.DataFrame({"ResourceId": names, "day": day.astype("datetime64[D]").astype("datetime64[ns]"), "cost": cost / 1e6})
    begun = time.perf_counter()
    theirs = frame.groupby("ResourceId").resample("D", on="day")["cost"].sum()
    pandas_seconds = time.perf_counter() - begun
    begun = time.perf_counter()
    frame.groupby(["ResourceId", pd.Grouper(key="day", freq="D")])["cost"].sum()
    grouper_seconds = time.perf_counter() - begun
    rows = np.arange(len(at), dtype="int64")
    made = Facts(day, rows, rows, cost, cost, np.ones(len(at), dtype=bool), pd.DataFrame({"ResourceId": names}), pd.DataFrame(), 6, "USD", "billed")
    begun = time.perf_counter()
    codes, texts = labels(made, "resource")
    series = matrix(made, codes, len(texts), first, first + DAYS)
    our_seconds = time.perf_counter() - begun
    assert len(theirs) == series.size and abs(float(theirs.sum()) - series.sum(dtype="int64") / 1e6) < 1e-3
    begun = time.perf_counter()
    scan(series[:, -214:] / 1e6, (first + np.arange(DAYS, dtype="int64"))[-214:].astype("datetime64[D]"), Settings(), 200)
    return {"resources": resources, "lines": len(at), "pandas": pandas_seconds, "grouper": grouper_seconds, "series": our_seconds, "scan": time.perf_counter() - begun}


def shown(where: str, m: dict) -> str:
    return (f"{where}: {m['lines']:,} lines, {m['resources']:,} series. pandas groupby-resample {m['pandas']:.2f} s; pandas' faster way (Grouper, which leaves days without cost out) {m['grouper']:.2f} s; "
            f"our exact series {m['series']:.2f} s = {m['series'] / m['pandas']:.4f} of the first, {m['series'] / m['grouper']:.2f} of the second; "
            f"every series scanned for oddities of the last fortnight (from seven months) {m['scan']:.2f} s = {m['scan'] / m['pandas']:.2f} of the first.")


def test_in_the_page():
    """Run by `main` inside Pyodide: prints one line of JSON."""
    print("\nMEASURED " + json.dumps(measure(int((ROOT / "dist" / "bench-series.txt").read_text()))))


def main() -> int:
    resources = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    in_page = int(sys.argv[2]) if len(sys.argv) > 2 else resources  # groupby-resample takes minutes there
    print(shown("natively", measure(resources)), flush=True)
    (ROOT / "dist").mkdir(exist_ok=True)
    (ROOT / "dist" / "bench-series.txt").write_text(str(in_page))
    done = subprocess.run([sys.executable, "-m", "sitebuilder.pyodide_tests", "build/bench/series.py", "-s", "-q"], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT / "build")}, capture_output=True, text=True, check=False)
    line = next((t for t in done.stdout.splitlines() if t.startswith("MEASURED ")), None)
    print(shown("in the page's interpreter", json.loads(line.removeprefix("MEASURED "))) if line else done.stdout[-2000:] + done.stderr[-2000:])
    return 0 if line else 1


if __name__ == "__main__":
    sys.exit(main())
