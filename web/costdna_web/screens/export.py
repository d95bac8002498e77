"""How does this leave the tab? Only as files that you save."""

from __future__ import annotations

from costdna.export import FILES
from costdna.export.markup import join, tag

from ..parts import button, heading, pane
from ..state import State
from . import Screen


def view(state: State):
    """One row per file: what it holds and a button."""
    rows = [tag("li", tag("div", tag("h2", f.title), tag("p", f.text, class_="quiet")), button(f"Save {f.name}", f"save:{f.name}"),
                tag("p", "Saved.", class_="quiet", role="status") if state.saved == f.name else None) for f in FILES]
    return pane(heading("The result leaves only as files you save."), tag("p", f"All figures are {state.report.metric} cost in {state.report.currency}, as chosen above. Cells of the CSV files that a spreadsheet would run as a formula are made harmless."),
                tag("ul", *rows, class_="files"), join())


SCREEN = Screen("Export", 70, view)
