"""A folder of trail files → `events.parquet`. Batches of files in processes; killed at any moment, the next run goes
on.

A batch is a fixed run of the sorted keys. Its part is written beside its name and then renamed, so that a part is whole
or absent; it carries the batch's fingerprint (keys, sizes, ETags or times), so that changed files are read again.
The result depends on the files alone: resumed or not, with one process or several, it has the same bytes.
"""

import hashlib
import json
import multiprocessing
import os
import shutil
import threading
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from costdna.errors import UsageError
from costdna_companion.collect.trail.keys import holds_events
from costdna_companion.whole import hold

_OURS = ("coverage.json", ".fetched.json")  # notes that our own collectors leave beside the files

BATCH_BYTES = 4 << 20
"""Packed bytes a batch: about 50,000 events. Small, so that processes end together and what they hold is little."""

_FORMAT = 3
"""Of the parts: another number, and parts of an earlier reader are read anew."""


@dataclass(frozen=True)
class Loaded:
    """What a load found: where it lies, its events, its files, and how many of them were read in this run."""

    path: Path
    events: int
    files: int
    read: int
    duplicates: int


def load(folder: Path, out: Path, processes: int = 2, tell=lambda done, total, events: None) -> Loaded:
    """Read every trail file under `folder` (or `folder` itself, where it is one file) into `out`/events.parquet.

    tell: called with batches done, batches in all, and events so far. Raises UsageError where no file holds events,
    BillError where one is broken (the parts of the others stay, so that nothing is read twice).
    """
    files = (
        [folder]
        if folder.is_file()
        else sorted(p for p in folder.rglob("*.json*") if holds_events(p.as_posix()) and p.name not in _OURS)
    )
    if not files:
        raise UsageError(
            "There are no CloudTrail files here.",
            where=str(folder),
            next_step="Give the folder that holds AWSLogs/…/CloudTrail, or some of its .json.gz files.",
            code="no-trail",
        )
    root = folder.parent if folder.is_file() else folder
    parts = out / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    if os.name == "nt":  # where no folder can be held
        return _loaded(files, root, parts, out, processes, tell)
    held = os.open(parts, os.O_RDONLY)
    try:
        if not hold(held):
            raise UsageError(
                "Another scan is at work in this folder.",
                where=str(out),
                next_step="Wait until it is done, or give another --work-dir.",
                code="in-hand",
            )
        return _loaded(files, root, parts, out, processes, tell)
    finally:
        os.close(held)


def _loaded(files: list[Path], root: Path, parts: Path, out: Path, processes: int, tell) -> Loaded:
    batches = _batches(files, root)
    missing = [batch for batch in batches if not _part(parts, batch).exists()]
    events, done = 0, len(batches) - len(missing)
    read = sum(len(names) for names, _ in missing)
    for _batch, count in zip(missing, _each(root, parts, missing, processes)):
        events, done = events + count, done + 1
        tell(done, len(batches), events)
    kept = {_part(parts, batch).name for batch in batches}
    for stale in parts.glob("*"):
        if stale.name.removesuffix(".handed.json") + ("" if stale.suffix == ".parquet" else ".parquet") not in kept:
            stale.unlink(missing_ok=True)  # a reading process of a killed run may end in this very moment
    for stale in out.glob(".events.parquet.*"):  # of a run that was killed while it wrote the table
        shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
    from costdna_companion.collect.trail.merge import merge

    total, duplicates = merge([_part(parts, batch) for batch in batches], out / "events.parquet", processes)
    return Loaded(out / "events.parquet", total, len(files), read, duplicates)


def _each(root: Path, parts: Path, batches: list, processes: int):
    """Events of each batch, in their order. Handed out are only so many more than the processes work at: who pauses
    between two pauses the reading.
    """
    if processes <= 1 or len(batches) <= 1:
        yield from (write_part(root, parts, batch) for batch in batches)
        return
    with _pool(processes) as pool:
        handed: deque = deque()
        try:
            for batch in batches:
                handed.append(pool.submit(write_part, root, parts, batch))
                if len(handed) >= 2 * processes:
                    yield handed.popleft().result()
            while handed:
                yield handed.popleft().result()
        finally:
            for future in handed:
                future.cancel()


def _pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    """A reading process whose parent was killed waits for work for ever: it ends itself instead."""

    def watch():
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _batches(files: list[Path], root: Path) -> list[tuple[list[str], str]]:
    """(names, fingerprint) of each batch, in the order of the names."""
    out, names, marks, size = [], [], [], 0
    for path in files:
        stat = path.stat()
        if names and size + stat.st_size > BATCH_BYTES:
            out.append((names, _fingerprint(marks)))
            names, marks, size = [], [], 0
        name = path.relative_to(root).as_posix()
        names.append(name)
        marks.append((name, stat.st_size, stat.st_mtime_ns))
        size += stat.st_size
    return [*out, (names, _fingerprint(marks))]


def _fingerprint(marks: list) -> str:
    return hashlib.sha256(json.dumps([_FORMAT, *marks]).encode()).hexdigest()[:24]


def _part(parts: Path, batch: tuple[list[str], str]) -> Path:
    return parts / f"{batch[1]}.parquet"


def write_part(root: Path, parts: Path, batch: tuple[list[str], str]) -> int:
    """Read one batch and write its part; returns its events. Runs in a process of its own."""
    from costdna_companion.collect.trail.merge import save
    from costdna_companion.collect.trail.rows import Rows, not_a_trail

    rows = Rows()
    for name in batch[0]:
        rows.read((root / name).read_bytes(), name)
    target = _part(parts, batch)
    handed = target.with_name(batch[1] + ".handed.json")
    _whole(
        handed,
        lambda path: path.write_text(
            json.dumps({str(k): [a.kind, a.id, used] for k, (a, used) in rows.handed.items()}, sort_keys=True)
        ),
    )
    try:
        _whole(target, lambda path: save(rows, path))
    except ValueError as error:  # a time that is none: only all of a batch together are looked at
        raise not_a_trail(error, f"one of {len(batch[0])} files, {batch[0][0]} to {batch[0][-1]}") from error
    return len(rows)


def _whole(target: Path, write) -> None:
    """Write beside the name, then rename: the file is whole or it is not there."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    write(beside)
    beside.chmod(0o600)  # it names people
    os.replace(beside, target)
