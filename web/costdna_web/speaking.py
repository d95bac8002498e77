"""Which model speaks: the one that came with CostDNA or one's own, what that was taught, and the way from one to the
other.
"""

from __future__ import annotations

from costdna.export.markup import Safe, join, tag

from . import model
from .parts import button
from .session_part import other_model
from .state import State


def speaking(state: State) -> Safe:
    """The part of the Trust screen."""
    pick = tag(
        "button",
        "Open a model of your own",
        type="button",
        class_="button quiet-button",
        data_pick="model",
        data_accept=".costdna-model",
    )
    ways = (
        [button("Use the one that came with CostDNA", "model:shipped")]
        if model.speaks
        else [button(f"Use your own again ({model.own.name})", "model:own")]
        if model.own
        else []
    )
    return join(
        tag("h2", "Which model speaks?"),
        mine(state) if model.speaks else shipped(),
        tag("p", f"The model was not taken. {model.refused}", role="alert", class_="bad") if model.refused else None,
        other_model(state),
        tag(
            "p",
            *(x for way in ways for x in (way, " ")),
            pick,
            tag(
                "span",
                " A file that costdna train BILL made of this account's confirmed owners, dropped on the page or chosen here. It stays in this tab.",
                class_="quiet",
            ),
        ),
    )


def shipped() -> Safe:
    """The site's own, or that there is none."""
    name = model.shipped()
    return tag(
        "p",
        tag("b", "The one that came with CostDNA"),
        f": {name}, taught on made-up companies only."
        if name
        else " is not here or could not be used: the simple methods speak.",
    )


def mine(state: State) -> Safe:
    """One's own: what it was taught and by how much it was better, by its own card."""
    taught, f = model.own.lesson, state.figures
    said = [
        tag(
            "p",
            tag("b", "Your own"),
            f": {model.own.name}. Its card fits this page, its file is the one the card names, and it computes here what it computed where it was made.",
        )
    ]
    if not taught:
        return join(*said, tag("p", "Its card does not say what it was taught.", class_="quiet"))
    said.append(
        tag(
            "p",
            f"Taught by {f.count(taught['owners'])} confirmed owners. Asked for those it had not been shown ({f.count(taught['units'])} stacks and names, each hidden once), the page was right {f.percent(taught['now'])} of the time with it, "
            f"{f.percent(taught['was'])} with the one that came with CostDNA; better by {taught['gain']:.3f} ± {taught['error']:.3f} (loss). So says its card.",
        )
    )
    if set(taught["sources"]) & set(state.report.sources["x_SourceId"]):
        said.append(
            tag(
                "p",
                "It was taught the owners of this very bill: hidden again here, it may remember them. Believe the figures just named rather than the range above.",
                class_="stale",
            )
        )
    return join(*said)
