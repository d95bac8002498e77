"""An append-only journal: what will be written is on the disk before it is written, and each line vouches for the one
before.

One JSON object a line, `hash` = sha256 of the line before and of this one's content. A line that was cut by a crash is
the last one and is dropped when the journal is opened again; a line changed by hand breaks the chain and stops
everything. Two writers at once would break the chain too: a journal that is open somewhere is refused to everybody
else.
"""

import datetime as dt
import hashlib
import io
import json
import os
from pathlib import Path

from costdna.errors import CostDNAError
from costdna_companion.whole import hold, private


class JournalError(CostDNAError):
    """A journal that does not vouch for itself, or that somebody else is writing: nothing is written or undone on its
    word.
    """


class Journal:
    """Lines of one run. `kind` says what a line is: run, resume, before, outcome, end, undo; `at` when it was written,
    UTC.
    """

    def __init__(self, path: Path):
        self.path = path
        private(path.parent)
        new = not path.exists()
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "ab")
        try:
            if not hold(self._file.fileno()):
                raise JournalError(
                    "This run is in hand already.",
                    found="another window or command is writing its journal",
                    where=str(path),
                    next_step="Wait until it is done, or stop it there; then ask again.",
                    code="run-in-hand",
                )
            self.lines, whole = read(path)
            if path.stat().st_size != whole:
                os.truncate(path, whole)
            if new:
                _kept(path.parent)
        except BaseException:
            self._file.close()
            raise

    def add(self, kind: str, **content) -> dict:
        """Append a line; it is on the disk when this returns."""
        line = {"n": len(self.lines), "kind": kind, "at": now(), **content}
        line["hash"] = _hash(self.lines[-1]["hash"] if self.lines else "", line)
        self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.lines.append(line)
        return line

    def of(self, kind: str) -> list[dict]:
        """The lines of one kind, in the order written."""
        return [line for line in self.lines if line["kind"] == kind]

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *error) -> None:
        self.close()


def read(path: Path) -> tuple[list[dict], int]:
    """The lines of a journal and the bytes they take; a cut last line is left out. Raises JournalError where the chain
    breaks.
    """
    if not path.exists():
        return [], 0
    lines, whole, before = [], 0, ""
    for number, raw in enumerate(io.BytesIO(path.read_bytes())):
        if not raw.endswith(b"\n"):
            break
        try:
            line = json.loads(raw)
            claimed = line.pop("hash")
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            raise _broken(path, number) from None
        if line.get("n") != number or _hash(before, line) != claimed:
            raise _broken(path, number)
        before = line["hash"] = claimed
        lines.append(line)
        whole += len(raw)
    return lines, whole


def now() -> str:
    """The time as a line keeps it: UTC, milliseconds."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _kept(folder: Path) -> None:
    """A new file's name is on the disk too, where the system lets a folder be flushed."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _hash(before: str, line: dict) -> str:
    return hashlib.sha256(
        (before + json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":"))).encode()
    ).hexdigest()


def _broken(path: Path, number: int) -> JournalError:
    return JournalError(
        "The journal was changed after it was written.",
        found=f"line {number + 1} does not follow from the line before",
        where=str(path),
        next_step="Restore it from a copy. Nothing is written or undone on the word of a changed journal.",
        code="journal",
    )
