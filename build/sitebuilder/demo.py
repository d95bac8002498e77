"""The demo bills inside the site.

Made by the project's own generator (known truth, nothing real), cached by their source.

Beside the plain one stands a bill that identifies no teams: its owner tags are dealt out by chance, so that nothing
about a resource says whose it is. The page must then say so.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import shutil
from pathlib import Path

from . import archive
from .paths import CACHE, ROOT

NOBODY = "demo-identifies-no-teams.csv.gz"
TEAM = "resourceTags/user:Team"
GENERATOR = ROOT / "companion" / "costdna_companion" / "demo"


def write_demo(target: Path) -> None:
    """Write demo/index.json and the bills it names: CUR v1, as most people have it."""
    sources = {
        f.relative_to(ROOT).as_posix(): f.read_bytes() for f in [*sorted(GENERATOR.rglob("*.py")), Path(__file__)]
    }
    made = CACHE / "demo" / archive.digest(sources)
    if not made.exists():
        from costdna_companion.demo.write import write_demo as write

        print("site: generating the demo bill", flush=True)
        work = made.with_suffix(".part")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        write(work, seed=7, scale=1.0, month="2026-09", formats=["v1"], negative=False)
        write(work / "chance", seed=11, scale=0.12, month="2026-09", formats=["v1"], negative=False)
        dealt(next((work / "chance").rglob("*.csv.gz")), work / NOBODY)
        shutil.rmtree(work / "chance")
        work.rename(made)
    bills = sorted(f for f in made.rglob("*.csv.gz"))
    target.mkdir(parents=True, exist_ok=True)
    for bill in bills:
        shutil.copyfile(bill, target / bill.name)
    (target / "index.json").write_text(
        json.dumps({"files": [b.name for b in bills if b.name != NOBODY], "nobody": [NOBODY]}), "utf-8"
    )


def dealt(source: Path, target: Path) -> None:
    """The bill with its team tag dealt to resources by chance and every other tag gone.

    The same bytes for the same bill.
    """
    with gzip.open(source, "rt", encoding="utf-8", newline="") as text:
        head, *rows = list(csv.reader(text))
    tags = [i for i, name in enumerate(head) if name.startswith(("resourceTags/", "costCategory/"))]
    team, thing = head.index(TEAM), head.index("lineItem/ResourceId")
    names = sorted({row[team] for row in rows} - {""})
    chance = random.Random(5)
    of = {resource: chance.choice([*names[:6], ""]) for resource in sorted({row[thing] for row in rows})}
    for row in rows:
        for i in tags:
            row[i] = ""
        row[team] = of[row[thing]] if row[thing] else ""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([head, *rows])
    target.write_bytes(gzip.compress(out.getvalue().encode(), 9, mtime=0))
