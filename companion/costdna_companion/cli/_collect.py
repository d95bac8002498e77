"""Where a scan's events come from: a folder, a bucket, or CloudTrail's own history. Each leaves rows of COVERAGE."""

import datetime as dt
import json
from pathlib import Path

from costdna.errors import UsageError


def credentials(profile: str, role: str, external_id: str, accounts: list = (), regions: list[str] | None = None):
    """Makes the clients when they are first needed: a scan of a folder asks for no credentials. accounts: `Account`s;
    the first Region says the partition.
    """
    made = []

    def clients():
        if not made:
            from costdna_companion.collect.clients import Clients
            from costdna_companion.collect.inventory.tabulate import partition

            made.append(
                Clients(profile, role, external_id, accounts=accounts, partition=partition((regions or ["all"])[0]))
            )
        return made[0]

    return clients


def trail(
    paths: list[Path],
    where: str | None,
    days: int,
    regions: list[str],
    work: Path,
    credentials,
    told,
    progress,
    stop=None,
    accounts: list = (),
    lake: str = "",
) -> tuple[Path, list[dict]]:
    """(folder of trail files, rows of COVERAGE). Says who it acts as, and what it could not see, before it goes on.
    accounts: `Account`s whose history is asked; none for our own. lake: ARN of an event data store that is asked
    instead. stop: asked now and then; without it Ctrl-C ends the asking.
    """
    if where and not where.startswith("s3://"):
        folder = Path(where)
        if not folder.exists():
            raise UsageError(
                f"There is no folder {folder}.",
                where="--trail",
                next_step="Give the folder that holds AWSLogs/…/CloudTrail.",
                code="no-file",
            )
        return folder, [
            {
                "x_Source": "cloudtrail files",
                "SubAccountId": "",
                "RegionId": "",
                "x_Status": "complete",
                "x_Detail": "what the folder holds; what never reached it is not known",
            }
        ]
    clients = credentials()
    who = clients.identity()
    told.print(f"Acting as {who['Arn']} of account {who['Account']}.", markup=False, highlight=False)
    if where:
        from costdna_companion.collect.bucket import sync
        from costdna_companion.collect.clients import HOME
        from costdna_companion.collect.trail.keys import holds_events

        told.print(
            "S3 charges about $0.0004 for 1,000 files read, and the traffic where the bucket is in another Region.",
            markup=False,
            highlight=False,
        )
        folder = work / "fetched"
        fetched = sync(
            clients("s3", "", HOME[clients.partition]),
            where,
            folder,
            holds_events,
            lambda done, total, size: progress and progress({"file": where, "total_bytes": total, "bytes": done}),
        )
        told.print(
            f"{fetched['files']:,} trail files, {fetched['fetched']:,} of them fetched now ({fetched['bytes']:,} bytes).",
            markup=False,
            highlight=False,
        )
        return folder, [
            {
                "x_Source": "cloudtrail bucket",
                "SubAccountId": "",
                "RegionId": "",
                "x_Status": "complete",
                "x_Detail": where,
            }
        ]
    if lake:
        from costdna_companion.collect import lake as store

        region, account, _ = store.parse(lake)
        end, folder = dt.datetime.now(dt.UTC), work / "lake"
        row = store.lake(
            clients("cloudtrail", account, region),
            lake,
            end - dt.timedelta(days=days),
            end,
            folder,
            stop=stop or (lambda: False),
            tell=lambda done, total, scanned: progress
            and progress(
                {"file": f"CloudTrail Lake, {scanned / 1e9:,.2f} GB scanned", "total_bytes": total, "bytes": done}
            ),
        )
        told.print(f"CloudTrail Lake: {row['x_Status']} ({row['x_Detail']})", markup=False, highlight=False)
        return folder, [row]
    return _looked_up(paths, days, regions, work / "lookup", clients, accounts, told, progress, stop)


def _looked_up(
    paths: list[Path], days: int, regions: list[str], folder: Path, clients, accounts: list, told, progress, stop=None
) -> tuple[Path, list[dict]]:
    import signal

    from costdna_companion.collect import registry
    from costdna_companion.collect.lookup import lookup

    end = dt.datetime.now(dt.UTC)
    places, coverage = registry.places(clients, accounts, regions or _regions(paths))
    # IAM, STS, CloudFront and Route 53 write their events in the partition's home alone
    home, stopped = registry.HOME[clients.partition], []
    asked = list(dict.fromkeys([*places, *((account, home) for account, _ in places)]))
    before = None if stop else signal.signal(signal.SIGINT, lambda *_: stopped.append(True))
    try:
        for account, region in asked:
            row = lookup(
                clients("cloudtrail", account, region),
                account,
                region,
                end - dt.timedelta(days=days),
                end,
                folder,
                stop=stop or (lambda: bool(stopped)),
                tell=lambda done, total, events, r=region: progress
                and progress({"file": f"CloudTrail of {r}, {events:,} events", "total_bytes": total, "bytes": done}),
            )
            coverage.append(row)
            if row["x_Status"] != "complete":
                told.print(
                    f"CloudTrail of {account} {region}: {row['x_Status']} ({row['x_Detail']})",
                    markup=False,
                    highlight=False,
                )
    finally:
        if not stop:
            signal.signal(signal.SIGINT, before)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "coverage.json").write_text(json.dumps(coverage, indent=1))
    return folder, coverage


def _regions(paths: list[Path]) -> list[str]:
    """The Regions that the bill's charges name, dearest first."""
    from costdna.read import assemble
    from costdna_companion.cli import _inputs

    charges = assemble(_inputs.readings_of(paths)[0]).charges
    cost = charges["BilledCost"].abs().astype("float64").groupby(charges["RegionId"]).sum().sort_values(ascending=False)
    return [region for region in cost.index if region and region != "global"]
