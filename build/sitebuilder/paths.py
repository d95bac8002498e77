"""Where things are. The builder reads the repository and writes only `dist/` and `.cache/`."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("COSTDNA_CACHE", ROOT / ".cache"))
SITE = Path(os.environ.get("COSTDNA_SITE", ROOT / "dist" / "site"))
NODE_MODULES = ROOT / "node_modules"
STATIC = ROOT / "web" / "static"


class BuildError(SystemExit):
    """The site cannot be built: says what was found, where, and what to do next. Exit code 1."""

    def __init__(self, message: str):
        super().__init__(f"site: {message}")
