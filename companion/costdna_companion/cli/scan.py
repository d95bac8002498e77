"""costdna scan: the bill together with who did what, from CloudTrail."""

from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError
from costdna_companion.cli._options import (
    Aliases,
    Bills,
    ExternalId,
    Metric,
    Printed,
    Profile,
    Quiet,
    Rules,
    TagKeys,
    TeamMap,
)
from costdna_companion.cli._output import Output, answer, console


def scan(
    paths: Bills,
    trail: Annotated[
        str | None, typer.Option(help="CloudTrail files as S3 delivers them: a folder, or s3://bucket/prefix.")
    ] = None,
    lookup_days: Annotated[
        int,
        typer.Option(
            min=0,
            max=90,
            help="Ask CloudTrail's event history for so many days instead; no charge, 100 events a second.",
        ),
    ] = 0,
    lake: Annotated[
        str,
        typer.Option(
            help="Ask this CloudTrail Lake event data store (its ARN) for those days instead of the history; AWS charges by the gigabyte scanned."
        ),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a query of --lake is paid for.")] = False,
    collect: Annotated[
        list[str] | None,
        typer.Option(
            help="Ask the accounts themselves: inventory, tags, groups, iam, explorer, config, or all; repeat for several."
        ),
    ] = None,
    azure: Annotated[
        list[str] | None,
        typer.Option(help="Azure subscription to ask, by its id; repeat for several. Untested on a live account."),
    ] = None,
    gcp: Annotated[
        list[str] | None,
        typer.Option(help="Google Cloud project to ask; repeat for several. Untested on a live account."),
    ] = None,
    activity_days: Annotated[
        int, typer.Option(min=0, max=400, help="Days of Azure's and Google Cloud's activity logs.")
    ] = 30,
    flow_logs: Annotated[
        str | None,
        typer.Option(
            help="VPC flow logs as S3 delivers them: a folder, or s3://bucket/prefix; with --collect groups they say who exchanges traffic."
        ),
    ] = None,
    accounts: Annotated[
        Path | None,
        typer.Option(help="Accounts to ask (YAML or CSV): account, role, external_id, through, regions."),
    ] = None,
    region: Annotated[
        list[str] | None, typer.Option(help="Region to ask; repeat for several, or all. Default: those of the bill.")
    ] = None,
    profile: Profile = "",
    role_name: Annotated[str, typer.Option(help="Role to assume in the bill's other accounts.")] = "",
    external_id: ExternalId = "",
    work_dir: Annotated[
        Path, typer.Option(help="Where what was read of the trail is kept, so that a killed run goes on.")
    ] = Path("costdna-scan"),
    tag_key: TagKeys = None,
    rules: Rules = None,
    team_map: TeamMap = None,
    aliases: Aliases = None,
    metric: Metric = "billed",
    processes: Annotated[int, typer.Option(min=1, help="Processes that read the trail.")] = 2,
    output: Printed = Output.table,
    save_dir: Annotated[Path | None, typer.Option(help="Save every table there as CSV, and report.json.")] = None,
    show_principals: Annotated[
        bool,
        typer.Option("--show-principals", help="Save people and principals as written; by default they are hashed."),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Give every cent of a bill a team, with what people did to its resources as evidence.

    Exit codes: 0 done, 1 it could not be done, 2 bad usage or unreadable input.
    """
    from costdna_companion.cli import _found, _inputs, attribute

    if metric not in ("billed", "effective"):
        raise UsageError(
            "The metric is not one we know.",
            found=metric,
            where="--metric",
            next_step="Choose billed or effective.",
            code="metric",
        )
    space, result, found = examined(
        paths,
        _inputs.wishes(metric, "", tag_key, rules, team_map, aliases),
        console(quiet),
        trail=trail,
        lookup_days=lookup_days,
        lake=lake,
        yes=yes,
        collect=collect,
        azure=azure,
        gcp=gcp,
        activity_days=activity_days,
        flow_logs=flow_logs,
        accounts=accounts,
        region=region,
        profile=profile,
        role_name=role_name,
        external_id=external_id,
        work_dir=work_dir,
        processes=processes,
        show_principals=show_principals,
    )
    if save_dir:
        from costdna_companion.cli import _save

        _save.tables(space, save_dir, result, show_principals, found)
    if output == Output.json:
        answer(result)
    else:
        attribute.show(result, output)
        if output == Output.table:
            _found.show(result, result["currency"])


def examined(
    paths: list[Path],
    wanted,
    told,
    *,
    work_dir: Path,
    trail: str | None = None,
    lookup_days: int = 0,
    lake: str = "",
    yes: bool = False,
    collect: list[str] | None = None,
    azure: list[str] | None = None,
    gcp: list[str] | None = None,
    activity_days: int = 30,
    flow_logs: str | None = None,
    accounts: Path | None = None,
    region: list[str] | None = None,
    profile: str = "",
    role_name: str = "",
    external_id: str = "",
    processes: int = 2,
    model: bool = True,
    show_principals: bool = False,
) -> tuple:
    """(workspace, its report's JSON with what was read and found, the tables of what was found) of a bill, collected
    and attributed. wanted: Wishes; told: where progress goes; the rest as the options of `scan`.
    """
    from costdna_companion.cli import _collect, _found, _gather, _inputs, _progress
    from costdna_companion.collect.accounts import parse as accounts_of
    from costdna_companion.collect.trail import wrote
    from costdna_companion.collect.trail.load import load

    if (
        trail is not None
        and lookup_days
        or trail is None
        and not lookup_days
        and not (collect or azure or gcp or _gather.there(work_dir))
    ):
        raise UsageError(
            "A scan needs to know where the events are.",
            found="both" if trail else "neither",
            next_step="Give --trail FOLDER, --trail s3://bucket/prefix, or --lookup-days N; or ask the accounts with --collect.",
            code="trail",
        )
    if lake and not lookup_days:
        raise UsageError(
            "CloudTrail Lake is asked for days.",
            found="--lookup-days 0",
            where="--lake",
            next_step="Say how many with --lookup-days N.",
            code="lake",
        )
    if lake and not yes:
        typer.confirm(
            f"CloudTrail Lake charges $0.005 for each gigabyte that a query scans; {lookup_days} days are {lookup_days} queries. Ask?",
            abort=True,
            err=True,
        )
    work_dir.mkdir(parents=True, exist_ok=True, mode=0o700)  # what is fetched names people
    with _progress.shown(told) as progress:
        entries = accounts_of(_inputs.table(accounts), str(accounts)) if accounts else []
        clients, coverage, loaded = _collect.credentials(profile, role_name, external_id, entries, region), [], None
        if trail or lookup_days:
            folder, coverage = _collect.trail(
                paths, trail, lookup_days, region or [], work_dir, clients, told, progress, accounts=entries, lake=lake
            )
            loaded = load(
                folder,
                work_dir,
                processes,
                lambda done, total, events: progress
                and progress({"file": f"the trail, {events:,} events", "total_bytes": total, "bytes": done}),
            )
            wanted.events = wrote.rows(loaded.path)
        if collect:
            coverage += _gather.gather(collect, clients(), entries, region or [], paths, work_dir, told, progress)
        if azure or gcp:
            coverage += _gather.others(azure or [], gcp or [], activity_days, work_dir, told, progress)
        if flow_logs:
            coverage += _gather.flows(flow_logs, clients, work_dir, told, progress)
        wanted = _gather.take(wanted, work_dir)
        space, skipped = _inputs.attributed(paths, wanted, progress, model)
    result = space.report.to_dict()
    result["skipped"] = skipped
    if loaded:
        seen, matched = len(wanted.events), space.result.events
        told.print(
            f"{loaded.events:,} events in {loaded.files:,} trail files; {seen:,} succeeded and name a resource; {len(matched):,} are about {matched['x_OwnableId'].nunique():,} resources of this bill.",
            markup=False,
            highlight=False,
        )
        result["events"] = {
            "read": loaded.events,
            "duplicates": loaded.duplicates,
            "naming_a_resource": seen,
            "matched": len(matched),
            "resources": int(matched["x_OwnableId"].nunique()),
        }
    if wanted.inventory is not None:
        result["inventory"] = _gather.told(space)
        told.print(
            "{resources:,} resources seen; {in_the_bill:,} of them in this bill; {resources_with_tags_the_bill_lacks:,} with tags that the bill lacks.".format(
                **result["inventory"]
            ),
            markup=False,
            highlight=False,
        )
    result["coverage_of_sources"] = coverage
    said, tables = _found.found(space, show_principals)
    return space, result | said, tables
