"""Saving a run as a folder: every table as CSV with decimal money, and the report as JSON. Written whole or not at all."""

import csv
import json
import os
import tempfile
from pathlib import Path

import pandas as pd

from costdna import money, schema
from costdna_companion.cli._output import safe


def tables(space, folder: Path, result: dict) -> None:
    """Write the tables of a workspace's last run to `folder`, made if absent, each file swapped in when complete."""
    run = space.result
    frames = {"SOURCES": run.bill.sources, "CHARGES": run.charges, "OWNABLES": run.ownables, "RHYTHM": run.bill.rhythm, "HOURS": run.bill.hours,
              "RELATIONS": run.relations, "OWNERSHIP": run.ownership, "CONFLICTS": run.known.conflicts, "ALLOCATIONS": run.allocations}
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        _swap(folder / f"{name.lower()}.csv", lambda handle, f=frame, n=name: _csv(handle, schema.TABLES[n], f, run.bill.scale))
    _swap(folder / "report.json", lambda handle: handle.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n"))


def _csv(handle, table: schema.Table, frame: pd.DataFrame, scale: int) -> None:
    writer = csv.writer(handle, lineterminator="\r\n")
    writer.writerow(table.names())
    columns = [_texts(column, frame[column.name], scale) for column in table.columns]
    writer.writerows(zip(*columns))


def _texts(column: schema.Column, values: pd.Series, scale: int) -> list[str]:
    if column.kind == "money":
        return money.to_texts(values.to_numpy(), scale)
    if column.kind == "day":
        return values.dt.strftime("%Y-%m-%d").fillna("").tolist()
    if column.kind == "time":
        return values.dt.strftime("%Y-%m-%dT%H:%M:%SZ").fillna("").tolist()
    if column.kind == "list":
        return [safe(" ".join(v)) for v in values]
    if column.kind == "float":
        return ["" if pd.isna(v) else repr(float(v)) for v in values]
    return [safe(v) for v in values] if column.kind == "text" else [str(v) for v in values]


def _swap(path: Path, write) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as handle:
            write(handle)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
