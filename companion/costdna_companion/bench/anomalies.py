"""The detector beside its rivals on labelled worlds.

`python -m costdna_companion.bench.anomalies [--dev] [--alone] [--processes N] [--out FILE]`.

The reporting seed is made from the commit in which the detector was frozen, so that nobody could have known it while
tuning.
"""

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from costdna.anomalies import Settings, alerts, scan
from costdna.trends import Coverage, Facts
from costdna.trends.completeness import ENOUGH, LATE, shares
from costdna_companion.bench.anomalies_page import markdown
from costdna_companion.bench.anomalies_rivals import OURS, RIVALS
from costdna_companion.bench.anomalies_worlds import (
    CLASSES,
    FORTNIGHT,
    JUDGED,
    MONTH,
    MONTHLY,
    NOISE,
    WARM,
    Cause,
    World,
    draws,
    months,
    world,
)

SEED_FILE = Path(__file__).with_name("anomalies_seed.json")
LEVELS = ("service+account+region", "service+account", "service", "account", "region", "total")
WITHIN = 21  # days in which a lasting change must be told


def facts_of(w: World) -> Facts:
    """A world as FACTS.

    A line a series and day, with a tax, a fee and a reservation's monthly fee beside them that must never alert.
    """
    n, width = w.cost.shape
    months = np.flatnonzero(w.days.astype("datetime64[M]").astype("datetime64[D]") == w.days)
    keys = [*w.keys, *(("fees", "111111111111", "eu-west-1"),) * 3]
    charges = pd.DataFrame(
        {"ServiceName": [k[0] for k in keys], "SubAccountId": [k[1] for k in keys], "RegionId": [k[2] for k in keys]}
    )
    at = np.concatenate([np.repeat(np.arange(n), width), np.repeat(np.arange(n, n + 3), len(months))])
    day = np.concatenate([np.tile(np.arange(width), n), np.tile(months, 3)])
    cost = np.concatenate(
        [np.rint(w.cost * 1e6).astype("int64").ravel(), np.full(3 * len(months), 5_000_000_000, dtype="int64")]
    )
    regular = np.concatenate([np.ones(n * width, dtype=bool), np.zeros(3 * len(months), dtype=bool)])
    keep = (cost != 0) | ~regular
    first = int(w.days[0].astype("int64"))
    return Facts(
        (day + first)[keep],
        at[keep],
        at[keep],
        cost[keep],
        np.zeros(int(keep.sum()), dtype="int64"),
        regular[keep],
        charges,
        pd.DataFrame({"x_Team": [""] * len(charges)}),
        6,
        "USD",
        "billed",
    )


def ours(w: World, judged: int = JUDGED) -> tuple[list[tuple[set[int], int, int]], int]:
    """Alerts as (series they may stand for, day told, last day), from the whole pipeline.

    Totals above the series, one alert for one cause, late days left out.
    """
    first, width = int(w.days[0].astype("int64")), w.cost.shape[1]
    share = shares(w.cost)
    late = next((LATE - i for i in range(LATE) if share[i] < ENOUGH), 0)
    known = Coverage(first, first + width - late, {})
    rows, _ = alerts(facts_of(w), known, Settings.of("medium"), judged - late, LEVELS)
    out = []
    for r in rows.to_dict("records"):
        mine = set()
        for text in [f"{r['x_Dimension']}: {r['x_Value']}", *([r["x_Counterpart"]] if r["x_Counterpart"] else [])]:
            level, _, value = text.partition(": ")
            mine |= {i for i, k in enumerate(w.keys) if _label(level, k) == value}
        out.append((mine, _day(r["x_Found"]) - first, _day(r["x_End"]) - first - 1))
    return out, late


def _label(level: str, key: tuple[str, str, str]) -> str:
    part = dict(zip(("service", "account", "region"), key)) | {"total": "total"}
    return " · ".join(part[p] for p in level.split("+"))


def _day(stamp) -> int:
    return int(np.datetime64(stamp, "D").astype("int64"))


def window(c: Cause) -> tuple[int, int]:
    """Days within which a cause must be told."""
    return (
        (c.start - 1, c.stop)
        if c.kind == "spike"
        else (c.start, c.start + WITHIN)
        if c.kind == "drop to zero"
        else (c.start - 1, (c.stop if c.kind == "slow ramp" else c.start) + WITHIN)
    )


def score(w: World, told: list[tuple[set[int], int, int]]) -> dict:
    """How the alerts compare with the causes, counted.

    alerts, right (alerts that stand for a cause), causes, found, at_once (told on the first day), extra (alerts beyond
    one a cause).
    """
    right: set[int] = set()
    out = {"alerts": len(told), "causes": len(w.causes), "found": 0, "at_once": 0, "extra": 0}
    for c in w.causes:
        low, high = window(c)
        touching = [
            i
            for i, (series, begin, end) in enumerate(told)
            if series & set(c.series)
            and begin <= max(high, c.stop + 7 if c.stop < w.cost.shape[1] else 0)
            and end >= c.start - 1
        ]
        mine = [i for i in touching if low <= told[i][1] <= high]
        right |= set(touching)
        out["found"] += bool(mine)
        out["at_once"] += any(told[i][1] <= c.start for i in mine)
        out["extra"] += max(0, len(touching) - 1)
    return {**out, "right": len(right)}


