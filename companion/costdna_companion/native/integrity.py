"""What must hold of a file's bytes before any engine reads it.

DuckDB itself accepts a flipped gzip file and a torn CSV.
"""

import codecs
import csv
import hashlib
import io
import zlib
from collections.abc import Iterator

import numpy as np

from costdna.errors import BillError

BLOCK = 8 * 2**20  # bytes read at once: whole pieces
PIECE = 2**18  # bytes whose digests make a source id


def error(code: str, message: str, name: str, where: str = "", found: str = "") -> BillError:
    """A BillError about one file, with what to do next."""
    return BillError(
        message, found=found, where=f"{name}, {where}" if where else name, next_step=_NEXT[code], code=code
    )


_NEXT = {
    "empty": "Export the bill again, or drop the month that has charges.",
    "truncated": "Download the file again: it stops before its end.",
    "corrupt": "Download the file again: its checksum does not fit its content.",
    "mid-row": "Download the file again: its last line is not whole.",
    "ragged": "Export the file again; do not edit a bill by hand or in a spreadsheet.",
    "encoding": "Save the file as UTF-8 (AWS writes UTF-8) or drop the original.",
    "not-a-bill": "Drop an AWS Cost and Usage Report (CSV, CSV.gz, ZIP, Parquet) or a FOCUS file.",
    "no-cost": "Add the cost column to the export.",
    "bad-number": "Drop the original file as the provider wrote it.",
    "bad-time": "Drop the original file: spreadsheets rewrite dates.",
    "absurd-cost": "Download the file again; if it is the same, look at the line.",
    "row-count": "Download the file again: rows are missing or too many.",
    "manifest-missing-file": "Drop the whole folder of the month, with every file its manifest names.",
    "mixed": "Drop bills of one kind at a time.",
    "unsupported": "Unpack the file, or export it as CSV, CSV.gz or Parquet.",
}


def blocks(path: str, size: int = BLOCK) -> Iterator[bytes]:
    """The file in blocks of `size` bytes."""
    with open(path, "rb", buffering=0) as file:
        while True:
            parts, missing = [], size
            while missing and (part := file.read(missing)):
                parts.append(part)
                missing -= len(part)
            if not parts:
                return
            yield parts[0] if len(parts) == 1 else b"".join(parts)


class SourceId:
    """sha256 over the sha256 digests of the file's 256 KiB pieces: the page hashes them in any order, as it reads."""

    def __init__(self):
        self._all = hashlib.sha256()

    def block(self, data: bytes) -> None:
        for at in range(0, len(data), PIECE):  # every block but the last is whole pieces
            self._all.update(hashlib.sha256(memoryview(data)[at : at + PIECE]).digest())

    def text(self) -> str:
        return self._all.hexdigest()


class Utf8:
    """Refuses what is not UTF-8, naming the byte."""

    def __init__(self, name: str):
        self.name, self.offset, self._decoder = name, 0, codecs.getincrementaldecoder("utf-8")()

    def feed(self, data: bytes, final: bool = False) -> None:
        held = len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(data, final)
        except UnicodeDecodeError as problem:
            at = self.offset - held + problem.start
            raise error(
                "encoding",
                "The text is not UTF-8.",
                self.name,
                f"byte {at}",
                f"byte 0x{problem.object[problem.start]:02x}",
            ) from None
        if b"\0" in data:
            raise error("encoding", "The text holds zero bytes.", self.name, f"byte {self.offset + data.index(0)}")
        self.offset += len(data)


class Commas:
    """Counts the commas outside quotes.

    The engine takes a line with one empty column too many, so we count columns ourselves.

    A quote inside an unquoted text misleads it; a count that does not fit is a reason to look closely, not a verdict.
    """

    def __init__(self):
        self.count, self._inside = 0, False

    def feed(self, data: bytes) -> None:
        if not data:
            return
        text = np.frombuffer(data, dtype="uint8")
        commas, quotes = text == 44, np.flatnonzero(text == 34)
        if not len(quotes):
            self.count += 0 if self._inside else int(np.count_nonzero(commas))
            return
        # commas from each quote to the next: every other stretch is inside
        stretches = np.add.reduceat(commas, quotes, dtype="int32")
        head = int(np.count_nonzero(commas[: quotes[0]]))
        self.count += (
            int(stretches[0::2].sum(dtype="int64")) if self._inside else head + int(stretches[1::2].sum(dtype="int64"))
        )
        self._inside ^= bool(len(quotes) % 2)


