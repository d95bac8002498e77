"""The page's app: one root, filled when a bill has been read. Screens find their way in through `screens/`."""

from __future__ import annotations

from typing import Any

import panel as pn

from . import bridge

pn.extension("tabulator", design=None, notifications=False, console_output="disable")


class App:
    """Holds the bill that is open and the root Panel draws.

    `load(readings)` takes the readings of docs/reading.md ({meta, arrays} with numpy arrays).
    """

    def __init__(self) -> None:
        self.root = pn.Column(sizing_mode="stretch_width", css_classes=["costdna"])
        self.readings: list[dict[str, Any]] = []
        self.stopped = False

    def stop(self) -> None:
        """Give up at the next step."""
        self.stopped = True

    async def load(self, readings: list[dict[str, Any]]) -> None:
        """Show a bill."""
        self.stopped = False
        self.readings = readings
        await bridge.progress("Adding up")
        bridge.post("view", name="app")
        rows = sum(r["meta"]["rows"] for r in readings)
        self.root[:] = [pn.pane.HTML(f"<h1>{rows:,} lines read</h1>")]
