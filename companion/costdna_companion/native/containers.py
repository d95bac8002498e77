"""What a dropped file is made of: plain text, gzip, ZIP, Parquet or XLSX → logical files DuckDB can scan from disk."""

import codecs
import errno
import hashlib
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from costdna import drops
from costdna.errors import BillError
from costdna_companion.native import integrity
from costdna_companion.native.integrity import BLOCK, Commas, SourceId, Utf8, error, gunzip


@dataclass
class Source:
    """One logical bill file on disk.

    `kind` is csv or parquet. When `unchecked`, its id, commas and UTF-8 validity are still to be found.
    """

    name: str
    path: str
    bytes: int
    container: str
    kind: str
    source_id: str = ""
    unchecked: bool = False
    commas: int = -1  # outside quotes, of a text file
    warnings: list[str] = field(default_factory=list)
    manifest: str | None = None  # the manifest inside an archive that names this entry


_MAGIC = (
    (b"\x1f\x8b", "gz"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PAR1", "parquet"),
    (b"PARE", "an encrypted Parquet file"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"{", "JSON"),
)


def sniff(start: bytes) -> str:
    """Container by its first bytes: gz, zip, parquet, utf-16, the words for something foreign, or text."""
    return next((kind for magic, kind in _MAGIC + _FOREIGN if start.startswith(magic)), "text")


def sources(path: str, name: str, folder: str) -> Iterator[Source]:
    """The logical files of one file; unpacked ones live in `folder` until the next one is asked for."""
    size = os.path.getsize(path)
    if not size:
        raise error("empty", "The file is empty.", name, "byte 0", "0 bytes")
    with open(path, "rb") as file:
        start = file.read(4096)
    kind = sniff(start)
    for suffix, word in ((".gz", "gzip"), (".zip", "ZIP"), (".parquet", "Parquet")):
        # the name says one thing, the first bytes say no other thing we know: they are damaged
        if name.lower().endswith(suffix) and kind == "text" and (b"\0" in start or suffix == ".parquet"):
            raise error("corrupt", f"The file does not begin as a {word} file.", name, "byte 0")
    if kind == "text" and b"\0" in start:
        raise error("not-a-bill", "This is a binary file, not a bill.", name, f"byte {start.index(0)}")
    if kind == "zip":
        yield from _zip(path, name, folder)
    else:
        yield from _single(path, name, size, kind, folder)


def _single(
    path: str, name: str, size: int, kind: str, folder: str, container: str | None = None, source_id: str = ""
) -> Iterator[Source]:
    if kind == "gz":
        out = os.path.join(folder, "unpacked.csv")
        source = SourceId()

        def compressed():
            for block in integrity.blocks(path):
                source.block(block)
                yield block

        commas, warnings = unpack(gunzip(compressed(), name), out, name)
        with open(out, "rb") as file:
            inner = sniff(file.read(16))
        if inner == "utf-16":
            out = transcode(out, os.path.join(folder, "utf-8.csv"), name)
            _, commas = integrity.verify_text(out, name)
        elif inner != "text":
            _refuse(inner, name)
        yield Source(name, out, size, container or "csv.gz", "csv", source_id or source.text(), False, commas, warnings)
        os.remove(out)
    elif kind == "parquet":
        yield Source(name, path, size, container or "parquet", "parquet", source_id or _hash(path))
    elif kind == "utf-16":
        out = transcode(path, os.path.join(folder, "utf-8.csv"), name)
        _, commas = integrity.verify_text(out, name)
        yield Source(
            name,
            out,
            size,
            container or "csv",
            "csv",
            source_id or _hash(path),
            False,
            commas,
            ["The file is UTF-16; it was read as such."],
        )
        os.remove(out)
    elif kind == "text":
        commas = integrity.verify_text(path, name)[1] if source_id else -1
        yield Source(name, path, size, container or "csv", "csv", source_id, not source_id, commas)
    else:
        _refuse(kind, name)


def _refuse(kind: str, name: str) -> None:
    if kind == "an encrypted Parquet file":
        raise error("unsupported", f"This is {kind}.", name, "byte 0")
    raise error("not-a-bill", f"This is {kind}, not a bill.", name, "byte 0")


def _hash(path: str) -> str:
    source = SourceId()
    for block in integrity.blocks(path):
        source.block(block)
    return source.text()


def unpack(pieces: Iterator[tuple[bytes, bool]], out: str, name: str) -> tuple[int, list[str]]:
    """Write decompressed pieces to `out`, checking UTF-8 on the way.

    A header repeated at the start of a later member is left out.

    Returns the commas outside quotes, and warnings.
    """
    utf8, head, last, warnings, commas = None, b"", b"\n", [], Commas()
    with open(out, "wb") as file:
        for data, begins in pieces:
            if utf8 is None:
                utf8 = Utf8(name) if sniff(data[:16]) == "text" else False
                head = data[: data.find(b"\n") + 1][: 2**20]
            elif begins and head and last == b"\n" and data.startswith(head):
                data = data[len(head) :]
                warnings.append("The header is repeated inside the gzip file; it was left out.")
            if utf8:
                utf8.feed(data)
                commas.feed(data)
            if data:
                file.write(data)
                last = data[-1:]
        if utf8:
            utf8.feed(b"", final=True)
        if not file.tell():
            raise error("empty", "The file is empty.", name, "byte 0", "no bytes after decompression")
    return commas.count, list(dict.fromkeys(warnings))


def transcode(path: str, out: str, name: str) -> str:
    """UTF-16 text with a byte-order mark as UTF-8, in `out`."""
    decoder, offset = codecs.getincrementaldecoder("utf-16")(), 0
    with open(out, "wb") as file:
        for block in integrity.blocks(path):
            try:
                file.write(decoder.decode(block).encode("utf-8"))
            except UnicodeError as problem:
                raise error(
                    "encoding",
                    "The text begins as UTF-16 but is not.",
                    name,
                    f"byte ≈ {offset + getattr(problem, 'start', 0)}",
                ) from None
            offset += len(block)
        if decoder.getstate()[0]:
            raise error("encoding", "The file stops in the middle of a character.", name, f"byte {offset}")
    return out


def _zip(path: str, name: str, folder: str) -> Iterator[Source]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as problem:
        raise error(
            "truncated" if "not a zip file" in str(problem) else "corrupt",
            "The ZIP file's directory is missing or damaged.",
            name,
            "end of the file",
            str(problem),
        ) from None
    archive_id = _hash(path)
    with archive:
        infos = archive.infolist()
        if any(i.filename == "[Content_Types].xml" for i in infos):
            from costdna_companion.native.xlsx import sheet_to_csv  # openpyxl only when a spreadsheet is dropped

            out = sheet_to_csv(path, os.path.join(folder, "sheet.csv"), name)
            yield Source(
                name, out, os.path.getsize(path), "xlsx", "csv", archive_id, False, integrity.verify_text(out, name)[1]
            )
            os.remove(out)
            return
        choice = drops.choose([_entry(archive, i, name) for i in infos if not i.is_dir()])
        for fault in choice["errors"]:
            raise BillError(
                fault["message"],
                where=f"{name}/{fault['file']}: {fault['where']}",
                next_step=fault["next"],
                code=fault["code"],
            )
        by_name = {i.filename: i for i in infos}
        if not choice["chosen"]:
            raise error(
                "empty" if not infos else "not-a-bill", "The ZIP file holds no bill.", name, "", f"{len(infos)} entries"
            )
        warnings = [f"{s['path']} was not read: {s['reason']}" for s in choice["skipped"]]
        for number, one in enumerate(choice["chosen"]):
            info, inner = by_name[one["path"]], f"{name}/{one['path']}"
            out = os.path.join(folder, f"entry-{number}")
            _extract(archive, info, out, inner)
            if not info.file_size:
                raise error("empty", "The entry is empty.", inner, "byte 0")
            entry_id = hashlib.sha256(f"{archive_id}\n{info.filename}".encode()).hexdigest()
            with open(out, "rb") as file:
                kind = sniff(file.read(16))
            if kind == "zip":
                raise error("unsupported", "A ZIP inside a ZIP is not read.", inner)
            for source in _single(out, inner, info.file_size, kind, folder, "zip", entry_id):
                source.manifest = one["manifest"]
                source.warnings, warnings = source.warnings + warnings, []
                yield source
            if os.path.exists(out):
                os.remove(out)


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> dict:
    """One line of the listing drops.choose looks at."""
    # only their order counts
    entry = {
        "path": info.filename,
        "size": info.file_size,
        "lastModified": int("%04d%02d%02d%02d%02d%02d" % info.date_time),
    }
    if drops.is_manifest(info.filename, info.file_size) and not info.flag_bits & 1:
        try:
            entry["manifest"] = archive.read(info).decode("utf-8", "replace")
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as problem:
            raise error("corrupt", "The ZIP entry is damaged.", f"{name}/{info.filename}", "", str(problem)) from None
    return entry


def _agree(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> None:
    """The entry's own header must say what the directory says; zipfile does not compare them."""
    archive.fp.seek(info.header_offset)
    header = archive.fp.read(30)
    flags, method, crc, packed, size = (
        struct.unpack("<2xHH4xIII", header[4:26]) if len(header) == 30 else (0, 0, 0, 0, 0)
    )
    wide = 0xFFFFFFFF in (packed, size)  # ZIP64 keeps the sizes elsewhere
    later = flags & 8  # sizes and CRC follow the data
    if (
        header[:4] != b"PK\x03\x04"
        or flags != info.flag_bits
        or method != info.compress_type
        or (not later and (crc != info.CRC or not wide and (packed, size) != (info.compress_size, info.file_size)))
    ):
        raise error("corrupt", "The ZIP entry's header contradicts the directory.", name, f"byte {info.header_offset}")


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo, out: str, name: str) -> None:
    """One entry on disk, its CRC and length checked."""
    if info.flag_bits & 1:
        raise error("unsupported", "The ZIP entry is encrypted.", name)
    written = 0
    try:
        _agree(archive, info, name)
        with archive.open(info) as source, open(out, "wb") as file:
            while data := source.read(BLOCK):
                file.write(data)
                written += len(data)
    except NotImplementedError as problem:
        raise error(
            "unsupported", "The ZIP entry is compressed in a way that is not read.", name, "", str(problem)
        ) from None
    except EOFError:
        raise error("truncated", "The ZIP entry stops before its end.", name, f"byte {written}") from None
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError) as problem:
        if getattr(problem, "errno", None) == errno.ENOSPC:
            raise
        raise error("corrupt", "The ZIP entry is damaged.", name, f"byte ≈ {written}", str(problem)) from None
    if written != info.file_size:
        raise error(
            "corrupt",
            "The ZIP entry is not as long as its directory says.",
            name,
            "",
            f"{written} of {info.file_size} bytes",
        )
