"""A plain static server on this machine only: what a static host does and no more.

No headers of its own but the media type, `Cache-Control: no-cache` and gzip for the media types GitHub Pages and the
like compress. `costdna open`, `make demo`, the end-to-end tests and the boot benchmark all serve the page with it.
"""

from __future__ import annotations

import functools
import gzip
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from costdna.errors import CostDNAError
from costdna_companion.server.patience import Waiting

TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".whl": "application/octet-stream",
    ".onnx": "application/octet-stream",
    ".parquet": "application/octet-stream",
    ".gz": "application/gzip",
    ".ico": "image/x-icon",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}
COMPRESSED = {".html", ".js", ".mjs", ".css", ".json", ".svg", ".wasm"}


@functools.lru_cache(maxsize=256)
def gzipped(path: str, _mtime: int) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 6, mtime=0)


class Handler(Waiting, SimpleHTTPRequestHandler):
    """Serves `folder` below `prefix`; appends (path, bytes) of every answer to `log`. Waits as `patience` says."""

    protocol_version = "HTTP/1.1"
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **TYPES}

    def __init__(self, *args, folder: Path, prefix: str, log: list, **kwargs):
        self.prefix, self.log = prefix, log
        super().__init__(*args, directory=str(folder), **kwargs)

    def do_GET(self) -> None:
        path = self.path.split("?")[0].split("#")[0]
        if not path.startswith(self.prefix):
            self.send_error(404)
            return
        file = Path(self.translate_path("/" + path.removeprefix(self.prefix)))
        if file.is_dir():
            file = file / "index.html"
        if not file.is_file():
            self.send_error(404)
            return
        tag = f'"{file.stat().st_mtime_ns:x}-{file.stat().st_size:x}"'
        if self.headers.get("If-None-Match") == tag:
            self.send_response(304)
            self.send_header("ETag", tag)
            self.end_headers()
            return
        squeeze = file.suffix in COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", "")
        content = gzipped(str(file), file.stat().st_mtime_ns) if squeeze else file.read_bytes()
        self.log.append((path, len(content)))
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(file.name))
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("ETag", tag)
        if squeeze:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.hand(content)

    def log_message(self, *args: object) -> None:
        pass


def server(folder: Path, port: int = 0, prefix: str = "/", host: str = "127.0.0.1") -> ThreadingHTTPServer:
    """A server not yet running; `.answers` is the list of (path, bytes) it has sent. Port 0: any free one."""
    log: list[tuple[str, int]] = []
    made = ThreadingHTTPServer((host, port), functools.partial(Handler, folder=folder, prefix=prefix, log=log))
    made.daemon_threads = True
    made.answers = log
    return made


def first_free(folder: Path, port: int, prefix: str = "/", tries: int = 50) -> ThreadingHTTPServer:
    """The server on `port`, or on the next free one after it."""
    for p in range(port, port + tries):
        try:
            return server(folder, p, prefix)
        except OSError:
            continue
    raise CostDNAError(
        f"Ports {port} to {port + tries - 1} are all taken.",
        where="localhost",
        next_step="Choose another with --port.",
        code="port",
    )
