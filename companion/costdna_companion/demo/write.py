"""The demo bill on disk: every format in its own folder, so that no two are read as one bill."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from costdna.errors import UsageError
from costdna_companion.demo.account import write_account
from costdna_companion.demo.bill import build
from costdna_companion.demo.trail import write_trail
from costdna_companion.demo.truth import write_truth
from costdna_companion.demo.writers import Writer

FORMATS: dict[str, Callable[[Writer, Path], Path | list[Path]]] = {
    "v1": lambda w, d: w.cur_v1(d / "cur-v1" / "demo-cur-v1.csv.gz"),
    "v1-net": lambda w, d: w.cur_v1(d / "cur-v1-net" / "demo-cur-v1-net.csv.gz", net=True),
    "v1-parquet": lambda w, d: w.cur_v1_parquet(d / "cur-v1-parquet" / "demo-cur-v1-00001.snappy.parquet"),
    "v1-zip": lambda w, d: w.cur_v1_zip(d / "cur-v1-zip" / "demo-cur-v1.zip"),
    "v1-parts": lambda w, d: w.cur_v1_parts(d / "cur-v1-parts"),
    "cur2": lambda w, d: w.cur2_parquet(d / "cur2" / "demo-cur2.snappy.parquet"),
    "cur2-net": lambda w, d: w.cur2_parquet(d / "cur2-net" / "demo-cur2-net.snappy.parquet", net=True),
    "cur2-csv": lambda w, d: w.cur2_csv(d / "cur2-csv" / "demo-cur2.csv.gz"),
    "cur2-parts": lambda w, d: w.cur2_parts(d / "cur2-parts"),
    "focus": lambda w, d: w.focus(d / "focus-1.2" / "demo-focus-1.2.csv.gz"),
}


def write_demo(folder: Path, *, seed: int = 7, scale: float = 1.0, month: str = "2026-09", formats: Iterable[str] = ("v1", "cur2", "focus"),
               negative: bool = False, trail: bool = False, collected: bool = False) -> list[tuple[Path, int]]:  # fmt: skip
    """Build and write; returns the files written, with their sizes in bytes.

    `trail` adds the month's CloudTrail, `collected` what the accounts answer. Raises UsageError for a month that is
    none.
    """
    parsed = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", month)
    if not parsed:
        raise UsageError("The month is not one.", found=month, next_step="Write it as 2026-09.", code="usage")
    bill = build(seed, scale=scale, year=int(parsed[1]), month=int(parsed[2]), negative=negative)
    writer = Writer(bill)
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name in formats:
        made = FORMATS[name](writer, folder)
        written += made if isinstance(made, list) else [made]
    if trail:
        written += write_trail(bill, folder / "trail")
    if collected:
        written += write_account(bill, folder / "scan")
    write_truth(bill, folder)
    return [(p, p.stat().st_size) for p in (*written, folder / "truth.json", folder / "truth.csv")]
