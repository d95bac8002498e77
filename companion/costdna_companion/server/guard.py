"""Who may ask the local server: only a page it served itself, or somebody who holds its token. Pure checks, no I/O.

A web page elsewhere can make a browser send requests to this machine; it cannot know the token, it cannot forge Origin,
and a name that is rebound to 127.0.0.1 arrives with that name as Host. Each of the three is checked on every request.
"""

import hmac
import secrets
from collections.abc import Mapping


def new_token() -> str:
    """256 random bits, safe in a URL's fragment."""
    return secrets.token_urlsafe(32)


def refusal(headers: Mapping[str, str], method: str, path: str, port: int, token: str) -> int:
    """The status to refuse with, or 0. headers: case-insensitive mapping of one request.

    421 for any Host but ours (a rebound name), 403 for any Origin but ours, 401 for an API call without the token. The
    page's own files hold nothing of anybody and need no token.

    >>> ok = {"Host": "127.0.0.1:9", "Authorization": "Bearer t"}
    >>> refusal(ok, "GET", "/api/v1/tools", 9, "t"), refusal({**ok, "Host": "evil.example"}, "GET", "/", 9, "t")
    (0, 421)
    >>> refusal({**ok, "Origin": "https://evil.example"}, "GET", "/api/v1/tools", 9, "t"), refusal({"Host": "localhost:9"}, "GET", "/api/v1/tools", 9, "t")
    (403, 401)
    """
    ours = {f"127.0.0.1:{port}", f"localhost:{port}"}
    if headers.get("Host") not in ours:
        return 421
    origin = headers.get("Origin")
    if origin is not None and origin not in {f"http://{host}" for host in ours}:
        return 403
    if headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        return 403
    if is_api(path):
        scheme, _, given = (headers.get("Authorization") or "").partition(" ")
        # both sides as bytes: compare_digest takes no other text than ASCII
        if scheme != "Bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
            return 401
    elif method not in ("GET", "HEAD"):
        return 405
    return 0


def is_api(path: str) -> bool:
    """Whether a path answers with somebody's data."""
    return (
        path.split("?")[0].split("#")[0].startswith(("/api/", "/costs/", "/aggregate/"))
        or path.split("?")[0] == "/total"
    )


HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""On every answer: isolation (threads for WebAssembly), no framing, no sniffing, no referrer. The page brings its own
policy.
"""
