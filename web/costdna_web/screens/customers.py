"""What does a customer cost to serve, and what is left of what it pays? Worst first; who pays nothing stands apart."""

from __future__ import annotations

import panel as pn
from costdna import money
from costdna.errors import CostDNAError
from costdna.export.markup import Safe, join, tag
from costdna.export.tables import amount, table

from ..parts import button, content, heading, link, pane
from ..standing import standing
from ..state import State
from . import Screen

SHOWN = 100
CUSTOMERS_HINT = "customer,name,mrr,status\nacme,Acme,2000,active"
USAGE_HINT = "date,service,customer,requests\n2026-10-01,api,acme,600"


class Customers:
    """The two lists one pastes, which stay, and the customers, drawn again at each change."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.first, self.rows = pane(), pane()
        self.redraw()
        self.panel = pn.Column(self.first, pane(inputs(state)), self.rows, sizing_mode="stretch_width", margin=0)

    def redraw(self) -> None:
        """Count again."""
        first, rows = drawn(self.state)
        self.first.object, self.rows.object = (
            content(heading(first)),
            content(rows, None if self.state.sharing.customer else standing(self.state)),
        )


def inputs(state: State) -> Safe:
    """Where customers and usage are pasted or opened."""

    def box(what: str, title: str, hint: str) -> Safe:
        return tag(
            "details",
            tag("summary", title),
            tag(
                "label",
                tag("span", "Open a CSV"),
                tag("input", type="file", accept=".csv,.txt,.tsv", data_fill=f"share-{what}"),
            ),
            tag(
                "label",
                tag("span", "or paste it"),
                tag(
                    "textarea",
                    state.sharing.texts.get(what, "")[:20_000],
                    rows="6",
                    data_fill=f"share-{what}",
                    placeholder=hint,
                    spellcheck="false",
                ),
            ),
            class_="asked",
        )

    return join(
        box("customers", "Customers and what they pay", CUSTOMERS_HINT), box("usage", "Usage by customer", USAGE_HINT)
    )


def drawn(state: State) -> tuple[str, Safe]:
    """(the first line, what stands below it)."""
    problems = join(
        *(
            tag("p", f"Not taken: {state.sharing.problems[w]}", role="alert", class_="bad")
            for w in ("customers", "usage", "rules")
            if w in state.sharing.problems
        )
    )
    if state.workspace.book.bearers != "customers" or not state.workspace.book.rules:
        return "What a customer costs needs rules that say so.", join(
            problems,
            tag(
                "p",
                "It takes three things: who your customers are and what they pay; how much each used (drop both files here, or paste them above); and rules that turn usage into cost. Nothing of it leaves this tab.",
            ),
            tag(
                "p",
                "Begin with two rules: what carries a customer tag is its own, the rest is shared by a driver of your usage file. Change them on the Allocation screen.",
            ),
            tag("p", button("Begin with these rules", "share:start", quiet=False)),
        )
    try:
        found = state.workspace.list_customers(metric=state.metric)
    except CostDNAError as error:
        return error.message, join(problems, tag("p", " ".join(x for x in (error.found, error.next_step) if x)))
    if state.sharing.customer:
        return one(state, found, problems)
    f, scale = state.figures, state.report.scale
    units = lambda text: money.parse(text, max(scale, 6)) if text is not None else None
    fine = type(f)(f.currency, max(scale, 6), f.group, f.decimal)
    losing = [r for r in found["customers"] if units(r["margin"]) < 0]
    first = (
        f"{f.count(len(losing))} of {f.count(len(found['customers']))} paying customers cost{'s' if len(losing) == 1 else ''} more than they pay."
        if found["customers"]
        else f"{f.money(money.parse(found['served'], scale))} serves {f.count(len(found['without_revenue']))} customers; what they pay is not known here."
    )
    cell = lambda text: amount(units(text), fine) if text is not None else "–"
    name = lambda r, i: join(
        link(r["name"], f"share:show-{i}"), tag("span", r["id"], class_="below") if r["id"] != r["name"] else None
    )
    per = next(iter(found["per"]), "")
    rows = [
        [
            name(r, i),
            cell(r["direct"]),
            cell(r["shared"]),
            cell(r["cost"]),
            cell(r["revenue"]),
            cell(r["margin"]),
            share(r["margin_percent"]),
            share(r["trend_percent"], True),
            str(r["rank"]) if r["rank_low"] == r["rank_high"] else f"{r['rank']} ({r['rank_low']}–{r['rank_high']})",
        ]
        for i, r in enumerate(found["customers"][:SHOWN])
    ]
    apart = [
        [
            name(r, len(found["customers"]) + i),
            cell(r["direct"]),
            cell(r["shared"]),
            cell(r["cost"]),
            r["status"],
            share(r["trend_percent"], True),
        ]
        for i, r in enumerate(found["without_revenue"][:SHOWN])
    ]
    agreement = [f"by {d} instead, τ = {v}" for d, v in found["agreement"].items() if v is not None]
    return first, join(
        problems,
        tag(
            "p",
            f"{found['from']} to {found['to']}, {found['days']} days. {f.money(money.parse(found['served'], scale))} serves customers, {f.money(money.parse(found['nobody'], scale))} none of them; together {f.money(money.parse(found['total'], scale))}."
            + (f" {found['per'][per]} {f.currency} per {per}." if per and found["per"][per] else ""),
            class_="quiet",
        ),
        table(
            f"Customers by margin, {f.currency}",
            ["Customer", "Direct", "Shared", "Cost", "Revenue", "Margin", "Margin %", "Trend", "Rank"],
            rows,
            numbers=(1, 2, 3, 4, 5, 6, 7, 8),
        )
        if rows
        else None,
        tag(
            "p",
            f"How far the ranking hangs on the driver: {'; '.join(agreement)}. The range beside a rank is its lowest and highest under these.",
            class_="quiet",
        )
        if agreement and rows
        else None,
        join(
            tag("h2", "Without revenue"),
            tag("p", "A margin of nothing is not a margin of 0: these stand apart.", class_="quiet"),
            table(
                f"Customers without revenue, {f.currency}",
                ["Customer", "Direct", "Shared", "Cost", "Status", "Trend"],
                apart,
                numbers=(1, 2, 3, 5),
            ),
        )
        if apart
        else None,
    )


def one(state: State, found: dict, problems: Safe) -> tuple[str, Safe]:
    """One customer: what it costs, by service and rule."""
    f, scale = state.figures, state.report.scale
    card = state.workspace.customer(state.sharing.customer, metric=state.metric)
    fine = type(f)(f.currency, max(scale, 6), f.group, f.decimal)
    cost = money.parse(card["cost"], scale)
    left = (
        "It has no revenue, so no margin."
        if card["margin"] is None
        else f"It pays {fine.money(money.parse(card['revenue'], fine.scale))}: margin {fine.money(money.parse(card['margin'], fine.scale))} ({share(card['margin_percent'])})."
    )
    rows = [
        [b["service"] or "(no service named)", b["method"], b["rule"], amount(money.parse(b["cost"], scale), f)]
        for b in card["breakdown"]
    ]
    said = f"{card['from']} to {card['to']}: {f.money(money.parse(card['direct'], scale))} direct, {f.money(money.parse(card['shared'], scale))} shared."
    span = [fine.money(money.parse(card[k], scale) * 10 ** (fine.scale - scale)) for k in ("cost_low", "cost_high")]
    return f"{card['name']} costs {f.money(cost)} to serve. {left}", join(
        problems,
        tag("p", link("← All customers", "share:all")),
        tag("p", said, class_="quiet"),
        tag("p", f"Under other drivers it would cost {span[0]} to {span[1]}.", class_="quiet")
        if span[0] != span[1]
        else None,
        table(
            f"Cost of {card['name']} in {f.currency}",
            ["Service", "How", "Rule", "Cost"],
            rows,
            numbers=(3,),
            foot=["Together", "", "", tag("td", f.amount(cost), class_="num", title=f.exact(cost))],
        ),
    )


def share(text: str | None, signed: bool = False) -> str:
    """A per cent as a person reads it."""
    if text is None:
        return "–"
    return (
        f"{'+' if signed and not text.startswith('-') and text != '0' else ''}{text.replace('-', chr(0x2212))}\u202f%"
    )


SCREEN = Screen("Customers", 52, Customers)
