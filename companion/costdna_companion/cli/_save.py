"""Saving a run as a folder: every table as CSV with decimal money, and the report as JSON. Written whole or not at all."""

import json
import os
import tempfile
from pathlib import Path

from costdna import schema
from costdna.export.as_csv import to_csv
from costdna.export.principals import hide


def tables(space, folder: Path, result: dict, principals: bool = False) -> None:
    """Write the tables of a workspace's last run to `folder`, made if absent, each file swapped in when complete.

    Principals are hashed unless `principals` asks for them as written.
    """
    run = space.result
    frames = {"SOURCES": run.bill.sources, "CHARGES": run.charges, "OWNABLES": run.ownables, "RHYTHM": run.bill.rhythm, "HOURS": run.bill.hours,
              "RELATIONS": run.relations, "OWNERSHIP": run.ownership, "CONFLICTS": run.known.conflicts, "ALLOCATIONS": run.allocations}
    if len(run.events):
        frames["EVENTS"] = run.events
    if space.wishes.inventory is not None:
        frames |= {"INVENTORY": space.wishes.inventory, "MEMBERSHIPS": space.wishes.memberships}
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        table = schema.TABLES[name]
        frame = frame if principals else hide(frame)
        amounts = tuple(c.name for c in table.columns if c.kind == "money")
        swap(folder / f"{name.lower()}.csv", lambda handle, f=frame[table.names()], a=amounts: handle.write(to_csv(f, run.bill.scale, a)))
    swap(folder / "report.json", lambda handle: handle.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n"))


def swap(path: Path, write) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as handle:
            write(handle)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
