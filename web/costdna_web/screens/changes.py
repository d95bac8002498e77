"""Why did the bill move, and what is odd?

A difference split to the last unit, its movers, and alerts that take an answer.
"""

from __future__ import annotations

import panel as pn
from costdna.errors import CostDNAError
from costdna.export.figures import Figures
from costdna.export.markup import Safe, join, tag
from costdna.export.tables import amount, table
from costdna.trends import DIMENSIONS, grid
from costdna.why import sentence
from costdna.why.effects import WORDS

from ..alerting import DAYS, SENSITIVITIES, odd, percent, save, say
from ..handing import HANDED, beside, handed, take
from ..parts import choice, heading, pane
from ..state import State
from ..waterfall import waterfall
from . import Screen

NAMES = {
    "total": "Whole bill",
    "team": "Team",
    "service": "Service",
    "account": "Account",
    "region": "Region",
    "usage-type": "Usage type",
    "operation": "Operation",
    "category": "Kind of charge",
    "line-type": "Line type",
    "resource": "Resource",
    "environment": "Environment",
}
KNOWN = {
    "by": set(NAMES),
    "sensitivity": set(SENSITIVITIES),
    "days": set(DAYS),
    "before": None,
    "after": None,
}
"""What may be chosen, and of which values (None: any)."""
SHOWN = 25


def chosen(state: State) -> dict:
    """What was chosen on this screen."""
    return state.kept.setdefault(
        "changes", {"before": "", "after": "", "by": "service", "sensitivity": "medium", "days": "14"}
    )


def hear(state: State, item: str, said: dict) -> str:
    """`changes:before|after|by|sensitivity|days` with a value, `changes:say:ID:VERDICT`, `changes:save`."""
    kept, value = chosen(state), str(said.get("value", ""))
    kind, _, rest = item.partition(":")
    if kind == "say":
        name, _, verdict = rest.partition(":")
        return say(state, kept, name, verdict)
    if kind == "save" and state.workspace.feedback is not None:
        save(state.workspace.feedback)
        return ""
    if kind in HANDED:
        kept["wrong"] = take(state, kind, value)
        return "screen"
    if kind in KNOWN and (KNOWN[kind] is None or value in KNOWN[kind]):
        kept[kind] = value[:40]
        if kind in ("before", "after") and not value:
            kept["before"] = kept["after"] = ""
        return "screen"
    return ""


def view(state: State):
    """The difference first, what is odd beneath."""
    kept = chosen(state)
    both = kept["before"] and kept["after"]
    periods = (kept["before"], kept["after"]) if both else ("", "")
    try:
        found = state.workspace.compared(*periods, kept["by"], SHOWN, state.metric)
    except CostDNAError as error:
        alone = pane(
            heading("Nothing can be compared yet."),
            tag("p", error.message),
            tag("p", error.found, class_="quiet") if error.found else None,
            controls(state),
            *below(state),
        )
        return pn.Column(alone, sizing_mode="stretch_width", margin=0)
    note = tag("p", found["note"]) if found["note"] else None
    return pn.Column(
        pane(heading(headline(found, state)), note, controls(state, found)),
        *drawn(found, state),
        pane(movers(found, state), masked(found, state), *below(state)),
        sizing_mode="stretch_width",
        margin=0,
    )


def below(state: State) -> list[Safe]:
    """What does not hang on the two periods: alerts, deploys, files about days."""
    kept = chosen(state)
    return [odd(state, kept), beside(state), handed(state, kept.get("wrong", ""))]


def headline(found: dict, state: State) -> str:
    """What the bill did, in words."""
    return sentence(found, state.figures.money)


