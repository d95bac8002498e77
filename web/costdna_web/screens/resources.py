"""Which resource belongs to whom, how surely, and why: a list that filters, sorts and pages; then one resource's
evidence.
"""

from __future__ import annotations

import pandas as pd
import panel as pn
from costdna.export import certainty
from costdna.export.markup import Safe, join, tag
from costdna.export.tables import table
from costdna.hashing import sign
from costdna.ledger import METRICS
from costdna.once import once

from ..evidence import card
from ..listing import PAGE, listing, parts_of, word
from ..parts import button, content, heading, link, pane
from ..state import State
from . import Screen

COLUMNS = (("resource", "Resource"), ("service", "Service"), ("owner", "Owner"), ("sure", "How sure"), ("cost", "Cost"))

SHOWN = [
    "x_OwnableId",
    "ResourceName",
    "ResourceId",
    "ServiceName",
    "RegionId",
    "SubAccountId",
    "x_IsSynthetic",
    "x_Team",
    "x_Verdict",
    "x_Basis",
    "x_Reason",
    "x_Probability",
    *METRICS.values(),
]


class List:
    """The list: controls that stay while one types, and the page of rows that is drawn again."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.first, self.rows = pane(), pane()
        self.redraw()
        self.panel = pn.Column(self.first, pane(controls(state)), self.rows, sizing_mode="stretch_width", margin=0)

    def redraw(self) -> None:
        """Draw the first line and the page of rows the query asks for; what has not changed is left alone."""
        self.first.object = content(heading(first_line(self.state)))
        self.rows.object = content(page(self.state))


def view(state: State):
    """The list, or the resource that was opened."""
    return Card(state) if state.item.isdecimal() else List(state)


class Card:
    """One resource's card, drawn again after an answer."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.panel = pn.Column(*card(state, int(state.item)), sizing_mode="stretch_width", margin=0)

    def redraw(self) -> None:
        """Draw it as it is now."""
        self.panel[:] = card(self.state, int(self.state.item))


def first_line(state: State) -> str:
    """How many resources there are, and of how many the owner is known."""
    resources, f = state.report.resources, state.figures
    many = once(resources, "of each part", _of_each_part)
    if not many:
        return "No line of this bill names a resource: owners are given per account, service and region."
    said = [f"{f.count(many[name])} {label}" for name, label in certainty.LABEL.items() if name in many]
    whole = sum(many.values())
    return f"{f.count(whole)} resource{'s' if whole != 1 else ''}: {', '.join(said)}."


def _of_each_part(resources: pd.DataFrame) -> dict[str, int]:
    """How many resources with an id each part of certainty has."""
    return pd.Series(parts_of(resources)[~resources["x_IsSynthetic"].to_numpy()]).value_counts().to_dict()


def controls(state: State) -> Safe:
    """Text, team and certainty to filter by."""
    query = state.query
    teams = [tag("option", name, value=sign(name), selected=name == query.team) for name in state.team_names()]
    kinds = {
        **{n: label for n, label in certainty.LABEL.items() if n != "unknown"},
        "abstained": "unknown",
        "unallocatable": "no resource behind it",
    }
    parts = [
        tag("option", label[:1].upper() + label[1:], value=name, selected=name == query.part)
        for name, label in kinds.items()
    ]
    return tag(
        "div",
        tag(
            "label",
            tag("span", "Find"),
            tag(
                "input",
                type="search",
                value=query.text,
                data_fill="text",
                placeholder="id, name, tag, service, account",
                spellcheck="false",
                autocomplete="off",
            ),
        ),
        tag(
            "label", tag("span", "Team"), tag("select", tag("option", "All teams", value=""), *teams, data_fill="team")
        ),
        tag("label", tag("span", "Certainty"), tag("select", tag("option", "All", value=""), *parts, data_fill="part")),
        class_="controls",
        role="search",
    )


