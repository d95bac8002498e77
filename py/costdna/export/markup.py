"""HTML that cannot be broken by what is in a bill: every string is escaped unless it was made here.

>>> tag("b", "<img onerror=x>", class_="n")
'<b class="n">&lt;img onerror=x&gt;</b>'
"""

import html
import re

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_VOID = {"br", "meta", "input"}


class Safe(str):
    """Markup made by `tag`, `join` or `raw`; everything else is text and gets escaped."""

    __slots__ = ()


def text(value) -> Safe:
    """A value as escaped text. Control and direction-changing characters, which could hide what is said, become U+FFFD."""
    return value if isinstance(value, Safe) else Safe(html.escape(_CONTROL.sub("\ufffd", str(value)), quote=True))


def tag(name: str, /, *children, **attributes) -> Safe:
    """An element.

    `class_` and `for_` lose their underscore, others turn _ into -; None and False leave an attribute out.
    """
    parts = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        parts.append(f" {key}" if value is True else f' {key}="{text(value)}"')
    head = f"<{name}{''.join(parts)}>"
    return Safe(head if name in _VOID else f"{head}{join(*children)}</{name}>")


def join(*children, by: str = "") -> Safe:
    """Children one after the other; lists are flattened, None is nothing, `by` is text between them."""
    flat = []
    for child in children:
        if child is None or child == "":
            continue
        flat.append(join(*child) if isinstance(child, (list, tuple)) else text(child))
    return Safe(text(by).join(flat))


def raw(markup: str) -> Safe:
    """Our own constant markup or style, taken as it is. Never for anything that was read."""
    return Safe(markup)
