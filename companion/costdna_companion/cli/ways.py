"""costdna ways: what each step of the confidence adds, on real ownership labels."""

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._options import Json, Printed, Quiet
from costdna_companion.cli._output import Output, answer, console, rows


def ways(
    folder: Annotated[
        Path,
        typer.Argument(help="Folder in the form of a platform repository's namespaces, resources and change events."),
    ],
    splits: Annotated[int, typer.Option(min=1, help="Splits per setting.")] = 10,
    model: Annotated[
        bool, typer.Option("--model/--no-model", help="With the model, or with the simple methods alone.")
    ] = True,
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hold ways of being sure against each other, half the owners known: methods as they are, weights learned in the
    account, team names, a second look.

    Only the third of the apps on which choices are made is opened. Exit codes: 0 done, 2 unreadable input.
    """
    from costdna.errors import UsageError
    from costdna_companion.bench import product
    from costdna_companion.learning import ways as measured

    if not folder.is_dir():
        raise UsageError(
            "There is no such folder.",
            where=str(folder),
            next_step="Name a folder with namespaces.csv and resources.csv.",
            code="no-file",
        )
    found = measured.run(
        folder,
        product.shipped() if model else None,
        splits=splits,
        say=lambda text: console(quiet).print(text, markup=False, highlight=False),
    )
    if json_ or output == Output.json:
        answer({"splits": splits, "rows": found})
        return
    rows(
        [{key: value if isinstance(value, str) else f"{value:.3f}" for key, value in row.items()} for row in found],
        output,
    )
