"""costdna robustness: what the attributor survives."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._options import Json, Printed, Quiet
from costdna_companion.cli._output import Output, console


def robustness(
    world: Annotated[
        str,
        typer.Option(
            help="Which simulator; each is listed when the name is wrong. Never the report simulator unless it is named."
        ),
    ] = "",
    accounts: Annotated[int, typer.Option(min=1, help="Simulated accounts.")] = 10,
    coverage: Annotated[float, typer.Option(min=0.01, max=0.95, help="Share of owned resources tagged.")] = 0.2,
    methods: Annotated[str, typer.Option(help="Comma-separated.")] = "costdna,logreg+lp",
    model: Annotated[Path | None, typer.Option(help="Another ONNX file than the shipped one.")] = None,
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Falsify labels (0–40 %) and drop memberships (100–0 % kept) and measure what accuracy it costs, on simulated
    accounts.
    """
    from costdna_companion.bench import commands

    commands.perturbed(
        "robustness",
        world,
        methods,
        accounts,
        coverage,
        False,
        model,
        Output.json if json_ else output,
        lambda text: console(quiet).print(text, markup=False, highlight=False),
    )
