"""The page's app: the bill that is open, one root, and the screens that have something to say about it.

Screens find their way in through `screens/`. Everything they need hangs on the App: `workspace`, its `report`, `metric`.
"""

from __future__ import annotations

from typing import Any

import panel as pn
from costdna.errors import CostDNAError
from costdna.pipeline import Wishes
from costdna.workspace import Workspace

from . import bridge, model
from .screens import screens

pn.extension("tabulator", design=None, notifications=False, console_output="disable")

STEPS = {"read": "Adding up", "owners": "Finding the owners the bill itself names", "relations": "Finding what belongs together",
         "attribute": "Inferring the rest", "allocate": "Allocating every cent", "report": "Closing the ledger"}


class App:
    """One tab's app. `load(readings)` takes the readings of docs/reading.md ({meta, arrays} with numpy arrays)."""

    def __init__(self) -> None:
        self.root = pn.Column(sizing_mode="stretch_width", css_classes=["costdna"])
        self.workspace: Workspace | None = None
        self.skipped: list[dict[str, Any]] = []

    @property
    def report(self) -> Any:
        """The last report (costdna.report.Report)."""
        return self.workspace.report

    async def load(self, readings: list[dict[str, Any]], skipped: list[dict[str, Any]] | None = None, **wishes: Any) -> None:
        """Attribute a bill and show it: what is proved first, then again with the model where the site has one."""
        self.skipped = skipped or []
        self.workspace = Workspace(readings, Wishes(**wishes))
        try:
            self.workspace.prove(tell)
            self.show()
            self.workspace.session = await model.session()
            await self.workspace.infer(tell)
            self.show()
        except CostDNAError as error:
            fail(error)

    async def run(self) -> None:
        """Attribute again with what is known now, and redraw."""
        self.workspace.prove(tell)
        await self.workspace.infer(tell)
        self.show()

    def show(self) -> None:
        """Draw the screens that apply to this bill."""
        bridge.post("view", name="app")
        tabs = [(s.title, pn.panel(s.view(self))) for s in screens() if s.requires is None or s.requires(self)]
        report = self.report
        total = pn.pane.HTML(f"<h1>{float(report.text(report.net)):,.2f} {report.currency}</h1>", sizing_mode="stretch_width")
        self.root[:] = [total, pn.Tabs(*tabs, sizing_mode="stretch_width")] if tabs else [total]


def tell(step: str) -> None:
    """Say on the page which step begins."""
    bridge.post("progress", text=STEPS.get(step, step))


def fail(error: CostDNAError) -> None:
    """Tell the page what a person can act on."""
    bridge.post("failed", during="load", message=error.message, traceback=str(error),
                problem={"message": error.message, "where": ", ".join(x for x in (error.where, error.found) if x), "next": error.next_step})
