"""The controls that answer for a resource: teams by number, verdicts by letter, how far it reaches, and what would
move.
"""

from __future__ import annotations

from costdna.corrections import would
from costdna.export.markup import Safe, join, tag
from costdna.ledger import METRICS
from costdna.money import total

from .correcting import Card, proposed
from .parts import button
from .state import State

KEYS = (("s", "shared", "shared"), ("v", "vendor", "a vendor's"), ("n", "ownerless", "nobody's"))


def key(letter: str) -> Safe:
    """The key that presses a button."""
    return tag("kbd", letter, aria_hidden="true")


def controls(state: State, owner: int, queue: bool) -> Safe:
    """Everything a person can say of one resource. queue: with the keys of the review queue."""
    c, f = state.correcting, state.figures
    row = state.row(owner)
    teams = c.choices(state.workspace, owner)
    said = row["x_Basis"] == "human"
    sure = row["x_Team"] if row["x_Verdict"] == "owned" and not said else ""
    of = c.drawn(
        Card(owner, tuple(teams), sure, tuple(c.answered_for(state.workspace, owner, state.metric).tolist()), c.steps)
    )
    new = proposed(state.workspace, teams)
    numbered = {
        name: tag(
            "button",
            key(str(i + 1)),
            name,
            tag("small", " proposed") if name in new else None,
            type="button",
            class_="button choice new" if name in new else "button choice",
            data_go=f"say:{i}",
            data_of=of,
            data_key=str(i + 1),
            aria_keyshortcuts=str(i + 1),
        )
        for i, name in enumerate(teams)
    }
    known = [shown for name, shown in numbered.items() if name not in new]
    verdicts = [
        tag(
            "button",
            key(letter),
            text,
            type="button",
            class_="button choice",
            data_go=f"say:{verdict}",
            data_of=of,
            data_key=letter,
            aria_keyshortcuts=letter,
        )
        for letter, verdict, text in KEYS
    ]
    confirm = (
        tag(
            "button",
            key("↵"),
            f"Yes, {sure}",
            type="button",
            class_="button choice yes",
            data_go="say:confirm",
            data_of=of,
            data_key="Enter",
            aria_keyshortcuts="Enter",
        )
        if sure
        else None
    )
    moves = (
        [
            tag(
                "button",
                key("j"),
                "Next",
                type="button",
                class_="button choice",
                data_go="step:next",
                data_key="j",
                aria_keyshortcuts="j",
            ),
            tag(
                "button",
                key("k"),
                "Last",
                type="button",
                class_="button choice",
                data_go="step:last",
                data_key="k",
                aria_keyshortcuts="k",
            ),
        ]
        if queue
        else []
    )
    # Its key is heard also before the answer it takes back has been drawn.
    back = tag(
        "button",
        key("u"),
        "Take back",
        type="button",
        class_="button choice",
        data_go="undo:",
        data_key="u",
        aria_keyshortcuts="u",
        aria_disabled=None if c.said else "true",
    )
    typed = tag(
        "label",
        tag("span", "Another team, or several that share it"),
        tag(
            "input",
            type="text",
            value=c.typed,
            data_fill="typed",
            data_enter="say:typed",
            data_of=of,
            placeholder="search, or search + payments",
            autocomplete="off",
            spellcheck="false",
            maxlength="120",
        ),
    )
    return (
        tag(
            "div",
            tag("p", whose(state, owner), class_="ask", id="cd-whose"),
            tag("div", confirm, *known, class_="choices", role="group", aria_labelledby="cd-whose")
            if confirm or known
            else None,
            names_proposed([numbered[name] for name in new], bool(known)),
            tag("div", *verdicts, *moves, back, class_="choices", role="group", aria_label="Other answers"),
            tag("div", typed, button("Say so", "say:typed", data_of=of), class_="controls answer"),
            tag("div", reach(state, owner, of), like(state), class_="controls answer"),
            tag("p", c.problem, role="alert", class_="bad") if c.problem else None,
            preview(state, owner),
            class_="answering",
            data_keys="on",
        )
        if f
        else join()
    )


def names_proposed(buttons: list[Safe], more: bool) -> Safe | None:
    """Names that words of the bill suggest, apart from the teams there are. more: whether there are any such teams."""
    if not buttons:
        return None
    words = (
        "Not a team yet, only a word of the bill:"
        if more
        else "There is no team yet. Words of the bill that may be one:"
    )
    return tag(
        "div",
        tag("span", words, class_="quiet", id="cd-proposed"),
        *buttons,
        class_="choices",
        role="group",
        aria_labelledby="cd-proposed",
    )


