"""A model as one file: the graph, its card and its golden passes in a plain ZIP, for the page to take.

Bytes in, bytes out.

What comes from a file is hostile: nothing is unpacked to disk, only known names are looked at, and sizes are bounded
before a byte is unfolded. Whether the model fits and computes what its card says is for
:func:`costdna.attribute.card.vet`.
"""

from __future__ import annotations

import io
import math
import re
import zipfile

from costdna import nested

from .card import ModelRefused

SUFFIX = ".costdna-model"
CARD, MODEL = "attributor.json", "attributor.onnx"
GOLDEN = re.compile(r"golden/[a-z0-9_]{1,60}\.npz")
MOST_BYTES, MOST_PARTS, MOST_CARD, MOST_GOLDEN = 64_000_000, 66, 2_000_000, 8_000_000
"""Of the file and of all that is in it; parts; bytes of the card and of one golden pass, unfolded."""
TITLE = re.compile(r"[\w .()+-]{1,60}", re.ASCII)
NEXT = "What spoke before goes on. Take the .costdna-model file as costdna train wrote it."


def pack(model: bytes, card: bytes, golden: dict[str, bytes]) -> bytes:
    """The file: the same parts give the same bytes anywhere (stored, dated 1980, in a fixed order)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in [(CARD, card), (MODEL, model), *sorted(golden.items())]:
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16
            archive.writestr(info, content)
    return out.getvalue()


def unpack(content: bytes) -> tuple[bytes, dict, dict[str, bytes]]:
    """(model, card, golden by the name the card gives it).

    Raises ModelRefused for what is no such file, or is larger than one can be.
    """
    if len(content) > MOST_BYTES:
        raise refused("This model file is too large.", f"{len(content):,} bytes, at most {MOST_BYTES:,}")
    try:
        parts = _parts(content)
        card = nested.loads(parts.pop(CARD))
    except zipfile.BadZipFile:
        raise refused("This is not a model file.", "no ZIP, or a damaged one") from None
    except KeyError:
        raise refused("This is not a model file.", f"no {CARD} in it") from None
    except (ValueError, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise refused("This model file is damaged.", f"{type(error).__name__}: {error}"[:120]) from None
    if MODEL not in parts:
        raise refused("This is not a model file.", f"no {MODEL} in it")
    model = parts.pop(MODEL)
    _check(card, parts)
    return model, card, parts


def _parts(content: bytes) -> dict[str, bytes]:
    """Its parts by name, each unfolded no further than it says and may."""
    out: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        listed = archive.infolist()
        if len(listed) > MOST_PARTS:
            raise refused("This model file has too many parts.", f"{len(listed):,}, at most {MOST_PARTS}")
        if sum(part.file_size for part in listed) > MOST_BYTES:
            raise refused("This model file would grow too large.", f"at most {MOST_BYTES:,} bytes unfolded are taken")
        for part in listed:
            most = {CARD: MOST_CARD, MODEL: MOST_BYTES}.get(
                part.filename, MOST_GOLDEN if GOLDEN.fullmatch(part.filename) else 0
            )
            if not most or part.filename in out:
                raise refused("This model file holds something that does not belong there.", repr(part.filename[:80]))
            with archive.open(part) as unfolded:
                out[part.filename] = unfolded.read(most + 1)
            if len(out[part.filename]) > most:
                raise refused("This model file would grow too large.", f"{part.filename}: more than {most:,} bytes")
    return out


def _check(card: object, golden: dict[str, bytes]) -> None:
    """The card names itself in plain words, and exactly the golden passes that are here.

    There is at least one, and none can grow.
    """
    try:
        named = [str(entry["file"]) for entry in card["golden"]]
        told = all(
            isinstance(card[key], str) and TITLE.fullmatch(card[key]) for key in ("name", "version")
        ) and isinstance(card["model"], dict)
    except (KeyError, TypeError, AttributeError):
        told = False
    if not told:
        raise refused(
            "The model's card cannot be read.", "name, version, model and golden passes are missing or are not plain"
        )
    if not named or sorted(named) != sorted(golden):
        raise refused(
            "The model's golden passes are not those of its card.",
            f"{len(golden)} in the file, {len(named)} on the card",
        )
    for name, content in golden.items():
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as arrays:
                size = sum(part.file_size for part in arrays.infolist())
                shapes = [_header(arrays, part) for part in arrays.infolist()] if size <= MOST_GOLDEN else []
        except (zipfile.BadZipFile, ValueError, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise refused("A golden pass of the model cannot be read.", f"{name}: {type(error).__name__}") from None
        if size > MOST_GOLDEN or any(claimed > MOST_GOLDEN for claimed in shapes):
            raise refused("A golden pass of the model would grow too large.", name)


def _header(arrays: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Bytes that an array says it has: numpy would set them aside before it reads."""
    from numpy.lib import format as npy

    with arrays.open(part) as array:
        version = npy.read_magic(array)
        shape, _, dtype = npy.read_array_header_1_0(array) if version == (1, 0) else npy.read_array_header_2_0(array)
    return math.prod(shape) * dtype.itemsize


def lesson(card: dict) -> dict:
    """What an own model's card says it was taught, in figures.

    Owners, units, was and now (share right on hidden owners), gain and error (NLL), sources.

    {} where it says nothing of the kind: the card is somebody's text.
    """
    try:
        said = card["training"]["fine_tuned"]
        share = lambda name: min(max(float(said[name]["accuracy"]), 0.0), 1.0)
        figures = {
            "owners": int(said["owners"]),
            "units": int(said["units"]),
            "was": share("shipped"),
            "now": share("fine_tuned"),
            "gain": float(said["gain_nll"]),
            "error": float(said["gain_error"]),
        }
        return (
            figures | {"sources": [str(s) for s in card["training"].get("sources", [])]}
            if all(map(math.isfinite, figures.values()))
            else {}
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return {}


def refused(message: str, found: str) -> ModelRefused:
    """A refusal that says that nothing has changed."""
    return ModelRefused(message, found=found, where="model file", next_step=NEXT, code="model-file")
