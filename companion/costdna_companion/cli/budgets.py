"""costdna budgets: what a month may cost, what it has cost, and where it is heading."""

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
from costdna_companion.cli._sharing import Sharing, Usage


def budgets(
    paths: BillsOrStore,
    budget: Annotated[
        Path | None,
        typer.Option(
            "--budgets", help="Budgets (YAML or CSV): team, service, account, environment or tag:KEY, and monthly."
        ),
    ] = None,
    aws: Annotated[
        bool,
        typer.Option(
            "--aws", help="Also hold the month against AWS Budgets, read with your credentials (budgets:ViewBudget)."
        ),
    ] = False,
    profile: Annotated[str, typer.Option(help="AWS profile for --aws; default: AWS's own chain.")] = "",
    sharing: Sharing = None,
    usage: Usage = None,
    metric: Metric = "billed",
    currency: Currency = "",
    tag_key: TagKeys = None,
    rules: Annotated[Path | None, typer.Option(help="Your rules of ownership, first match wins (YAML or CSV).")] = None,
    team_map: TeamMap = None,
    model: WithModel = True,
    fail_on: Annotated[str, typer.Option(help="Exit 3 when a budget is at least: may, will or over.")] = "",
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Each budget of the bill's last month: spent, forecast with its interval, and whether that is within; AWS Budgets
    too, when asked.

    Exit codes: 0 done, 1 it could not be done, 2 bad usage, 3 --fail-on holds.
    """
    from costdna.errors import UsageError
    from costdna_companion.cli import _sharing
    from costdna_companion.cli._output import console, rounded, rows

    steps = {
        "may": ("may go over", "will go over", "over"),
        "will": ("will go over", "over"),
        "over": ("over",),
        "": (),
    }
    if fail_on not in steps:
        raise UsageError(
            "The --fail-on condition is not understood.",
            found=fail_on,
            next_step="Write may, will or over.",
            code="fail-on",
        )
    if budget is None and not aws:
        raise UsageError(
            "There are no budgets.", next_step="Give --budgets FILE, or --aws to read AWS Budgets.", code="no-budget"
        )
    fetched, coverage = _aws(profile) if aws else ([], [])
    space = _sharing.prepared(
        paths, metric, currency, tag_key, rules, team_map, quiet, model, sharing, usage, None, budget
    )
    others: list[dict] = []
    if aws:
        from costdna_companion.collect.budgets import tabulate

        fitting, others = tabulate(fetched, space.last_month(), space.report.currency)
        space.budgets += tuple(fitting)
    found = {
        **(space.list_budgets() if space.budgets else {"budgets": []}),
        **({"not_compared": others, "coverage_of_sources": coverage} if aws else {}),
    }
    if not _sharing.said(found, json_ or output == Output.json):
        told = console(quiet)
        for row in coverage:
            told.print(
                f"{row['x_Source']} of {row['SubAccountId']}: {row['x_Status']} ({row['x_Detail']})",
                markup=False,
                highlight=False,
            )
        for other in others:
            told.print(
                f"! {other['origin']}: not held against the bill, {other['reason']}", markup=False, highlight=False
            )
        nothing = "" if output == Output.csv else "–"
        show = lambda v: nothing if v is None or v == "" else rounded(v) if output == Output.table else v
        if output == Output.table:
            for b in found["budgets"]:
                if b["origin"]:
                    print(
                        f"{b['origin']} is an AWS budget for {b['for']} {b['name']}: AWS counts {show(b['aws_spent'])} so far and expects {show(b['aws_forecast'])}{', ' + b['note'] if b['note'] else ''}."
                    )
        rows(
            [
                {
                    "for": b["for"],
                    "name": b["name"],
                    "month": b["month"],
                    "days": f"{b['days_known']} of {b['days']}",
                    "budget": show(b["budget"]),
                    "spent": show(b["spent"]),
                    "forecast": show(b["forecast"]),
                    "low": show(b["low"]),
                    "high": show(b["high"]),
                    "verdict": b["verdict"],
                    **(
                        {
                            "AWS budget": b["origin"] or nothing,
                            "AWS spent": show(b["aws_spent"]),
                            "AWS forecast": show(b["aws_forecast"]),
                            "AWS counts": b["note"] or nothing,
                        }
                        if aws and output != Output.table
                        else {}
                    ),
                }
                for b in found["budgets"]
            ],
            output,
            columns=COLUMNS if aws and output != Output.table else COLUMNS[:10],
        )
    if any(b["verdict"] in steps[fail_on] for b in found["budgets"]):
        raise typer.Exit(3)


def _aws(profile: str) -> tuple[list[dict], list[dict]]:
    """(budgets as AWS gave them, rows of COVERAGE) of the account the credentials are of."""
    from costdna_companion.collect.budgets import fetch
    from costdna_companion.collect.clients import Clients, billing

    clients = Clients(profile)
    account = clients.identity()["Account"]
    raw, row = fetch(clients("budgets", account, billing(clients.partition)), account)
    return raw, [row]


COLUMNS = (
    *("for", "name", "month", "days", "budget", "spent", "forecast", "low", "high", "verdict"),
    *("AWS budget", "AWS spent", "AWS forecast", "AWS counts"),
)
"""The last four with --aws, where there is room."""
