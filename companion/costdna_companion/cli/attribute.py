"""costdna attribute: who owns the money on a bill."""

import re
from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError
from costdna_companion.cli._options import (
    Aliases,
    Bills,
    Currency,
    Json,
    Metric,
    Printed,
    Quiet,
    Rules,
    TagKeys,
    TeamMap,
    WithModel,
)
from costdna_companion.cli._output import Output, answer, console, rounded, rows


def attribute(
    paths: Bills,
    tag_key: TagKeys = None,
    rules: Rules = None,
    team_map: TeamMap = None,
    aliases: Aliases = None,
    metric: Metric = "billed",
    currency: Currency = "",
    output: Printed = Output.table,
    json_: Json = False,
    save_dir: Annotated[Path | None, typer.Option(help="Save every table there as CSV, and report.json.")] = None,
    show_principals: Annotated[
        bool, typer.Option("--show-principals", help="Save IAM principals as written; by default they are hashed.")
    ] = False,
    fail_on: Annotated[str | None, typer.Option(help="Exit 3 when true, such as 'coverage<80%'.")] = None,
    model: WithModel = True,
    quiet: Quiet = False,
) -> None:
    """Give every cent of a bill a team, or say why it has none.

    Exit codes: 0 done, 1 it could not be done, 2 bad usage or unreadable input, 3 --fail-on holds.
    """
    from costdna_companion.cli import _inputs, _progress

    if metric not in ("billed", "effective"):
        raise UsageError(
            "The metric is not one we know.",
            found=metric,
            where="--metric",
            next_step="Choose billed or effective.",
            code="metric",
        )
    threshold = parse_fail_on(fail_on) if fail_on else None
    with _progress.shown(console(quiet)) as progress:
        space, skipped = _inputs.attributed(
            paths, _inputs.wishes(metric, currency, tag_key, rules, team_map, aliases), progress, model
        )
    result = space.report.to_dict()
    result["skipped"] = skipped
    if save_dir:
        from costdna_companion.cli import _save

        _save.tables(space, save_dir, result, show_principals)
    if output == Output.json or json_:
        answer(result)
    else:
        show(result, output)
    if threshold is not None and result["coverage"]["after"] < threshold:
        console().print(f"coverage {result['coverage']['after']:.1%} is below {threshold:.0%}", markup=False)
        raise typer.Exit(3)


def parse_fail_on(text: str) -> float:
    """The threshold of a --fail-on condition, as a share.

    >>> parse_fail_on("coverage<80%")
    0.8
    """
    match = re.fullmatch(r"\s*coverage\s*<\s*(\d+(?:\.\d+)?)\s*(%?)\s*", text)
    if not match:
        raise UsageError(
            "The --fail-on condition is not understood.", found=text, next_step="Write 'coverage<80%'.", code="fail-on"
        )
    value = float(match.group(1)) / (100 if match.group(2) else 1)
    if not 0 <= value <= 1:
        raise UsageError(
            "Coverage lies between 0 and 100 %.", found=text, next_step="Write 'coverage<80%'.", code="fail-on"
        )
    return value


def show(result: dict, output: Output) -> None:
    """Print a result: the money and what is known of it in words, then a row a team."""
    from decimal import Decimal

    from costdna.names import counted

    book, coverage = result["ledger" if result["metric"] == "billed" else "ledger_effective"], result["coverage"]
    flat = []
    for team in result["teams"]:
        proved = sum(Decimal(team[k]) for k in ("human", "tagged", "ruled", "principal"))
        unknown = sum(Decimal(team[k]) for k in ("abstained", "unallocatable", "ownerless", "vendor"))
        flat.append(
            {
                "team": team["team"] or "(no owner)",
                "cost": team["cost"],
                "share": f"{team['share']:.1%}",
                "proved": str(proved),
                "inferred": team["inferred"],
                "shared": team["shared"],
                "unknown": str(unknown),
                "resources": team["resources"],
            }
        )
    if output == Output.table:
        for row in flat:
            row.update({k: rounded(row[k]) for k in ("cost", "proved", "inferred", "shared", "unknown")})
        source = result["source"]
        print(
            f"{rounded(book['net'])} {result['currency']} {result['metric']} cost · {counted(source['rows'], 'line')} · {source['format']} · {', '.join(source['files'][:3])}"
            + (f" and {len(source['files']) - 3} more" if len(source["files"]) > 3 else "")
        )
        print(
            f"{coverage['after']:.0%} of this bill has an owner, counted before credits and tax; by its own tags alone it was {coverage['before']:.0%}."
        )
        print(
            f"gross {rounded(book['gross'])} + credits {rounded(book['credits'])} = net {rounded(book['net'])}; nothing is left over."
        )
        if result["gate"].get("reason"):
            print(result["gate"]["reason"])
        for finding in result["findings"]:
            print(
                f"! {finding['text']}"
                + (f" ({rounded(finding['amount'])} {result['currency']})" if finding.get("amount") else "")
            )
        print()
    rows(flat, output)
