"""The WebAssembly wheels: whichever source has them, the sha256 decides.

A Pyodide wheel is named by its content: `pyodide-lock.json` of the npm package holds the official sha256 of each, and
`wheels.json` beside this file repeats those of the few we use, so a changed lock cannot swap them silently. Sources in
order: the local cache, the PyPI package `open-webui` (it carries the official builds), Pyodide's own release address.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable
from pathlib import Path

from .paths import CACHE, NODE_MODULES, BuildError

PYODIDE = "0.28.3"
# Loaded before the first view, in this order of dependence.
WHEELS = ("numpy", "pandas", "python-dateutil", "pytz", "six", "packaging")
# Only for the tests inside Pyodide: the baselines are held against scikit-learn there too.
TEST_WHEELS = ("scikit-learn", "scipy", "libopenblas", "joblib", "threadpoolctl")
# Only for the yardstick of `make bench-boot`: what `panel convert` asks for besides.
STOCK_WHEELS = ("micropip", "contourpy", "pillow")
CARRIER = "open-webui==0.9.6"
OFFICIAL = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
PINNED = json.loads(Path(__file__).with_name("wheels.json").read_text("utf-8"))


def sha256(path: Path) -> str:
    """Hex sha256 of a file."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def lock(node_modules: Path = NODE_MODULES) -> dict:
    """The official lock of the installed npm package. Raises BuildError when absent or of another version."""
    path = node_modules / "pyodide" / "pyodide-lock.json"
    if not path.exists():
        raise BuildError(f"{path} is missing. Run `make setup` (npm ci) first.")
    version = json.loads((node_modules / "pyodide" / "package.json").read_text("utf-8"))["version"]
    if version != PYODIDE:
        raise BuildError(f"pyodide {version} is installed, {PYODIDE} is wanted. Run `npm ci`.")
    return json.loads(path.read_text("utf-8"))


def wanted(official: dict, names: Iterable[str] = WHEELS, pinned: dict[str, str] = PINNED) -> dict[str, str]:
    """{file name: sha256} of the named packages; raises BuildError where lock and `wheels.json` disagree."""
    found = {official["packages"][n]["file_name"]: official["packages"][n]["sha256"] for n in names}
    for file, digest in found.items():
        if pinned.get(file) != digest:
            raise BuildError(
                f"{file}: the lock says sha256 {digest}, wheels.json {pinned.get(file)}. One of them was changed."
            )
    return found


def verified(path: Path, digest: str) -> bool:
    """Whether the file is there with the right content. A wrong file is removed, never used."""
    if not path.exists():
        return False
    if sha256(path) == digest:
        return True
    print(f"site: {path.name} has another sha256 than the lock: thrown away", file=sys.stderr)
    path.unlink()
    return False


def from_carrier(missing: dict[str, str], folder: Path) -> None:
    """Take what is there from the carrier package. Quiet when PyPI cannot be reached: the next source is tried."""
    work = CACHE / "carrier"
    print(f"site: fetching {CARRIER} (152 MB, once) for {len(missing)} WebAssembly wheels", flush=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-cache-dir",
        "--only-binary=:all:",
        "--python-version",
        "3.11",
        CARRIER,
        "-d",
        str(work),
    ]
    try:
        if subprocess.run(command, check=False).returncode == 0:
            with zipfile.ZipFile(next(work.glob("*.whl"))) as carrier:
                members = {n.rpartition("/")[2]: n for n in carrier.namelist() if "/frontend/pyodide/" in n}
                for file in PINNED.keys() & members.keys():  # all we may ever need of it: it is large
                    (folder / file).write_bytes(carrier.read(members[file]))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def from_official(missing: dict[str, str], folder: Path) -> None:
    """Take the rest from Pyodide's own release address."""
    for file in missing:
        try:
            with urllib.request.urlopen(OFFICIAL + file, timeout=120) as answer:
                (folder / file).write_bytes(answer.read())
        except (urllib.error.URLError, TimeoutError) as e:
            print(f"site: {OFFICIAL}{file}: {e}", file=sys.stderr)


def wheels(names: Iterable[str] = WHEELS, folder: Path = CACHE / "wheels") -> list[Path]:
    """Verified wheels of the named packages, in that order. Raises BuildError for what no source could give."""
    need = wanted(lock(), names)
    folder.mkdir(parents=True, exist_ok=True)
    for source in (None, from_carrier, from_official):
        missing = {f: d for f, d in need.items() if not verified(folder / f, d)}
        if missing and source:
            source(missing, folder)
    if missing := [f for f, d in need.items() if not verified(folder / f, d)]:
        raise BuildError(
            f"no source had {', '.join(missing)} with the right sha256. Put them into {folder} by hand and run again."
        )
    return [folder / f for f in need]
