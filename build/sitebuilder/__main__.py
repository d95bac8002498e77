"""`python -m sitebuilder`: build `dist/site` (see `make site`)."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from importlib import metadata
from pathlib import Path

from . import archive, demo, foreign, pack, parts, python_zips
from .allowed import HOSTS, neutralise
from .paths import CACHE, NODE_MODULES, ROOT, SITE, STATIC, BuildError

MODEL = ROOT / "models"
PYODIDE_FILES = ("pyodide.js", "pyodide.asm.js")
ORT_FILES = ("ort.wasm.min.js", "ort-wasm-simd-threaded.mjs")
WASM = {
    "pyodide": NODE_MODULES / "pyodide" / "pyodide.asm.wasm",
    "ort": NODE_MODULES / "onnxruntime-web" / "dist" / "ort-wasm-simd-threaded.wasm",
}
# Inlined into the page, or not for the browser.
INLINED = (
    "shell/index.html",
    "shell/shell.css",
    "shell/workers.js",
    "shell/handler.js",
    "shell/shell.js",
    "shell/keep.js",
    "shell/meet.js",
    "shell/sw.js",
    "python/nh3.py",
    "reader/vendor.json",
)


def say(text: str) -> None:
    print(f"site: {text}", flush=True)


def copy(origin: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(origin, target)


def interpreter(site: Path, packs: dict[str, dict[str, bytes]]) -> None:
    """Pyodide and a lock that names nothing to fetch; all of Python's modules and both WebAssembly files, packed."""
    for name in PYODIDE_FILES:
        copy(NODE_MODULES / "pyodide" / name, site / "vendor" / "pyodide" / name)
    say("packing Python and the WebAssembly")
    wasm = {site / "vendor" / folder / f"{file.name}.zst": file.read_bytes() for folder, file in WASM.items()}
    pack.write(
        {**{site / "python" / f"{name}.pack.zst": pack.joined(members) for name, members in packs.items()}, **wasm}
    )
    lock = {"info": parts.lock()["info"], "packages": {}}
    (site / "vendor" / "pyodide" / "pyodide-lock.json").write_text(
        json.dumps(lock, sort_keys=True, separators=(",", ":")), "utf-8"
    )


def licences(site: Path) -> None:
    """The licence texts of everything that travels, in one file."""
    texts = []
    for name in python_zips.ENV:
        dist = metadata.distribution(name)
        for file in dist.files or []:
            if ".dist-info" in file.as_posix() and any(
                w in file.name.upper() for w in ("LICENSE", "COPYING", "NOTICE")
            ):
                texts.append(f"==== {name} {dist.version}\n{Path(str(file.locate())).read_text('utf-8', 'replace')}")
    for name in ("pyodide", "onnxruntime-web", *json.loads((STATIC / "reader" / "vendor.json").read_text("utf-8"))):
        package = json.loads((NODE_MODULES / name / "package.json").read_text("utf-8"))
        texts.append(f"==== {name} {package['version']}\nLicence: {package['license']}\n")
    for name in parts.WHEELS:
        file = parts.lock()["packages"][name]["file_name"]
        with_texts = archive.read_zip(CACHE / "wheels" / file)
        texts += [
            f"==== {file}: {n}\n{c.decode('utf-8', 'replace')}"
            for n, c in sorted(with_texts.items())
            if "dist-info" in n and any(w in n.upper() for w in ("LICENSE", "COPYING", "NOTICE"))
        ]
    (site / "vendor" / "LICENSES.txt").write_text("\n".join(texts), "utf-8")


def ours(site: Path) -> None:
    """Our static files, icons, model, demo bill and the reader's vendored modules."""
    for file in sorted(STATIC.rglob("*")):
        path = file.relative_to(STATIC).as_posix()
        if file.is_file() and path not in INLINED:
            copy(file, site / "static" / path)
    copy(STATIC / "icons" / "favicon.ico", site / "favicon.ico")
    for name in ORT_FILES:
        copy(NODE_MODULES / "onnxruntime-web" / "dist" / name, site / "vendor" / "ort" / name)
    for name, files in json.loads((STATIC / "reader" / "vendor.json").read_text("utf-8")).items():
        for origin, target in files.items():
            copy(NODE_MODULES / name / origin, site / "vendor" / target)
    for file in [*sorted(MODEL.glob("attributor.*")), *sorted((MODEL / "golden").glob("*.npz"))]:
        copy(file, site / "models" / file.relative_to(MODEL))
    copy(ROOT / "py" / "costdna" / "columns" / "mapping.json", site / "static" / "mapping.json")
    manifest = {
        "name": "CostDNA",
        "short_name": "CostDNA",
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b5fa5",
        "icons": [{"src": f"static/icons/icon-{n}.png", "sizes": f"{n}x{n}", "type": "image/png"} for n in (192, 512)],
    }
    (site / "manifest.webmanifest").write_text(json.dumps(manifest), "utf-8")
    (site / ".nojekyll").write_text("", "utf-8")


def seal(site: Path) -> None:
    """Precache list, service worker, SHA256SUMS."""
    files = {f.relative_to(site).as_posix(): parts.sha256(f) for f in sorted(site.rglob("*")) if f.is_file()}
    kept = {p: h for p, h in files.items() if p not in (".nojekyll", "vendor/LICENSES.txt")}
    listing = json.dumps(kept, separators=(",", ":"))
    worker = (STATIC / "shell" / "sw.js").read_text("utf-8")
    version = archive.digest({p: h.encode() for p, h in kept.items()}, worker)[:16]
    (site / "sw.js").write_text(worker.replace("__VERSION__", version).replace("__FILES__", listing), "utf-8")
    files["sw.js"] = parts.sha256(site / "sw.js")
    (site / "SHA256SUMS").write_text("".join(f"{h}  {p}\n" for p, h in sorted(files.items())), "utf-8")


def build(site: Path = SITE) -> None:
    started = time.monotonic()
    os.environ["PANEL_CDN_ROOT"] = "https://selfhost.invalid/"  # before panel is imported
    from . import shell

    work = site.with_name(site.name + ".part")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    say("verifying the WebAssembly parts")
    interpreter(work, python_zips.packs())
    ours(work)
    licences(work)
    say("the page")
    demo.write_demo(work / "demo")
    optional = [f.relative_to(work).as_posix() for f in sorted((work / "models").glob("*.onnx"))]
    (work / "index.html").write_text(shell.page(work, optional), "utf-8")
    neutralise(work)
    seal(work)
    if problems := foreign.foreign(work, HOSTS):
        raise BuildError("foreign addresses in the built site:\n  " + "\n  ".join(problems))
    shutil.rmtree(site, ignore_errors=True)
    work.rename(site)
    size = sum(f.stat().st_size for f in site.rglob("*") if f.is_file())
    say(
        f"{site} is ready: {size / 1e6:.1f} MB in {sum(1 for f in site.rglob('*') if f.is_file())} files, {time.monotonic() - started:.1f} s"
    )


if __name__ == "__main__":
    sys.exit(build())
