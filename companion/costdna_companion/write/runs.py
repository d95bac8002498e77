"""Where journals lie, and what each run came to."""

import datetime as dt
import os
from pathlib import Path

from costdna.errors import CostDNAError, UsageError
from costdna_companion.write.journal import Journal, read


def home() -> Path:
    """The user's own data folder: XDG_DATA_HOME, else ~/.local/share."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "costdna" / "runs"


def begin(folder: Path, digest: str, **about) -> tuple[str, Journal, bool]:
    """(run id, journal, resumed): the unfinished run of this very plan goes on, else a new one begins."""
    # a spoilt journal of another plan stands in nobody's way
    for path in sorted(folder.glob(f"*-{digest[:8]}.jsonl"), reverse=True):
        lines, _ = read(path)
        if lines and lines[0].get("plan") == digest and not any(line["kind"] in ("end", "undo") for line in lines):
            return path.stem, Journal(path), True
    now = dt.datetime.now(dt.UTC)
    named = now
    while read(folder / f"{(run := f'{named:%Y%m%dT%H%M%S}Z-{digest[:8]}')}.jsonl")[0]:
        named += dt.timedelta(seconds=1)  # an earlier run of this plan ended within this second: its journal is its own
    journal = Journal(folder / f"{run}.jsonl")
    journal.add("run", plan=digest, at=f"{now:%Y-%m-%dT%H:%M:%SZ}", **about)
    return run, journal, False


def listed(folder: Path, most: int) -> list[dict]:
    """The latest runs, newest first, and what became of each. One whose journal does not vouch for itself, or cannot be
    read, is there with `damaged`, which says why; it hides no other.
    """
    out = []
    for path in sorted(folder.glob("*.jsonl"), reverse=True)[:most]:
        try:
            told = _told(read(path)[0])
        except CostDNAError as error:
            told = _told([]) | {"damaged": f"{error.message} Found: {error.found}."}
        except OSError as error:
            told = _told([]) | {"damaged": f"The journal cannot be read. Found: {error.strerror}."}
        except (KeyError, TypeError, AttributeError):  # a chain that holds, of lines that no run wrote
            told = _told([]) | {"damaged": "The journal is not that of a run."}
        if told["begun"] or told["damaged"]:
            out.append({"run": path.stem} | {name: value for name, value in told.items() if name != "begun"})
    return out


def _told(lines: list[dict]) -> dict:
    """What a journal's lines come to."""
    first, kinds = lines[0] if lines else {}, {line["kind"] for line in lines}
    back = {
        (line["arn"], line["key"])
        for line in lines
        if line["kind"] == "undo" and line["status"] in ("restored", "already")
    }
    return {
        "begun": bool(lines),
        "at": first.get("at", ""),
        "account": first.get("account", ""),
        "key": first.get("key", ""),
        "rows": first.get("rows", 0),
        "written": sum(line["kind"] == "outcome" and line["status"] == "written" for line in lines),
        "ended": "end" in kinds,
        "undone": len(back),
        "damaged": "",
    }


def find(folder: Path, run: str) -> Path:
    """The journal of a run, by its id or the beginning of it. Raises UsageError where none or several match."""
    hits = sorted(path for path in folder.glob("*.jsonl") if path.stem.startswith(run))
    if len(hits) != 1:
        latest = reversed(listed(folder, 5))
        known = ", ".join(one["run"] + (" (damaged)" if one["damaged"] else "") for one in latest) or "none"
        raise UsageError(
            "There is no such run." if not hits else "Several runs begin like that.",
            found=run,
            where=str(folder),
            next_step=f"The latest runs: {known}.",
            code="run",
        )
    return hits[0]
