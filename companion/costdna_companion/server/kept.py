"""What outlives the window: session files (the page's own format) under the user's data folder, for the user's eyes
alone.
"""

import hashlib
import os
import tempfile
import threading
from pathlib import Path

from costdna.errors import UsageError
from costdna.session_file import from_text
from costdna_companion.whole import private


def home() -> Path:
    """The companion's folder: XDG_DATA_HOME/costdna, else ~/.local/share/costdna."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "costdna"


def key(sources: list[str]) -> str:
    """The name of the session about these files: a hash over their sha256."""
    return hashlib.sha256("\n".join(sorted(sources)).encode()).hexdigest()[:32]


def mark(text: str | None) -> str:
    """What tells one state of a session from another: its sha256, "" for none."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


_turn = threading.Lock()


def keep_over(folder: Path, text: str, known: str) -> tuple[str, str | None]:
    """Keep a session over the one whose mark is `known` ("": over none), and over no other: two windows may have the
    same bill open. Returns its key, and the session that lies there instead, which is then left alone; None where there
    is none such. Raises UsageError for what is no session file.
    """
    with _turn:
        there = find(folder, name := _key_of(text))
        if there is not None and mark(there) != known and there != text:
            return name, there
        return keep(folder, text), None


def _key_of(text: str) -> str:
    """The key of the files that a session names."""
    sources = from_text(text).sources
    if not sources:
        raise UsageError(
            "The session names no bill.",
            found="no sources",
            where="session file",
            next_step="Save it with a bill open.",
            code="session",
        )
    return key([s["sha256"] for s in sources])


def keep(folder: Path, text: str) -> str:
    """Write a session, whole or not at all, mode 0600; returns its key. Raises UsageError for what is no session file."""
    name = _key_of(text)
    private(folder)
    descriptor, beside = tempfile.mkstemp(dir=folder, prefix=".session.")  # mkstemp: 0600 from the start
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, folder / f"{name}.costdna.json")
    except BaseException:
        Path(beside).unlink(missing_ok=True)  # a full disk
        raise
    return name


def find(folder: Path, name: str) -> str | None:
    """The session of a key, or None."""
    path = folder / f"{name}.costdna.json"
    return path.read_text(encoding="utf-8") if name.isalnum() and path.is_file() else None
