"""costdna why: what a change of the bill is made of."""

from typing import Annotated

import typer

from costdna_companion.cli._options import Currency, Json, Metric, Printed, Quiet, Rules, TagKeys, TeamMap
from costdna_companion.cli._output import Output, answer


def why(
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
            help="What to name the movers by: service, team, account, region, usage-type, resource, environment, tag:KEY …",
        ),
    ] = "service",
    top: Annotated[int, typer.Option(min=0, help="How many movers.")] = 10,
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
    """Split the difference of two periods into volume, price, mix, commitment, credit, new and gone, to the last unit.

    Exit codes: 0 done, 1 it could not be done, 2 bad usage or nothing to compare.
    """
    from costdna.why.effects import WORDS
    from costdna_companion.cli import _spans
    from costdna_companion.cli._output import rounded, rows

    paths, periods = _spans.sorted_out(bill)
    space = _spans.workspace(paths, metric, currency, tag_key, rules, team_map, quiet, model and "team" in by)
    found = space.why(*(periods or ("", "")), by=by, top=top)
    if output == Output.json or json_:
        answer(found)
        return
    table = output == Output.table
    money = rounded if table else str
    parts = [{"effect": e, "cost": money(v), "what": WORDS[e]} for e, v in found["effects"].items() if v != "0"]
    parts.append(
        {
            "effect": "sum",
            "cost": money(found["change"]),
            "what": f"{money(found['old'])} became {money(found['new'])}; nothing is left over",
        }
    )
    if not table:
        return rows(parts, output)
    print(found["headline"])
    if found["note"]:
        print(f"! {found['note']}")
    print()
    rows(parts, output)
    print()
    movers = [
        {
            by: m["label"] or "(none)",
            "before": rounded(m["old"]),
            "after": rounded(m["new"]),
            "change": rounded(m["change"]),
            "percent": _spans.percent(m["percent"]),
            "mostly": m["main"],
        }
        for m in found["movers"]
        if m["change"] != "0"
    ]
    if found["rest"] and found["rest"]["change"] != "0":
        rest = found["rest"]
        movers.append(
            {
                by: f"(the rest: {rest['labels']})",
                "before": rounded(rest["old"]),
                "after": rounded(rest["new"]),
                "change": rounded(rest["change"]),
                "percent": "",
                "mostly": "",
            }
        )
    rows(movers, output)
    for hidden in found["masked"][:3]:
        ups, downs = (", ".join(f"{m['label']} {rounded(m['change'])}" for m in hidden[k][:2]) for k in ("up", "down"))
        print(
            f"\n{hidden['level']} {hidden['label'] if hidden['level'] != 'total' else ''} looks still ({rounded(hidden['change'])}), but {ups} against {downs}.".replace(
                "  ", " "
            )
        )
