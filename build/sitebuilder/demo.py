"""The demo bill inside the site: made by `costdna demo` (known truth, nothing real), cached by the generator's source."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from . import archive
from .paths import CACHE, ROOT

FORMATS = (".csv.gz", ".csv", ".parquet", ".zip")


def write_demo(target: Path) -> bool:
    """Write demo/index.json and the files it names. False when the command line has no `demo` verb yet."""
    verb = ROOT / "companion" / "costdna_companion" / "cli" / "demo.py"
    if not verb.exists():
        return False
    sources = {f.relative_to(ROOT).as_posix(): f.read_bytes() for f in sorted((ROOT / "companion").rglob("*demo*/**/*.py"))}
    sources |= {"verb": verb.read_bytes()}
    made = CACHE / "demo" / archive.digest(sources)
    if not made.exists():
        work = made.with_suffix(".part")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        print("site: generating the demo bill", flush=True)
        done = subprocess.run([sys.executable, "-m", "costdna_companion.cli", "demo", str(work)], check=False, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            shutil.rmtree(work)
            print(f"site: `costdna demo` failed, the page goes without a demo bill:\n{done.stderr[-2000:]}", file=sys.stderr)
            return False
        work.rename(made)
    # One form of the bill is enough for the button: the CUR as most people have it.
    bills = sorted((f for f in made.rglob("*") if f.is_file() and f.name.endswith(FORMATS) and "truth" not in f.name),
                   key=lambda f: ([f.name.endswith(x) for x in FORMATS].index(True), f.name))
    if not bills:
        return False
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(bills[0], target / bills[0].name)
    (target / "index.json").write_text(json.dumps({"files": [bills[0].name]}), "utf-8")
    return True