def controls(state: State, found: dict | None = None) -> Safe:
    """Which periods, and by what. Periods the bill does not cover whole are marked."""
    kept = chosen(state)
    made, known = state.workspace.facts(state.metric)
    first, last = int(made.day.min()), int(made.day.max()) + 1
    periods = [known.mark(p) for grain in ("month", "week") for p in grid(first, last, grain)]
    periods = [p for p in periods if p.known > 0]
    if len(periods) < 3:
        periods += [known.mark(p) for p in grid(first, last, "day")]
    names = [p["name"] for p in found["periods"]] if found else ["", ""]
    shown = {p.name: p.name + (" (in part)" if p.partial else "") for p in periods}
    options = {"": "Choose", **shown}
    by = {d: NAMES[d] for d in DIMENSIONS if d in NAMES}
    return tag(
        "div",
        choice("From", "changes:before", options, kept["before"] or names[0]),
        choice("To", "changes:after", options, kept["after"] or names[1]),
        choice("By", "changes:by", by, kept["by"]),
        class_="controls",
        role="search",
        aria_label="Periods",
    )


def drawn(found: dict, state: State) -> list:
    """The waterfall and its twin."""
    f = state.figures
    chart, cut = waterfall(found, f, state.theme)
    rows = [[name.capitalize(), amount(v, f), WORDS[name]] for name, v in found["effects"].items() if v]
    a, b = (p["name"] for p in found["periods"])
    foot = [
        "Difference",
        amount(found["change"], f),
        f"{f.money(found['old'])} in {a} became {f.money(found['new'])} in {b}; nothing is left over.",
    ]
    twin = table(
        "The difference by what it is made of",
        ["Effect", f"Cost, {f.currency}", "What it means"],
        rows,
        numbers=(1,),
        foot=foot,
    )
    said = (
        tag("p", "The axis does not begin at zero: the effects are small against the whole.", class_="quiet")
        if cut
        else None
    )
    return [
        pane(
            tag("h2", "What it is made of"),
            tag("p", f"Waterfall chart in {f.currency}; the table below it says the same.", class_="unseen"),
            said,
        ),
        chart,
        pane(twin),
    ]


def movers(found: dict, state: State) -> Safe:
    """Who moved most, with the rest, adding up to the difference."""
    f, name = state.figures, NAMES[found["by"]]
    status = {"new": "new", "gone": "gone", "same": "as before"}
    rows = [
        [
            m["label"] or "(none)",
            amount(m["old"], f),
            amount(m["new"], f),
            amount(m["change"], f),
            percent(m["percent"]),
            status.get(m["status"]) or m["main"],
        ]
        for m in found["movers"]
        if m["change"] or m["old"]
    ]
    still = sum(1 for m in found["movers"] if not m["change"] and not m["old"])
    if found["rest"]:
        rest = found["rest"]
        rows.append(
            [
                f"All others ({f.count(rest['labels'])})",
                amount(rest["old"], f),
                amount(rest["new"], f),
                amount(rest["change"], f),
                "",
                "",
            ]
        )
    foot = [
        "Sum",
        amount(found["old"], f),
        amount(found["new"], f),
        amount(found["change"], f),
        percent(found["percent"]),
        "",
    ]
    a, b = (p["name"] for p in found["periods"])
    return join(
        tag("h2", f"Who moved: {name.lower()}s" if not name.endswith("y") else "Who moved"),
        table(
            f"Movers by {name.lower()}",
            [name, a, b, f"Difference, {f.currency}", "Per cent", "Mostly"],
            rows,
            numbers=(1, 2, 3, 4),
            foot=foot,
        ),
        tag("p", f"{f.count(still)} more cost nothing in either.", class_="quiet") if still else None,
    )


def masked(found: dict, state: State) -> Safe:
    """Moves that cancel out inside a total that looks still."""
    f = state.figures
    items = []
    for m in found["masked"][:5]:
        what = "The bill" if m["level"] == "total" else f"{NAMES.get(m['level'], m['level'])} {m['label']}"
        up, down = named(m["up"], f), named(m["down"], f)
        items.append(tag("li", f"{what} looks still ({f.money(m['change'])}), but {up} against {down}."))
    return join(tag("h2", "Moves that cancel out"), tag("ul", *items)) if items else join()


def named(moves: list[dict], f: Figures) -> str:
    """The first three with their money."""
    return ", ".join(f"{m['label'] or '(none)'} {f.money(m['change'])}" for m in moves[:3])


def requires(state: State) -> bool:
    """A bill with days."""
    return len(state.result.charges) > 0


SCREEN = Screen("Changes", 30, view, requires, hear)
