"""costdna allocate: who bears what, once shared cost has been spread by stated rules."""

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._options import (
    BillsOrStore,
    Currency,
    Json,
    Metric,
    Printed,
    Quiet,
    TagKeys,
    TeamMap,
    WithModel,
)
from costdna_companion.cli._output import Output
from costdna_companion.cli._sharing import Customers, Sharing, Usage


def allocate(
    paths: BillsOrStore,
    sharing: Sharing = None,
    usage: Usage = None,
    customers: Customers = None,
    metric: Metric = "billed",
    currency: Currency = "",
    tag_key: TagKeys = None,
    rules: Annotated[Path | None, typer.Option(help="Your rules of ownership, first match wins (YAML or CSV).")] = None,
    team_map: TeamMap = None,
    model: WithModel = True,
    save: Annotated[
        Path | None, typer.Option("--save", help="Write every part as FOCUS 1.3-shaped rows with x_ columns (CSV).")
    ] = None,
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Spread shared cost over teams or customers: direct, even, fixed, proportional, by split data. Adds up to the bill
    to the last unit.

    Exit codes: 0 done, 1 it could not be done, 2 bad usage, a rule that is wrong or rules that go round.
    """
    from costdna.export.shares import focus_rows
    from costdna_companion.cli import _sharing
    from costdna_companion.cli._output import rounded, rows

    space = _sharing.prepared(
        paths, metric, currency, tag_key, rules, team_map, quiet, model, sharing, usage, customers
    )
    found = space.share_cost()
    if save:
        from costdna_companion.whole import swap

        swap(
            save,
            lambda handle: handle.write(
                focus_rows(
                    space.result.charges,
                    space.spread().shares,
                    space.book.bearers,
                    space.report.scale,
                    space.report.currency,
                )
            ),
        )
    if _sharing.said(found, json_ or output == Output.json):
        return
    table = output == Output.table
    show = rounded if table else str
    if table:
        print(
            f"{rounded(found['total'])} {found['currency']} {found['metric']} cost, borne by {found['for']}; nothing is left over."
        )
        for rule in found["rules"]:
            print(f"  {rule['rule']}: {rule['how']}, moved {rounded(rule['moved'])}")
        for note in found["not_spread"]:
            print(
                f"! {note['rule']}: {rounded(note['cost'])} of {note['charges']} charges stays where it was: {note['reason']}"
            )
        print()
    rows(
        [
            {
                found["for"].rstrip("s"): b["name"] or "(nobody)",
                "own": show(b["own"]),
                "shared": show(b["shared"]),
                "cost": show(b["cost"]),
            }
            for b in found["bearers"]
        ],
        output,
    )
