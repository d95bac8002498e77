"""A sink on loopback, and no waiting between tries."""

import pytest
from costdna_companion.watch import send
from sink import Sink


@pytest.fixture
def sink():
    one = Sink()
    yield one
    one.close()


@pytest.fixture
def waits(monkeypatch):
    """Seconds that would have been waited."""
    out = []
    monkeypatch.setattr(send.time, "sleep", out.append)
    return out
