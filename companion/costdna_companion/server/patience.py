"""How long a local client is waited for: one that says nothing, or half of something, must not hold a thread for ever.

Waiting is for bytes alone. What the server itself takes to answer is not counted, and neither is how long a body takes
as a whole, as long as some of it keeps coming.
"""

import io
import time

HEAD = 30.0
"""Seconds that a request's first line and headers may take in all, from their first byte."""
FIRST = 30.0
"""Seconds until the first byte of a connection's first request."""
IDLE = 330.0
"""Seconds until the next request of a connection that was answered; browsers give one up after 300 by themselves."""
BODY = 60.0
"""Seconds without one more byte of a body."""
TAKEN = 600.0
"""Seconds that a client may take for one piece of an answer: a page may be busy with what it has."""
PIECE = 1 << 20
"""Bytes of an answer that are handed on at once."""


class Patient(io.RawIOBase):
    """What a client sends, with a limit to each wait. Raises TimeoutError where it passes."""

    def __init__(self, connection, clock=time.monotonic):
        self._connection, self._clock = connection, clock
        self._until, self._begun = 0.0, True

    def head(self, first: bool) -> None:
        """A request is due: the first of its connection, or one after an answer."""
        self._until, self._begun = self._clock() + (FIRST if first else IDLE), False

    def body(self) -> None:
        """The headers are read: what follows may take its time."""
        self._until = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        left = self._until - self._clock() if self._until else BODY
        if left <= 0:
            raise TimeoutError("the request did not come")
        self._connection.settimeout(left)
        try:
            count = self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(TAKEN)  # until the next reading, whatever is sent
        if not self._begun:
            self._until, self._begun = self._clock() + HEAD, True
        return count


class Waiting:
    """A request handler that waits so long and no longer; before BaseHTTPRequestHandler among a class's bases."""

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.patience, self._answered = Patient(self.connection), False
        self.rfile = io.BufferedReader(self.patience, 1 << 16)
        self.connection.settimeout(TAKEN)

    def handle_one_request(self) -> None:
        self.patience.head(first=not self._answered)
        super().handle_one_request()  # which takes a TimeoutError for the end of the connection
        self._answered = True

    def parse_request(self) -> bool:
        parsed = super().parse_request()
        self.patience.body()
        return parsed

    def hand(self, content: bytes) -> None:
        """Send an answer's body in pieces, each in its time. A client that went away is nobody to tell."""
        try:
            for at in range(0, len(content), PIECE):
                self.wfile.write(memoryview(content)[at : at + PIECE])
        except ConnectionError:
            self.close_connection = True
