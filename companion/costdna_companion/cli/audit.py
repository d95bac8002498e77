"""costdna audit: which columns and relations give the label away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._options import Json, Printed
from costdna_companion.cli._output import Output


def audit(
    table: Annotated[
        list[Path], typer.Argument(help="A table (CSV, CSV.gz, Parquet), or a bill: then its own tag keys are audited.")
    ],
    target: Annotated[
        str,
        typer.Option(
            "--target", "-t", help="Column that holds the label, such as team. Without it the files are read as a bill."
        ),
    ] = "",
    columns: Annotated[list[str] | None, typer.Option("--column", "-c", help="Only these columns; repeat.")] = None,
    edges: Annotated[
        Path | None, typer.Option(help="Relations too: CSV with the table's id column, a kind and a group.")
    ] = None,
    id_column: Annotated[
        str, typer.Option("--id", help="Column of the table that --edges names rows by.")
    ] = "resource_id",
    unit: Annotated[str, typer.Option(help="Column by which rows are held out together for the honest figure.")] = "",
    threshold: Annotated[
        float, typer.Option(min=0.5, max=1.0, help="From this share on a key that nearly decides is named.")
    ] = 0.85,
    tag_key: Annotated[
        list[str] | None, typer.Option("--tag-key", help="Of a bill: the tag key that names the owner.")
    ] = None,
    fail_on_leak: Annotated[
        bool, typer.Option("--fail-on-leak", help="Exit 3 when a key gives the label away.")
    ] = False,
    output: Printed = Output.table,
    json_: Json = False,
) -> None:
    """Find what gives the label away: for every column, key and relation the share of its values that decide it,
    against chance.

    Labels are permuted and the same is counted again, so near-unique keys are not accused. The honest accuracy comes
    first, the inflated one beside it. Exit codes: 0 done, 2 unreadable or bad usage, 3 a leak with --fail-on-leak. As
    `leakaudit`: 1 a leak, 2 unreadable.
    """
    from costdna_companion.cli import _audits

    result = (
        _audits.of_bill(table, tag_key or [])
        if not target
        else _audits.of_table(table, target, columns, edges, id_column, unit, threshold)
    )
    _audits.show(result, Output.json if json_ else output)
    if fail_on_leak and result.leaks:
        raise typer.Exit(3)
