"""costdna trends: what the bill costs day by day."""

from typing import Annotated

import typer

from costdna_companion.cli._options import Bills, Currency, Json, Metric, Printed, Quiet, Rules, TagKeys, TeamMap
from costdna_companion.cli._output import Output, answer


def trends(
    paths: Bills,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            "--group-by",
            help="total, team, service, account, region, usage-type, environment, tag:KEY …, or several joined by +.",
        ),
    ] = "service",
    grain: Annotated[str, typer.Option(help="day, week or month.")] = "day",
    top: Annotated[int, typer.Option(min=0, help="How many of the dearest; the rest is one row.")] = 10,
    period: Annotated[str, typer.Option(help="Only this period: 2026-10, 2026-W41, 2026-10-01/2026-10-15.")] = "",
    days: Annotated[int, typer.Option(min=0, help="Only the last so many days that the bill covers; 0 for all.")] = 0,
    forecast: Annotated[
        int, typer.Option(min=0, help="Also estimate so many days ahead, with an interval; off unless asked.")
    ] = 0,
    metric: Metric = "billed",
    currency: Currency = "",
    tag_key: TagKeys = None,
    rules: Rules = None,
    team_map: TeamMap = None,
    model: Annotated[
        bool, typer.Option("--model/--no-model", help="Infer owners with the model, or prove only (teams only).")
    ] = True,
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Cost over time by anything, exactly, with the change to the period before.

    A period that the bill does not cover whole is marked and never compared. Exit codes: 0 done, 1 it could not be
    done, 2 bad usage.
    """
    from costdna.errors import UsageError
    from costdna.trends.periods import day_text
    from costdna_companion.cli import _spans
    from costdna_companion.cli._output import rounded, rows

    space = _spans.workspace(paths, metric, currency, tag_key, rules, team_map, quiet, model and "team" in by)
    if days and not period:
        known = space.facts()[1]
        period = f"{day_text(max(known.first, known.last - days))}/{day_text(known.last)}"
    found = space.list_trends(by, grain, top, period)
    if period and not any(p["known_days"] for p in found["periods"]):
        known = space.facts()[1]
        raise UsageError(
            "The bill covers no day of that period.",
            found=f"{day_text(known.first)} up to {day_text(known.last)} is covered",
            where=period,
            next_step="Choose a period of the bill, or give the bill of that one.",
            code="period",
        )
    if forecast:
        found["forecast"] = space.forecast(forecast, by, top)
    if output == Output.json or json_:
        answer(found)
        return
    table, plain = output == Output.table, output == Output.csv
    lines = [*(found["rows"] if by != "total" else ()), *([found["rest"]] if found["rest"] else []), found["total"]]
    flat = [
        {
            "period": p["name"] + (f" (partial: {p['known_days']} of {p['days']} days)" if p["partial"] else ""),
            by: line["label"] or "(none)",
            "cost": rounded(line["values"][i]) if table else line["values"][i],
            "change": (line["changes"][i] if not table else rounded(line["changes"][i]))
            if line["changes"][i] is not None
            else ""
            if plain
            else "–",
            "percent": _spans.percent(line["percents"][i], plain),
        }
        for i, p in enumerate(found["periods"])
        for line in lines
    ]
    if table:
        print(
            f"{rounded(found['total']['total'])} {found['currency']} {found['metric']} cost per {grain} by {by}; each {grain} ends with its total."
        )
    rows(flat, output)
    if forecast and table:
        ahead = found["forecast"]
        print(
            f"\nEstimate of metered usage from {ahead['from']} up to {ahead['to']}, {ahead['level']:.0%} interval. {ahead['note']}".rstrip()
        )
        rows(
            [
                {
                    by: r["label"] or "(none)",
                    "estimate": rounded(r["estimate"]),
                    "low": rounded(r["low"]),
                    "high": rounded(r["high"]),
                }
                for r in ahead["rows"]
            ],
            output,
        )
