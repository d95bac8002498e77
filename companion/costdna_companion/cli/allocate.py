"""costdna allocate: who bears what, once shared cost has been spread by stated rules."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from costdna_companion.cli._output import Output
from costdna_companion.cli._sharing import Customers, Sharing, Usage


def allocate(
    paths: Annotated[list[Path], typer.Argument(help="Bill files, folders, a ZIP, or a store (.duckdb).")],
    sharing: Sharing = None,
    usage: Usage = None,
    customers: Customers = None,
    metric: Annotated[str, typer.Option(help="billed (the invoice) or effective (amortised).")] = "billed",
    currency: Annotated[str, typer.Option(help="Which currency, where the bill has several.")] = "",
    tag_key: Annotated[Optional[list[str]], typer.Option("--tag-key", help="Tag key that names the owner; repeat in order of preference.")] = None,
    rules: Annotated[Optional[Path], typer.Option(help="Your rules of ownership, first match wins (YAML or CSV).")] = None,
    team_map: Annotated[Optional[Path], typer.Option(help="Account, product or resource → team (YAML or CSV).")] = None,
    model: Annotated[bool, typer.Option("--model/--no-model", help="Infer owners with the model, or prove only.")] = True,
    save: Annotated[Optional[Path], typer.Option("--save", help="Write every part as FOCUS 1.3-shaped rows with x_ columns (CSV).")] = None,
    output: Annotated[Output, typer.Option("--output", "-o", "--format", help="How to print.")] = Output.table,
    json_: Annotated[bool, typer.Option("--json", help="Same as --output json.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Spread shared cost over teams or customers: direct, even, fixed, proportional, by split data. Adds up to the bill to the last unit.

    Exit codes: 0 done, 1 it could not be done, 2 bad usage, a rule that is wrong or rules that go round.
    """
    from costdna.export.shares import focus_rows
    from costdna_companion.cli import _sharing
    from costdna_companion.cli._output import rounded, rows

    space = _sharing.prepared(paths, metric, currency, tag_key, rules, team_map, quiet, model, sharing, usage, customers)
    found = space.share_cost()
    if save:
        save.write_text(focus_rows(space.result.charges, space.spread().shares, space.book.bearers, space.report.scale, space.report.currency), encoding="utf-8", newline="")
    if _sharing.said(found, json_ or output == Output.json):
        return
    table = output == Output.table
    show = rounded if table else str
    if table:
        print(f"{rounded(found['total'])} {found['currency']} {found['metric']} cost, borne by {found['for']}; nothing is left over.")
        for rule in found["rules"]:
            print(f"  {rule['rule']}: {rule['how']}, moved {rounded(rule['moved'])}")
        for note in found["not_spread"]:
            print(f"! {note['rule']}: {rounded(note['cost'])} of {note['charges']} charges stays where it was: {note['reason']}")
        print()
    rows([{found["for"].rstrip("s"): b["name"] or "(nobody)", "own": show(b["own"]), "shared": show(b["shared"]), "cost": show(b["cost"])} for b in found["bearers"]], output)
