"""Packs: many files, or one, compressed as a whole by us, so that every static host sends the same few bytes.

A host compresses what it knows as text, some also WebAssembly, none of them a zip or a wheel; and a zip compresses each
member alone. One zstd frame over all members is a third smaller than zips of them, and the page takes it apart without
Python (`web/static/python/unpack.js`).

A pack is: the length of its list (4 bytes, little endian), the list (JSON, [[path, size], …]), the contents in that
order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import archive
from .paths import CACHE

LEVEL = 19  # 22 takes twice the time for one byte in a hundred
WINDOW = 26  # 64 MB: the whole of a pack, so that likes find each other however far apart


def joined(members: Mapping[str, bytes]) -> bytes:
    """The pack of {path: content} before compression. Likes stand by likes: by suffix, then by path."""
    names = sorted(members, key=lambda name: (name.rpartition(".")[2], name))
    listing = json.dumps([[name, len(members[name])] for name in names], separators=(",", ":")).encode()
    return b"".join([len(listing).to_bytes(4, "little"), listing, *(members[name] for name in names)])


def squeezed(content: bytes) -> bytes:
    """One zstd frame, its size in its head. The same bytes for the same content; cached, for it takes some ten seconds."""
    import zstandard

    cached = CACHE / "packs" / f"{archive.digest({'': content}, zstandard.__version__, str(LEVEL), str(WINDOW))}.zst"
    if not cached.exists():
        cached.parent.mkdir(parents=True, exist_ok=True)
        how = zstandard.ZstdCompressionParameters.from_level(LEVEL, source_size=len(content), window_log=WINDOW)
        part = cached.with_suffix(".part")
        part.write_bytes(zstandard.ZstdCompressor(compression_params=how).compress(content))
        part.rename(cached)
    return cached.read_bytes()


def write(contents: Mapping[Path, bytes]) -> None:
    """Write each content squeezed to its path, side by side. Folders are made when absent."""
    with ThreadPoolExecutor() as pool:  # zstd lets go of the interpreter while it works
        for path, small in zip(contents, pool.map(squeezed, contents.values()), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(small)
