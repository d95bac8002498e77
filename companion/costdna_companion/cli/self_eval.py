"""costdna self-eval: how right a saved run was, against labels that somebody checked."""

from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError
from costdna_companion.cli._options import Printed
from costdna_companion.cli._output import Output, answer, console, rows


def self_eval(
    run: Annotated[Path, typer.Argument(help="Folder of a saved run (--save-dir).")],
    labels: Annotated[Path, typer.Option("--labels", help="CSV of checked owners: resource_id,team.")],
    base: Annotated[Path | None, typer.Option("--base", help="An earlier saved run to compare with.")] = None,
    output: Printed = Output.table,
    fail_on_degradation: Annotated[
        bool, typer.Option("--exit-on-degradation", help="Exit 3 when the run is significantly worse than the base.")
    ] = False,
) -> None:
    """Count the inferred owners that were right, by team, with 95 % intervals; proved owners are not counted, they are
    the labels' peers.

    Exit codes: 0 counted, 2 bad usage, 3 worse than the base.
    """
    from costdna.scoring import score, significantly_worse
    from costdna_companion import saved
    from costdna_companion.cli import _inputs

    truth = {}
    listed = _inputs.table(labels)
    for row in listed if isinstance(listed, list) else [listed]:
        if not isinstance(row, dict) or not row.get("resource_id") or "team" not in row:
            raise UsageError(
                "The labels are not resource_id,team.",
                found=", ".join(map(str, row)) if isinstance(row, dict) else str(row)[:60],
                where=str(labels),
                next_step="Write a CSV with these two columns.",
                code="labels",
            )
        truth[row["resource_id"]] = row["team"]
    mine = score(*_frames(saved.side(run)[0]), truth)
    theirs = score(*_frames(saved.side(base)[0]), truth) if base else None
    worse = bool(theirs) and significantly_worse(theirs[0], mine[0])
    if output == Output.json:
        answer({"rows": mine, "base": theirs, "significantly_worse": worse})
    else:
        whole = mine[0]
        # csv and markdown are the rows alone
        say = print if output == Output.table else lambda words: console().print(words, markup=False, highlight=False)
        say(
            f"{whole['right']} of {whole['checked']} inferred owners that somebody checked are right"
            + (
                f": {whole['accuracy']:.0%}, with 95 % certainty between {whole['low']:.0%} and {whole['high']:.0%}."
                if whole["checked"]
                else ": nothing to count."
            )
        )
        rows(
            [
                {
                    "team": r["team"],
                    "right": r["right"],
                    "checked": r["checked"],
                    "from": f"{r['low']:.0%}",
                    "to": f"{r['high']:.0%}",
                }
                for r in mine[1:]
            ],
            output,
            columns=("team", "right", "checked", "from", "to"),
        )
        if theirs:
            say(
                f"The base had {theirs[0]['right']} of {theirs[0]['checked']}; the difference is {'significant: this run is worse' if worse else 'no significant loss'}."
            )
    if worse and fail_on_degradation:
        raise typer.Exit(3)


def _frames(side) -> tuple:
    return side.ownables, side.ownership
