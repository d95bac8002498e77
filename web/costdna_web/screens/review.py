"""What should I answer? One group or resource at a time, the dearest doubt first; how much is settled so far."""

from __future__ import annotations

import pandas as pd
from costdna.export.markup import Safe, join, tag
from costdna.export.tables import table
from costdna.questions import called

from ..answering import consequence, controls
from ..evidence import card_of
from ..parts import heading, link, pane
from ..state import State
from . import Screen

AHEAD = 12


class Queue:
    """The queue: drawn again alone with every key."""

    def __init__(self, state: State) -> None:
        self.state = state
        state.correcting.refill(state.workspace)
        self.panel = pane()
        self.redraw()

    def redraw(self) -> None:
        """Draw the card that is asked about, and what comes next."""
        from ..parts import content

        self.panel.object = content(
            heading(first_line(self.state)), consequence(self.state), asked(self.state), ahead(self.state)
        )


def view(state: State):
    """The queue."""
    return Queue(state)


def first_line(state: State) -> str:
    """What is settled, and what the next answers would settle."""
    c, f = state.correcting, state.figures
    left = [c.facts[i] for i in c.queue if i in c.facts]
    worth = sum(int(r["x_Settles"]) for r in left)
    done = len(c.said)
    said = f"Settled so far: {f.short(c.settled)} in {done} answer{'s' if done != 1 else ''}. " if done else ""
    if not c.queue:
        return said + (
            "Nothing is left to ask."
            if done
            else "Nothing to ask: every resource with an id has an owner that stands firm."
        )
    more = " more" if done else ""
    return (
        said + f"{len(c.queue)}{more} answer{'s' if len(c.queue) != 1 else ''} would settle about {f.short(worth)}."
        if worth > 0
        else said + f"{len(c.queue)} questions are left."
    )


def asked(state: State) -> Safe:
    """The card in question and what can be said of it."""
    c = state.correcting
    if c.asked is None:
        return tag("p", link("See all resources", "screen:resources"))
    fact = c.facts.get(c.asked, {})
    # a question about a group says so itself
    why = tag("p", fact["x_Reason"], class_="quiet") if fact.get("x_Reason") and not fact.get("x_Group") else None
    at = state.position(c.asked)
    return tag(
        "section",
        card_of(state, at, short=True),
        why,
        controls(state, c.asked, queue=True),
        tag("p", link("Everything about this resource", f"resource:{at}")),
        class_="asked",
        aria_label="The question",
    )


def ahead(state: State) -> Safe:
    """The next questions, what each would settle, and a tick for those whose group has the same owner."""
    c, f = state.correcting, state.figures
    rows, ticks = [], False
    for i in c.queue[c.at + 1 : c.at + 1 + AHEAD]:
        row, fact = state.row(i), c.facts.get(i, {})
        p = row["x_Probability"]
        guess = f"{row['x_Team']} {f.percent(p)}" if row["x_Team"] and not pd.isna(p) else "can't tell"
        key = fact.get("x_Group", "")
        about = (
            f"{f.count(fact['x_Resources'])} resources, each {called(*key.split(':', 1))}"
            if key
            else row["ResourceName"] or row["ResourceId"]
        )
        on = i in c.also
        tick = (
            tag(
                "button",
                "✓ Same owner" if on else "Same owner",
                type="button",
                class_="button choice",
                data_go=f"also:{i}",
                aria_pressed="true" if on else "false",
                aria_label=f"Same owner: {about}",
            )
            if key
            else ""
        )
        ticks = ticks or bool(key)
        rows.append(
            [
                about,
                row["ServiceName"],
                guess,
                tag("td", f.amount(int(fact.get("x_Settles", 0) or row["BilledCost"])), class_="num"),
                tag("td", tick),
            ]
        )
    if not rows:
        return join()
    hint = (
        tag(
            "p",
            "Do some of these belong to the same owner as the one above? Press “Same owner”: the answer is then given for them too.",
            class_="quiet",
        )
        if ticks
        else None
    )
    return join(
        tag("h2", "Next"),
        hint,
        table(
            "Next questions",
            ["What", "Service", "We think", f"Would settle, {f.currency}", "As above"],
            rows,
            numbers=(3,),
            class_="ahead",
        ),
    )


def some(state: State) -> bool:
    """Whether this bill has anything to ask about or anything answered."""
    return bool((~state.report.resources["x_IsSynthetic"]).any())


SCREEN = Screen("Review", 15, view, some)
