"""costdna queue: the next questions, most money settled per answer first."""

from typing import Annotated

import typer

from costdna_companion.cli._options import Aliases, Bills, Currency, Json, Printed, Quiet, Rules, TagKeys, TeamMap
from costdna_companion.cli._output import Output, answer, console, rounded, rows
from costdna_companion.cli._scanned import Scan, Session


def queue(
    paths: Bills,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many questions.")] = 12,
    tag_key: TagKeys = None,
    rules: Rules = None,
    team_map: TeamMap = None,
    aliases: Aliases = None,
    scan: Scan = None,
    session: Session = None,
    currency: Currency = "",
    model: Annotated[
        bool, typer.Option("--model/--no-model", help="Infer owners with the model, or ask on likeness alone.")
    ] = True,
    show_principals: Annotated[
        bool, typer.Option("--show-principals", help="Name people and principals; by default they are hashed.")
    ] = False,
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say which resources to ask a person about, which team names to offer, and what money each answer would settle.

    Works without a single tag. Exit codes: 0 done, 2 bad usage or unreadable input.
    """
    from costdna.export.principals import unnamed
    from costdna_companion.cli import _inputs, _progress, _scanned

    with _progress.shown(console(quiet)) as progress:
        space, _ = _inputs.attributed(
            paths,
            _scanned.take(_inputs.wishes("billed", currency, tag_key, rules, team_map, aliases), scan, session),
            progress,
            model,
        )
    asked = space.list_questions(limit)
    asked = asked if show_principals else unnamed(asked)
    if output == Output.json or json_:
        answer({"currency": space.report.currency, "questions": asked})
        return
    show = rounded if output == Output.table else str
    flat = [
        {
            "rank": q["rank"],
            "resource": q["name"] or q["resource"],
            "service": q["service"],
            "offered teams": ", ".join(
                f"{name} (proposed)" if name in q["proposed_teams"] else name for name in q["offered_teams"]
            ),
            "resources": q["resources"],
            "settles": show(q["settles"]),
            "so far": show(q["settled_so_far"]),
            "why": q["why_asked"],
        }
        for q in asked
    ]
    # the reason is a sentence: csv, markdown and JSON have room for it
    rows(flat, output, columns=COLUMNS[:-1] if output == Output.table else COLUMNS)
    if output == Output.table and not asked:
        print("Nothing is left to ask.")
    elif output == Output.table:
        print(
            f"\n{len(asked)} answers would settle about {rounded(asked[-1]['settled_so_far'])} {space.report.currency}."
        )


COLUMNS = ("rank", "resource", "service", "offered teams", "resources", "settles", "so far", "why")
