"""Colours for what CSS cannot reach (Bokeh's canvas), read from the one place that decides them: tokens.css."""

import re
from functools import cache
from pathlib import Path

import costdna.export


@cache
def palette(theme: str) -> dict[str, str]:
    """{token: colour} of "light" or "dark", names without their dashes: palette("dark")["ink-2"]."""
    css = Path(costdna.export.__file__).with_name("tokens.css").read_text("utf-8")
    light = _tokens(css[css.index(":root {") :])
    return light if theme == "light" else light | _tokens(css[css.index(':root[data-theme="dark"]') :])


def _tokens(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,8})\s*;", css[: css.index("}")]))
