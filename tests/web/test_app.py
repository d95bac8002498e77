"""A browser in which the model cannot run still gets the whole bill: proved, with the simple methods, and told why."""

import asyncio

import pytest
from readings import line, reading

pytest.importorskip("panel", reason="the page's views need panel (extra `site`)")

from costdna_web import bridge, model
from costdna_web.app import App

ROWS = [line(ResourceId=f"i-{k}", Tags={("resource", "user:Team"): "ab"[k % 2]}) for k in range(6)]


def test_a_model_that_breaks_leaves_the_proved_bill_and_a_word(monkeypatch):
    async def broken():
        raise MemoryError

    monkeypatch.setattr(model, "session", broken)
    bridge.sent.clear()
    app = App()
    asyncio.run(app.load([reading(ROWS)]))
    kinds = [m["type"] for m in bridge.sent]
    assert "failed" not in kinds and "view" in kinds
    assert any(m["type"] == "note" and "simple methods" in m["text"] for m in bridge.sent)
    assert app.report.text(app.report.net) == "7.5" and app.report.gate


def test_what_is_no_bill_is_said_and_nothing_is_shown():
    bridge.sent.clear()
    asyncio.run(App().load([]))
    assert [m["type"] for m in bridge.sent if m["type"] in ("failed", "view")] == ["failed"]
