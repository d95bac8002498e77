"""costdna verify: whether what a run wrote is still there."""

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._options import AsRole, ExternalId, Printed, Profile, Quiet
from costdna_companion.cli._output import Output, answer, console


def verify(
    run: Annotated[str, typer.Argument(help="Id of the run, or the beginning of it.")],
    history: Annotated[
        bool,
        typer.Option(
            "--history",
            help="Also look in CloudTrail for values that the run overwrote unseen; records come up to 15 minutes late.",
        ),
    ] = False,
    profile: Profile = "",
    as_role: AsRole = "",
    role_name: Annotated[str, typer.Option(help="Role to assume in other accounts of the run.")] = "",
    external_id: ExternalId = "",
    endpoint: Annotated[str, typer.Option(help="Another endpoint for every call, for a try-out.", hidden=True)] = "",
    journal_dir: Annotated[Path | None, typer.Option(help="Where the journal of the run is kept.")] = None,
    output: Printed = Output.table,
    quiet: Quiet = False,
) -> None:
    """Read every tag that a run wrote and say whether it is still what was written. Nothing is changed.

    No tag API can compare and set: what somebody wrote in the moment between our last read and our write is
    overwritten, and only CloudTrail knows it. --history names such values.

    Exit codes: 0 all as written, 1 it could not be done, 2 bad usage, 4 some are not, or a value was overwritten.
    """

    from costdna_companion.collect.clients import Clients
    from costdna_companion.write import runs
    from costdna_companion.write import verify as verifying
    from costdna_companion.write.cloud import Cloud
    from costdna_companion.write.journal import Journal

    told, path = console(quiet), runs.find(journal_dir or runs.home(), run)
    clients = Clients(profile, role_name or as_role.partition(":role/")[2], external_id, endpoint, acting=as_role)
    who = clients.identity()
    told.print(f"Acting as {who['Arn']} of account {who['Account']}.", markup=False, highlight=False)
    with Journal(path) as journal:
        found = verifying.verify(
            Cloud(clients),
            journal,
            lambda line: told.print(
                f"{line['status']:<10} {line['arn']}  {line['detail']}", markup=False, highlight=False
            ),
        )
        gone = _overwritten(clients, journal.lines, told) if history else []
    counts = {status: sum(line["status"] == status for line in found) for status in verifying.STATUSES}
    if output == Output.json:
        answer(
            {
                "run": path.stem,
                "counts": counts,
                "outcomes": found,
                **({"overwritten": gone} if history else {}),
            }
        )
    else:
        print(
            " · ".join(f"{count:,} {status}" for status, count in counts.items() if count) or "The run wrote nothing."
        )
        for one in gone:
            print(
                f"overwritten: {one['key']}={one['value']} of {one['arn']}, written at {one['at']} by {one['by']} ({one['event']})"
            )
    if len(found) != counts["kept"] or gone:
        raise typer.Exit(4)


def _overwritten(clients, lines: list[dict], told) -> list[dict]:
    import datetime as dt

    from costdna_companion.write import history
    from costdna_companion.write.cloud import Cloud
    from costdna_companion.write.routes import of_line

    told.print("Asking CloudTrail who else wrote while the run did.")
    ended = max((line["at"] for line in lines if line["kind"] == "outcome"), default="")
    if ended and dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(ended.replace("Z", "+00:00")) < history.LATE:
        told.print("The run ended less than 15 minutes ago: records may still come. Ask again later.")
    records = history.records(clients, lines)
    suspects, whose = (
        {one["arn"] for one in history.lost(lines, records)},
        {line["arn"]: of_line(line) for line in lines if line["kind"] == "before"},
    )
    return history.lost(lines, records, {arn: Cloud(clients).read(whose[arn]) for arn in suspects})
