"""JSON over HTTPS for clouds without a client here: pages, refusals, throttling; the raw answers on disk. Nothing of
Azure or Google is installed.
"""

import datetime as dt
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path

from costdna.errors import CostDNAError
from costdna_companion.collect.inventory.fetch import KEPT, _without

TURNS = 5
_WHO = re.compile(r"'[^'\s]*@[^'\s]*'")
"""Whom Azure refuses, as it says so; COVERAGE names nobody."""


class Refused(CostDNAError):
    """The cloud said no. code: its HTTP status."""


class Rest:
    """`get(url)` and `post(url, body)` with a bearer token. `root` replaces the scheme and host of every address: for
    tests on loopback.

    A token travels over TLS only, and follows no redirect.
    """

    def __init__(self, token: Callable[[], str], root: str = "", wait: Callable[[float], None] = time.sleep):
        self._token, self._root, self._wait = token, root.rstrip("/"), wait

    def get(self, url: str) -> dict:
        return _json(self.raw(url), url)

    def post(self, url: str, body: dict) -> dict:
        return _json(self.raw(url, json.dumps(body).encode()), url)

    def raw(self, url: str, body: bytes | None = None, headers: dict | None = None) -> bytes:
        """The answer's bytes. Raises Refused for a refusal, CostDNAError where the host cannot be reached."""
        target = self._address(url)
        for turn in range(TURNS + 1):
            request = urllib.request.Request(
                target,
                data=body,
                headers={
                    "Authorization": f"Bearer {self._token()}",
                    "Content-Type": "application/json",
                    "User-Agent": "costdna",
                    **(headers or {}),
                },
            )
            try:
                with _OPENER.open(request, timeout=60) as answer:
                    return answer.read()
            except urllib.error.HTTPError as error:
                if error.code in (429, 503) and turn < TURNS:
                    self._wait(_after(error.headers.get("Retry-After"), turn))
                    continue
                raise Refused(
                    _message(error.read()),
                    found=f"HTTP {error.code}",
                    next_step="Check what this identity may read.",
                    code=str(error.code),
                ) from None
            # URLError, timeouts and TLS are OSErrors; an answer that breaks off is not
            except (OSError, HTTPException) as error:
                raise CostDNAError(
                    "The cloud cannot be reached.",
                    found=str(error)[:200],
                    next_step="Check the network and try again: what is fetched stays.",
                    code="network",
                ) from error
        raise AssertionError("unreachable")

    def _address(self, url: str) -> str:
        parts = urllib.parse.urlsplit(url)
        if self._root:
            return self._root + parts.path + (f"?{parts.query}" if parts.query else "")
        if parts.scheme != "https" or not parts.hostname:
            raise CostDNAError(
                "A token is sent over TLS only.",
                found=url[:80],
                next_step="This is a fault of the answer, not of yours.",
                code="address",
            )
        return url


def _json(answer: bytes, url: str) -> dict:
    try:
        return json.loads(answer or b"{}")
    except ValueError as error:
        raise CostDNAError(
            "The cloud's answer is no JSON.",
            found=answer[:80].decode("utf-8", "replace"),
            where=urllib.parse.urlsplit(url).netloc,
            next_step="A proxy may have answered in its place; check the network and try again.",
            code="network",
        ) from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None  # a redirect would carry the token elsewhere


_OPENER = urllib.request.build_opener(_NoRedirect)


def same_host(url: str, first: str) -> str:
    """A page's address, where it is on the host that was first asked; CostDNAError elsewhere."""
    if url and urllib.parse.urlsplit(url).netloc != urllib.parse.urlsplit(first).netloc:
        raise CostDNAError(
            "A page leads to another host.", found=url[:120], next_step="Nothing was asked there.", code="address"
        )
    return url


def token(variable: str, command: list[str]) -> Callable[[], str]:
    """A bearer token from an environment variable, else from the cloud's own command line, asked anew every half hour.
    Never written anywhere.
    """
    kept: list = []

    def give() -> str:
        if os.environ.get(variable):
            return os.environ[variable]
        if not kept or time.monotonic() - kept[1] > 1800:
            try:
                kept[:] = [
                    subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip(),
                    time.monotonic(),
                ]
            except (OSError, subprocess.SubprocessError) as error:
                raise CostDNAError(
                    f"There is no token: {command[0]} gave none.",
                    found=type(error).__name__,
                    next_step=f"Log in with {command[0]}, or set {variable}.",
                    code="credentials",
                ) from error
        return kept[0]

    return give


def keep(
    target: Path,
    pages: Iterator[dict],
    source: str,
    account: str,
    stop: Callable[[], bool] = lambda: False,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    settled: dt.datetime | None = None,
) -> dict:
    """Write pages as JSON lines, whole or not at all; a row of COVERAGE. A file of the last day is left; where
    `settled` is given, one written after it.
    """
    row = {"x_Source": source, "SubAccountId": account, "RegionId": "", "x_Status": "complete", "x_Detail": ""}
    since = settled or now() - KEPT
    if target.exists() and target.stat().st_mtime >= since.timestamp():
        return {**row, "x_Detail": "fetched before"}
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            for page in pages:
                if stop():
                    return {**row, "x_Status": "partial", "x_Detail": "stopped; the next run goes on"}
                out.write(json.dumps(_without(page), ensure_ascii=False, separators=(",", ":")) + "\n")
        os.utime(beside, (now().timestamp(),) * 2)
        os.replace(beside, target)
        return row
    except Refused as error:
        return {
            **row,
            "x_Status": "denied" if error.code in ("401", "403") else "partial",
            "x_Detail": _WHO.sub("'…'", f"{error.found}: {error.message}")[:300],
        }
    except CostDNAError as error:
        return {**row, "x_Status": "partial", "x_Detail": f"{error.message} {error.found}"[:300]}
    finally:
        beside.unlink(missing_ok=True)


def _after(text: str | None, turn: int) -> float:
    return min(60.0, float(text)) if text and text.isdecimal() else min(30.0, 2.0**turn)


def _message(body: bytes) -> str:
    try:
        told = json.loads(body).get("error", {})
        return str(told.get("message", "refused") if isinstance(told, dict) else told)[:200]
    except (ValueError, AttributeError):
        return "refused"
