"""costdna ingest: keep bills in a store on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._options import Json, Printed, Quiet
from costdna_companion.cli._output import Output, answer
from datetime import UTC


def ingest(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Bill files, folders or a ZIP; with --source cost-explorer saved answers (JSON). None: list what is there."
        ),
    ] = None,
    store: Annotated[Path, typer.Option("--store", help="The store; made where there is none.")] = Path(
        "costdna.duckdb"
    ),
    source: Annotated[str, typer.Option("--source", help="cur (bills, FOCUS too) or cost-explorer.")] = "cur",
    add: Annotated[
        bool, typer.Option("--add", help="Further parts of months that are in the store: replace nothing.")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Corrections of months that are in the store, whatever the files are called."),
    ] = False,
    days: Annotated[
        int, typer.Option(help="With --source cost-explorer and no file: ask AWS for so many days, at $0.01 a page.")
    ] = 0,
    profile: Annotated[str, typer.Option(help="AWS profile for billing, for --days.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before Cost Explorer is paid for.")] = False,
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Load bills once each: the same file again changes nothing, a corrected month takes the old one's place. Other
    verbs take the store as their bill.

    CUR, FOCUS and Cost Explorer stand side by side and are never added. Exit codes: 0 done or nothing to do, 1 it could
    not be done, 2 bad usage.
    """

    from costdna.errors import UsageError
    from costdna_companion import native
    from costdna_companion.cli import _progress
    from costdna_companion.cli._output import console, rounded, rows
    from costdna_companion.store import Store

    if source not in ("cur", "cost-explorer"):
        raise UsageError(
            "The source is not one we know.",
            found=source,
            where="--source",
            next_step="Choose cur or cost-explorer.",
            code="source",
        )
    if days and (source != "cost-explorer" or paths):
        raise UsageError(
            "--days asks Cost Explorer, and takes no file.",
            found=f"--days {days}",
            next_step="Say --source cost-explorer without files.",
            code="usage",
        )
    missing = [p for p in paths or () if not p.exists()]
    if missing:
        raise UsageError(
            f"There is no file {missing[0]}.", where=str(missing[0]), next_step="Check the path.", code="no-file"
        )
    result: dict = {"store": str(store)}
    if source == "cost-explorer":
        answers = asked(days, profile, yes) if days else [page for p in paths or () for page in saved(p)]
        with Store(store) as kept:
            result["cost_explorer_rows"] = kept.load_explorer(answers)
            result |= {"sources": kept.sources(), "months": kept.side_by_side()}
    else:
        readings = []
        if paths:
            with _progress.shown(console(quiet)) as progress:
                readings, result["skipped"] = native.read(paths, progress=progress)
        with Store(store) as kept:
            done = kept.load(readings, add, replace)
            result |= {
                "added": done.added,
                "known": done.known,
                "replaced": done.replaced,
                "sources": kept.sources(),
                "months": kept.side_by_side(),
            }
    if json_ or output == Output.json:
        answer(result)
        return
    if output == Output.table:
        for name, word in (("added", "loaded"), ("known", "there already")):
            for one in result.get(name, []):
                print(f"{one}: {word}")
        for old, new in result.get("replaced", {}).items():
            print(f"{old}: replaced by {new}")
        if "cost_explorer_rows" in result:
            print(f"Cost Explorer: {result['cost_explorer_rows']} rows")
    rows(
        [{**m, "cost": rounded(m["cost"]) if output == Output.table else m["cost"]} for m in result["months"]],
        output,
        columns=("month", "origin", "currency", "cost"),
    )


def saved(path: Path) -> list[dict]:
    """The answers in a JSON file: one, or a list of pages."""
    import json

    from costdna.errors import UsageError

    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise UsageError(
            f"{path} is not JSON.",
            found=str(error),
            where=str(path),
            next_step="Save what aws ce get-cost-and-usage prints.",
            code="unreadable",
        ) from error
    return content if isinstance(content, list) else [content]


def asked(days: int, profile: str, yes: bool) -> list[dict]:
    """Cost Explorer's answers for the last `days` whole days, after saying what asking costs."""
    from datetime import datetime, timedelta

    from costdna.errors import UsageError
    from costdna_companion.collect.clients import Clients, billing
    from costdna_companion.store.explorer import fetch

    if not 1 <= days <= 365:
        raise UsageError(
            "Cost Explorer keeps a year by day.",
            found=str(days),
            where="--days",
            next_step="Ask for 1 to 365 days.",
            code="days",
        )
    if not yes:
        typer.confirm(
            f"Cost Explorer charges $0.01 a page; {days} days are usually {1 + days // 30} page(s). Ask?",
            abort=True,
            err=True,
        )
    clients = Clients(profile)
    account, end = clients.identity()["Account"], datetime.now(UTC).date()
    return fetch(clients("ce", account, billing(clients.partition)), str(end - timedelta(days=days)), str(end))
