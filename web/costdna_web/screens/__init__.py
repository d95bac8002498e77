"""Screens register themselves: every module of this folder with a `SCREEN` is one. A new screen touches no shared file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Screen:
    """One tab of the page.

    `view(app)` returns a Panel viewable and is called each time the screen is shown after the bill changed;
    `requires(app)` says whether the screen has anything to show for this bill (absent: always).
    """

    title: str
    order: int
    view: Callable[[Any], Any]
    requires: Callable[[Any], bool] | None = None


def screens() -> list[Screen]:
    """All screens of the folder, in their order, then by title."""
    modules = (importlib.import_module(f"{__name__}.{m.name}") for m in pkgutil.iter_modules(__path__))
    return sorted((m.SCREEN for m in modules if hasattr(m, "SCREEN")), key=lambda s: (s.order, s.title))
