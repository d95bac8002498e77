"""Turn one random bit of a bill and see what the native reader makes of it.

`python tests/support/flips.py 1000` prints, for each container, how many flips were caught, how many changed nothing
that is read (a time stamp in a gzip header, an unread column) and how many changed the reading unnoticed.
"""

import gzip
import random
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from small_bills import cur2, rows, text, write_parquet

from costdna.errors import BillError
from costdna_companion import native

GOLDEN = Path(__file__).parents[1] / "golden" / "bad"
KINDS = ("csv.gz", "members", "zip", "stored zip", "parquet", "sealed parquet")


def bill(kind: str, folder: Path) -> Path:
    """A small bill in one container. `sealed parquet` carries page checksums, `parquet` none."""
    body = text(rows(240)).encode()
    if kind == "csv.gz":
        (folder / "bill.csv.gz").write_bytes(gzip.compress(body))
        return folder / "bill.csv.gz"
    if kind == "members":
        (folder / "members.csv.gz").write_bytes(
            b"".join(gzip.compress(body[i : i + 20_000]) for i in range(0, len(body), 20_000))
        )
        return folder / "members.csv.gz"
    if kind.endswith("zip"):
        path = folder / f"{kind.replace(' ', '-')}.zip"
        with zipfile.ZipFile(
            path, "w", zipfile.ZIP_STORED if kind.startswith("stored") else zipfile.ZIP_DEFLATED
        ) as archive:
            archive.writestr("part-1.csv", body)
            archive.writestr("part-2.csv", body)
        return path
    if kind == "parquet":
        return write_parquet(cur2(rows(240)), folder / "bill.parquet", maps=("resource_tags", "product"))
    path = folder / "sealed.parquet"
    path.write_bytes((GOLDEN / "cur.parquet").read_bytes())
    return path


def picture(path: Path) -> list:
    """What is read, in a form that can be compared: everything but the file's own name, size, id and warnings."""
    out = []
    for reading in native.read([path], threads=1)[0]:
        meta = {k: v for k, v in reading["meta"].items() if k not in ("source_id", "name", "bytes", "warnings")}
        order = np.lexsort(
            [
                reading["arrays"][k]
                for k in sorted(reading["arrays"])
                if len(reading["arrays"][k]) == len(reading["arrays"]["rows"])
            ]
        )
        out.append(
            (
                repr(meta),
                [
                    np.asarray(v)[order].tobytes() if len(v) == len(order) else np.sort(v).tobytes()
                    for _, v in sorted(reading["arrays"].items())
                ],
            )
        )
    return out


def flip(kind: str, count: int, seed: int = 1) -> dict[str, int]:
    """Counts of caught, harmless and silent flips at `count` random bits."""
    dice, outcome = random.Random(f"{seed} {kind}"), {"caught": 0, "harmless": 0, "silent": 0}
    with tempfile.TemporaryDirectory() as folder:
        path = bill(kind, Path(folder))
        whole, before = path.read_bytes(), picture(path)
        for _ in range(count):
            data = bytearray(whole)
            bit = dice.randrange(len(data) * 8)
            data[bit // 8] ^= 1 << bit % 8
            path.write_bytes(data)
            try:
                outcome["harmless" if picture(path) == before else "silent"] += 1
            except BillError:
                outcome["caught"] += 1
    return outcome


if __name__ == "__main__":
    flips = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for one in sys.argv[2:] or KINDS:
        found = flip(one, flips)
        told = found["caught"] / max(1, found["caught"] + found["silent"])
        print(
            f"{one:15} {flips} flips: {found['caught']} caught, {found['harmless']} without effect, {found['silent']} unnoticed ({told:.1%} of those that matter caught)",
            flush=True,
        )
