"""How does this leave the tab? Only as files that you save."""

from __future__ import annotations

from costdna.errors import CostDNAError
from costdna.export import FILES, Choices, File, Leaving
from costdna.export.markup import Safe, tag

from ..parts import button, heading, link, pane
from ..session_part import session
from ..state import State
from . import Screen

_made: dict[str, tuple] = {}
LEAST = {"0.8": "80 %", "0.9": "90 %", "0.95": "95 %", "0.99": "99 %"}
# files of figures; the others tell other tools whose what is
FIGURES = ("summary-page", "report", "teams", "resources", "allocations", "chargeback", "focus", "json")
TAGS_IN = {
    "auto": "where they fit best",
    "resource": "in each resource's block",
    "ignore": "nowhere: ignore_tags instead",
}


def leaving(state: State) -> Leaving:
    """The result on its way out, made once for a result, metric, way of writing numbers and code given."""
    chosen = wished(state)
    key = (id(state.result), state.metric, state.separators, id(state.code), tuple(chosen.values()))
    if _made.get("key") != key:
        choices = Choices(
            key=chosen["key"].strip() or "team",
            least=float(chosen["least"]),
            tags_in=chosen["tags_in"],
            create_bucket=chosen["bucket"] == "yes",
            repository=state.code,
        )
        _made["key"], _made["leaving"] = key, Leaving(state.result, state.report, state.figures, choices)
    return _made["leaving"]


def wished(state: State) -> dict[str, str]:
    """What was chosen on this screen for the files that write tags."""
    return state.kept.setdefault("export", {"key": "team", "least": "0.9", "tags_in": "auto", "bucket": "no"})


def hear(state: State, item: str, said: dict) -> str:
    """`export:key|least|tags_in|bucket` with a value."""
    value, known = str(said.get("value", "")), {"least": LEAST, "tags_in": TAGS_IN, "bucket": ("no", "yes")}
    if item == "key":
        wished(state)["key"] = value[:128]
        return ""
    if item in known and value in known[item]:
        wished(state)[item] = value
        return "screen" if state.saved.startswith("?") else ""
    return ""


def chooser(state: State) -> Safe:
    """How tags are written in the files that write them."""
    now = wished(state)
    choice = lambda label, item, values: tag(
        "label",
        tag("span", label),
        tag(
            "select",
            *(tag("option", text, value=v, selected=v == now[item]) for v, text in values.items()),
            data_fill=f"export:{item}",
        ),
    )
    return tag(
        "div",
        tag(
            "label",
            tag("span", "Tag key to write"),
            tag(
                "input",
                type="text",
                value=now["key"],
                data_fill="export:key",
                maxlength="128",
                spellcheck="false",
                autocomplete="off",
            ),
        ),
        choice("Inferred owners from", "least", LEAST),
        choice("Code: tags go", "tags_in", TAGS_IN),
        choice("Policy covers CreateBucket", "bucket", {"no": "no: older clients tag later", "yes": "yes"}),
        class_="controls narrow",
        role="group",
        aria_label="How tags are written",
    )


def words(state: State, file: File) -> Safe:
    """What a file cannot say for this bill, or why it cannot be made."""
    try:
        found = file.words(leaving(state))
    except CostDNAError as error:
        return tag("p", f"{error.message} {error.next_step}", role="status")
    if not found:
        return tag("p", "It says everything this result knows.", role="status")
    return tag(
        "ul",
        *(tag("li", text) for text in found[:8]),
        tag("li", f"and {len(found) - 8} more") if len(found) > 8 else None,
        class_="quiet",
        role="status",
    )


def code(state: State) -> Safe:
    """The door for a folder of code: read here like the bill, never sent or written."""
    said = (
        f"{len(state.code)} file{'s of code are' if len(state.code) != 1 else ' of code is'} here."
        if state.code
        else "It needs the folder of your .tf files, templates and Terraform state; they stay in this tab and are not changed."
    )
    return tag(
        "p",
        tag(
            "button",
            "Choose the folder of your code",
            type="button",
            class_="button quiet-button",
            data_pick="code",
            data_folder=".tf .tfstate .json .yaml .yml .template",
        ),
        " ",
        said,
        class_="quiet",
    )


def view(state: State):
    """One row per file: what it holds, a button, and what it cannot say for this bill."""
    rows = {
        f.kind: tag(
            "li",
            tag(
                "div",
                tag("h3", f.title),
                tag("p", f.text, class_="quiet"),
                code(state) if f.kind == "iac-patch" else None,
                tag(
                    "p",
                    link(
                        "What it cannot say for this bill",
                        f"save:?{f.kind}",
                        aria_label=f"What it cannot say for this bill: {f.title}",
                    ),
                    class_="quiet",
                )
                if f.partial
                else None,
                tag("p", "Saved.", class_="quiet", role="status") if state.saved == f.name else None,
                words(state, f) if state.saved in ("?" + f.kind, "?" + f.name) else None,
            ),
            button(f"Save {f.name}", f"save:{f.name}"),
        )
        for f in FILES
    }
    return pane(
        heading("The result leaves only as files you save."),
        tag(
            "p",
            f"All figures are {state.report.metric} cost in {state.report.currency}, as chosen above. Cells of the CSV files that a spreadsheet would run as a formula are made harmless.",
        ),
        tag("h2", "Figures"),
        tag("ul", *(rows[k] for k in FIGURES), class_="files"),
        tag("h2", "Owners as tags and rules of other tools"),
        chooser(state),
        tag("ul", *(row for k, row in rows.items() if k not in FIGURES), class_="files"),
        session(state),
    )


SCREEN = Screen("Export", 70, view, hear=hear)
