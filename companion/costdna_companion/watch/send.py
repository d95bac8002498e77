"""Telling a target: where its address comes from, and one POST with patience. The address is a secret: no message, log
or file of ours holds it.
"""

import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from costdna.errors import CostDNAError, UsageError

TURNS = 3
"""Tries after the first, where the target asks for patience (429), is out of order (5xx) or cannot be reached."""
TIMEOUT = 10
LONGEST = 60.0
"""Seconds waited at most before one try, whatever the target asks for."""
KINDS = ("slack", "teams", "webhook")


@dataclass(frozen=True)
class Target:
    """Who is told. kind: slack, teams or webhook; address: its URL, never shown."""

    kind: str
    address: str = field(repr=False)


def target(kind: str, where: str, environment: dict[str, str]) -> Target:
    """A target from the command line's word: env:NAME, file:PATH, or the address itself. Raises UsageError, which never
    repeats the address.
    """
    option, next_step = f"--{kind}", "Give env:NAME, file:PATH or an https:// address."
    address = where
    if where.startswith("env:"):
        address = environment.get(where[4:], "")
        if not address:
            raise UsageError(
                "The address is not in the environment.",
                found=f"{where[4:]} is not set",
                where=option,
                next_step=f"export {where[4:]}=https://…",
                code="address",
            )
    elif where.startswith("file:"):
        try:
            address = Path(where[5:]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                "The file with the address cannot be read.",
                found=getattr(error, "strerror", "") or "no UTF-8 text",
                where=where[5:],
                next_step="Write the address into it, readable by you alone.",
                code="address",
            ) from None
    try:
        parts = urllib.parse.urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or any(c.isspace() or not c.isascii() or not c.isprintable() for c in address):
        raise UsageError("This is no address.", where=option, next_step=next_step, code="address")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in ("127.0.0.1", "::1", "localhost")):
        raise UsageError(
            "A digest is sent over TLS only.",
            found=f"{parts.scheme}://",
            where=option,
            next_step=next_step,
            code="address",
        )
    return Target(kind, address)


def post(to: Target, body: bytes) -> None:
    """POST `body` as JSON. Raises CostDNAError where the target does not take it; redirects are not followed: they
    would carry the digest elsewhere.
    """
    for turn in range(TURNS + 1):
        request = urllib.request.Request(
            to.address,
            data=body,
            headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "costdna"},
            method="POST",
        )
        after, found = "", ""
        try:
            with _OPENER.open(request, timeout=TIMEOUT):
                return
        except urllib.error.HTTPError as error:
            found, after = f"HTTP {error.code}", error.headers.get("Retry-After") or ""
            error.close()
            if error.code != 429 and error.code < 500:
                break
        # URLError and timeouts are OSErrors; their text may repeat the address
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            found = getattr(reason, "strerror", None) or type(reason).__name__
        if turn < TURNS:
            time.sleep(min(LONGEST, float(after)) if after.isdecimal() else 2.0**turn)
    raise CostDNAError(
        f"The digest could not be sent to {to.kind}.",
        found=found,
        where=f"--{to.kind}",
        next_step="The run is kept, and the next watch tells of it too. Check the address.",
        code="not-sent",
    ) from None


def targets(where: dict[str, str | None], environment: dict[str, str]) -> list[Target]:
    """The targets that were named, from {kind: word of the command line}, in the order of KINDS."""
    return [target(kind, where[kind], environment) for kind in KINDS if where.get(kind)]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)
