"""costdna budgets: what a month may cost, what it has cost, and where it is heading."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from costdna_companion.cli._output import Output
from costdna_companion.cli._sharing import Sharing, Usage


def budgets(
    paths: Annotated[list[Path], typer.Argument(help="Bill files, folders, a ZIP, or a store (.duckdb).")],
    budget: Annotated[Path, typer.Option("--budgets", help="Budgets (YAML or CSV): team, service, account or environment, and monthly.")],
    sharing: Sharing = None,
    usage: Usage = None,
    metric: Annotated[str, typer.Option(help="billed (the invoice) or effective (amortised).")] = "billed",
    currency: Annotated[str, typer.Option(help="Which currency, where the bill has several.")] = "",
    tag_key: Annotated[Optional[list[str]], typer.Option("--tag-key", help="Tag key that names the owner; repeat in order of preference.")] = None,
    rules: Annotated[Optional[Path], typer.Option(help="Your rules of ownership, first match wins (YAML or CSV).")] = None,
    team_map: Annotated[Optional[Path], typer.Option(help="Account, product or resource → team (YAML or CSV).")] = None,
    model: Annotated[bool, typer.Option("--model/--no-model", help="Infer owners with the model, or prove only.")] = True,
    fail_on: Annotated[str, typer.Option(help="Exit 3 when a budget is at least: may, will or over.")] = "",
    output: Annotated[Output, typer.Option("--output", "-o", "--format", help="How to print.")] = Output.table,
    json_: Annotated[bool, typer.Option("--json", help="Same as --output json.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Each budget of the bill's last month: spent, forecast with its interval, and whether that is within.

    Exit codes: 0 done, 1 it could not be done, 2 bad usage, 3 --fail-on holds.
    """
    from costdna.errors import UsageError
    from costdna_companion.cli import _sharing
    from costdna_companion.cli._output import rounded, rows

    steps = {"may": ("may go over", "will go over", "over"), "will": ("will go over", "over"), "over": ("over",), "": ()}
    if fail_on not in steps:
        raise UsageError("The --fail-on condition is not understood.", found=fail_on, next_step="Write may, will or over.", code="fail-on")
    space = _sharing.prepared(paths, metric, currency, tag_key, rules, team_map, quiet, model, sharing, usage, None, budget)
    found = space.list_budgets()
    if not _sharing.said(found, json_ or output == Output.json):
        show = lambda v: "–" if v is None else rounded(v) if output == Output.table else v  # noqa: E731
        rows([{"for": b["for"], "name": b["name"], "month": b["month"], "days": f"{b['days_known']} of {b['days']}", "budget": show(b["budget"]), "spent": show(b["spent"]), "forecast": show(b["forecast"]),
               "low": show(b["low"]), "high": show(b["high"]), "verdict": b["verdict"]} for b in found["budgets"]], output)
    if any(b["verdict"] in steps[fail_on] for b in found["budgets"]):
        raise typer.Exit(3)
