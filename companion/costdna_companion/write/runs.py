"""Where journals lie, and what each run came to."""

import datetime as dt
import os
from pathlib import Path

from costdna.errors import UsageError
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


def find(folder: Path, run: str) -> Path:
    """The journal of a run, by its id or the beginning of it. Raises UsageError where none or several match."""
    hits = sorted(path for path in folder.glob("*.jsonl") if path.stem.startswith(run))
    if len(hits) != 1:
        known = ", ".join(path.stem for path in sorted(folder.glob("*.jsonl"))[-5:]) or "none"
        raise UsageError(
            "There is no such run." if not hits else "Several runs begin like that.",
            found=run,
            where=str(folder),
            next_step=f"The latest runs: {known}.",
            code="run",
        )
    return hits[0]
