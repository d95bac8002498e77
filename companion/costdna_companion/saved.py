"""A saved run (a folder of `--save-dir`) back as tables."""

import csv
import json
from pathlib import Path

import pandas as pd

from costdna import money, schema
from costdna.drift import Side
from costdna.errors import UsageError

MARK, KIND = "run.json", "costdna-run"
"""The file that says what a saved run is, written last, and its kind in it. A folder without it is no run, or half of
one.
"""

VERSION = 1
"""Of the folder: which files it has and what their columns mean. A newer one is refused, never guessed at."""

SCALE = 18
"""Money of saved runs is read at one scale, the finest, so that two runs can be compared."""


def side(folder: Path) -> tuple[Side, dict]:
    """(the run's OWNABLES and OWNERSHIP, its report.json). Raises UsageError where the folder is no saved run."""
    for name in ("ownables.csv", "ownership.csv", "report.json", MARK):
        if not (folder / name).is_file():
            raise UsageError(
                "This is not a saved run.",
                found=f"{name} is missing",
                where=str(folder),
                next_step="Give a folder written by --save-dir of costdna attribute or scan.",
                code="no-run",
            )
    check(folder / MARK)
    try:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        return Side(
            table(folder / "ownables.csv", schema.OWNABLES), table(folder / "ownership.csv", schema.OWNERSHIP)
        ), report
    except (ValueError, KeyError) as error:
        raise UsageError(
            "The saved run cannot be read.",
            found=str(error)[:120],
            where=str(folder),
            next_step="Save it again with --save-dir.",
            code="run",
        ) from error


def check(mark: Path) -> None:
    """Raise UsageError where a run's mark says that this version cannot read it."""
    try:
        said = json.loads(mark.read_text(encoding="utf-8"))
        kind, version = said["kind"], int(said["schema_version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            "The saved run cannot be read.",
            found=str(error)[:120],
            where=str(mark),
            next_step="Save it again with --save-dir.",
            code="run",
        ) from error
    if kind != KIND:
        raise UsageError(
            "This is not a saved run.",
            found=str(kind)[:60],
            where=str(mark),
            next_step="Give a folder written by --save-dir of costdna attribute or scan.",
            code="no-run",
        )
    if version > VERSION:
        raise UsageError(
            "A newer costdna saved this run.",
            found=f"version {version}; this one reads up to {VERSION}",
            where=str(mark.parent),
            next_step="Update costdna, or save the run again with this one.",
            code="run-version",
        )


def table(path: Path, declared: schema.Table) -> pd.DataFrame:
    """A saved table with its declared kinds. Texts that a spreadsheet would run lose the apostrophe that kept them from
    it.
    """
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    frame = pd.DataFrame(
        {c.name: [_value(c, row[c.name]) for row in rows] for c in declared.columns}, columns=declared.names()
    )
    for column in declared.columns:
        if column.kind in ("id", "int"):
            frame[column.name] = frame[column.name].astype("int64")
        elif column.kind == "float":
            frame[column.name] = frame[column.name].astype("float64")
        elif column.kind in ("day", "time"):
            frame[column.name] = pd.to_datetime(frame[column.name]).astype("datetime64[ns]")
        elif column.kind == "money" and not rows:
            frame[column.name] = frame[column.name].astype("int64")
        elif column.kind == "money":
            frame[column.name] = money.fit(frame[column.name].tolist())
    return frame


def _value(column: schema.Column, text: str):
    if column.kind == "money":
        return money.parse(text, SCALE)
    if column.kind in ("id", "int"):
        return int(text)
    if column.kind == "float":
        return float(text) if text else float("nan")
    if column.kind == "flag":
        return text.lower() == "true"
    if column.kind == "list":
        return text.split()
    if column.kind in ("day", "time"):
        return text or None
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "\t", "\r") else text
