"""How does this leave the tab? Only as files that you save."""

from __future__ import annotations

from costdna.errors import CostDNAError
from costdna.export import FILES, Choices, File, Leaving
from costdna.export.markup import Safe, tag

from ..parts import button, heading, pane
from ..session_part import session
from ..state import State
from . import Screen

_made: dict[str, tuple] = {}


def leaving(state: State) -> Leaving:
    """The result on its way out, made once for a result, metric, way of writing numbers and code given."""
    key = (id(state.result), state.metric, state.separators, id(state.code))
    if _made.get("key") != key:
        _made["key"], _made["leaving"] = key, Leaving(state.result, state.report, state.figures, Choices(repository=state.code))
    return _made["leaving"]


def words(state: State, file: File) -> Safe:
    """What a file cannot say for this bill, or why it cannot be made."""
    try:
        found = file.words(leaving(state))
    except CostDNAError as error:
        return tag("p", f"{error.message} {error.next_step}", role="status")
    if not found:
        return tag("p", "It says everything this result knows.", role="status")
    return tag("ul", *(tag("li", text) for text in found[:8]), tag("li", f"and {len(found) - 8} more") if len(found) > 8 else None, class_="quiet", role="status")


def code(state: State) -> Safe:
    """The door for a folder of code: read here like the bill, never sent or written."""
    said = f"{len(state.code)} files of code are here." if state.code else "It needs the folder of your .tf files, templates and Terraform state; they stay in this tab and are not changed."
    return tag("p", tag("button", "Choose the folder of your code", type="button", class_="button quiet-button", data_pick="code", data_folder=".tf .tfstate .json .yaml .yml .template"), " ", said, class_="quiet")


def view(state: State):
    """One row per file: what it holds, a button, and what it cannot say for this bill."""
    rows = [tag("li", tag("div", tag("h2", f.title), tag("p", f.text, class_="quiet")), button(f"Save {f.name}", f"save:{f.name}"),
                button(f"What {f.title} cannot say", f"save:?{f.kind}") if f.partial else None, code(state) if f.kind == "iac-patch" else None,
                tag("p", "Saved.", class_="quiet", role="status") if state.saved == f.name else None,
                words(state, f) if state.saved in ("?" + f.kind, "?" + f.name) else None) for f in FILES]
    return pane(heading("The result leaves only as files you save."), tag("p", f"All figures are {state.report.metric} cost in {state.report.currency}, as chosen above. Cells of the CSV files that a spreadsheet would run as a formula are made harmless."),
                tag("ul", *rows, class_="files"), session(state))


SCREEN = Screen("Export", 70, view)
