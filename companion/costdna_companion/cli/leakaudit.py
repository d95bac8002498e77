"""costdna leakaudit: `audit` under its older name, with its older options and exit codes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._options import Json, Printed
from costdna_companion.cli._output import Output


def leakaudit(
    data: Annotated[Path, typer.Argument(help="A table: CSV, CSV.gz, Parquet.")],
    target: Annotated[str, typer.Option("--target", "-t", help="Column that holds the label.")],
    columns: Annotated[
        list[str] | None, typer.Option("--columns", "-c", help="Only these columns; repeat or separate by comma.")
    ] = None,
    threshold: Annotated[
        float, typer.Option(min=0.5, max=1.0, help="From this share on a key that nearly decides is named.")
    ] = 0.85,
    fail_on_leak: Annotated[
        bool, typer.Option("--fail-on-leak", help="Exit 1 when a key gives the label away.")
    ] = False,
    output: Printed = Output.table,
    json_: Json = False,
) -> None:
    """Same as `audit TABLE --target COLUMN`. Exit codes: 0 done, 1 a leak with --fail-on-leak, 2 unreadable or bad
    usage.
    """
    from costdna_companion.cli import _audits

    chosen = [name.strip() for part in columns or [] for name in part.split(",") if name.strip()]
    result = _audits.of_table([data], target, chosen or None, None, "", "", threshold)
    _audits.show(result, Output.json if json_ else output)
    if fail_on_leak and result.leaks:
        raise typer.Exit(1)
