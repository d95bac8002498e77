"""The two servers of a test: the site (as a static host would serve it) and the sink, which must stay empty."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sitebuilder.serve import server


class Site:
    """The built site at `url`, below `prefix`; `answers` lists (path, bytes) sent. `stop()` kills it for good."""

    def __init__(self, folder: Path, prefix: str = "/"):
        self.http = server(folder, 0, prefix)
        self.url = f"http://localhost:{self.http.server_address[1]}{prefix}"
        self.answers = self.http.answers
        self.running = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self.running:
            self.running = False
            self.http.shutdown()
            self.http.server_close()


class Sink:
    """Accepts anything from anyone and remembers it. It allows every origin, so only the page's own policy is in the
    way.
    """

    def __init__(self) -> None:
        received = self.received = []

        class Handler(BaseHTTPRequestHandler):
            def take(self) -> None:
                received.append(f"{self.command} {self.path}")
                self.send_response(200)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Access-Control-Allow-Headers", "*")
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = do_PUT = do_OPTIONS = do_HEAD = take

            def log_message(self, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()