def verify_text(path: str, name: str) -> tuple[str, int]:
    """One pass over a plain text file.

    Its source id and its commas outside quotes, or an error for bytes that are no UTF-8.
    """
    source, utf8, commas = SourceId(), Utf8(name), Commas()
    for block in blocks(path):
        source.block(block)
        utf8.feed(block)
        commas.feed(block)
    utf8.feed(b"", final=True)
    return source.text(), commas.count


def gunzip(chunks: Iterator[bytes], name: str) -> Iterator[tuple[bytes, bool]]:
    """Decompressed pieces of a gzip stream of one or more members, as (bytes, begins a member).

    Every member's CRC and length are checked (by zlib, against its trailer). Raises `truncated` or `corrupt`.
    """
    inflate, begins, offset = None, True, 0
    for chunk in chunks:
        data = chunk
        while data:
            if inflate is None:
                if not data.strip(b"\0"):
                    break  # zero padding after the last member, as gzip allows
                inflate, begins = zlib.decompressobj(wbits=31), True
            try:
                out = inflate.decompress(data, BLOCK)
            except zlib.error as problem:
                raise error(
                    "corrupt", "The gzip data is damaged.", name, f"compressed byte ≈ {offset}", str(problem)
                ) from None
            if out:
                yield out, begins
                begins = False
            if inflate.eof:
                data, inflate = inflate.unused_data, None
            else:
                data = inflate.unconsumed_tail
        offset += len(chunk)
    while inflate is not None and not inflate.eof:
        out = inflate.decompress(inflate.unconsumed_tail, BLOCK)
        if not out and not inflate.eof:
            raise error("truncated", "The gzip data stops before its end.", name, f"byte {offset}")
        if out:
            yield out, begins
        begins = False


def header(path: str, name: str) -> list[str]:
    """The column names of a CSV file (UTF-8, a byte-order mark allowed)."""
    with open(path, "rb") as file:
        start = file.read(4 * 2**20)
    if not start.strip():
        raise error("empty", "The file is empty.", name, "byte 0")
    try:
        text = start.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        if problem.start < len(start) - 4:
            raise error(
                "encoding",
                "The text is not UTF-8.",
                name,
                f"byte {problem.start}",
                f"byte 0x{start[problem.start]:02x}",
            ) from None
        text = start[: problem.start].decode("utf-8-sig")
    if "\0" in text:
        raise error("not-a-bill", "This is not a text file.", name, f"byte {start.index(0)}")
    return next(csv.reader(io.StringIO(text, newline="")))


def ends_whole(path: str) -> bool:
    """True when the file's last byte ends a line."""
    with open(path, "rb") as file:
        file.seek(0, 2)
        if not file.tell():
            return True
        file.seek(-1, 2)
        return file.read(1) in b"\r\n"


def diagnose(path: str, width: int, name: str) -> None:
    """Find the line a CSV engine refused and say what is wrong with it; returns if nothing is."""
    csv.field_size_limit(2**27)
    whole = ends_whole(path)
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, strict=True)
        begins, wrong = 1, None
        try:
            for row in rows:
                if wrong is not None:
                    break
                if row and len(row) != width:
                    wrong = begins, len(row)
                begins = rows.line_num + 1
            else:
                if wrong is not None and not whole and wrong[0] <= rows.line_num:
                    raise error(
                        "mid-row",
                        f"The file stops in the middle of line {wrong[0]}.",
                        name,
                        f"line {wrong[0]}",
                        f"{wrong[1]} of {width} columns",
                    )
        except csv.Error as problem:
            if "unexpected end of data" in str(problem):
                raise error(
                    "mid-row",
                    f"The file stops inside a quoted text that begins on line {begins}.",
                    name,
                    f"line {begins}",
                ) from None
            raise error(
                "ragged", f"Line {begins} is not well-formed CSV.", name, f"line {begins}", str(problem)
            ) from None
    if wrong is not None:
        raise error(
            "ragged", f"Line {wrong[0]} has {wrong[1]} columns, the header has {width}.", name, f"line {wrong[0]}"
        )


def rewrite(path: str, out: str) -> None:
    """The same rows with LF line ends and minimal quotes: for files that mix line ends."""
    with open(path, encoding="utf-8-sig", newline="") as file, open(out, "w", encoding="utf-8", newline="") as to:
        csv.writer(to, lineterminator="\n").writerows(row for row in csv.reader(file, strict=True) if row)
