"""How far a read is: files done, and within a file what the engine says of its scan."""

import threading
from collections.abc import Callable
from contextlib import contextmanager

Tell = Callable[[dict], None]
_EVERY = 0.25  # seconds between two looks at the engine


class Progress:
    """Bytes and rows of a drop so far, told to `tell` as {file, bytes, total_bytes, rows}; bytes never go back."""

    def __init__(self, total_bytes: int, tell: Tell | None):
        self.total, self.tell = total_bytes, tell
        self.done = self.rows = self.shown = 0
        self.file, self.size = "", 0

    def begin(self, file: str, size: int) -> None:
        """A file of `size` bytes is next."""
        self.file, self.size = file, size
        self.within(0.0)

    def within(self, fraction: float) -> None:
        """So much of the current file has been scanned."""
        self.shown = max(self.shown, min(self.total, self.done + int(self.size * min(1.0, max(0.0, fraction)))))
        if self.tell:
            self.tell({"file": self.file, "bytes": self.shown, "total_bytes": self.total, "rows": self.rows})

    def end(self) -> None:
        """The current file is read."""
        self.done += self.size
        self.size = 0
        self.within(0.0)

    @contextmanager
    def watching(self, connection):
        """Look at the engine's own progress while its query runs in this thread."""
        if not self.tell:
            yield
            return
        stop = threading.Event()

        def look():
            while not stop.wait(_EVERY):
                share = connection.query_progress()
                if share > 0:
                    self.within(share / 100 * 0.95)

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            stop.set()
            watcher.join()
