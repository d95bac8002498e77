"""After a scan found a bad value: where it is, in words a person can act on. Slow, and only on the way to an error."""

import csv
import json
import re
from datetime import datetime
from decimal import Decimal, InvalidOperation

from costdna import columns
from costdna_companion.native import parquet, sql
from costdna_companion.native.collapse import exact18
from costdna_companion.native.integrity import error
from costdna_companion.native.plan import Plan


def _kind(field: str) -> str:
    return next(f["kind"] for f in columns.load("mapping")["fields"] if f["name"] == field)


def _raise(field: str, text: str, name: str, where: str) -> None:
    kind, shown = _kind(field), json.dumps(text[:40], ensure_ascii=False)
    if kind == "time":
        raise error("bad-time", f"{field} is {shown}, not a time such as 2024-03-01T00:00:00Z.", name, where)
    if kind == "money" and _absurd(text):
        raise error("absurd-cost", f"{field} is {shown}: more than 10^15.", name, where)
    raise error("bad-number", f"{field} is {shown}, which is no number.", name, where)


def _absurd(text: str) -> bool:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return False
    return value.is_finite() and value.copy_abs() > sql.LARGEST


def _bad(field: str, text: str) -> bool:
    kind = _kind(field)
    if kind == "time":
        if not re.match(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)", text.strip()):
            return True
        try:
            datetime.fromisoformat(text.strip().replace(" UTC", "+00:00"))
            return False
        except ValueError:
            return True
    if _absurd(text) and kind == "money":
        return True
    return exact18(text) is None


def _unlocated(plan: Plan, field: str, name: str) -> None:
    kind = _kind(field)
    raise error(
        "bad-time" if kind == "time" else "bad-number",
        f"{field} holds a value that is no {'time' if kind == 'time' else 'number'}.",
        name,
        f"column {plan.mapped[field][0]}",
    )


def in_csv(path: str, name: str, plan: Plan, field: str) -> None:
    """Raise the error of the first bad value of a field in a CSV file, with its line and column."""
    nulls = {"", *columns.load("mapping")["null_texts"].get(plan.format, [])}
    indexes = [plan.columns.index(c) for c in plan.mapped[field]]
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        begins = rows.line_num + 1
        for row in rows:
            text, at = next(((row[i], i) for i in indexes if i < len(row) and row[i] not in nulls), ("", None))
            if text and _bad(field, text):
                _raise(field, text, name, f"line {begins}, column {plan.columns[at]}")
            begins = rows.line_num + 1
    _unlocated(plan, field, name)


def in_parquet(connection, path: str, name: str, plan: Plan, names: dict[str, str], field: str) -> None:
    """The same for a Parquet file, with the row."""
    value = sql.Select(plan, names).value(field)
    rows = connection.execute(
        f"SELECT file_row_number, v FROM (SELECT file_row_number, {value} AS v FROM {parquet.scan(path, ', file_row_number=true')}) WHERE v IS NOT NULL ORDER BY 1"
    )
    while batch := rows.fetchmany(10_000):
        for number, text in batch:
            if _bad(field, text):
                _raise(field, text, name, f"row {number + 1}, column {plan.mapped[field][0]}")
    _unlocated(plan, field, name)
