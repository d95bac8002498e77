"""The demo bill inside the site: made by the project's own generator (known truth, nothing real), cached by its source."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from . import archive
from .paths import CACHE, ROOT

GENERATOR = ROOT / "companion" / "costdna_companion" / "demo"


def write_demo(target: Path) -> None:
    """Write demo/index.json and the bill it names: CUR v1, as most people have it."""
    sources = {f.relative_to(ROOT).as_posix(): f.read_bytes() for f in sorted(GENERATOR.rglob("*.py"))}
    made = CACHE / "demo" / archive.digest(sources)
    if not made.exists():
        from costdna_companion.demo.write import write_demo as write

        print("site: generating the demo bill", flush=True)
        work = made.with_suffix(".part")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        write(work, seed=7, scale=1.0, month="2026-09", formats=["v1"], negative=False)
        work.rename(made)
    bills = sorted(f for f in made.rglob("*.csv.gz"))
    target.mkdir(parents=True, exist_ok=True)
    for bill in bills:
        shutil.copyfile(bill, target / bill.name)
    (target / "index.json").write_text(json.dumps({"files": [b.name for b in bills]}), "utf-8")
