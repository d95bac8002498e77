"""costdna diff: what changed hands between two saved runs."""

from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError
from costdna_companion.cli._options import Printed
from costdna_companion.cli._output import Output, answer, console, rounded, rows


def diff(
    old: Annotated[Path, typer.Argument(help="Folder of the earlier run (--save-dir).")],
    new: Annotated[Path, typer.Argument(help="Folder of the later run.")],
    output: Printed = Output.table,
    limit: Annotated[int, typer.Option(min=1, help="Rows to print; JSON has all.")] = 50,
    fail_on: Annotated[
        str | None,
        typer.Option(help="Exit 3 when there is a change of this severity or above: major, minor, uncertain."),
    ] = None,
) -> None:
    """Show resources whose owner differs, that are new or gone, with their money and the reason, most certain first.

    Exit codes: 0 compared, 2 bad usage or no saved run, 3 --fail-on holds.
    """
    from costdna import money
    from costdna.drift import SEVERITY, drift
    from costdna_companion import saved

    if fail_on is not None and fail_on not in SEVERITY:
        raise UsageError(
            "--fail-on is not a severity.",
            found=fail_on,
            where="--fail-on",
            next_step=f"Choose {', '.join(SEVERITY)}.",
            code="fail-on",
        )
    (before, was), (after, now) = saved.side(old), saved.side(new)
    if was["currency"] != now["currency"]:
        raise UsageError(
            "The two runs are in different currencies.",
            found=f"{was['currency']} and {now['currency']}",
            next_step="Compare runs of one currency.",
            code="currency",
        )
    found = drift(before, after)
    records = [
        {
            "severity": r["x_Severity"],
            "kind": r["x_Kind"],
            "resource": r["ResourceName"] or r["ResourceId"],
            "before": r["x_OldTeam"],
            "now": r["x_NewTeam"],
            "why": r["x_Reason"],
            "cost": money.to_text(r["BilledCost"], saved.SCALE),
        }
        for r in found.to_dict("records")
    ]
    counts = {kind: sum(r["kind"] == kind for r in records) for kind in ("owner", "new", "gone")}
    if output == Output.json:
        answer(
            {
                "currency": now["currency"],
                "coverage": {"before": was["coverage"]["after"], "now": now["coverage"]["after"]},
                "counts": counts,
                "changes": records,
            }
        )
    else:
        # csv and markdown are the rows alone
        say = print if output == Output.table else lambda words: console().print(words, markup=False, highlight=False)
        say(
            f"{counts['owner']:,} changed hands, {counts['new']:,} are new, {counts['gone']:,} are gone. Coverage was {was['coverage']['after']:.0%}, it is {now['coverage']['after']:.0%}."
        )
        rows(
            [{**r, "cost": rounded(r["cost"]) if output == Output.table else r["cost"]} for r in records[:limit]],
            output,
            columns=("severity", "kind", "resource", "before", "now", "why", "cost"),
        )
        if len(records) > limit:
            say(f"… and {len(records) - limit:,} more; --output json has all.")
    if fail_on and any(SEVERITY.index(r["severity"]) <= SEVERITY.index(fail_on) for r in records):
        raise typer.Exit(3)
