"""The yardstick of `make bench-boot`.

The same app through `panel convert --to pyodide-worker`, made to run from one origin.

Every address its html and worker name is rewritten to a mirror below the same site, and the mirror holds exactly the
files they name (and the wheels micropip then asks for). Pyodide is our version on both sides, so that only the way of
shipping differs. Panel's own slim wheels are not on PyPI: they are rebuilt here by the rule of Panel's script (no
JavaScript, no bundled resources). Packages that Pyodide builds itself but that are not at hand are packed from their
pure sources, which favours the yardstick: fewer bytes, and nothing is left out that it imports.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from . import archive, parts, python_zips, shell
from .paths import NODE_MODULES, ROOT

# What micropip is asked for, directly or as somebody's dependency, besides the wheels of Pyodide itself.
PURE = tuple(
    """
    panel bokeh param pyviz_comms narwhals Jinja2 MarkupSafe PyYAML Markdown markdown-it-py mdit-py-plugins
    linkify-it-py mdurl typing_extensions tqdm requests urllib3 certifi idna charset-normalizer xyzservices
    panel-material-ui tzdata
    """.split()
)
NATIVE = (*parts.WHEELS, *parts.STOCK_WHEELS)
LEFT_OUT = re.compile(r"\.(ts|map|tsbuildinfo|so|pyi|whl)$|bokeh\.json$|^panel_material_ui/dist/|/tests/|^\.\.")


def wheel(folder: Path, name: str, members: dict[str, bytes], version: str, requires: list[str]) -> str:
    """Write a py3-none-any wheel; returns its file name."""
    plain = name.lower().replace("-", "_")
    info = f"{plain}-{version}.dist-info"
    members = {k: v for k, v in members.items() if ".dist-info/" not in k}
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {r}" for r in requires),
    ]
    members[f"{info}/METADATA"] = ("\n".join(lines) + "\n").encode()
    members[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: costdna\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = [
        f"{n},sha256={base64.urlsafe_b64encode(hashlib.sha256(c).digest()).rstrip(b'=').decode()},{len(c)}"
        for n, c in sorted(members.items())
    ]
    members[f"{info}/RECORD"] = ("\n".join([*record, f"{info}/RECORD,,"]) + "\n").encode()
    file = f"{plain}-{version}-py3-none-any.whl"
    archive.write_zip(folder / file, members)
    return file


def installed(name: str) -> tuple[dict[str, bytes], str, list[str]]:
    """(files, version, requirements without extras) of an installed distribution, cut down as Panel cuts its wheels."""
    dist = metadata.distribution(name)
    files = {
        f.as_posix(): Path(str(f.locate())).read_bytes()
        for f in dist.files or []
        if not LEFT_OUT.search(f.as_posix())
        and not python_zips.SKIP.match(f.as_posix())
        and "__pycache__" not in f.as_posix()
    }
    return files, dist.version, [r for r in dist.requires or [] if "extra ==" not in r and not r.startswith("nh3")]


def mirror_wheels(folder: Path) -> dict[str, str]:
    """Fill the mirror's wheel folder; returns {package name: file name}."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for name, path in zip(NATIVE, parts.wheels(NATIVE), strict=True):
        shutil.copyfile(path, folder / path.name)
        found[name] = path.name
    for name in PURE:
        try:
            found[name.lower().replace("_", "-")] = wheel(folder, name, *installed(name))
        except metadata.PackageNotFoundError:
            continue
    # panel convert asks for it by name; a pure wheel, taken from PyPI like everything of PURE.
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "pyodide-http==0.2.2",
            "-d",
            str(folder),
        ],
        check=True,
    )
    found["pyodide-http"] = "pyodide_http-0.2.2-py3-none-any.whl"
    found["nh3"] = wheel(
        folder, "nh3", {"nh3.py": (ROOT / "web" / "static" / "python" / "nh3.py").read_bytes()}, "0.2.21", []
    )
    found["costdna"] = wheel(folder, "costdna", python_zips.app_sources(), "0.1.0", [])
    return found


