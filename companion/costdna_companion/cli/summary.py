"""costdna summary: a bill in a few lines, for a terminal, a program or a comment on a pull request."""

from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError
from costdna_companion.cli._options import Aliases, Bills, Currency, Metric, Quiet, Rules, TagKeys, TeamMap, WithModel
from costdna_companion.cli._output import Output, answer, console, rounded, rows

MARKER = "<!-- costdna-summary -->"
"""First line of the Markdown: by it a later run finds the comment to update in place."""


def summary(
    paths: Bills,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="JSON of an earlier run (summary or attribute) to compare coverage with."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=100, help="Teams to name; the rest is one line.")] = 10,
    tag_key: TagKeys = None,
    rules: Rules = None,
    team_map: TeamMap = None,
    aliases: Aliases = None,
    metric: Metric = "billed",
    currency: Currency = "",
    output: Annotated[
        Output, typer.Option("--output", "-o", "--format", help="How to print; markdown is a pull request's comment.")
    ] = Output.table,
    fail_on: Annotated[str | None, typer.Option(help="Exit 3 when true, such as 'coverage<80%'.")] = None,
    model: WithModel = True,
    quiet: Quiet = False,
) -> None:
    """Coverage before and after, teams by money, three next actions, how sure.

    Exit codes: 0 done, 1 it could not be done, 2 bad usage or unreadable input, 3 --fail-on holds.
    """
    from costdna.export import Leaving, story
    from costdna_companion.cli import _inputs, _progress
    from costdna_companion.cli.attribute import parse_fail_on

    if metric not in ("billed", "effective"):
        raise UsageError(
            "The metric is not one we know.",
            found=metric,
            where="--metric",
            next_step="Choose billed or effective.",
            code="metric",
        )
    threshold = parse_fail_on(fail_on) if fail_on else None
    was = earlier(against) if against else None
    with _progress.shown(console(quiet)) as progress:
        space, _ = _inputs.attributed(
            paths, _inputs.wishes(metric, currency, tag_key, rules, team_map, aliases), progress, model
        )
    told = facts(Leaving(space.result, space.report, story.figures(space.report)), was, top)
    if output == Output.json:
        answer(told)
    elif output == Output.markdown:
        print(markdown(told))
    elif output == Output.csv:
        rows(told["teams"], output)
    else:
        print(
            f"{told['total']} {told['metric']} cost · {told['period']}\n{told['headline']}{told['change'] and ' ' + told['change']}\n"
        )
        rows([{**team, "cost": rounded(team["cost"])} for team in told["teams"]], output)
        print(
            "\nNext:"
            + "".join(f"\n {n}. {text}" for n, text in enumerate(told["next"], 1))
            + "\n\nHow sure: "
            + told["sure"]
        )
    if threshold is not None and told["coverage"]["after"] < threshold:
        console().print(f"coverage {told['coverage']['after']:.1%} is below {threshold:.0%}", markup=False)
        raise typer.Exit(3)


def earlier(path: Path) -> dict:
    """Coverage of an earlier run's JSON: {before, after}. Raises UsageError."""
    import json

    try:
        found = json.loads(path.read_text(encoding="utf-8"))["coverage"]
        return {"before": float(found["before"]), "after": float(found["after"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} holds no coverage of an earlier run.",
            found=str(error)[:100],
            where="--against",
            next_step="Save one: costdna summary BILL --output json > earlier.json",
            code="against",
        ) from error


def facts(leaving, was: dict | None, top: int) -> dict:
    """What every form of output says. Money of teams as exact texts, in sentences rounded."""
    from costdna.export import certainty, story
    from costdna.export.one_page import actions
    from costdna.ledger import HEADINGS

    report, f = leaving.report, leaving.figures
    owned = [r for r in report.teams.to_dict("records") if r["x_Team"]]
    lines = [(r["x_Team"], r) for r in owned[:top]]
    if rest := owned[top:]:
        lines.append((f"({len(rest)} smaller teams)", {k: sum(int(r[k]) for r in rest) for k in ("cost", *HEADINGS)}))
    lines += [(f"({r['title']})", r) for r in story.unowned(report)]
    coverage = report.coverage[report.metric]
    change = ""
    if was is not None:
        points = round(100 * (coverage["after"] - was["after"]), 1)
        change = (
            f"{points:+.1f} points since the earlier run, which had {f.percent(was['after'])}."
            if points
            else f"No change since the earlier run ({f.percent(was['after'])})."
        )
    return {
        "period": story.period(report),
        "currency": report.currency,
        "metric": report.metric,
        "total": f.money(report.net),
        "net": report.text(report.net),
        "headline": story.coverage(report, f),
        "coverage": coverage,
        "change": change,
        "teams": [
            {
                "team": name,
                "cost": report.text(r["cost"]),
                "share": f.share(r["cost"], report.net),
                "known": certainty.spoken(r, f),
            }
            for name, r in lines
        ],
        "next": actions(report, f),
        "sure": story.gate(report),
    }


def markdown(told: dict) -> str:
    """A pull request's comment. Names of the bill are escaped: they link nowhere and call nobody."""
    from costdna.export.quoting import markdown_text as text

    out = [
        MARKER,
        f"### {text(told['headline'])}",
        "",
        text(
            " · ".join(x for x in (told["total"] + " " + told["metric"] + " cost", told["period"], told["change"]) if x)
        ),
        "",
        f"| Team | Cost, {text(told['currency'])} | Share | How it is known |",
        "|---|---:|---:|---|",
    ]
    out += [f"| {text(r['team'])} | {rounded(r['cost'])} | {r['share']} | {text(r['known'])} |" for r in told["teams"]]
    if told["next"]:
        out += ["", "**Next**", "", *(f"{n}. {text(action)}" for n, action in enumerate(told["next"], 1))]
    return "\n".join([*out, "", f"<sub>{text(told['sure'])}</sub>"])
