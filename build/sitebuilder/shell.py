"""The page itself: Panel's own list of scripts and styles, every address rewritten to a file of the site.

`panel.io.convert.script_to_html` is used as a library to learn which resources the app's document needs; its worker and
handler are thrown away (they name third parties and cannot be confined). Our shell takes their place.
"""

from __future__ import annotations

import html
import io
import json
import os
import re
import shutil
from pathlib import Path

from .paths import STATIC, BuildError

PLACEHOLDER = "https://selfhost.invalid/"
BOKEH_CDN = "https://cdn.bokeh.org/bokeh/release/"
# Not needed: formulas, WebGL plots, and module shims for components written as ES modules (we have none).
UNWANTED = ("bokeh-mathjax", "bokeh-gl", "es-module-shims")
# Named at run time by Panel's Python or by a stylesheet, so absent from the html.
EXTRA = ("css", "assets", "bundled/theme")
EXTRA_FILES = re.compile(r"^(?!.*/logo/).*\.(css|svg|png|gif|woff2)$")

CSP = "; ".join(
    (
        "default-src 'none'",
        # eval: ReactiveHTML in Panel, run_js in Pyodide
        "script-src 'self' blob: 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' blob:",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
HEAD = ("meet.js", "companion.js", "workers.js", "meter.js", "handler.js")


def panel_html(source: str) -> str:
    """The html Panel would make of an app's source. PANEL_CDN_ROOT must be set before panel is first imported."""
    if os.environ.get("PANEL_CDN_ROOT") != PLACEHOLDER:
        raise BuildError(f"PANEL_CDN_ROOT must be {PLACEHOLDER} before panel is imported.")
    from panel.io.convert import script_to_html
    from panel.io.resources import set_resource_mode

    with set_resource_mode("cdn"):
        return script_to_html(io.StringIO(source), runtime="pyodide-worker", prerender=False)[0]


def resources(page: str) -> tuple[list[str], list[str]]:
    """(scripts, stylesheets) an html names, in order, without what we do not want."""

    def wanted(found: list[str]) -> list[str]:
        return [u for u in found if not any(word in u for word in UNWANTED)]

    return (
        wanted(re.findall(r'<script[^>]*\ssrc="([^"]+)"', page)),
        wanted(re.findall(r'<link[^>]*rel="stylesheet"[^>]*href="([^"]+)"', page)),
    )


def vendored(url: str, site: Path) -> str:
    """Copy the file behind an address Panel named into the site; returns its path there.

    Raises BuildError for any other address.
    """
    import bokeh
    import panel

    if url.startswith(PLACEHOLDER):  # …/1.9.4/dist/<path>
        path = url.removeprefix(PLACEHOLDER)
        origin = Path(panel.__file__).parent / path.split("/", 1)[1]
        target = f"vendor/panel/{path}"
    elif url.startswith(BOKEH_CDN):
        name = url.removeprefix(BOKEH_CDN)
        origin = Path(bokeh.__file__).parent / "server" / "static" / "js" / name.replace(f"-{bokeh.__version__}", "")
        target = f"vendor/bokeh/{name}"
    else:
        raise BuildError(
            f"the page would load {url}, which is not ours. Vendor it or leave it out in sitebuilder/shell.py."
        )
    if not origin.exists():
        raise BuildError(f"{url} was named by Panel, but {origin} does not exist.")
    (site / target).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(origin, site / target)
    return target


def extras(vendor: Path) -> None:
    """Copy stylesheets, images and fonts that Panel names only at run time, below `vendor`/panel."""
    import panel

    dist = Path(panel.__file__).parent / "dist"
    target = vendor / "panel" / panel.__version__ / "dist"
    for folder in EXTRA:
        for file in sorted((dist / folder).rglob("*")):
            if file.is_file() and EXTRA_FILES.search(file.as_posix()):
                to = target / file.relative_to(dist)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, to)


def page(site: Path, parts: list[str]) -> str:
    """The whole index.html; `parts` names the optional files the site has. Scripts of ours are inlined:
    the drop zone lives as soon as the html has arrived."""
    scripts, styles = resources(panel_html("from costdna_web.app import App\nApp().root.servable()\n"))
    extras(site / "vendor")
    shell = STATIC / "shell"

    def read(*names: str) -> str:
        return "\n".join((shell / n).read_text("utf-8") for n in names)

    values = {
        "csp": CSP,
        "css": (STATIC / "tokens.css").read_text("utf-8") + read("shell.css"),
        "head_scripts": read(*HEAD),
        "body_scripts": read("shell.js", "keep.js"),
        "styles": "\n".join(f'<link rel="stylesheet" href="{vendored(u, site)}">' for u in styles),
        "scripts": "\n".join(
            [f'<script defer src="{vendored(u, site)}"></script>' for u in scripts]
            + [
                f'<script defer src="static/{f.relative_to(STATIC).as_posix()}"></script>'
                for f in (STATIC / "reader" / "index.js", STATIC / "page" / "door.js")
            ]
        ),
        "parts": html.escape(json.dumps(parts)),
    }
    return re.sub(r"\{\{ (\w+) \}\}", lambda m: values[m[1]], (shell / "index.html").read_text("utf-8"))
