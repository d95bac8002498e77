"""costdna ablate: what the attributor lives on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._options import Json, Printed, Quiet
from costdna_companion.cli._output import Output, console


def ablate(
    world: Annotated[
        str,
        typer.Option(
            help="Which simulator; each is listed when the name is wrong. Never the report simulator unless it is named."
        ),
    ] = "",
    accounts: Annotated[int, typer.Option(min=1, help="Simulated accounts.")] = 10,
    coverage: Annotated[float, typer.Option(min=0.01, max=0.95, help="Share of owned resources tagged.")] = 0.2,
    methods: Annotated[str, typer.Option(help="Comma-separated.")] = "costdna,logreg+lp",
    kinds: Annotated[
        bool, typer.Option("--kinds", help="Each kind of relation by itself, instead of feature groups.")
    ] = False,
    model: Annotated[Path | None, typer.Option(help="Another ONNX file than the shipped one.")] = None,
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Take information away at inference (numbers, feature groups, kinds of relation) and measure what accuracy it was
    worth, on simulated accounts.
    """
    from costdna_companion.bench import commands

    commands.perturbed(
        "ablate",
        world,
        methods,
        accounts,
        coverage,
        kinds,
        model,
        Output.json if json_ else output,
        lambda text: console(quiet).print(text, markup=False, highlight=False),
    )
