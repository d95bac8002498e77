"""costdna compare: two periods side by side."""

from typing import Annotated

import typer

from costdna_companion.cli._options import Currency, Json, Metric, Printed, Quiet, Rules, TagKeys, TeamMap
from costdna_companion.cli._output import Output, answer


def compare(
    bill: Annotated[
        list[str],
        typer.Argument(
            help="Bill files, folders or a ZIP, then two periods: 2026-10 2026-11. Without periods: the last two months, else weeks, else days."
        ),
    ],
    by: Annotated[
        str,
        typer.Option(
            "--by",
            "--group-by",
            help="service, team, account, region, usage-type, resource, environment, tag:KEY …, or several joined by +.",
        ),
    ] = "service",
    top: Annotated[int, typer.Option(min=0, help="How many movers; the rest is one row.")] = 20,
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
    """What is dearer, cheaper, new and gone between two periods.

    Exit codes: 0 done, 1 it could not be done, 2 bad usage or nothing to compare.
    """
    from costdna_companion.cli import _spans
    from costdna_companion.cli._output import rounded, rows

    paths, periods = _spans.sorted_out(bill)
    space = _spans.workspace(paths, metric, currency, tag_key, rules, team_map, quiet, model and "team" in by)
    found = space.compare(*(periods or ("", "")), by=by, top=top)
    if output == Output.json or json_:
        answer(found)
        return
    table, plain = output == Output.table, output == Output.csv
    money = rounded if table else str
    lines = [
        {
            by: m["label"] or "(none)",
            "before": money(m["old"]),
            "after": money(m["new"]),
            "change": money(m["change"]),
            "percent": _spans.percent(m["percent"], plain),
            "status": m["status"],
        }
        for m in found["movers"]
    ]
    if found["rest"]:
        lines.append(
            {
                by: f"(the rest: {found['rest']['labels']})",
                "before": money(found["rest"]["old"]),
                "after": money(found["rest"]["new"]),
                "change": money(found["rest"]["change"]),
                "percent": "",
                "status": "",
            }
        )
    lines.append(
        {
            by: "total",
            "before": money(found["old"]),
            "after": money(found["new"]),
            "change": money(found["change"]),
            "percent": _spans.percent(found["percent"], plain),
            "status": "",
        }
    )
    if table:
        a, b = found["periods"]
        print(f"{b['name']} against {a['name']}, {found['metric']} cost in {found['currency']}")
        if found["note"]:
            print(f"! {found['note']}")
    rows(lines, output)