def whose(state: State, owner: int) -> str:
    """The question in words: about the resource, or about the group it stands for."""
    c, f = state.correcting, state.figures
    found = c.reach(state.workspace, owner, state.metric)
    scope = found[c.chosen(found, owner)]
    return (
        "Whose is it?"
        if scope.key == "one"
        else f"Whose are these {f.count(len(scope.ids))} ({f.short(scope.cost)})? Each {scope.text}. If they are not all one owner's, answer for this one only."
    )


def reach(state: State, owner: int, of: str) -> Safe:
    """How far the answer reaches: this resource, or a group it is in. of: the mark of the card."""
    c, f = state.correcting, state.figures
    found = c.reach(state.workspace, owner, state.metric)
    if len(found) < 2:
        return join()
    at = c.chosen(found, owner)
    options = [
        tag(
            "option",
            "This one only" if i == 0 else f"All {f.count(len(s.ids))}: {s.text} ({f.short(s.cost)})",
            value=str(i),
            selected=i == at,
        )
        for i, s in enumerate(found)
    ]
    return tag(
        "label",
        tag("span", "The answer holds for ", key("g")),
        tag("select", *options, data_fill="scope", data_of=of, data_key="g", aria_keyshortcuts="g"),
    )


def like(state: State) -> Safe:
    """A pattern on names: whom it meets is shown before an answer reaches so far."""
    return join(
        tag(
            "label",
            tag("span", "Or for every name like"),
            tag(
                "input",
                type="text",
                value=state.correcting.like_typed,
                data_fill="like",
                data_enter="like:",
                placeholder="checkout-*",
                autocomplete="off",
                spellcheck="false",
                maxlength="120",
            ),
        ),
        button("Show whom it meets", "like:"),
    )


def preview(state: State, owner: int) -> Safe:
    """What an answer for the chosen reach would move, before it is given."""
    c, f = state.correcting, state.figures
    found = c.reach(state.workspace, owner, state.metric)
    scope, rows = found[c.chosen(found, owner)], state.report.resources
    ids = c.answered_for(state.workspace, owner, state.metric)
    if len(ids) < 2:
        return join()
    moves = would(rows, ids, "", "owned", state.metric)
    parts = [f"{f.short(cost)} of {NAMES.get(who, who)}" for who, cost in list(moves.items())[:4]]
    rest = len(moves) - 4
    stays = (
        f" {f.count(scope.firm)} with an owner that stands firm {'stays' if scope.firm == 1 else 'stay'} as {'it is' if scope.firm == 1 else 'they are'}."
        if scope.firm
        else ""
    )
    cost = total(rows.loc[rows["x_OwnableId"].isin(ids), METRICS[state.metric]].to_numpy())
    return tag(
        "p",
        f"Would move {f.money(cost)} in {f.count(len(ids))} resources: {', '.join(parts)}{f' and {rest} more owners' if rest > 0 else ''}.{stays}",
        role="status",
        class_="preview",
    )


NAMES = {
    "(abstained)": "unknown money",
    "(unallocatable)": "money without a resource",
    "(shared)": "shared money",
    "(vendor)": "a vendor's",
    "(ownerless)": "nobody's",
}


def consequence(state: State) -> Safe:
    """What the last answers changed, in words: shown, not just applied."""
    c, f = state.correcting, state.figures
    if c.due:
        return tag("p", "Noted. Working out what follows …", role="status", class_="working")
    e = c.last
    if e is None:
        return join()
    if e.rows.empty:
        return tag("p", "Nothing else changed owner.", role="status", class_="effect")
    to: dict[str, int] = {}
    for name in e.rows["now"]:
        to[name] = to.get(name, 0) + 1
    parts = [
        f"{f.count(n)} to {name}" if not name.startswith("(") else f"{f.count(n)} {WORDS.get(name, name)}"
        for name, n in sorted(to.items(), key=lambda kv: (-kv[1], kv[0]))[:3]
    ]
    cover = (
        f" Coverage went from {f.percent(e.before, 1)} to {f.percent(e.after, 1)}."
        if round(e.before, 3) != round(e.after, 3)
        else ""
    )
    n = len(e.rows)
    return tag(
        "p",
        f"{f.count(n)} resource{'s' if n != 1 else ''} with {f.short(e.moved)} changed owner: {', '.join(parts)}.{cover} Changed rows are marked.",
        role="status",
        class_="effect",
    )


WORDS = {"(abstained)": "unknown again", "(shared)": "now shared", "(vendor)": "a vendor's", "(ownerless)": "nobody's"}