def page(state: State) -> Safe:
    """Count, rows, pager."""
    report, f, query = state.report, state.figures, state.query
    found = listing(report.resources, query, report.metric)
    bare = int(report.resources["x_IsSynthetic"].sum())
    rest = (
        f", {f.count(bare)} of them lines without a resource id"
        if bare and found.found == len(report.resources)
        else ""
    )
    said = (
        f"{f.count(found.found)} of {f.count(len(report.resources))} rows{rest} · {f.money(found.cost)} {report.metric}"
    )
    if not found.found:
        return join(tag("p", said, role="status", class_="quiet"), tag("p", "Nothing matches. Take a filter away."))
    heads = [_head(key, title if key != "cost" else f"Cost, {f.currency}", query) for key, title in COLUMNS]
    places, last = found.rows.tolist(), state.correcting.last
    parts, moved = (
        parts_of(report.resources),
        frozenset() if last is None else frozenset(last.rows["x_OwnableId"].tolist()),
    )
    shown = report.resources.take(places)[SHOWN].to_dict("records")
    rows = [_row(at, row, parts[at], row["x_OwnableId"] in moved, state) for at, row in zip(places, shown)]
    marks = ["moved" if row["x_OwnableId"] in moved else "" for row in shown]
    return join(
        tag("p", said, role="status", class_="quiet"),
        table("Resources", heads, rows, numbers=(4,), class_="resources", row_classes=marks),
        _pager(found, f),
    )


def _head(key: str, title: str, query) -> Safe:
    mine = key == query.sort
    arrow = (" ↓" if query.down else " ↑") if mine else ""
    return tag(
        "th",
        tag(
            "button", title, tag("span", arrow, aria_hidden="true"), type="button", class_="link", data_go=f"sort:{key}"
        ),
        scope="col",
        class_="num" if key == "cost" else None,
        aria_sort=("descending" if query.down else "ascending") if mine else None,
    )


def _row(at: int, row: dict, part: str, moved: bool, state: State) -> list:
    f = state.figures
    name = row["ResourceName"] or row["ResourceId"] or f"{row['ServiceName']} in {row['RegionId'] or 'no region'}"
    below = (
        row["ResourceId"]
        if row["ResourceId"] not in ("", name)
        else ("lines without a resource id" if row["x_IsSynthetic"] else "")
    )
    return [
        join(link(name, f"resource:{at}"), tag("span", below, class_="below") if below else None),
        join(
            row["ServiceName"],
            tag("span", join(*(x for x in (row["SubAccountId"], row["RegionId"]) if x), by=" · "), class_="below"),
        ),
        join(
            row["x_Team"] or word(row["x_Verdict"], part).capitalize(),
            tag("span", " changed", class_="changed") if moved else None,
            tag("span", row["x_Reason"], class_="below reason", title=row["x_Reason"]),
        ),
        tag(
            "td",
            tag("span", class_=f"swatch {part}", aria_hidden="true"),
            tag("span", sure(row, part, f), class_="word"),
            class_="sure",
            title=sure(row, part, f),
        ),
        tag(
            "td",
            f.amount(row[METRICS[state.report.metric]]),
            class_="num",
            title=f.exact(row[METRICS[state.report.metric]]),
        ),
    ]


def sure(row, part: str, f) -> str:
    """How sure, in a word or a probability."""
    p = row["x_Probability"]
    if part == "inferred" and p == p:
        return f.percent(p)
    if part == "proved":
        return {"human": "your answer"}.get(row["x_Basis"], row["x_Basis"] or certainty.LABEL[part])
    return word(row["x_Verdict"], part)


def _pager(found, f) -> Safe:
    first = found.page * PAGE + 1
    return tag(
        "nav",
        button("Previous", f"page:{found.page - 1}", disabled=found.page == 0),
        tag(
            "span", f"{f.count(first)}–{f.count(first + len(found.rows) - 1)} of {f.count(found.found)}", class_="quiet"
        ),
        button("Next", f"page:{found.page + 1}", disabled=found.page + 1 >= found.pages),
        class_="pager",
        aria_label="Pages of resources",
    )


SCREEN = Screen("Resources", 20, view)
