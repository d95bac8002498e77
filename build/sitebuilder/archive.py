"""Zips that come out the same from the same input: sorted names, fixed times, fixed modes."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)


def write_zip(path: Path, members: Mapping[str, bytes]) -> Path:
    """Write {name: content} to a zip; returns the path. The folder is made when absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            z.writestr(info, members[name])
    return path


def read_zip(path: Path) -> dict[str, bytes]:
    """{name: content} of a zip's files, folders left out."""
    with zipfile.ZipFile(path) as z:
        return {i.filename: z.read(i) for i in z.infolist() if not i.is_dir()}


def digest(members: Mapping[str, bytes], *salt: str) -> str:
    """Hex sha256 over names and contents (and any salt): the key under which a result is cached."""
    h = hashlib.sha256("\0".join(salt).encode())
    for name in sorted(members):
        h.update(name.encode() + b"\0" + hashlib.sha256(members[name]).digest())
    return h.hexdigest()
