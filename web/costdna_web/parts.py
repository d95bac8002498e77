"""Panes of the page: HTML made by `costdna.export.markup`, styled inside its own shadow root."""

from functools import cache
from pathlib import Path

import panel as pn
from costdna.export.markup import Safe, tag
from costdna.export.report_html import shared_style


@cache
def style() -> str:
    """The parts' style sheet and the page's own."""
    return shared_style() + Path(__file__).with_name("page.css").read_text("utf-8")


def pane(*children: Safe, class_: str = "") -> pn.pane.HTML:
    """A pane of markup. Bill text in it is escaped already: `tag` lets nothing else through."""
    return pn.pane.HTML(content(*children, class_=class_), stylesheets=[style()], sizing_mode="stretch_width", margin=0)


def content(*children: Safe, class_: str = "") -> str:
    """The text of a pane, to replace what one shows."""
    return tag("div", *children, class_=f"cd {class_}".strip())


def heading(text: str) -> Safe:
    """A screen's first line: its one question, answered. Focus goes here when the screen appears."""
    return tag("h1", text, id="cd-heading", tabindex="-1")


def link(text, go: str, **more) -> Safe:
    """A word that takes one somewhere in the page (never an address: it cannot leave)."""
    return tag("button", text, type="button", class_="link", data_go=go, **more)


def button(text, go: str, quiet: bool = True, **more) -> Safe:
    """Something to press."""
    return tag("button", text, type="button", class_="button quiet-button" if quiet else "button", data_go=go, **more)


def labelled(text: str, control: Safe) -> Safe:
    """A control under its name."""
    return tag("label", tag("span", text), control)


def choice(label: str, fill: str, options: dict[str, str], now: str) -> Safe:
    """One of `options` (value → text), under its name; `fill` is the wish that carries what is chosen."""
    shown = [tag("option", text, value=value, selected=value == now) for value, text in options.items()]
    return labelled(label, tag("select", *shown, data_fill=fill))


def typed(label: str, fill: str, value: str, most: int) -> Safe:
    """A line of text of at most so many letters, under its name."""
    return labelled(
        label,
        tag(
            "input",
            type="text",
            value=value,
            data_fill=fill,
            autocomplete="off",
            spellcheck="false",
            maxlength=str(most),
        ),
    )
