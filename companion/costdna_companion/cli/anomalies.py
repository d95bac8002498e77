"""costdna anomalies: what is odd on the bill, one alert for one cause."""

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._options import (
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
from costdna_companion.cli._output import Output, answer


def anomalies(
    paths: Bills,
    days: Annotated[int, typer.Option(min=0, help="The last so many days that are wholly known; 0 for all.")] = 14,
    sensitivity: Annotated[str, typer.Option(help="low, medium or high.")] = "medium",
    floor: Annotated[
        float | None,
        typer.Option(min=0, help="Least money a day that is worth telling; by default a thousandth of a typical day."),
    ] = None,
    feedback: Annotated[
        Path | None,
        typer.Option(help="What was said of earlier alerts (CSV: dimension,value,start,percent,verdict,at)."),
    ] = None,
    planned: Annotated[
        Path | None, typer.Option(help="Planned events and holidays (CSV: from,to,dimension,value,reason).")
    ] = None,
    deploys: Annotated[
        Path | None,
        typer.Option(
            help="Deploys (CSV or JSON: team, timestamp, and repo, commit or name): which coincide with dearer hours or days."
        ),
    ] = None,
    method: Annotated[
        str, typer.Option(help="robust, or mad: the older presets (median/MAD on the last day, drift over the window).")
    ] = "robust",
    by: Annotated[
        str, typer.Option("--by", "--group-by", help="With --method mad: service, account, region, or two joined by +.")
    ] = "service",
    drift_threshold: Annotated[
        float, typer.Option(help="With --method mad: drift in per cent over the window.")
    ] = 20.0,
    metric: Metric = "billed",
    currency: Currency = "",
    tag_key: TagKeys = None,
    rules: Rules = None,
    team_map: TeamMap = None,
    model: WithModel = True,
    fail_on: Annotated[
        str | None, typer.Option(help="Exit 3 where an alert is at least this severe: info, warning or critical.")
    ] = None,
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Spikes, drops, steps, slow ramps, what is new and what stopped, each with its money, its likely owner and what it
    is made of.

    Late days are left out and said; fees, taxes and credits never alert. Exit codes: 0 done, 1 it could not be done, 2
    bad usage, 3 --fail-on holds.
    """
    from costdna import said
    from costdna.errors import UsageError
    from costdna_companion.cli import _spans
    from costdna_companion.cli._output import rounded, rows

    severities = ("info", "warning", "critical")
    if fail_on is not None and fail_on not in severities:
        raise UsageError(
            "The --fail-on severity is not one we know.",
            found=fail_on,
            next_step="Choose info, warning or critical.",
            code="fail-on",
        )
    if method not in ("robust", "mad"):
        raise UsageError(
            "The method is not one we know.",
            found=method,
            where="--method",
            next_step="Choose robust or mad.",
            code="method",
        )
    heard, calendar = (
        (said.feedback(_spans.listed(feedback), str(feedback)) if feedback else None),
        (said.planned(_spans.listed(planned), str(planned)) if planned else None),
    )
    events = said.deploys(_spans.listed(deploys), str(deploys)) if deploys else None
    space = _spans.workspace(paths, metric, currency, tag_key, rules, team_map, quiet, model and method == "robust")
    space.feedback, space.planned, space.deploys = heard, calendar, events
    found = (
        space.list_anomalies(days, sensitivity, floor=floor if floor is not None else -1.0)
        if method == "robust"
        else space.mad(days, sensitivity, by, floor if floor is not None else 1.0, drift_threshold)
    )
    if deploys:
        found["deploys"] = space.list_coincidences()
    table = output == Output.table
    if output == Output.json or json_:
        answer(found)
    else:
        if table:
            print(
                f"{len(found['alerts']) + found['more']} alert(s) from {found['from']} up to {found['to']}, {found['metric']} cost in {found['currency']}, sensitivity {sensitivity}"
            )
            if found["note"]:
                print(f"! {found['note']}")
            if found["muted"]:
                print(f"{len(found['muted'])} more are muted: called normal or planned.")
        show = rounded if table else str
        if method == "mad":
            rows(
                [{**a, "actual": show(a["actual"]), "median": show(a["median"])} for a in found["alerts"]],
                output,
                columns=("severity", "kind", by, "score", "actual", "median"),
            )
        elif table:
            for a in found["alerts"]:
                when = f"since {a['start']}, goes on" if a["ongoing"] else f"{a['start']} up to {a['end']}"
                parts = ", ".join(f"{k} {rounded(v)}" for k, v in a["effects"].items())
                print(
                    f"\n{a['severity']}  {a['kind']}  {a['dimension']}: {a['value'] or '(none)'}"
                    + (f" ⇄ {a['counterpart']}" if a["counterpart"] else "")
                )
                print(
                    f"    {rounded(a['impact'])} in {a['days']} day(s) against the same weekdays before ({_spans.percent(a['percent'])} against the expected on its worst day), {when}"
                )
                print(
                    f"    owner: {a['owner'] or 'we cannot tell'} · {parts or 'no day before to compare with'}"
                    + (f" · shows in {len(a['also'])} more totals" if a["also"] else "")
                )
                if a["resources"]:
                    print("    " + ", ".join(f"{r['label']} {rounded(r['change'])}" for r in a["resources"][:3]))
        else:
            rows(
                [
                    {
                        "severity": a["severity"],
                        "kind": a["kind"],
                        "dimension": a["dimension"],
                        "value": a["value"],
                        "counterpart": a["counterpart"],
                        "start": a["start"],
                        "end": a["end"],
                        "ongoing": a["ongoing"],
                        "impact": a["impact"],
                        "days": a["days"],
                        "percent": a["percent"],
                        "owner": a["owner"],
                        "id": a["id"],
                    }
                    for a in found["alerts"]
                ],
                output,
                columns=COLUMNS,
            )
        if table and deploys:
            beside = found["deploys"]
            print(
                f"\nDeploys, by {beside['grid']}: {beside['teams']} teams × {beside['services']} services × {beside['lags']} lags looked at together; what coincides need not cause."
            )
            for c in beside["coincidences"][:8]:
                print(
                    f"    {c['sentence']} Granger p {c['granger_p']:.3f}."
                    + (f" Also fitting: {', '.join(o['team'] for o in c['others'])}." if c["others"] else "")
                )
    worst = max((severities.index(a["severity"]) for a in found["alerts"]), default=-1)
    if fail_on is not None and worst >= severities.index(fail_on):
        raise typer.Exit(3)


COLUMNS = (
    *("severity", "kind", "dimension", "value", "counterpart", "start", "end", "ongoing"),
    *("impact", "days", "percent", "owner", "id"),
)
