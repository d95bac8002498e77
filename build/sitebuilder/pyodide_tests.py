"""The core's own tests inside the page's interpreter, in node.

`python -m sitebuilder.pyodide_tests [pytest arguments]`.

"Shared core" is then a test and not a hope: WebAssembly has 32-bit default integers, no threads, another libm. The
wheels are those the site ships. Tests that need real files or native engines skip themselves there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from . import parts
from .paths import CACHE, NODE_MODULES, ROOT

TOOLS = ("pytest", "pluggy", "iniconfig", "pygments", "hypothesis", "sortedcontainers")


def tools(folder: Path) -> Path:
    """A folder with the pure-Python test tools, as installed here."""
    stamp = json.dumps({t: metadata.version(t) for t in TOOLS})
    if not (folder / "stamp").exists() or (folder / "stamp").read_text() != stamp:
        shutil.rmtree(folder, ignore_errors=True)
        for name in TOOLS:
            for file in metadata.distribution(name).files or []:
                if file.suffix in (".py", ".txt", ".json", ".typed", "") and not file.as_posix().startswith(".."):
                    (folder / file).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(str(file.locate()), folder / file)
        (folder / "stamp").write_text(stamp)
    return folder


def main() -> int:
    folder = tools(CACHE / "pyodide-tests")
    wheels = CACHE / "wheels"
    parts.wheels([*parts.WHEELS, *parts.TEST_WHEELS], wheels)
    arguments = sys.argv[1:] or ["tests/costdna"]
    command = [
        "node",
        str(ROOT / "build" / "node" / "pytest.mjs"),
        str(ROOT),
        str(folder),
        str(wheels),
        json.dumps(arguments),
    ]
    return subprocess.run(command, check=False, env={**os.environ, "NODE_MODULES": str(NODE_MODULES)}).returncode


if __name__ == "__main__":
    sys.exit(main())
