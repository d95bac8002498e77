"""Screens register themselves: every module of this folder with a `SCREEN` is one. A new screen touches no shared file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Screen:
    """One screen of the page.

    `view(state)` returns what Panel shows, or an object with `panel` and `redraw()` where a part can be drawn again
    alone (a filtered list). It is called each time the screen appears. `requires(state)` says whether the screen has
    anything to show for this bill (absent: always). `hear(state, item, said)` takes the wishes that begin with its slug
    (`changes:…`, and what is typed or chosen in `data-fill="changes:…"`); it keeps what it needs in `state.kept[slug]`.
    """

    title: str
    order: int
    view: Callable[[Any], Any]
    requires: Callable[[Any], bool] | None = None
    hear: Callable[[Any, str, dict], str] | None = None

    @property
    def slug(self) -> str:
        """Its name in wishes of the page."""
        return self.title.lower().replace(" ", "-")


@cache
def screens() -> tuple[Screen, ...]:
    """All screens of the folder, in their order, then by title."""
    modules = [importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__)]
    return tuple(sorted((m.SCREEN for m in modules if hasattr(m, "SCREEN")), key=lambda s: (s.order, s.title)))
