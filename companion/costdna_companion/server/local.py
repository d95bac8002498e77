"""The local server: the page's files and the tools of one workspace, on 127.0.0.1, behind a token.

The page's own policy and files are those of the static site; the server adds isolation headers and answers `/api/`.
"""

import functools
import json
from http.server import ThreadingHTTPServer
from pathlib import Path

from costdna_companion.server.api import Api
from costdna_companion.server.guard import HEADERS, is_api, new_token, refusal
from costdna_companion.server.static import Handler

LIMIT = 1 << 20
"""Longest body taken, in bytes: arguments of tools are small."""


class LocalHandler(Handler):
    """Files as the static server hands them out, the API, and one guard before both."""

    def __init__(self, *args, api: Api, token: str, **kwargs):
        self.api, self.token = api, token
        super().__init__(*args, **kwargs)

    def _guarded(self, then) -> None:
        status = refusal(self.headers, self.command, self.path, self.server.server_address[1], self.token)
        if status:
            self.close_connection = True
            self._send(status, {"error": {"code": str(status), "message": "Refused."}})
        else:
            then()

    def do_GET(self) -> None:
        self._guarded(self._answer if is_api(self.path) else super().do_GET)

    def do_HEAD(self) -> None:
        self._guarded(lambda: self._send(405, {"error": {"code": "method", "message": "HEAD is not answered."}}))

    def do_POST(self) -> None:
        self._guarded(self._answer)

    do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_POST

    def _answer(self) -> None:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = LIMIT + 1
        if not 0 <= length <= LIMIT:
            self.close_connection = True
            self._send(413, {"error": {"code": "too-long", "message": "The body is too long."}})
            return
        self._send(*self.api.answer(self.command, self.path, self.rfile.read(length)))

    def _send(self, status: int, answer: object) -> None:
        content = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def version_string(self) -> str:
        return "costdna"


def server(space, site: Path | None = None, port: int = 0, token: str = "") -> ThreadingHTTPServer:
    """A server not yet running. `.token` is its token, `.address` the page's address with the token in the fragment."""
    token = token or new_token()
    folder = site or Path(__file__).parent / "no-site"
    made = ThreadingHTTPServer(("127.0.0.1", port), functools.partial(LocalHandler, folder=folder, prefix="/", log=[], api=Api(space), token=token))
    made.daemon_threads = True
    made.token = token
    made.address = f"http://127.0.0.1:{made.server_address[1]}/#token={token}"
    return made
