"""Who owns the money? Coverage before and after, teams by cost, what no team owns and why; then one team alone."""

from __future__ import annotations

import panel as pn
from costdna.export import certainty, report_html, story
from costdna.export.markup import Safe, join, tag
from costdna.export.tables import amount, table
from costdna.hashing import sign

from ..answering import consequence
from ..chart import daily
from ..correcting import open_ids
from ..parts import button, heading, link, pane
from ..slices import days_of, months_of, services_of
from ..state import State
from ..sureness import between, stale
from . import Screen
from .review import some as asks

SHOWN = 40


def view(state: State):
    """All teams, or the one that was opened."""
    if state.item in state.report.teams["x_Team"].tolist() and state.item:
        return one(state)
    report, f = state.report, state.figures
    most = 10**9 if state.all_teams else SHOWN
    return pn.Column(
        pane(
            heading(story.coverage(report, f)),
            report_html.coverage_bar(report, f),
            consequence(state),
            sure(state),
            advice(state),
            report_html.teams_table(report, f, links=True, most=most),
            why(state),
            months(state),
        ),
        *daily(report.daily, f, state.theme),
        pane(report_html.services_table(report, f, most=25)),
        sizing_mode="stretch_width",
        margin=0,
    )


def sure(state: State) -> Safe:
    """How sure, and what to do next."""
    report, f = state.report, state.figures
    if state.working and not report.gate:
        return tag("p", "This is what tags, rules, maps and answers prove.")
    said = between(report, f)
    return join(
        tag("p", said, " ", link("How sure?", "screen:trust")) if said else tag("p", story.gate(report)),
        stale(report),
        tag("p", settle(state), " ", link("Review", "screen:review")) if open_ids(report.resources) else None,
    )


def settle(state: State) -> str:
    """What the first questions would settle, once they are known."""
    c, f = state.correcting, state.figures
    worth = sum(int(c.facts[i]["x_Settles"]) for i in c.queue if i in c.facts)
    return (
        f"{len(c.queue)} answers would settle about {f.short(worth)}."
        if worth > 0
        else "A few answers settle the dearest of what is unknown."
    )


def advice(state: State) -> Safe:
    """What to do where a bill says little: no team at all, or one."""
    names = state.team_names()
    if not names:
        return tag(
            "p",
            "No tag key of this bill names an owner that we recognise. ",
            link("See which keys were read", "screen:trust"),
            ". ",
            join("A few answers under ", link("Review", "screen:review"), " or rules") if asks(state) else "Rules",
            " under ",
            link("Names and rules", "screen:names-and-rules"),
            " give it its first owners.",
        )
    if len(names) == 1:
        return tag("p", f"Only one team is named on this bill, {names[0]}: nothing can be told apart from it.")
    return join()


def months(state: State) -> Safe:
    """Where the files are of several months: the same teams side by side, and what changed from the last but one to the
    last.
    """
    f = state.figures
    at, rows = months_of(state.result, state.metric)
    if not at:
        return join()
    at, first = at[-6:], max(0, len(at) - 6)
    lines = []
    for r in rows[:SHOWN]:
        before, now = r["costs"][-2], r["costs"][-1]
        sign = "+" if now > before else ""
        delta = (
            f"{sign}{f.share(now - before, before, 0)}"
            if before > 0 and now != before
            else ("new" if now > 0 >= before else "0")
        )
        lines.append(
            [
                r["x_Team"] or "No team",
                *(amount(c, f) for c in r["costs"][first:]),
                tag("td", delta, class_="num", title=f.exact(now - before)),
            ]
        )
    heads = [story.month(m) for m in at]
    return join(
        tag("h2", "Months"),
        table(
            f"Teams by month in {f.currency}",
            ["Team", *heads, "Δ month"],
            lines,
            numbers=tuple(range(1, len(heads) + 2)),
            class_="months",
        ),
        tag(
            "p",
            "A charge counts in its billing month. A month that is not over yet is smaller for that alone.",
            class_="quiet",
        ),
    )


def why(state: State) -> Safe:
    """Reasons for the money no team owns."""
    f, reasons = state.figures, story.why_unknown(state.report)
    if not reasons:
        return join()
    rows = [[reason, amount(cost, f), f.count(count)] for reason, cost, count in reasons]
    return tag(
        "details",
        tag("summary", "Why is money unknown?"),
        table(
            f"Reasons for unknown money in {f.currency}",
            ["Reason", f"Cost of these resources, {f.currency}", "Resources"],
            rows,
            numbers=(1, 2),
        ),
        tag("p", button("Show these resources", "unowned:abstained")),
    )


def one(state: State):
    """One team: what it owns, on what grounds, its services, days and dearest resources."""
    report, f, name = state.report, state.figures, state.item
    row = next(r for r in report.teams.to_dict("records") if r["x_Team"] == name)
    services = services_of(state.result, report.metric, name)
    lines = [
        [
            s["ServiceName"] or "(no service named)",
            amount(s["cost"], f),
            tag("td", f.share(s["cost"], row["cost"]), class_="num"),
            tag("td", certainty.bar(s, f, label=s["ServiceName"]), class_="barcell"),
            f.count(s["resources"]),
        ]
        for s in services
    ]
    return pn.Column(
        pane(
            tag("p", link("← All teams", "screen:teams")),
            heading(story.team(report, row, f)),
            tag("div", certainty.bar(row, f, label=name), certainty.legend(row, f), class_="coverage"),
            tag("p", button(f"Its {f.count(row['resources'])} resources", f"theirs:{sign(name)}")),
            tag("h2", "Services"),
            table(
                f"Services of {name}",
                ["Service", f"Cost, {f.currency}", "Share", "Certainty", "Resources"],
                lines,
                numbers=(1, 2, 4),
                class_="teams",
            ),
        ),
        *daily(days_of(report, name), f, state.theme),
        sizing_mode="stretch_width",
        margin=0,
    )


SCREEN = Screen("Teams", 10, view)
