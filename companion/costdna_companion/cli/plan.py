"""costdna plan: which tags to write, as a file to review."""

from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError
from costdna_companion.cli._options import Aliases, Bills, Printed, Quiet, Rules, TagKeys, TeamMap
from costdna_companion.cli._output import Output, answer, console, rounded, rows
from costdna_companion.cli._scanned import Scan, Session


def plan(
    paths: Bills,
    out: Annotated[Path, typer.Option("--out", help="Write the plan there.")] = Path("tag-plan.json"),
    key: Annotated[str, typer.Option("--key", help="Tag key to write.")] = "team",
    least: Annotated[
        float, typer.Option(min=0.5, max=1, help="Probability from which an inferred owner is proposed.")
    ] = 0.9,
    team: Annotated[list[str] | None, typer.Option(help="Only resources of this team; repeat for several.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Allow replacing exactly the values that the bill shows.")
    ] = False,
    provenance: Annotated[
        bool,
        typer.Option(
            "--provenance",
            help="Beside each inferred owner also write costdna:inferred-by, costdna:confidence and costdna:date.",
        ),
    ] = False,
    repository: Annotated[
        list[Path] | None,
        typer.Option(
            "--repository",
            help="Folder with Terraform state: what it manages is left out, since its code must carry the tag (costdna export iac-patch); repeat for several.",
        ),
    ] = None,
    two_person: Annotated[
        bool,
        typer.Option(
            "--two-person", help="Who plans may not apply: keep who plans (hashed, asked of AWS) in the plan."
        ),
    ] = False,
    profile: Annotated[str, typer.Option(help="With --two-person: AWS profile; default: AWS's own chain.")] = "",
    endpoint: Annotated[str, typer.Option(help="Another endpoint for every call, for a try-out.", hidden=True)] = "",
    tag_key: TagKeys = None,
    rules: Rules = None,
    team_map: TeamMap = None,
    aliases: Aliases = None,
    scan: Scan = None,
    session: Session = None,
    output: Printed = Output.table,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 0 when there is nothing to write, 2 when there is.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Propose a tag for every resource whose one owner is known or inferred, and say of each other why not. Nothing is
    written to AWS.

    Exit codes: 0 done, 1 it could not be done, 2 bad usage or unreadable input; with --detailed-exitcode 2 means
    changes.
    """
    import datetime as dt
    from decimal import Decimal

    from costdna.export.iac.state import managed
    from costdna_companion.cli import _inputs, _progress, _scanned
    from costdna_companion.cli.export import texts
    from costdna_companion.write import limits, plan_file, two_people
    from costdna_companion.write.planning import planned

    no = limits.refusal(key, "", {})
    if no:
        raise UsageError(
            "No tag can have this key.", found=key, where="--key", next_step=f"Choose another: {no}.", code="key"
        )
    people = {}
    if two_person:
        from costdna_companion.collect.clients import Clients

        people = {"two_person": two_people.planner(Clients(profile, endpoint=endpoint).identity()["Arn"])}
    with _progress.shown(console(quiet)) as progress:
        space, _ = _inputs.attributed(
            paths,
            _scanned.take(_inputs.wishes("billed", "", tag_key, rules, team_map, aliases), scan, session),
            progress,
        )
    content = (
        planned(
            space.result,
            space.report.currency,
            key,
            least,
            team,
            replace,
            dt.datetime.now(dt.UTC).date() if provenance else None,
            managed(texts(repository or [])),
        )
        | people
    )
    as_rows, left, total = [row for row in content["rows"] if row["x_Key"] == key], content["passed"], content["total"]
    more = len(content["rows"]) - len(as_rows)
    made = plan_file.save(out, content)
    if output == Output.json:
        answer(
            {
                "plan": str(out),
                "digest": made,
                "key": key,
                "rows": len(as_rows),
                "provenance": more,
                "total": total,
                "currency": space.report.currency,
                "passed": len(left),
            }
        )
    else:
        # csv and markdown are the rows alone
        say = (
            print
            if output == Output.table
            else lambda words: console(quiet).print(words, markup=False, highlight=False)
        )
        show = rounded if output == Output.table else str
        say(
            f"{len(as_rows):,} resources would be tagged {key}=…; they cost {rounded(total)} {space.report.currency} in this bill. {len(left):,} owned resources take no tag; the plan says why of each."
        )
        if more:
            say(
                f"{more:,} tags beside them say what inferred the owner, how sure and when; each counts towards the 50 of a resource."
            )
        parts = {
            t: [Decimal(r["BilledCost"]) for r in as_rows if r["x_NewValue"] == t]
            for t in sorted({r["x_NewValue"] for r in as_rows})
        }
        rows(
            [{"team": t, "resources": len(part), "cost": show(str(sum(part)))} for t, part in parts.items()],
            output,
            columns=("team", "resources", "cost"),
        )
        say(
            f"\nWritten to {out}. Nothing was changed in AWS: costdna apply {out} shows what would be, with --write it does it."
        )
        if people:
            say(f"Somebody else applies it: costdna apply {out} --write --approve {made[:8]}")
    if detailed_exitcode and as_rows:
        raise typer.Exit(2)
