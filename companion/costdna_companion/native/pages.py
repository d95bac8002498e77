"""The pages of a Parquet file, looked at before an engine decodes them.

Headers whole, CRC-32 where the writer left one.

DuckDB reads past a flipped bit in a page. Page headers are Thrift structs in the compact protocol; only the few fields
needed are kept, the others are stepped over.
"""

import zlib

from costdna_companion.native.integrity import error

_DATA, _DICTIONARY, _DATA_V2 = 0, 2, 3


class Damaged(Exception):
    """A page header that is none."""


def _varint(data, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Damaged
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _zigzag(n: int) -> int:
    return (n >> 1) ^ -(n & 1)


def _skip(data, at: int, kind: int, depth: int = 0) -> int:
    """Position after a value of a compact-protocol type."""
    if depth > 8:
        raise Damaged
    if kind in (1, 2):
        return at
    if kind == 3:
        return at + 1
    if kind in (4, 5, 6):
        return _varint(data, at)[1]
    if kind == 7:
        return at + 8
    if kind == 8:
        size, at = _varint(data, at)
        return at + size
    if kind in (9, 10):
        if at >= len(data):
            raise Damaged
        size, inner = data[at] >> 4, data[at] & 0xF
        at += 1
        if size == 15:
            size, at = _varint(data, at)
        if size > len(data):
            raise Damaged
        for _ in range(size):
            at = _skip(data, at, inner, depth + 1)
        return at
    if kind == 12:
        return _struct(data, at, depth + 1)[1]
    raise Damaged


def _struct(data, at: int, depth: int = 0, keep: tuple = ()) -> tuple[dict, int]:
    """({field id: integer, or dict for a kept struct}, position after).

    `keep` lists the struct fields whose integers are wanted.
    """
    found: dict = {}
    field = 0
    while True:
        if at >= len(data):
            raise Damaged
        byte = data[at]
        at += 1
        if byte == 0:
            return found, at
        kind, delta = byte & 0xF, byte >> 4
        if delta:
            field += delta
        else:
            raw, at = _varint(data, at)
            field = _zigzag(raw)
        if kind in (4, 5, 6):
            raw, at = _varint(data, at)
            found[field] = _zigzag(raw)
        elif kind == 12 and field in keep:
            found[field], at = _struct(data, at, depth + 1)
        else:
            at = _skip(data, at, kind, depth)


def verify(path: str, name: str, chunks: list[tuple[str, int, int, int]]) -> tuple[int, int]:
    """Check the pages of column chunks (column, first byte, bytes, values).

    Returns (pages, pages with a checksum). Raises BillError `corrupt` for a broken header, a value count that differs
    from the footer's, or a checksum that does not fit.
    """
    pages = sealed = 0
    with open(path, "rb") as file:
        for column, start, size, values in chunks:
            file.seek(start)
            data = file.read(size)
            more = _pages(data, size, column, start, values, name)
            pages, sealed = pages + more[0], sealed + more[1]
    return pages, sealed


def _pages(data: bytes, size: int, column: str, start: int, values: int, name: str) -> tuple[int, int]:
    """The same of one column chunk, read from byte `start` of the file on."""
    pages = sealed = at = seen = 0
    try:
        if len(data) != size:
            raise Damaged
        while at < size and seen < values:
            header, body = _struct(data, at, keep=(5, 8))
            length = header.get(3, -1)
            if length < 0 or body + length > size or header.get(1) is None:
                raise Damaged
            if 4 in header:
                sealed += 1
                if zlib.crc32(memoryview(data)[body : body + length]) != header[4] & 0xFFFFFFFF:
                    text = f"A page of column {column} does not fit its checksum."
                    raise error("corrupt", text, name, f"byte {start + body}")
            if header[1] in (_DATA, _DATA_V2):
                seen += header.get(5 if header[1] == _DATA else 8, {}).get(1, 0)
            pages += 1
            at = body + length
    except (Damaged, IndexError):
        text = f"A page of column {column} has no valid header."
        raise error("corrupt", text, name, f"byte {start + at}") from None
    if seen != values:
        text = f"Column {column} holds {seen} values; the footer says {values}."
        raise error("corrupt", text, name, f"byte {start}")
    return pages, sealed
