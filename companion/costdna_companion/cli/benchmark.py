"""costdna benchmark: how good the attributor is, beside its rivals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._options import Json, Printed, Quiet
from costdna_companion.cli._output import Output, console


def benchmark(
    what: Annotated[str, typer.Argument(help="ownership DIR · simulated · classic · trace FORM FILE · demo · scan")],
    where: Annotated[list[str] | None, typer.Argument(help="The folder or the file, where one is needed.")] = None,
    methods: Annotated[str, typer.Option(help="Comma-separated; all by default.")] = "",
    splits: Annotated[int, typer.Option(min=1, help="Splits of real data.")] = 10,
    labelled: Annotated[str, typer.Option(help="Share of units whose owner is known; several by comma.")] = "0.5",
    third: Annotated[
        str,
        typer.Option(
            help="Which apps: dev (sha256 mod 3 = 0, for choices), report (the rest), all; auto: dev on the data set choices were made on, all elsewhere."
        ),
    ] = "auto",
    setting: Annotated[str, typer.Option(help="Only bill or only behaviour.")] = "",
    unit: Annotated[str, typer.Option(help="Only app or only namespace.")] = "",
    world: Annotated[str, typer.Option(help="Which simulator; each is listed when the name is wrong.")] = "",
    accounts: Annotated[
        int | None,
        typer.Option("--accounts", "--companies", min=1, help="Simulated accounts (20), or demo companies (1)."),
    ] = None,
    first: Annotated[
        int | None, typer.Option(min=0, help="Scan: seed of the first demo company (7); the others follow.")
    ] = None,
    own_model: Annotated[
        bool,
        typer.Option(
            "--own-model/--no-own-model", help="Scan: also teach each company a model of its own, minutes each."
        ),
    ] = True,
    coverage: Annotated[
        str, typer.Option(help="Share of resources tagged, simulated; several by comma.")
    ] = "0.05,0.2,0.5",
    checks: Annotated[
        bool, typer.Option("--checks/--no-checks", help="Simulated: also permuted owners, gate rates and mislabels.")
    ] = True,
    top: Annotated[int, typer.Option(min=2, help="Traces: only the largest owners.")] = 25,
    most: Annotated[int, typer.Option(min=2, help="Traces: rows of each at most.")] = 200,
    model: Annotated[Path | None, typer.Option(help="Another ONNX file than the shipped one.")] = None,
    save: Annotated[
        Path | None, typer.Option(help="Write everything measured (splits, pairs, ceilings) there as JSON.")
    ] = None,
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure the attributor beside its rivals: on real ownership labels, on simulated accounts, on public traces, on
    the demo bill.

    Group-split figures lead, random-split ones stand beside them. What was measured on reported data is logged beside
    the model.
    """
    from importlib.util import find_spec

    from costdna.errors import UsageError

    if find_spec("sklearn") is None:
        raise UsageError(
            "The rivals need scikit-learn.", next_step="Install it: pip install 'costdna[bench]'", code="no-sklearn"
        )
    from costdna_companion.bench import commands

    rest = list(where or [])
    kinds = commands.KINDS
    if what not in kinds:
        raise UsageError(
            "There is no such benchmark.", found=what, next_step=f"Choose from {', '.join(kinds)}.", code="benchmark"
        )
    wishes = commands.Wishes(
        methods=_names(methods), splits=splits, labelled=_shares(labelled, "--labelled"), third=third, setting=setting, unit=unit, world=world, accounts=accounts, first=first, own_model=own_model,
        coverage=_shares(coverage, "--coverage"), checks=checks, top=top, most=most, model=model,
    )  # fmt: skip
    result = kinds[what](rest, wishes, lambda text: console(quiet).print(text, markup=False, highlight=False))
    if save:
        import json

        save.write_text(
            json.dumps(result, ensure_ascii=False, indent=1, default=str, allow_nan=False) + "\n", encoding="utf-8"
        )
    commands.show(what, result, Output.json if json_ else output)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _shares(text: str, option: str) -> tuple[float, ...]:
    from costdna.errors import UsageError

    try:
        shares = tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        shares = ()
    if not shares or not all(0 < share < 1 for share in shares):
        raise UsageError(
            "A share lies between 0 and 1.",
            found=text,
            where=option,
            next_step="Write 0.5 or 0.05,0.2,0.5.",
            code="share",
        )
    return shares
