"""costdna apply: write the tags of a plan, a few first, each read back."""

from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import CostDNAError
from costdna_companion.cli._options import AsRole, ExternalId, Printed, Profile, Quiet
from costdna_companion.cli._output import Output, answer, console, rounded, rows


def apply(
    plan: Annotated[Path, typer.Argument(help="A plan written by costdna plan.")],
    write: Annotated[bool, typer.Option("--write", help="Write to AWS. Without it nothing is changed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")] = False,
    canary: Annotated[
        int, typer.Option(min=0, help="Write so many first; go on only when all of them were read back.")
    ] = 3,
    at_most: Annotated[int | None, typer.Option("--max", min=1, help="Write no more than so many in this run.")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--type", help="Only resources of this service (s3, ec2, lambda …); repeat for several."),
    ] = None,
    two_person: Annotated[
        bool,
        typer.Option(
            "--two-person", help="Insist that somebody else planned; a plan made with --two-person always does."
        ),
    ] = False,
    approve: Annotated[
        str, typer.Option(help="First digits (8 or more) of the digest of the plan that was read; a dry run shows it.")
    ] = "",
    profile: Profile = "",
    as_role: AsRole = "",
    role_name: Annotated[str, typer.Option(help="Role to assume in other accounts of the plan.")] = "",
    external_id: ExternalId = "",
    endpoint: Annotated[str, typer.Option(help="Another endpoint for every call, for a try-out.", hidden=True)] = "",
    journal_dir: Annotated[Path | None, typer.Option(help="Where the journal of the run is kept.")] = None,
    output: Printed = Output.table,
    quiet: Quiet = False,
) -> None:
    """Write the tags of a plan: dry run by default. A run that was interrupted goes on when called again; undo takes it
    back.

    A tag that is not what the plan saw is left alone. Exit codes: 0 all written (or nothing to do), 1 it could not be
    done, 2 bad usage, 4 some were not written.
    """
    import signal

    from costdna_companion.write import apply as writing
    from costdna_companion.write import plan_file, runs, two_people

    told, content = console(quiet), plan_file.load(plan)
    wanted = [row for row in plan_file.rows(content) if not kind or row.arn.split(":")[2] in kind][:at_most]
    if not write:
        listed = [
            {"resource": row.arn, "tag": row.key, "before": row.old or "", "after": row.new, "cost": row.cost}
            for row in wanted
        ]
        if output == Output.json:
            answer(
                {
                    "dry_run": True,
                    "plan": str(plan),
                    "digest": content["digest"],
                    "key": content["key"],
                    "currency": content["currency"],
                    "rows": listed,
                }
            )
            return
        if output != Output.table:
            rows(listed, output, columns=COLUMNS)
            return
        print(
            f"Dry run: {len(wanted):,} tags {content['key']}=… would be written. Nothing was changed; --write does it."
        )
        print(
            f"Digest of the plan: {content['digest']}"
            + ("; who planned may not apply it." if content.get("two_person") else "")
        )
        rows([{**row, "cost": rounded(row["cost"])} for row in listed[:50]], output, columns=COLUMNS)
        if len(wanted) > 50:
            print(f"… and {len(wanted) - 50:,} more, in {plan}.")
        return
    from costdna_companion.collect.clients import Clients
    from costdna_companion.write.cloud import Cloud

    clients = Clients(profile, role_name or as_role.partition(":role/")[2], external_id, endpoint, acting=as_role)
    who = clients.identity()
    told.print(f"Acting as {who['Arn']} of account {who['Account']}.", markup=False, highlight=False)
    people = two_people.check(content, who["Arn"], approve, two_person, clients.behind)
    if (
        wanted
        and not yes
        and not typer.confirm(
            f"Write {len(wanted):,} tags on resources that cost {rounded(content['total'])} {content['currency']}?",
            err=True,
        )
    ):
        raise typer.Abort()
    run, journal, resumed = runs.begin(
        journal_dir or runs.home(),
        content["digest"],
        key=content["key"],
        account=who["Account"],
        rows=len(wanted),
        **people,
    )
    if resumed and people:
        journal.add("resume", **people)
    told.print(
        f"{'Going on with' if resumed else 'Journal of'} run {run}: {journal.path}", markup=False, highlight=False
    )
    stopped = []
    before = signal.signal(signal.SIGINT, lambda *_: stopped.append(True))
    try:
        with journal:
            tell = lambda line: told.print(
                f"{line['status']:<8} {line['arn']}  {line.get('detail', '')}", markup=False, highlight=False
            )
            writing.carefully(wanted, Cloud(clients, at_once=8), journal, canary, tell, lambda: bool(stopped))
            outcomes = journal.of("outcome")
            if len(outcomes) == len(wanted):
                journal.add("end")
    finally:
        signal.signal(signal.SIGINT, before)
    counts = {status: sum(line["status"] == status for line in outcomes) for status in (*writing.DONE, *writing.PASSED)}
    left = len(wanted) - len(outcomes)
    if output == Output.json:
        answer(
            {
                "run": run,
                "journal": str(journal.path),
                "counts": counts,
                "not_begun": left,
                "outcomes": outcomes,
            }
        )
    else:
        print(
            " · ".join(f"{count:,} {status}" for status, count in counts.items() if count)
            + (f" · {left:,} not begun" if left else "")
            or "Nothing to write."
        )
        print(f"costdna undo {run} takes it back.")
    if left and not stopped:
        raise CostDNAError(
            "The first tags were not all written, so the rest was not begun.",
            where=run,
            next_step="See the outcomes; take those rows out or mend the cause, then apply again: the run goes on.",
            code="canary",
        )
    if left or any(counts[status] for status in writing.PASSED):
        raise typer.Exit(4)


COLUMNS = ("resource", "tag", "before", "after", "cost")
