"""costdna undo: take back what a run wrote."""

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._options import AsRole, ExternalId, Printed, Profile, Quiet
from costdna_companion.cli._output import Output, answer, console


def undo(
    run: Annotated[str, typer.Argument(help="Id of the run, or the beginning of it.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    profile: Profile = "",
    as_role: AsRole = "",
    role_name: Annotated[str, typer.Option(help="Role to assume in other accounts of the run.")] = "",
    external_id: ExternalId = "",
    endpoint: Annotated[str, typer.Option(help="Another endpoint for every call, for a try-out.", hidden=True)] = "",
    journal_dir: Annotated[Path | None, typer.Option(help="Where the journal of the run is kept.")] = None,
    output: Printed = Output.table,
    quiet: Quiet = False,
) -> None:
    """Give every tag that a run wrote its former value back, or remove it. What somebody changed since is left alone
    and named.

    Exit codes: 0 all as it was, 1 it could not be done, 2 bad usage, 4 some were left as found.
    """

    from costdna_companion.collect.clients import Clients
    from costdna_companion.write import runs
    from costdna_companion.write import undo as undoing
    from costdna_companion.write.cloud import Cloud
    from costdna_companion.write.journal import Journal

    told, path = console(quiet), runs.find(journal_dir or runs.home(), run)
    clients = Clients(profile, role_name or as_role.partition(":role/")[2], external_id, endpoint, acting=as_role)
    who = clients.identity()
    told.print(f"Acting as {who['Arn']} of account {who['Account']}.", markup=False, highlight=False)
    with Journal(path) as journal:
        written = len(journal.of("before"))
        if written and not yes and not typer.confirm(f"Take back up to {written:,} tags of run {path.stem}?", err=True):
            raise typer.Abort()
        undoing.undo(
            Cloud(clients),
            journal,
            lambda line: told.print(
                f"{line['status']:<8} {line['arn']}  {line.get('detail', '')}", markup=False, highlight=False
            ),
        )
        latest = {(line["arn"], line["key"]): line for line in journal.of("undo")}
    counts = {status: sum(line["status"] == status for line in latest.values()) for status in undoing.STATUSES}
    if output == Output.json:
        answer({"run": path.stem, "counts": counts, "outcomes": list(latest.values())})
    else:
        print(" · ".join(f"{count:,} {status}" for status, count in counts.items() if count) or "Nothing to take back.")
    if counts["changed"] or counts["refused"]:
        raise typer.Exit(4)
