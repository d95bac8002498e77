"""costdna fetch: the newest run of each month of a bill that AWS delivers to S3."""

from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError
from costdna_companion.cli._options import Printed, Profile, Quiet
from costdna_companion.cli._output import Output, console, rows


def fetch(
    address: Annotated[
        str,
        typer.Argument(
            help="Where the report or export is delivered: s3://bucket/prefix, https://ACCOUNT.blob.core.windows.net/container/folder, or gs://bucket/prefix."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the bills: one folder a report and month.")] = Path(
        "costdna-bills"
    ),
    month: Annotated[list[str] | None, typer.Option(help="Only this month, YYYY-MM; repeat for several.")] = None,
    region: Annotated[str, typer.Option(help="The bucket's Region.")] = "us-east-1",
    profile: Profile = "",
    output: Printed = Output.table,
    quiet: Quiet = False,
) -> None:
    """Fetch CUR, CUR 2.0 and FOCUS exports from S3 by their manifests: exactly one run a month, and only what changed.

    A month that closed more than two weeks ago is looked at once more, then left alone. The folder can be given to
    every verb that reads a bill. Azure and Google Cloud are untested on a live account. Exit codes: 0 done, 1 S3
    refused, 2 bad usage, 4 a month's run is unfinished or was not fetched.
    """
    import datetime as dt
    import re

    from costdna_companion.cli import _progress
    from costdna_companion.collect.bill import sync
    from costdna_companion.collect.bucket import parse
    from costdna_companion.collect.clients import Clients
    from costdna_companion.collect.inventory.tabulate import partition

    if address.startswith(("https://", "gs://")):
        rows(_elsewhere(address, out), output, columns=("file", "bytes"))
        return
    parse(address)
    wrong = [m for m in month or [] if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", m)]
    if wrong:
        raise UsageError(
            "The month is not one.", found=wrong[0], where="--month", next_step="Write it as 2026-09.", code="month"
        )
    clients, told = Clients(profile, partition=partition(region)), console(quiet)
    who = clients.identity()
    told.print(
        f"Acting as {who['Arn']} of account {who['Account']}. S3 bills its requests and transfer as always.",
        markup=False,
        highlight=False,
    )
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _progress.shown(told) as progress:
        found = sync(
            clients("s3", "", region),
            address,
            out,
            dt.datetime.now(dt.UTC),
            set(month or ()),
            lambda done, total, what: progress and progress({"file": what, "total_bytes": total, "bytes": done}),
        )
    rows(found, output, columns=("report", "period", "status", "run", "files", "bytes", "detail"))
    if any(r["status"] in ("unfinished", "stopped") for r in found):
        raise typer.Exit(4)


def _elsewhere(address: str, out: Path) -> list[dict]:
    """Azure's newest runs, or what lies under a bucket's prefix at Google; one row a file."""
    import os
    import re

    from costdna_companion.collect import azure, gcp
    from costdna_companion.collect.rest import Rest

    if address.startswith("gs://"):
        bucket, _, prefix = address.removeprefix("gs://").partition("/")
        files = gcp.fetched(Rest(gcp.bearer(), os.environ.get("COSTDNA_GCP_ENDPOINT", "")), bucket, prefix, out)
    else:
        found = re.fullmatch(r"https://([a-z0-9]{3,24})\.blob\.core\.windows\.net/([a-z0-9$-]{3,63})/?(.*)", address)
        if not found:
            raise UsageError(
                "This is no container of Azure.",
                found=address,
                next_step="Write https://ACCOUNT.blob.core.windows.net/container/folder.",
                code="azure",
            )
        files = azure.fetched(
            Rest(azure.storage_token(), os.environ.get("COSTDNA_AZURE_ENDPOINT", "")), found[1], found[2], found[3], out
        )
    return [{"file": str(path.relative_to(out)), "bytes": path.stat().st_size} for path in files]
