"""What Python needs in the page: Panel and its dependencies (env), our two packages (app), both as bytecode.

Bytecode is made by the page's own interpreter (Pyodide in node), unchecked-hash, legacy layout: the page then imports
without compiling, which is worth three to four seconds of the first boot. `.so` files of the host are left out;
MarkupSafe and PyYAML fall back to their pure versions, nh3 (Rust, no WebAssembly build) is replaced by
`web/static/python/nh3.py`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from importlib import metadata
from pathlib import Path

from . import archive, parts
from .paths import CACHE, NODE_MODULES, ROOT, BuildError

NODE = ROOT / "build" / "node"
# Distributions that travel, and the import packages of each.
ENV = {
    "panel": ["panel"],
    "bokeh": ["bokeh"],
    "param": ["param", "numbergen"],
    "pyviz_comms": ["pyviz_comms"],
    "narwhals": ["narwhals"],
    "Jinja2": ["jinja2"],
    "MarkupSafe": ["markupsafe"],
    "PyYAML": ["yaml"],
    "Markdown": ["markdown"],
    "markdown-it-py": ["markdown_it"],
    "mdit-py-plugins": ["mdit_py_plugins"],
    "linkify-it-py": ["linkify_it"],
    "mdurl": ["mdurl"],
    "typing_extensions": ["typing_extensions"],
    "tqdm": ["tqdm"],
}
# Served as files of the site, or of no use without a server, a notebook or a command line.
SKIP = re.compile(
    r"^(panel/(dist|tests|command|auth|node_modules)/|bokeh/(server/static|server/views|sphinxext|sampledata|command)/"
    r"|bokeh/_sri/(?!3\.9\.2\.json)|pyviz_comms/labextension/(?!package\.json)|.*/tests?/)"
)
DATA = (".html", ".css", ".jinja", ".json", ".js", ".webmanifest")


def env_sources() -> dict[str, bytes]:
    """{path in site-packages: content} of the pinned Panel environment: sources and the data files read at run time."""
    members: dict[str, bytes] = {"nh3.py": (ROOT / "web" / "static" / "python" / "nh3.py").read_bytes()}
    for name, packages in ENV.items():
        dist = metadata.distribution(name)
        for file in dist.files or []:
            path = file.as_posix()
            top = path.split("/")[0].removesuffix(".py")
            if top in packages and not SKIP.match(path) and (path.endswith(".py") or path.endswith(DATA)):
                members[path] = Path(str(file.locate())).read_bytes()
        info = f"{name.replace('-', '_')}-{dist.version}.dist-info/METADATA"
        members[info] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {dist.version}\n".encode()
    return members


def app_sources() -> dict[str, bytes]:
    """{path: content} of costdna and costdna_web: everything in them but caches."""
    members: dict[str, bytes] = {}
    for package in (ROOT / "py" / "costdna", ROOT / "web" / "costdna_web"):
        for file in sorted(package.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                members[file.relative_to(package.parent).as_posix()] = file.read_bytes()
    return members


def node(script: str, *arguments: object) -> str:
    """Run one of the builder's node scripts; returns its stdout. Raises BuildError with the end of its output."""
    command = ["node", str(NODE / script), *map(str, arguments)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "NODE_MODULES": str(NODE_MODULES)},
    )
    if done.returncode:
        raise BuildError(f"{script} failed (exit {done.returncode}):\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def compiled(jobs: dict[str, dict[str, bytes]]) -> dict[str, dict[str, bytes]]:
    """Turn every `.py` of each named bundle into `.pyc` with the page's interpreter. Cached by content."""
    salt = "".join((NODE / name).read_text("utf-8") for name in ("compile.py", "compile.mjs"))
    keys = {name: CACHE / "pyc" / f"{archive.digest(members, salt)}.zip" for name, members in jobs.items()}
    todo = {name: path for name, path in keys.items() if not path.exists()}
    if todo:
        work = CACHE / "pyc" / "in"
        for name in todo:
            archive.write_zip(work / f"{name}.zip", jobs[name])
        # Our own docstrings stay: those of the tools are their descriptions. Pyodide reads its own while it starts.
        plan = [[str(work / f"{name}.zip"), str(path), name in ("app", "pyodide")] for name, path in todo.items()]
        print(f"site: compiling {', '.join(todo)} with the page's interpreter", flush=True)
        node("compile.mjs", json.dumps(plan))
    return {name: archive.read_zip(path) for name, path in keys.items()}


# Parts of wheels that the page has no use for: headers and libraries to compile against, stubs, other people's time
# zones.
UNUSED = re.compile(
    r"\.(pyi|h|a|pxd|pyx|c|f|f90|npz|ini)$|^numpy/(f2py|distutils|doc)/|/tests?/|^pandas/_testing/(?!__init__|_io|_warnings|asserters|compat|contexts)|^pytz/zoneinfo/(?!UTC$|tzdata)|^dateutil/zoneinfo/.*gz$"
)


def slim(members: dict[str, bytes]) -> dict[str, bytes]:
    """A wheel's members without UNUSED."""
    return {name: content for name, content in members.items() if not UNUSED.search(name)}


STANDARD = "python_stdlib.zip"
# Nobody debugs, installs, draws windows or reads manuals in a page.
NOT_STANDARD = re.compile(
    r"^(pydoc_data|ensurepip|idlelib|lib2to3|tkinter|turtledemo|venv)/|^(pdb|doctest|turtle|antigravity|this)\.py$"
)


def standard() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Python's own library as Pyodide ships it, and Pyodide's modules beside it (whose docstrings it reads itself)."""
    members = archive.read_zip(NODE_MODULES / "pyodide" / STANDARD)
    own = {n: c for n, c in members.items() if n.split("/")[0] in ("pyodide", "_pyodide", "pyodide_js")}
    return {n: c for n, c in members.items() if n not in own and not NOT_STANDARD.search(n)}, own


def information(name: str) -> bool:
    """Whether a file of a wheel is about the wheel, and not asked for in the page."""
    return ".dist-info/" in name and not name.endswith("/METADATA")


def packs() -> dict[str, dict[str, bytes]]:
    """Everything Python can import in the page, as bytecode of its interpreter: {pack: {path below lib/python3.13:
    content}}.

    app is our two packages, library all else: it stays the same, and is compressed once, while we change ours.
    """
    plain, own = standard()
    wheels = {
        w.name: {n: c for n, c in slim(archive.read_zip(w)).items() if not information(n)} for w in parts.wheels()
    }
    done = compiled({"stdlib": plain, "pyodide": own, "env": env_sources(), "app": app_sources(), **wheels})
    site = {
        bundle: {f"site-packages/{name}": content for name, content in done[bundle].items()}
        for bundle in ("app", "env", *wheels)
    }
    app = site.pop("app")
    return {
        "library": {k: v for members in (done["stdlib"], done["pyodide"], *site.values()) for k, v in members.items()},
        "app": app,
    }
