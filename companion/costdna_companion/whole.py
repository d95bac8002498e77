"""Files and folders that are written whole or not at all, whenever the process dies."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


def folder_of(folder: Path, texts: dict[str, Callable[[], str]], mark: str, ours: tuple[str, ...] = ()) -> None:
    """Put files into `folder`, made if absent. texts: name → what gives its text, asked one after the other; `mark` is
    the one that makes the folder what it is.

    They are written and flushed in a hidden folder first. A new folder takes its name in one step. In one that is there
    already the mark goes first and comes back last, so that half of two writings is never read as one; of `ours`, what
    is not written now is deleted, other files stay.
    """
    folder = folder.resolve()
    there = folder.is_dir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        beside = Path(tempfile.mkdtemp(dir=folder if there else folder.parent, prefix=".costdna-"))
    except OSError as error:
        error.filename = str(folder)  # the name that was asked for
        raise
    try:
        for name, text in texts.items():
            with (beside / name).open("w", encoding="utf-8", newline="") as handle:
                handle.write(text())
                handle.flush()
                os.fsync(handle.fileno())
        if not there:
            beside.chmod(0o777 & ~_umask())  # mkdtemp's own is for its maker alone
            beside.rename(folder)
            return
        for stale in (mark, *(name for name in ours if name not in texts)):
            (folder / stale).unlink(missing_ok=True)
        for name in sorted(texts, key=lambda n: n == mark):
            os.replace(beside / name, folder / name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def swap(path: Path, write) -> None:
    """Write one file of text as `place` does; write: takes the open file."""

    def make(beside: Path) -> None:
        with beside.open("w", encoding="utf-8", newline="") as handle:
            write(handle)

    place(path, make)


def place(path: Path, make: Callable[[Path], None]) -> None:
    """Have one file made beside its place, for its owner alone, and move it there when it is complete.

    Where a link stands, what it leads to is written. What is there and no file (/dev/stdout, a pipe, a device) is
    written into as it is: a file in its place would take it from everybody.
    """
    if path.exists() and not path.is_file():
        make(path)
        return
    path = path.resolve() if path.is_symlink() else path
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        error.filename = str(path)  # the name that was asked for
        raise
    os.close(descriptor)
    try:
        make(Path(name))
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def private(folder: Path) -> Path:
    """The folder, made for its owner alone; so are those above it that are not there yet."""
    if not folder.parent.is_dir():
        private(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def hold(descriptor: int) -> bool:
    """Keep every other process, and every other opening of the file, from holding it until it is closed or the process
    ends, however it ends. False where somebody holds it.

    True also on a file system without locks: there one user at a time is the user's own care.
    """
    try:
        if os.name == "nt":
            import msvcrt

            # a byte that no line reaches: Windows keeps others from reading what is locked
            os.lseek(descriptor, 1 << 40, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
