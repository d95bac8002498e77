"""No foreign address in the built site: what could be fetched from anywhere else fails the build.

Our own files and the html may name no address at all (XML namespaces apart). Vendored libraries carry addresses in
licence comments, documentation and messages; those hosts are listed below, and a new one fails the build until somebody
has looked. The names of ways out that a content security policy cannot close are looked for everywhere in our own
files.
"""

from __future__ import annotations

import re
from pathlib import Path

URL = re.compile(rb"(?:https?|wss?):\\?/\\?/([A-Za-z0-9.-]+\.[A-Za-z]{2,})")
NAMESPACES = {b"www.w3.org"}
TEXT = {".html", ".js", ".mjs", ".css", ".json", ".svg", ".webmanifest", ".txt"}
NOT_FETCHED = {"LICENSES.txt", "SHA256SUMS"}
WAYS_OUT = re.compile(rb"RTCPeerConnection|window\.open\(|sendBeacon\(|WebTransport")


def hosts(path: Path) -> set[str]:
    """Foreign hosts a text file names."""
    return {h.decode() for h in set(URL.findall(path.read_bytes())) - NAMESPACES}


def foreign(site: Path, allowed: dict[str, set[str]]) -> list[str]:
    """Problems, one line each.

    `allowed` maps a path prefix below the site to hosts that were looked at and are never fetched.
    """
    problems = []
    for file in sorted(site.rglob("*")):
        path = file.relative_to(site).as_posix()
        if not file.is_file() or file.suffix not in TEXT or file.name in NOT_FETCHED:
            continue
        known = set().union(*(h for prefix, h in allowed.items() if path.startswith(prefix)), set())
        problems += [f"{path} names {host}" for host in sorted(hosts(file) - known)]
        if path.startswith("static/") and not path.endswith("meter.js"):
            problems += [f"{path} uses {w.decode()}" for w in sorted(set(WAYS_OUT.findall(file.read_bytes())))]
    return problems
