"""An account's own model on this machine: its folder as one file for the page, and where such a file lies."""

import json
import os
from pathlib import Path

from costdna.attribute import packed
from costdna_companion.native import shipped

FILE, FOLDER = f"own{packed.SUFFIX}", "model"


def pack(folder: Path) -> bytes:
    """The folder that `costdna train BILL` wrote (attributor.onnx, its card, golden/) as one file.

    Raises OSError, ValueError or KeyError where it is none.
    """
    card = (folder / packed.CARD).read_bytes()
    named = [str(entry["file"]) for entry in json.loads(card)["golden"]]
    return packed.pack(
        (folder / packed.MODEL).read_bytes(),
        card,
        {name: (folder / name).read_bytes() for name in named if packed.GOLDEN.fullmatch(name)},
    )


def find(folder: Path) -> bytes | None:
    """The model of one's own that a page served from here takes up.

    The one COSTDNA_MODEL names, else `folder`/model/own.costdna-model; None without. The shipped one is not one's own.
    """
    named = os.environ.get("COSTDNA_MODEL", "")
    if named:
        path, ours = Path(named), shipped.model()
        try:
            return None if ours and path.read_bytes() == ours.read_bytes() else pack(path.parent)
        except (OSError, ValueError, KeyError, TypeError):
            return None  # the command line names what is wrong with it
    kept = folder / FOLDER / FILE
    return kept.read_bytes() if kept.is_file() and kept.stat().st_size <= packed.MOST_BYTES else None
