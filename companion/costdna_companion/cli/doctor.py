"""costdna doctor: what is in this bill, and which answers it cannot give."""

from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError
from costdna_companion.cli._options import Json, Printed, Quiet
from costdna_companion.cli._output import Output, answer, console, rows


def doctor(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Bill files, folders or a ZIP: CUR, CUR 2.0, FOCUS. None: examine the AWS credentials."),
    ] = None,
    region: Annotated[str, typer.Option(help="Without paths: the Region to ask.")] = "us-east-1",
    profile: Annotated[str, typer.Option(help="Without paths: the AWS profile; default AWS's own chain.")] = "",
    output: Printed = Output.table,
    json_: Json = False,
    fail_on: Annotated[
        str | None, typer.Option(help="Exit 3 when there is a finding of this level: warning or note.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Say what a bill holds: format, period, columns that are absent and what that costs, tags, granularity, cost
    basis.

    Every file is looked at, also after one that cannot be read. Without paths: what the AWS credentials may see, what
    each unlocks, and the policy statement that is missing. Exit codes: 0 read, 1 no credentials or a check failed, 2 a
    file is no whole bill, 3 --fail-on holds.
    """
    if not paths:
        _credentials(profile, region, output, json_, fail_on)
        return
    from costdna import doctor as core
    from costdna import schema
    from costdna.read import assemble
    from costdna_companion import native
    from costdna_companion.cli import _inputs, _progress
    from costdna_companion.store import is_store

    if fail_on not in (None, "warning", "note"):
        raise UsageError(
            "--fail-on is not a level we know.", found=str(fail_on), next_step="Choose warning or note.", code="fail-on"
        )
    errors: list = []
    with _progress.shown(console(quiet)) as progress:
        readings, skipped = (
            _inputs.readings_of(paths)
            if any(map(is_store, paths))
            else native.read(paths, progress=progress, errors=errors)
        )
    faults = [e.to_dict() for e in errors]
    if readings:
        bill = assemble(readings)
        found = core.examine(bill.metas, bill.charges, bill.scale, bill.basis, skipped, faults, bill.findings)
    else:
        found = core.examine([], schema.CHARGES.empty(), 0, "gross", skipped, faults)
    records = [
        dict(zip(("file", "check", "level", "finding", "meaning"), row)) for row in found.itertuples(index=False)
    ]
    if output == Output.json or json_:
        answer(
            {
                "findings": records,
                "files": [_public(r["meta"]) for r in readings],
                "skipped": skipped,
                "errors": faults,
            }
        )
    else:
        rows(records, output, columns=("file", "check", "level", "finding", "meaning"))
    if errors:
        raise typer.Exit(2)
    levels = {"warning": ("warning",), "note": ("warning", "note")}.get(fail_on, ())
    if any(r["level"] in levels for r in records):
        raise typer.Exit(3)


def _credentials(profile: str, region: str, output: Output, json_: bool, fail_on: str | None) -> None:
    from costdna_companion.collect.checks import examine
    from costdna_companion.collect.clients import Clients

    found = examine(Clients(profile), region)
    if output == Output.json or json_:
        answer({"region": region, "checks": found})
    else:
        rows(found, output)
    if any(row["level"] == "error" for row in found):
        raise typer.Exit(1)
    if fail_on and any(row["level"] == "warning" for row in found):
        raise typer.Exit(3)


def _public(meta: dict) -> dict:
    """A reading's meta without its dictionaries, which hold the bill's own texts."""
    return {k: v for k, v in meta.items() if k != "dictionaries"}
