"""How every verb prints: data to stdout as table, json, csv or markdown; progress to stderr."""

import csv
import io
import json
import math
import sys
from enum import StrEnum

from rich.console import Console
from rich.table import Table

from costdna.export.as_csv import safe

SCHEMA_VERSION = "1"
"""Of every JSON a verb prints, answer or error; costdna.report, which is too heavy to open for it, says the same."""


class Output(StrEnum):
    """Formats of --output."""

    table = "table"
    json = "json"
    csv = "csv"
    markdown = "markdown"


def console(quiet: bool = False) -> Console:
    """Where progress goes: stderr, without colour when NO_COLOR is set or it is no terminal."""
    return Console(stderr=True, quiet=quiet)


def answer(found: dict) -> None:
    """Print what a verb found as JSON: one object, `schema_version` first, the same of every verb and of every error.
    Nothing else prints JSON.
    """
    rest = {key: value for key, value in found.items() if key != "schema_version"}  # what a file carries is its own
    print(json.dumps(_finite({"schema_version": SCHEMA_VERSION, **rest}), ensure_ascii=False, indent=2))


def _finite(value):
    """JSON has no word for what is no number: null."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def rows(records: list[dict], output: Output, title: str = "", columns: tuple[str, ...] = ()) -> None:
    """Print flat records in one of the formats; JSON holds them as `rows`. columns: which, by default the keys of the
    first; who may have nothing to print names them, so that a table without rows is still one.
    """
    columns = list(columns) or (list(records[0]) if records else [])
    if output == Output.json:
        answer({"rows": records})
    elif not columns:
        return
    elif output == Output.csv:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows([safe(r[c]) for c in columns] for r in records)
        sys.stdout.write(buffer.getvalue())
    elif output == Output.markdown:
        from costdna.export.quoting import markdown_text as cell

        print(
            "\n".join(
                [
                    "| " + " | ".join(map(cell, columns)) + " |",
                    "|" + "---|" * len(columns),
                    *("| " + " | ".join(cell(r[c]) for c in columns) + " |" for r in records),
                ]
            )
        )
    elif records:  # at a terminal, a head over nothing says nothing
        table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
        for column in columns:
            table.add_column(
                column,
                justify="right" if column in NUMERIC else "left",
                no_wrap=column in NUMERIC,
                min_width=12 if column not in NUMERIC else None,
            )
        for record in records:
            table.add_row(*(str(record[c]) for c in columns))
        console = Console(markup=False, emoji=False, highlight=False)
        console.width = max(console.width, 120 if not console.is_terminal else 0)
        console.print(table)


NUMERIC = {
    "cost",
    "share",
    "proved",
    "inferred",
    "shared",
    "unknown",
    "resources",
    "billed",
    "effective",
    "money",
    "rows",
    "bytes",
    "before",
    "after",
    "change",
    "percent",
}


def rounded(text: str, places: int = 2) -> str:
    """A decimal text for a person: grouped, two places, half to even. Display only.

    >>> rounded("1234.565"), rounded("-0.001")
    ('1,234.56', '0.00')
    """
    from decimal import ROUND_HALF_EVEN, Decimal

    value = Decimal(text).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    return f"{value + 0:,.{places}f}" if value else f"{0:.{places}f}"
