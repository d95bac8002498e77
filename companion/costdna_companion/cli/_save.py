"""Saving a run as a folder: every table as CSV with decimal money, the report as JSON, and what the folder is. Written
whole or not at all.
"""

import json
from functools import partial
from pathlib import Path

from costdna import schema
from costdna.export.as_csv import to_csv
from costdna.export.principals import hide, unnamed
from costdna_companion import saved
from costdna_companion.whole import folder_of


def tables(space, folder: Path, result: dict, principals: bool = False, more: dict | None = None) -> None:
    """Write the tables of a workspace's last run to `folder`, made if absent; what an earlier run left there is
    replaced, other files stay.

    Principals are hashed unless `principals` asks for them as written. more: further tables by their declared names.
    """
    run = space.result
    frames = {
        "SOURCES": run.bill.sources,
        "CHARGES": run.charges,
        "OWNABLES": run.ownables,
        "RHYTHM": run.bill.rhythm,
        "HOURS": run.bill.hours,
        "RELATIONS": run.relations,
        "OWNERSHIP": run.ownership,
        "CONFLICTS": run.known.conflicts,
        "ALLOCATIONS": run.allocations,
    }
    if len(run.events):
        frames["EVENTS"] = run.events
    if space.wishes.inventory is not None:
        frames |= {"INVENTORY": space.wishes.inventory, "MEMBERSHIPS": space.wishes.memberships}
    frames |= more or {}
    texts = {
        f"{name.lower()}.csv": partial(_csv, name, frame, run.bill.scale, principals) for name, frame in frames.items()
    }
    texts["report.json"] = (
        lambda: json.dumps(result if principals else unnamed(result), ensure_ascii=False, indent=2) + "\n"
    )
    texts[saved.MARK] = (
        lambda: json.dumps(
            {
                "kind": saved.KIND,
                "schema_version": saved.VERSION,
                "principals": "as written" if principals else "hashed",
                "tables": sorted(frames),
            },
            indent=2,
        )
        + "\n"
    )
    folder_of(folder, texts, saved.MARK, ours=("report.json", *(f"{name.lower()}.csv" for name in schema.TABLES)))


def _csv(name: str, frame, scale: int, principals: bool) -> str:
    table = schema.TABLES[name]
    return to_csv(
        (frame if principals else hide(frame))[table.names()],
        scale,
        tuple(c.name for c in table.columns if c.kind == "money"),
    )
