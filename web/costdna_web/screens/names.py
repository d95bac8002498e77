"""What are my teams called, and which rules are mine? Names merged and rules written in place, their effect shown
before they hold.
"""

from __future__ import annotations

from costdna.corrections import Effect
from costdna.export.markup import Safe, join, tag
from costdna.export.tables import amount, table
from costdna.hashing import sign

from ..answering import WORDS, consequence
from ..parts import button, heading, pane
from ..ruling import FIELDS, misspelt
from ..state import State
from . import Screen

SHOWN = 12


class Names:
    """Forms that stay while one types, and the effect that is drawn again."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.panel = pane()
        self.redraw()

    def redraw(self) -> None:
        """Draw forms, lists and the effect that is previewed."""
        from ..parts import content

        state = self.state
        self.panel.object = content(
            heading(first_line(state)),
            consequence(state),
            tag("p", state.ruling.problem, role="alert", class_="bad") if state.ruling.problem else None,
            shown(state),
            merge(state),
            rules(state),
        )


def view(state: State):
    """Names and rules."""
    return Names(state)


def first_line(state: State) -> str:
    """How many teams, names and rules there are."""
    w, f = state.workspace.wishes, state.figures
    n, r = len(w.aliases), 0 if w.rules is None else len(w.rules)
    teams = len(state.team_names())
    said = f"{f.count(teams)} team{'s' if teams != 1 else ''}"
    if not n and not r:
        return f"{said}, called as the bill calls them; no rules of yours."
    return (
        f"{said}; {f.count(r)} rule{'s' if r != 1 else ''} and {f.count(n)} other name{'s' if n != 1 else ''} of yours."
    )


def merge(state: State) -> Safe:
    """Rename a team, or merge it into another: both are one other name."""
    r, teams = state.ruling, state.team_names()
    if not teams:
        return join()
    options = [tag("option", name, value=sign(name), selected=r.form.get("merge") == sign(name)) for name in teams]
    known = sorted(state.workspace.wishes.aliases.items())
    rows = [
        [spelling, name, tag("td", button("Take away", f"rule:unname-{i}"))] for i, (spelling, name) in enumerate(known)
    ]
    alike = [
        [rare, common, tag("td", button("Show what joining them would change", f"rule:join-{i}"))]
        for i, (rare, common) in enumerate(misspelt(state.report)[:SHOWN])
    ]
    return join(
        join(
            tag("h2", "One team, or two?"),
            table("Team names one slip apart", ["The bill also says", "Which looks like", "If they are one"], alike),
        )
        if alike
        else None,
        tag("h2", "Rename or merge a team"),
        tag(
            "div",
            tag(
                "label",
                tag("span", "Team"),
                tag("select", tag("option", "Choose a team", value=""), *options, data_fill="merge"),
            ),
            tag(
                "label",
                tag("span", "Is called from now on (another team's name merges them)"),
                tag(
                    "input",
                    type="text",
                    value=r.form.get("into", ""),
                    data_fill="into",
                    data_enter="rule:merge",
                    autocomplete="off",
                    maxlength="120",
                ),
            ),
            button("Show what would change", "rule:merge"),
            class_="controls answer",
        ),
        table("Other names", ["As the bill writes it", "Counted as", "Change"], rows) if rows else None,
    )


def rules(state: State) -> Safe:
    """Rules in order, the first match wins; a form for one more."""
    r, held = state.ruling, state.workspace.wishes.rules
    form = r.form
    fields = [tag("option", label, value=name, selected=form.get("field") == name) for name, label in FIELDS.items()]
    rows = (
        []
        if held is None
        else [
            [
                str(i + 1),
                f"{FIELDS.get(x.x_Field, x.x_Field)} {x.x_Key + ' = ' if x.x_Key else ''}{x.x_Pattern}",
                x.x_Team or x.x_Verdict,
                "before tags" if x.x_Override else "after tags",
                tag(
                    "td",
                    button("Earlier", f"rule:up-{i}", disabled=i == 0),
                    " ",
                    button("Take away", f"rule:remove-{i}"),
                ),
            ]
            for i, x in enumerate(held.itertuples(index=False))
        ]
    )
    return join(
        tag("h2", "Rules"),
        tag(
            "p",
            "A pattern of * and ? on a name, an account, a service, a resource id or a tag gives all it meets to a team. The first rule that matches wins.",
            class_="quiet",
        ),
        tag(
            "div",
            tag("label", tag("span", "Where"), tag("select", *fields, data_fill="field")),
            tag(
                "label",
                tag("span", "Like (for a tag: key=pattern)"),
                tag(
                    "input",
                    type="text",
                    value=form.get("pattern", ""),
                    data_fill="pattern",
                    placeholder="checkout-*",
                    autocomplete="off",
                    spellcheck="false",
                    maxlength="200",
                ),
            ),
            tag(
                "label",
                tag("span", "Belongs to"),
                tag(
                    "input",
                    type="text",
                    value=form.get("team", ""),
                    data_fill="ruleteam",
                    data_enter="rule:add",
                    autocomplete="off",
                    maxlength="120",
                ),
            ),
            tag(
                "label",
                tag("span", "Order"),
                tag(
                    "select",
                    tag("option", "after tags", value="", selected=not form.get("override")),
                    tag("option", "before tags", value="1", selected=bool(form.get("override"))),
                    data_fill="override",
                ),
            ),
            button("Show what would change", "rule:add"),
            class_="controls answer",
        ),
        table("Rules, first match wins", ["No.", "Where", "Belongs to", "Order", "Change"], rows) if rows else None,
    )


def shown(state: State) -> Safe:
    """The effect of what is proposed, and the button that makes it hold."""
    r, f = state.ruling, state.figures
    e = r.effect
    if e is None:
        return join()
    return tag(
        "section",
        tag("h2", "What would change"),
        tag("p", said(e, f), role="status"),
        listed(state, e),
        tag(
            "div",
            tag("button", "Let it hold", type="button", class_="button yes", data_go="rule:apply"),
            button("Leave it", "rule:cancel"),
            class_="choices",
        ),
        class_="asked",
        aria_label="What would change",
    )


def said(e: Effect, f) -> str:
    """An effect in one line."""
    if e.rows.empty:
        return "No resource would change owner by what is proved. What is inferred may follow."
    return f"{f.count(len(e.rows))} resources with {f.money(e.moved)} would change owner; coverage {f.percent(e.before, 1)} → {f.percent(e.after, 1)}. What is inferred from them follows."


def listed(state: State, e: Effect) -> Safe:
    """From whom to whom, most money first."""
    f = state.figures
    sums: dict[tuple[str, str], list[int]] = {}
    for was, now, cost in zip(e.rows["was"], e.rows["now"], e.rows["cost"]):
        entry = sums.setdefault((was, now), [0, 0])
        entry[0] += int(cost)
        entry[1] += 1
    rows = [
        [name(was), name(now), f.count(n), amount(cost, f)]
        for (was, now), (cost, n) in sorted(sums.items(), key=lambda kv: -abs(kv[1][0]))[:SHOWN]
    ]
    return (
        table("Money that would move", ["From", "To", "Resources", f"Cost, {f.currency}"], rows, numbers=(2, 3))
        if rows
        else join()
    )


def name(owner: str) -> str:
    """A team, or what it is called that none owns it."""
    return {"(abstained)": "unknown"}.get(owner, WORDS.get(owner, owner))


SCREEN = Screen("Names and rules", 25, view)
