"""What a scan collects beside the events: which accounts and Regions, through which collectors, and what it says of
what it could not see.
"""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from costdna.pipeline import Wishes

FOLDER = "collected"
"""Under a scan's working folder: the raw answers, and coverage.json."""


def gather(
    names: list[str],
    clients,
    accounts: list,
    regions: list[str],
    paths: list[Path],
    work: Path,
    told,
    progress,
    stop: Callable[[], bool] | None = None,
) -> list[dict]:
    """Ask every account and Region; rows of COVERAGE. What is there from an earlier run of the last day is not asked
    again.

    names: collectors, or all. clients: `Clients`. accounts: `Account`s; none for the credentials' own. stop: asked
    between calls; without it Ctrl-C ends the asking and the scan goes on with what there is.
    """
    from costdna_companion.collect import registry

    collectors, stopped = registry.chosen(names), []
    who = clients.identity()
    told.print(f"Acting as {who['Arn']} of account {who['Account']}.", markup=False, highlight=False)
    before = None if stop else signal.signal(signal.SIGINT, lambda *_: stopped.append(True))
    try:
        places, rows = registry.places(clients, accounts, regions or _bills(paths))
        told.print(
            f"{sum(len(c.calls) for c in collectors):,} calls in each of {len(places):,} accounts and Regions; those that AWS charges for by the request come to at most about ${registry.price(collectors, places):.4f}.",
            markup=False,
            highlight=False,
        )
        coverage = rows + registry.collect(
            collectors,
            clients,
            places,
            work / FOLDER,
            stop=stop or (lambda: bool(stopped)),
            tell=lambda done, total, what: progress and progress({"file": what, "total_bytes": total, "bytes": done}),
        )
    finally:
        if not stop:
            signal.signal(signal.SIGINT, before)
    for row in [r for r in coverage if r["x_Status"] != "complete"]:
        told.print(
            f"{row['x_Source']} of {row['SubAccountId']} {row['RegionId']}: {row['x_Status']} ({row['x_Detail']})",
            markup=False,
            highlight=False,
        )
    (work / FOLDER).mkdir(parents=True, exist_ok=True)
    (work / FOLDER / "coverage.json").write_text(json.dumps(coverage, indent=1))
    return coverage


def others(
    azure: list[str], gcp: list[str], days: int, work: Path, told, progress, stop: Callable[[], bool] | None = None
) -> list[dict]:
    """Ask Azure subscriptions and Google Cloud projects for their logs and resources; rows of COVERAGE. Untested on a
    live account, and says so.
    """
    import datetime as dt

    from costdna_companion.collect import azure as of_azure
    from costdna_companion.collect import gcp as of_gcp
    from costdna_companion.collect.rest import Rest

    coverage, now = [], dt.datetime.now(dt.UTC)
    for cloud, give, places, name in (
        (of_azure, of_azure.management_token, azure, "azure"),
        (of_gcp, of_gcp.bearer, gcp, "gcp"),
    ):
        if places:
            told.print(
                f"{name}: tried against a fake only, never on a live account; the calls are not billed.",
                markup=False,
                highlight=False,
            )
            rest = Rest(give(), os.environ.get(f"COSTDNA_{name.upper()}_ENDPOINT", ""))
            for place in places:
                coverage += cloud.fetch(
                    rest,
                    place,
                    days,
                    work / FOLDER / name,
                    now,
                    lambda done, total, what: progress
                    and progress({"file": what, "total_bytes": total, "bytes": done}),
                    stop or (lambda: False),
                )
    for row in [r for r in coverage if r["x_Status"] != "complete"]:
        told.print(
            f"{row['x_Source']} of {row['SubAccountId']}: {row['x_Status']} ({row['x_Detail']})",
            markup=False,
            highlight=False,
        )
    return coverage


def flows(where: str, credentials, work: Path, told, progress) -> list[dict]:
    """Add up VPC flow logs of a folder or a bucket; a row of COVERAGE."""
    from costdna.errors import UsageError
    from costdna_companion.collect import flows as logs

    folder, row = (
        Path(where),
        {"x_Source": "vpc flow logs", "SubAccountId": "", "RegionId": "", "x_Status": "complete", "x_Detail": where},
    )
    if where.startswith("s3://"):
        from costdna_companion.collect.bucket import sync
        from costdna_companion.collect.clients import HOME

        folder = work / "flow-logs"
        clients = credentials()
        sync(
            clients("s3", "", HOME[clients.partition]),
            where,
            folder,
            logs.holds_flows,
            lambda done, total, size: progress and progress({"file": where, "total_bytes": total, "bytes": done}),
        )
    files = sorted(p for p in folder.rglob("*.log.gz") if p.is_file()) if folder.is_dir() else []
    if not files:
        raise UsageError(
            "There are no flow logs here.",
            where=where,
            next_step="Give the folder or prefix that holds AWSLogs/…/vpcflowlogs, in text form.",
            code="no-flows",
        )
    count = logs.keep(
        files,
        work / FOLDER / "flows",
        lambda done: progress and progress({"file": "flow logs", "total_bytes": len(files), "bytes": done}),
    )
    if not any((work / FOLDER / "groups").glob("*/*/ec2.describe_network_interfaces.jsonl")):
        row |= {"x_Status": "partial", "x_Detail": "the interfaces are not known: scan with --collect groups"}
        told.print(f"Flow logs: {row['x_Detail']}.", markup=False, highlight=False)
    told.print(
        f"{len(files):,} flow log files, {count:,} pairs of interface and address.", markup=False, highlight=False
    )
    return [row]


def there(work: Path) -> bool:
    """Whether something was collected into a scan's working folder before."""
    return (work / FOLDER).is_dir()


def take(wishes: Wishes, work: Path) -> Wishes:
    """The wishes with what was collected into a scan's working folder; as they were where nothing was."""
    from costdna_companion.collect import registry

    if (work / FOLDER).is_dir():
        wishes.inventory, wishes.memberships = registry.tables(work / FOLDER)
        more = registry.events(work / FOLDER)
        if more is not None:
            wishes.events = more if wishes.events is None else pd.concat([wishes.events, more], ignore_index=True)
    return wishes


def told(space) -> dict:
    """What the inventory did for this bill: resources seen, found in it, not in it (by kind), tags and groups that it
    added.
    """
    from costdna.inventory import found

    wishes, run = space.wishes, space.result
    hits = found(wishes.inventory, run.ownables, run.charges)
    absent = wishes.inventory[hits == 0]
    tagged = run.ownables["Tags"].str.contains('"inventory"', regex=False)
    return {
        "resources": len(hits),
        "in_the_bill": int((hits != 0).sum()),
        "not_in_the_bill": {str(k): int(n) for k, n in absent["ResourceType"].value_counts().sort_index().items()},
        "resources_with_tags_the_bill_lacks": int(tagged.sum()),
        "memberships": len(wishes.memberships),
    }


def _bills(paths: list[Path]) -> list[str]:
    from costdna_companion.cli._collect import _regions

    return _regions(paths)
