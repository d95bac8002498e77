"""The reader's files as the built site lays them out, served on this machine without building the site."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
}


def files() -> dict[str, Path]:
    """{address path: file} of everything the bench page loads."""
    out = {
        "": HERE / "page.html",
        "papa.js": HERE / "papa.js",
        "papaparse.js": ROOT / "node_modules/papaparse/papaparse.min.js",
        "static/mapping.json": ROOT / "py/costdna/columns/mapping.json",
    }
    reader = ROOT / "web/static/reader"
    out |= {f"static/reader/{f.name}": f for f in reader.iterdir()}
    for name, listed in json.loads((reader / "vendor.json").read_text("utf-8")).items():
        out |= {f"vendor/{target}": ROOT / "node_modules" / name / origin for origin, target in listed.items()}
    return out


def serve() -> tuple[ThreadingHTTPServer, str]:
    """A running server and its address."""
    known = files()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            file = known.get(self.path.lstrip("/").split("?")[0])
            self.send_response(200 if file else 404)
            body = file.read_bytes() if file else b""
            self.send_header(
                "Content-Type", TYPES.get(file.suffix, "application/octet-stream") if file else "text/plain"
            )
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}/"