def build(site: Path, origin: str) -> Path:
    """Build the yardstick into a folder, to be served at `origin` (no slash at its end); returns the folder."""
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(parents=True)
    _mirror(site, origin)
    _convert(site)
    html = _local((site / "app.html").read_text("utf-8"))
    html = re.sub(r"<link[^>]*fonts\.googleapis[^>]*>", "", html)
    (site / "index.html").write_text(html, "utf-8")
    worker = _local((site / "app.js").read_text("utf-8")).replace("ORIGIN", origin)
    # Same requirements, another index and root of stylesheets; emfs paths and pins stay as panel convert wrote them.
    index = "/mirror/pypi/{package_name}.json"
    worker = worker.replace(
        "import micropip\n",
        "import micropip, os\n"
        f"      os.environ['PANEL_CDN_ROOT'] = '{origin}/mirror/panel/'\n"
        f"      micropip.set_index_urls(['{origin}{index}'])\n",
    )
    (site / "app.js").write_text(worker, "utf-8")
    shell.extras(site / "mirror")  # stylesheets that Panel names only while it runs
    _assets(site, html)
    return site


def _mirror(site: Path, origin: str) -> None:
    """Pyodide with its lock, the wheels, and an index in PyPI's own JSON form.

    micropip asks the index for what it is not given.
    """
    wheels = mirror_wheels(site / "mirror" / "pyodide")
    for file in ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip"):
        shutil.copyfile(NODE_MODULES / "pyodide" / file, site / "mirror" / "pyodide" / file)
    lock = parts.lock()
    lock["packages"] = {n: p for n, p in lock["packages"].items() if n in NATIVE}
    (site / "mirror" / "pyodide" / "pyodide-lock.json").write_text(json.dumps(lock), "utf-8")
    for name, file in wheels.items():
        entry = {
            "filename": file,
            "url": f"{origin}/mirror/pyodide/{file}",
            "digests": {"sha256": parts.sha256(site / "mirror" / "pyodide" / file)},
            "packagetype": "bdist_wheel",
            "requires_python": None,
            "yanked": False,
        }
        target = site / "mirror" / "pypi" / f"{name}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        version = file.split("-")[1]
        target.write_text(json.dumps({"info": {"name": name}, "releases": {version: [entry]}}), "utf-8")


def _convert(site: Path) -> None:
    app = site / "app.py"
    app.write_text("from costdna_web.app import App\nApp().root.servable()\n", "utf-8")
    command = [sys.executable, "-m", "panel", "convert", str(app), "--to", "pyodide-worker", "--out", str(site)]
    subprocess.run([*command, "--requirements", "numpy", "pandas", "costdna"], check=True, capture_output=True)


def _local(text: str) -> str:
    """What panel convert wrote, its addresses led to the mirror."""
    text = re.sub(r"https://cdn\.jsdelivr\.net/pyodide/v[\d.]+/\w+/", "/mirror/pyodide/", text)
    text = re.sub(r"https://cdn\.holoviz\.org/panel/(?:[\d.]+/dist/)?wheels/", "ORIGIN/mirror/pyodide/", text)
    text = re.sub(r"https://cdn\.holoviz\.org/panel/([\d.]+)/", r"/mirror/panel/\1/", text)
    return re.sub(r"https://cdn\.bokeh\.org/", "/mirror/bokeh/", text)


def _assets(site: Path, html: str) -> None:
    """Scripts and stylesheets of Panel and Bokeh that the page names."""
    import bokeh
    import panel

    for path in re.findall(r'(?:src|href)="/mirror/panel/[\d.]+/(dist/[^"]+)"', html):
        target = site / "mirror" / "panel" / panel.__version__ / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(panel.__file__).parent / path, target)
    for path in re.findall(r'src="/mirror/bokeh/(bokeh/release/[^"]+)"', html):
        target = site / "mirror" / "bokeh" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        name = Path(path).name.replace(f"-{bokeh.__version__}", "")
        shutil.copyfile(Path(bokeh.__file__).parent / "server" / "static" / "js" / name, target)


def named(site: Path) -> list[str]:
    """Addresses the yardstick still names outside the mirror."""
    text = (site / "index.html").read_text("utf-8") + (site / "app.js").read_text("utf-8")
    return sorted(set(re.findall(r"https?://(?!localhost)[^\s\"'`<>)]+", text)))
