"""A client that says nothing, or half of something, holds no thread for ever; one that goes on is waited for."""

import io
import json
import socket
import threading
import time
from types import SimpleNamespace

import pytest
from costdna_companion.server import patience
from costdna_companion.server.local import server
from costdna_companion.server.patience import BODY, FIRST, HEAD, IDLE, TAKEN, Patient


class Line:
    """A connection on which each byte comes after so many seconds of a clock that only it moves; None: never."""

    def __init__(self, *gaps):
        self.now, self.gaps, self.limit = 0.0, list(gaps), None

    def settimeout(self, seconds):
        self.limit = seconds

    def recv_into(self, buffer) -> int:
        gap = self.gaps.pop(0) if self.gaps else None
        if gap is None or gap > self.limit:
            self.now += self.limit
            raise TimeoutError
        self.now += gap
        buffer[:1] = b"x"
        return 1


def waited(line: Line, first: bool | None) -> float:
    """Seconds until it was given up; first: which request's head is due, None: a body."""
    reader = Patient(line, lambda: line.now)
    reader.body() if first is None else reader.head(first)
    with pytest.raises(TimeoutError):
        io.BufferedReader(reader, 1).read(1_000)
    assert line.limit == TAKEN, "what is sent has a limit of its own"
    return line.now


def came(line: Line, count: int, first: bool | None) -> float:
    reader = Patient(line, lambda: line.now)
    reader.body() if first is None else reader.head(first)
    assert len(io.BufferedReader(reader, 1).read(count)) == count
    return line.now


def test_a_silent_client_is_given_up():
    assert waited(Line(), True) == FIRST and waited(Line(), False) == IDLE and waited(Line(), None) == BODY


def test_a_head_that_drips_ends_in_its_time_however_it_drips():
    assert waited(Line(*[HEAD - 1] * 100), True) == pytest.approx(HEAD - 1 + HEAD)
    assert waited(Line(IDLE - 1, *[1.0] * 1_000), False) == pytest.approx(IDLE - 1 + HEAD)


def test_a_body_may_take_its_time_while_it_goes_on():
    assert came(Line(*[BODY - 1] * 100), 100, None) == 100 * (BODY - 1)
    assert waited(Line(*[BODY - 1] * 100), None) == 100 * (BODY - 1) + BODY


@pytest.fixture
def running(tmp_path):
    """A server with one tool, which takes longer than the tests' limits; `called` says how often it was."""
    (tmp_path / "index.html").write_text("page")
    called = []

    def summary():
        called.append(threading.Event().wait(0.5))
        return {"ok": True}

    with server(SimpleNamespace(summary=summary, result=None), tmp_path) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        made.called = called
        yield made
        made.shutdown()


def said(running, text: str, half: bytes = b"") -> bytes:
    """All that the server says to a client that sends this, and then waits."""
    with socket.create_connection(running.server_address, timeout=30) as client:
        client.sendall(
            text.format(port=running.server_address[1], token=running.token).replace("\n", "\r\n").encode() + half
        )
        return b"".join(iter(lambda: client.recv(1 << 16), b""))


POST = "POST /api/v1/tools/summary HTTP/1.1\nHost: 127.0.0.1:{port}\nAuthorization: Bearer {token}\n"


@pytest.mark.parametrize(
    "limit,text",
    [("FIRST", ""), ("HEAD", "GE"), ("HEAD", "GET / HTTP/1.1\nHost: 127.0.0.1:{port}\nAccept")],
    ids=["nothing", "half a word", "half a head"],
)
def test_half_a_request_gets_nothing_and_lets_its_thread_go(limit, text, running, monkeypatch):
    monkeypatch.setattr(patience, limit, 0.2)
    before = threading.active_count()
    assert said(running, text) == b""
    for _ in range(600):
        if threading.active_count() <= before:
            return
        time.sleep(0.05)
    pytest.fail("its thread is still there")


def test_half_a_body_is_told_and_acted_on_by_nobody(running, monkeypatch):
    monkeypatch.setattr(patience, "BODY", 0.2)
    answer = said(running, POST + "Content-Length: 50\n\n", b'{"half": ')
    assert (
        answer.startswith(b"HTTP/1.1 408") and json.loads(answer.rpartition(b"\r\n\r\n")[2])["error"]["code"] == "half"
    )
    assert not running.called


def test_what_the_server_itself_takes_is_not_counted(running, monkeypatch):
    for limit in ("HEAD", "BODY", "TAKEN"):
        monkeypatch.setattr(patience, limit, 0.2)
    answer = said(running, POST + "Content-Length: 2\nConnection: close\n\n", b"{}")
    assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b'{"result": {"ok": true}}')
    assert len(running.called) == 1
