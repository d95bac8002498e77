"""costdna waste: what is paid for and not used, from the bill's own rows."""

from typing import Annotated

import typer

from costdna_companion.cli._options import BillsOrStore, Currency, Json, Metric, Printed, Quiet, TagKeys, WithModel
from costdna_companion.cli._output import Output
from costdna_companion.cli._scanned import Scan


def waste(
    paths: BillsOrStore,
    utc_offset: Annotated[int, typer.Option(help="How far your clock is ahead of UTC, in hours.")] = 0,
    start: Annotated[int, typer.Option(help="First working hour.")] = 8,
    stop: Annotated[int, typer.Option(help="Hour at which work ends.")] = 20,
    top: Annotated[int, typer.Option(min=0, help="How many rows; 0 for all.")] = 40,
    metric: Metric = "billed",
    currency: Currency = "",
    tag_key: TagKeys = None,
    scan: Scan = None,
    model: WithModel = True,
    output: Printed = Output.table,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Non-production at night and at weekends, idle addresses and gateways, abandoned resources, volumes without
    instances, snapshots; and who owns them.

    A saving is the cost of rows that are on the bill, over the days of the bill. Exit codes: 0 done, 1 it could not be
    done, 2 bad usage.
    """
    from costdna_companion.cli import _sharing, _spans
    from costdna_companion.cli._output import rounded, rows

    space = _spans.workspace(paths, metric, currency, tag_key, None, None, quiet, model, scan)
    found = space.list_waste(utc_offset, start, stop)
    if _sharing.said(found, json_ or output == Output.json):
        return
    show = rounded if output == Output.table else str
    if output == Output.table:
        print(
            f"{show(found['saving'])} {found['currency']} {found['metric']} from {found['from']} to {found['to']} was paid for what was not used."
        )
        for kind in found["kinds"]:
            print(f"  {kind['kind']}: {show(kind['saving'])} over {kind['resources']} resources")
        for note in found["notes"]:
            print(f"! {note}")
        print()
    rows(
        [
            {
                "kind": r["kind"],
                "resource": r["name"] or r["resource"] or r["service"],
                "account": r["account"],
                "owner": r["team"] or f"({r['verdict']})",
                "cost": show(r["cost"]),
                "saving": show(r["saving"]),
                "why": r["why"],
                "needs": r["needs"],
            }
            for r in found["rows"][: top or None]
        ],
        output,
        columns=("kind", "resource", "account", "owner", "cost", "saving", "why", "needs"),
    )