def month_cell(job: tuple[str, float, int, dict]) -> tuple[str, float, dict, dict]:
    """The bills of one month of one class and noise, judged from their fifteenth day on.

    As `cell`, with the number of bills.
    """
    kind, noise, seed, rivals = job
    sums: dict = defaultdict(lambda: defaultdict(int))
    for part, heavy in draws(kind, noise):
        for w in months(world(kind, noise, heavy, seed + part), seed + part):
            for name in (OURS, *rivals):
                told = (
                    ours(w, MONTH - FORTNIGHT)[0]
                    if name == OURS
                    else [({s}, b, e) for s, b, e in rivals[name](w.cost, FORTNIGHT)]
                )
                for key, value in {**score(w, told), "bills": 1}.items():
                    sums[heavy, name][key] += value
    return kind, noise, {k: dict(v) for k, v in sums.items()}, {}


def cell(job: tuple[str, float, int, dict]) -> tuple[str, float, dict, dict]:
    """The worlds of one class and noise: {(heavy, method): sums of score}, and the seconds each method took."""
    kind, noise, seed, rivals = job
    sums: dict = defaultdict(lambda: defaultdict(int))
    spent: dict[str, float] = defaultdict(float)
    for part, heavy in draws(kind, noise):
        w = world(kind, noise, heavy, seed + part)
        for name in (OURS, *rivals):
            begun = time.perf_counter()
            told = ours(w)[0] if name == OURS else [({s}, b, e) for s, b, e in rivals[name](w.cost, WARM)]
            spent[name] += time.perf_counter() - begun
            for key, value in score(w, told).items():
                sums[heavy, name][key] += value
    return kind, noise, {k: dict(v) for k, v in sums.items()}, dict(spent)


def run(
    seed: int, rivals: dict = RIVALS, processes: int = 1, say=lambda text: print(text, file=sys.stderr, flush=True)
) -> dict:
    """Every class, noise and tail: {(class, noise, heavy): {method: sums of score}}, and the seconds each method took."""
    table: dict = {}
    spent: dict[str, float] = defaultdict(float)
    jobs = [(kind, noise, seed, rivals) for kind in CLASSES for noise in NOISE]
    with ProcessPoolExecutor(processes) as pool:
        for kind, noise, sums, seconds in pool.map(cell, jobs):
            for (heavy, name), found in sums.items():
                table.setdefault((kind, noise, heavy), {})[name] = found
            for name, took in seconds.items():
                spent[name] += took
            say(f"{kind}, noise {noise:.0%}: done")
        monthly: dict = {}
        for kind, noise, sums, _ in pool.map(
            month_cell, [(kind, noise, seed, rivals) for kind in MONTHLY for noise in NOISE[:2]]
        ):
            for (heavy, name), found in sums.items():
                monthly.setdefault((kind, noise, heavy), {})[name] = found
    return {"table": table, "monthly": monthly, "seconds": dict(spent)}


def real(folder: Path) -> list[dict]:
    """The labelled CloudWatch windows (usage, not cost), hourly means.

    Windows found and alerts inside a window, per method.
    """
    windows = json.loads((folder / "anomaly_windows.json").read_text())
    out: dict[str, dict] = {m: {"windows": 0, "found": 0, "alerts": 0, "right": 0} for m in (OURS, *RIVALS)}
    for path in sorted(folder.glob("*.csv")):
        spans = next((v for k, v in windows.items() if Path(k).name == path.name), [])
        frame = pd.read_csv(path, parse_dates=["timestamp"])
        hourly = frame.set_index("timestamp")["value"].resample("h").mean().interpolate()
        cost, hours = hourly.to_numpy(dtype="float64")[None], hourly.index.to_numpy()
        begin = 48
        scale = float(np.median(cost[cost > 0])) if (cost > 0).any() else 1.0
        events = scan(
            cost,
            np.arange(cost.shape[1]).astype("datetime64[D]"),
            Settings.of("medium"),
            begin,
            cost.shape[1],
            0.2 * scale,
            season=24,
        )
        told = {
            OURS: [(0, e.start, e.end) for e in events],
            **{name: method(cost, begin) for name, method in RIVALS.items()},
        }
        bounds = [(np.datetime64(pd.Timestamp(a)), np.datetime64(pd.Timestamp(b))) for a, b in spans]
        for name, alerts_ in told.items():
            hit = [any(hours[b] <= hi and hours[e] >= lo for _, b, e in alerts_) for lo, hi in bounds]
            out[name]["windows"] += len(bounds)
            out[name]["found"] += sum(hit)
            out[name]["alerts"] += len(alerts_)
            out[name]["right"] += sum(
                any(hours[b] <= hi and hours[e] >= lo for lo, hi in bounds) for _, b, e in alerts_
            )
    return [{"method": k, **v} for k, v in out.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="the seed for tuning, never reported")
    parser.add_argument("--alone", action="store_true", help="without the rivals")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args()
    seed = {"seed": 1, "commit": "development"} if given.dev else json.loads(SEED_FILE.read_text())
    folder = Path(os.environ.get("COSTDNA_REAL_DATA", "../shared/data")) / "cloudwatch_series"
    windows = real(folder) if folder.is_dir() else []
    rivals = {} if given.alone else RIVALS
    result = run(seed["seed"], rivals, given.processes)
    text = markdown(result, seed, windows, rivals)
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    print(text)
    print("seconds:", {k: round(v, 1) for k, v in result["seconds"].items()})


if __name__ == "__main__":
    main()
