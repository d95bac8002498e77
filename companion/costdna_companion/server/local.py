"""The local server: the page's files and the tools of one workspace, on 127.0.0.1, behind a token.

The page's own files are those of the static site, and its own content security policy is sent as a header too, with
`frame-ancestors 'none'`, which a page cannot say of itself. The server adds isolation headers and answers `/api/`.
There is no service worker here: what the window shows is never kept by a browser.
"""

import functools
import html
import json
import re
import shutil
from http.server import ThreadingHTTPServer
from pathlib import Path

from costdna_companion.server.api import PREFIX, Api
from costdna_companion.server.guard import HEADERS, is_api, new_token, refusal
from costdna_companion.server.patience import PIECE
from costdna_companion.server.routes_companion import LONGEST, Companion
from costdna_companion.server.static import Handler

LIMIT = 1 << 20
"""Longest body taken, in bytes: arguments of tools are small."""


class LocalHandler(Handler):
    """Files as the static server hands them out, the API, and one guard before both."""

    def __init__(self, *args, api: Api, token: str, companion: Companion | None = None, policy: str = "", **kwargs):
        self.api, self.token, self.companion, self.policy = api, token, companion, policy
        super().__init__(*args, **kwargs)

    def _guarded(self, then) -> None:
        status = refusal(self.headers, self.command, self.path, self.server.server_address[1], self.token)
        if status:
            self.close_connection = True
            self._send(status, {"error": {"code": str(status), "message": "Refused."}})
        elif self.path.split("?")[0] == "/sw.js":
            self._send(404, {"error": {"code": "404", "message": "There is no service worker here."}})
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
        if self.headers.get("Transfer-Encoding"):  # its pieces would be taken for the next request
            self.close_connection = True
            self._send(411, {"error": {"code": "length", "message": "Say how long the body is."}})
            return
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        what = self.path.split("?")[0].removeprefix(PREFIX).strip("/")
        ours = self.companion is not None and what.split("/")[0] == "companion"
        if not 0 <= length <= (LONGEST.get(what.removeprefix("companion/"), LIMIT) if ours else LIMIT):
            self.close_connection = True
            self._send(413, {"error": {"code": "too-long", "message": "The body is too long."}})
            return
        try:
            body = self.rfile.read(length)
        except TimeoutError:
            body = None
        if body is None or len(body) < length:  # half of something is nothing to act on
            self.close_connection = True
            self._send(408, {"error": {"code": "half", "message": "The body did not come as a whole."}})
            return
        if ours and self.command == "GET" and re.fullmatch(r"companion/bills/\d{1,6}", what):
            self._bill(int(what.rpartition("/")[2]))
        elif ours and self.command == "GET" and what == "companion/model":
            self._model()
        elif ours:
            query = self.path.partition("?")[2]
            self._send(*self.companion.answer(self.command, f"{what}?{query}", body))
        else:
            self._send(*self.api.answer(self.command, self.path, body))

    def _bill(self, number: int) -> None:
        """One file of the bill that the window was opened with, as it lies on the disk."""
        files = self.companion.desk.bills
        if number >= len(files) or not files[number].is_file():
            self._send(404, {"error": {"code": "no-file", "message": "There is no such file."}})
            return
        with files[number].open("rb") as content:
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(files[number].stat().st_size))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            try:
                shutil.copyfileobj(content, self.wfile, PIECE)
            except ConnectionError:
                pass  # the page went away; nobody to tell

    def _model(self) -> None:
        """The account's own model as one file; an empty answer where there is none."""
        self._give(200, self.companion.desk.model() or b"", "application/octet-stream")

    def _send(self, status: int, answer: object) -> None:
        self._give(status, json.dumps(answer, ensure_ascii=False).encode(), "application/json; charset=utf-8")

    def _give(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command == "HEAD":
            return  # a body would be taken for the beginning of the next answer
        self.hand(content)

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if self.policy:
            self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def version_string(self) -> str:
        return "costdna"


def policy_of(site: Path) -> str:
    """The content security policy that the page states of itself, and that nobody may frame it; "" where the folder
    holds no page of ours.
    """
    index = site / "index.html"
    stated = (
        re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', index.read_text("utf-8"))
        if index.is_file()
        else None
    )
    return html.unescape(stated[1]) + "; frame-ancestors 'none'" if stated else ""


def server(
    space, site: Path | None = None, port: int = 0, token: str = "", companion: Companion | None = None
) -> ThreadingHTTPServer:
    """A server not yet running. `.token` is its token, `.address` the page's address with the token in the fragment.
    companion: what the page may ask of AWS, if anything.
    """
    token = token or new_token()
    folder = site or Path(__file__).parent / "no-site"
    made = ThreadingHTTPServer(
        ("127.0.0.1", port),
        functools.partial(
            LocalHandler,
            folder=folder,
            prefix="/",
            log=[],
            api=Api(space),
            token=token,
            companion=companion,
            policy=policy_of(folder),
        ),
    )
    made.daemon_threads = True
    made.token = token
    made.address = f"http://127.0.0.1:{made.server_address[1]}/#token={token}"
    return made
