"""A folder of dated runs: the newest, a name for the next, and up to which of them each target has been told."""

import datetime as dt
import json
import re
import shutil
from pathlib import Path

from costdna.errors import UsageError
from costdna_companion import saved
from costdna_companion.whole import swap

STATE = "told.json"
VERSION = 1
_FORM = "%Y-%m-%dT%H-%M-%SZ"  # a colon is no part of a file's name on Windows
_OURS = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ")
_DATED = re.compile(r"\d{4}-\d\d-\d\d[\w.+-]*")


def names(folder: Path) -> list[str]:
    """The runs in `folder` whose name begins with a date, by name. Other folders, and a run that was being written when
    its process died, are none.
    """
    if not folder.is_dir():
        return []
    return sorted(p.name for p in folder.iterdir() if _DATED.fullmatch(p.name) and (p / saved.MARK).is_file())


def fresh(folder: Path, now: dt.datetime) -> Path:
    """Where a run of `now` (UTC) is saved: a second later where that name is taken, or where the clock went back behind
    the newest run.
    """
    last = max((p.name for p in folder.iterdir() if _OURS.fullmatch(p.name)), default="") if folder.is_dir() else ""
    name = now.strftime(_FORM)
    return folder / (
        name if name > last else (dt.datetime.strptime(last, _FORM) + dt.timedelta(seconds=1)).strftime(_FORM)
    )


def told(folder: Path) -> dict[str, str]:
    """{target: the newest run that it knows of}. Raises UsageError where the file is of a newer costdna or spoilt."""
    path = folder / STATE
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version, out = int(content["schema_version"]), {str(k): str(v) for k, v in content["told"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            "Who was told what cannot be read.",
            found=str(error)[:100],
            where=str(path),
            next_step="Remove the file: the next digest then speaks of the newest two runs.",
            code="told",
        ) from error
    if version > VERSION:
        raise UsageError(
            "A newer costdna kept these runs.",
            found=f"version {version}; this one reads up to {VERSION}",
            where=str(path),
            next_step="Update costdna.",
            code="run-version",
        )
    return out


def remember(folder: Path, who: dict[str, str]) -> None:
    """Keep who knows of which run. No address is kept, only slack, teams or webhook."""
    swap(
        folder / STATE,
        lambda handle: handle.write(
            json.dumps({"schema_version": VERSION, "told": dict(sorted(who.items()))}, indent=2) + "\n"
        ),
    )


def trim(folder: Path, keep: int, needed: set[str]) -> list[str]:
    """Delete all but the newest `keep` runs (0: none is deleted), those that a digest still needs and those that bear a
    name of yours; the names of what is gone.
    """
    gone = [name for name in names(folder)[:-keep] if name not in needed and _OURS.fullmatch(name)] if keep else []
    for name in gone:
        (folder / name / saved.MARK).unlink()  # first: half a run is no run
        shutil.rmtree(folder / name)
    return gone
