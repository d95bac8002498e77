"""Who bears what is shared? Rules one writes, and what each moves, at once; the whole always the bill."""

from __future__ import annotations

import panel as pn
from costdna import money
from costdna.export.markup import Safe, join, tag
from costdna.export.tables import amount, table
from costdna.ledger import METRICS
from costdna.sharing.rules import METHODS

from ..parts import button, content, heading, pane
from ..sharing import choices
from ..state import State
from . import Screen

FIELDS = ("service", "account", "tag", "team", "environment", "region", "resource", "usage-type", "is")
SHOWN = 60
HINTS = {
    "direct": "one name, or a tag:KEY at the right",
    "even": "names, or empty for all",
    "fixed": "search=60|payments=40",
    "proportional": "names, or empty for all",
    "split": "by its tasks and pods",
}


class Editor:
    """The rules, which stay while one types, and what comes of them, drawn again at each change."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.first, self.form, self.found = pane(), pane(editor(state)), pane()
        self.redraw()
        self.panel = pn.Column(self.first, self.form, self.found, sizing_mode="stretch_width", margin=0)

    def redraw(self) -> None:
        """Count again."""
        self.first.object = content(heading(first_line(self.state)))
        self.found.object = content(totals(self.state))


def first_line(state: State) -> str:
    """How much the rules move, of how much."""
    space, f, column = state.workspace, state.figures, METRICS[state.metric]
    if not space.book.rules:
        return f"No rule spreads shared cost yet: {f.money(state.report.net)} is borne as it is owned."
    shares = space.spread().shares
    moved = money.total(shares[column].to_numpy()[~shares["x_AllocatedMethodId"].isin(["kept"]).to_numpy()])
    count = len(space.book.rules)
    return f"{count} rule{'s' if count != 1 else ''} place{'s' if count == 1 else ''} {f.money(moved)} of {f.money(state.report.net)} with {space.book.bearers}."


def editor(state: State) -> Safe:
    """The rules as a form: first match wins, from the top."""
    s = state.sharing
    option = lambda value, text, now: tag("option", text, value=value, selected=value == now)
    label = lambda title, inner: tag("label", tag("span", title), inner)
    text_rules = bool(s.texts.get("rules", "").strip())
    rows = []
    for i, row in enumerate(s.rows if not text_rules else []):
        box = lambda part, hint, i=i, row=row: tag(
            "input",
            type="text",
            value=row[part],
            data_fill=f"share-{i}-{part}",
            placeholder=hint,
            spellcheck="false",
            autocomplete="off",
        )
        rows.append(
            tag(
                "li",
                tag(
                    "div",
                    label(
                        "Where",
                        tag("select", *(option(x, x, row["field"]) for x in FIELDS), data_fill=f"share-{i}-field"),
                    ),
                    label("matches", box("value", "Amazon RDS*, key=value, tax")),
                    label(
                        "is split",
                        tag("select", *(option(m, m, row["method"]) for m in METHODS), data_fill=f"share-{i}-method"),
                    ),
                    label("to", box("to", HINTS[row["method"]])),
                    label("by", box("by", "requests, or tag:KEY")),
                    tag("div", button("Remove", f"share:remove-{i}")),
                    class_="controls",
                ),
            )
        )
    known = ", ".join(choices(state.workspace))
    return join(
        tag(
            "div",
            label(
                "Cost is borne by",
                tag(
                    "select",
                    option("teams", "teams", s.bearers),
                    option("customers", "customers", s.bearers),
                    data_fill="share-bearers",
                ),
            ),
            class_="controls",
        ),
        tag("ol", *rows, class_="rules")
        if rows
        else tag(
            "p",
            "The rules come from the text below."
            if text_rules
            else "Add a rule, or open a rules file. Tax, support, commitment fees and money without an owner move only by a rule that says so (is: tax, support, commitment, unowned).",
            class_="quiet",
        ),
        tag(
            "p",
            button("Add a rule", "share:add", disabled=text_rules),
            " ",
            button("Take the text away", "share:clear") if text_rules else None,
        ),
        tag(
            "p",
            f"What cost can be shared in proportion to (drivers): {known}. A usage file adds more: see Customers.",
            class_="quiet",
        ),
        tag(
            "details",
            tag("summary", "Rules as a file"),
            tag(
                "label",
                tag("span", "Open a file (YAML or CSV)"),
                tag("input", type="file", accept=".yaml,.yml,.csv,.json", data_fill="share-rules"),
            ),
            tag(
                "label",
                tag("span", "or paste it"),
                tag("textarea", s.texts.get("rules", ""), rows="8", data_fill="share-rules", spellcheck="false"),
            ),
            class_="asked",
        ),
    )


def totals(state: State) -> Safe:
    """Who bears what now, what each rule moved, what stayed; the foot is the bill."""
    s, space, f, column = state.sharing, state.workspace, state.figures, METRICS[state.metric]
    wrong = (
        tag("p", f"Not taken: {s.problems['rules']} What stands below is from before.", role="alert", class_="bad")
        if "rules" in s.problems
        else None
    )
    answer, spread = space.share_cost(state.metric), space.spread()
    key = column.removesuffix("Cost").lower()
    moved = [[r["rule"], r["how"], amount(r[key], f)] for r in spread.moved]
    stayed = [
        tag(
            "li",
            f"{n['rule']}: {f.money(n[key])} of {f.count(n['charges'])} charges stays where it was: {n['reason']}.",
        )
        for n in spread.notes
    ]
    scale = state.report.scale
    who = answer["for"].removesuffix("s").capitalize()
    lines = [
        [b["name"] or f"No {who.lower()}", *(amount(money.parse(b[k], scale), f) for k in ("own", "shared", "cost"))]
        for b in answer["bearers"]
    ]
    more = len(lines) - SHOWN
    whole = money.parse(answer["total"], scale)
    return join(
        wrong,
        table("What each rule placed", ["Rule", "How", f"Placed, {f.currency}"], moved, numbers=(2,))
        if moved
        else None,
        tag("ul", *stayed) if stayed else None,
        tag("h2", f"Borne by {answer['for']}"),
        table(
            f"Own and shared cost in {f.currency}",
            [who, f"Own, {f.currency}", "Shared with it", "Together"],
            lines[:SHOWN],
            numbers=(1, 2, 3),
            foot=["The bill", "", "", tag("td", f.amount(whole), class_="num", title=f.exact(whole))],
        ),
        tag("p", f"and {f.count(more)} more", class_="quiet") if more > 0 else None,
        tag(
            "p",
            "Every unit of the bill is placed once; what does not divide goes to the largest remainder, then by name.",
            class_="quiet",
        ),
    )


SCREEN = Screen("Allocation", 50, Editor)
