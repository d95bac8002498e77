"""The table of bad files (tests/golden/bad), made into bytes by its recipes: for the native reader and the page."""

import gzip
import io
import json
import zipfile
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "golden" / "bad"
TABLE = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))


def made(recipe: list[dict]) -> bytes:
    """The bytes of a recipe (its words are explained in the table's `text`)."""
    data = b""
    for step in recipe:
        (word, value), *more = step.items()
        if word == "bill":
            data += "".join(line + "\n" for line in TABLE["bills"][value]).encode()
        elif word == "text":
            data += value.encode()
        elif word == "bytes":
            data += bytes.fromhex(value)
        elif word == "file":
            data += (FOLDER / value).read_bytes()
        elif word == "lines":
            data = b"".join(data.splitlines(keepends=True)[:value])
        elif word in ("replace", "replace_all"):
            assert value[0].encode() in data
            data = data.replace(value[0].encode(), value[1].encode(), 1 if word == "replace" else -1)
        elif word == "cut":
            data = data[:value]
        elif word == "cut_after":
            data = data[: data.index(value.encode()) + len(value.encode())]
        elif word == "encode":
            mark = {"utf-16le": b"\xff\xfe", "utf-16be": b"\xfe\xff"}.get(value, b"")
            data = mark + data.decode().encode(value)
        elif word == "gzip":
            size = len(data)
            data = b"".join(gzip.compress(data[size * k // value : size * (k + 1) // value]) for k in range(value))
        elif word == "zip":
            out = io.BytesIO()
            with zipfile.ZipFile(
                out, "w", zipfile.ZIP_STORED if dict(more).get("stored") else zipfile.ZIP_DEFLATED
            ) as archive:
                archive.writestr(value, data)
            data = out.getvalue()
        elif word == "flip":
            data = bytearray(data)
            data[value[0]] ^= 1 << value[1]
            data = bytes(data)
        else:
            raise AssertionError(f"unknown word {word}")
    return data
