"""costdna explain: why a resource has the owner it has, and what would change it."""

from typing import Annotated

import typer

from costdna_companion.cli._options import Aliases, Bills, Currency, Json, Printed, Quiet, Rules, TagKeys, TeamMap
from costdna_companion.cli._output import Output, answer, console, rounded, rows
from costdna_companion.cli._scanned import Scan, Session


def explain(
    resource: Annotated[str, typer.Argument(help="Resource id, or a part of it.")],
    paths: Bills,
    tag_key: TagKeys = None,
    rules: Rules = None,
    team_map: TeamMap = None,
    aliases: Aliases = None,
    scan: Scan = None,
    session: Session = None,
    currency: Currency = "",
    model: Annotated[
        bool, typer.Option("--model/--no-model", help="Infer owners with the model, or with the simple methods alone.")
    ] = True,
    show_principals: Annotated[
        bool, typer.Option("--show-principals", help="Name people and principals; by default they are hashed.")
    ] = False,
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say who owns a resource and why: every group that spoke, tested by taking it away, the runner-up, and the
    smallest fact that would change the answer.

    Exit codes: 0 done, 2 no such resource, bad usage or unreadable input.
    """
    import asyncio

    from costdna.export.principals import unnamed
    from costdna_companion.cli import _inputs, _progress, _scanned

    with _progress.shown(console(quiet)) as progress:
        space, _ = _inputs.attributed(
            paths,
            _scanned.take(_inputs.wishes("billed", currency, tag_key, rules, team_map, aliases), scan, session),
            progress,
            model,
        )
        cards = asyncio.run(space.examine(resource))
    cards = cards if show_principals else unnamed(cards)
    if output == Output.json or json_:
        answer({"resources": cards})
        return
    every = []
    for card in cards:
        marks = [
            {
                **({} if output == Output.table else {"resource": card["resource"]}),
                "group": f"{m['kind']}: {m['group']}",
                "speaks for": m["speaks_for"],
                "evidence": f"{m['weight']:+.2f}",
                "answer without it": f"{m['without']:.1%}",
                "change": f"{-m['drop']:+.1%}",
                "agree": "yes" if m["agrees"] else "no",
            }
            for m in card.get("occlusion", [])
        ]
        if output != Output.table:
            every += marks
            continue
        print(_story(card))
        if marks:
            rows(marks, output)
        print()
    if output != Output.table:  # the rows of all cards in one
        rows(every, output, columns=COLUMNS)


COLUMNS = ("resource", "group", "speaks for", "evidence", "answer without it", "change", "agree")


def _story(card: dict) -> str:
    """The lines above the table."""
    owner = card["team"] or card["verdict"]
    out = [
        f"{card['resource']}  {card['name']}  {rounded(card['billed'])} {card['currency']}",
        f"{owner} ({card['basis'] or 'unknown'}). {card['reason']}",
    ]
    if "likeliest" in card:
        out.append(
            f"Likeliest {card['likeliest']} {card['likeliest_probability']:.1%}, then {card['runner_up']} {card['runner_up_probability']:.1%}; none of these {card['none_of_these']:.1%}."
        )
    if card.get("flip"):
        flip = card["flip"]
        then = (
            f"{flip['team']} with {flip['probability']:.1%}"
            if flip["team"]
            else f"too doubtful to give ({flip['probability']:.1%})"
        )
        out.append(f"If {flip['resource']} were {flip['supposed_team']}, the answer would be {then}.")
    elif "flip" in card:
        out.append("No other owner of one of its four nearest resources would change this.")
    return "\n".join(out)
