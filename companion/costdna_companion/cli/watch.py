"""costdna watch: what changed hands since the last look, told to those who asked, and silent where nothing did."""

from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError
from costdna_companion.cli._options import (
    Aliases,
    Currency,
    ExternalId,
    Metric,
    Printed,
    Profile,
    Rules,
    TagKeys,
    TeamMap,
    WithModel,
)
from costdna_companion.cli._output import Output, answer, console
from costdna_companion.cli._scanned import Scan


def watch(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Bill files, folders, a ZIP, or a store (.duckdb); none: compare the newest two runs that --runs holds."
        ),
    ] = None,
    runs: Annotated[Path, typer.Option("--runs", help="Folder of the dated runs; this one is saved there too.")] = Path(
        "costdna-runs"
    ),
    trail: Annotated[
        str | None, typer.Option(help="CloudTrail files as S3 delivers them: a folder, or s3://bucket/prefix.")
    ] = None,
    lookup_days: Annotated[
        int, typer.Option(min=0, max=90, help="Ask CloudTrail's event history for so many days instead.")
    ] = 0,
    collect: Annotated[
        list[str] | None, typer.Option(help="Ask the accounts themselves, as costdna scan does.")
    ] = None,
    accounts: Annotated[Path | None, typer.Option(help="Accounts to ask (YAML or CSV).")] = None,
    region: Annotated[list[str] | None, typer.Option(help="Region to ask; repeat for several, or all.")] = None,
    profile: Profile = "",
    role_name: Annotated[str, typer.Option(help="Role to assume in the bill's other accounts.")] = "",
    external_id: ExternalId = "",
    work_dir: Annotated[Path, typer.Option(help="Where what was read of the trail is kept.")] = Path("costdna-scan"),
    scan: Scan = None,
    tag_key: TagKeys = None,
    rules: Rules = None,
    team_map: TeamMap = None,
    aliases: Aliases = None,
    metric: Metric = "billed",
    currency: Currency = "",
    model: WithModel = True,
    least: Annotated[
        str, typer.Option(help="Tell of changes of this severity and above: major, minor, uncertain.")
    ] = "uncertain",
    fail_on: Annotated[
        str | None,
        typer.Option(help="Exit 3 when there is a change of this severity or above: major, minor, uncertain."),
    ] = None,
    slack: Annotated[
        str | None,
        typer.Option(
            help="Send the digest to Slack: env:NAME or file:PATH that holds the address, or the address itself."
        ),
    ] = None,
    teams: Annotated[str | None, typer.Option(help="Send it to a Teams workflow, named in the same ways.")] = None,
    webhook: Annotated[str | None, typer.Option(help="POST it as JSON, named in the same ways.")] = None,
    quiet_hours: Annotated[
        str | None,
        typer.Option(
            help="Hours of this machine's time in which a digest waits, unless a change in it is major: 20:00-08:00. The first watch after them tells of it."
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Save and send nothing; print exactly the bytes that would be sent, a line for each target.",
        ),
    ] = False,
    show_resources: Annotated[
        bool,
        typer.Option(
            "--show-resources", help="Name resources in the digest; by default it has counts, teams and money."
        ),
    ] = False,
    show_principals: Annotated[
        bool,
        typer.Option(
            "--show-principals",
            help="Save people and principals as written; by default they are hashed. The digest never names them.",
        ),
    ] = False,
    keep: Annotated[int, typer.Option(min=0, help="Delete dated runs but the newest so many; 0 keeps all.")] = 0,
    processes: Annotated[int, typer.Option(min=1, help="Processes that read the trail.")] = 2,
    unit: Annotated[
        str | None,
        typer.Option(help="Print this command as a unit to install yourself: cron, systemd, launchd, task-scheduler."),
    ] = None,
    every: Annotated[str, typer.Option(help="When the unit runs it: hour, day, week.")] = "day",
    at: Annotated[str, typer.Option(help="At which local time, HH:MM.")] = "06:00",
    output: Printed = Output.table,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, and no word where nothing changed.")
    ] = False,
) -> None:
    """Attribute the bill again, keep the run beside the last one, tell what changed hands. Nothing is sent but to a
    target that you name.

    Exit codes: 0 done, also where nothing changed; 1 a digest could not be sent (the next watch tells of it too); 2 bad
    usage or unreadable input; 3 --fail-on holds.
    """
    import datetime as dt
    import os
    import tempfile

    from costdna.drift import SEVERITY
    from costdna_companion.cli import _save
    from costdna_companion.watch import hours, looks, send
    from costdna_companion.watch import runs as kept

    for name, value, choice in (
        ("--least", least, SEVERITY),
        ("--fail-on", fail_on, SEVERITY),
        ("--metric", metric, ("billed", "effective")),
    ):
        if value is not None and value not in choice:
            raise UsageError(
                f"{name} does not know that word.",
                found=value,
                where=name,
                next_step=f"Choose {', '.join(choice)}.",
                code=name.strip("-"),
            )
    hold = quiet_hours is not None and hours.within(quiet_hours, hours.clock())
    if unit is not None:
        print(_unit(context, unit, every, at), end="")
        return
    told, who = console(quiet), send.targets({"slack": slack, "teams": teams, "webhook": webhook}, dict(os.environ))
    before, known = kept.names(runs), kept.told(runs)
    if not paths and not before:
        raise UsageError(
            "There is no run to look at.",
            where=str(runs),
            next_step="Name the bill, or save runs there under names that begin with a date.",
            code="no-run",
        )
    with tempfile.TemporaryDirectory() as scratch:
        if paths:
            asked = {
                "trail": trail,
                "lookup_days": lookup_days,
                "collect": collect,
                "accounts": accounts,
                "region": region,
                "profile": profile,
                "role_name": role_name,
                "external_id": external_id,
                "work_dir": work_dir,
                "processes": processes,
                "show_principals": show_principals,
            }
            space, result, found = _attributed(
                paths, (metric, currency, tag_key, rules, team_map, aliases), asked, scan, model, told
            )
            folder = Path(scratch) / "unsaved" if dry_run else kept.fresh(runs, dt.datetime.now(dt.UTC))
            _save.tables(space, folder, result, show_principals, found)
        else:
            folder = runs / before.pop()
        look = looks.look(runs, folder, before, known, who)
        if dry_run:
            for line in look.bytes_for(who, least, show_resources, hold):
                print(line.decode())
            return
    failed = look.tell(who, least, show_resources, lambda text: told.print(text, markup=False, highlight=False), hold)
    if paths:
        look.trim(keep)
    if look.last:
        _show(look.digest(least, True), output, quiet)
    elif not quiet:
        told.print(f"{folder} is the first run; the next is compared with it.", markup=False, highlight=False)
        if output == Output.json:
            answer({"kind": "costdna-digest", "from": None, "to": folder.name, "changes": 0})
    if failed:
        raise failed
    if fail_on and look.last and any(look.digest(fail_on)["severity"].values()):
        raise typer.Exit(3)


def _attributed(paths, words: tuple, asked: dict, scan: Path | None, model: bool, told) -> tuple:
    """(workspace, report's JSON, further tables) of the bill of now: as costdna scan where events or the accounts are
    asked for, else as costdna attribute.
    """
    from costdna_companion.cli import _inputs, _progress, _scanned
    from costdna_companion.cli.scan import examined

    wanted = _inputs.wishes(*words)
    if scan is not None and (asked["trail"] or asked["lookup_days"] or asked["collect"]):
        raise UsageError(
            "Events come from one place.",
            found="--scan, and a new scan",
            where="--scan",
            next_step="Give --scan FOLDER, or what costdna scan takes.",
            code="trail",
        )
    if asked["trail"] or asked["lookup_days"] or asked["collect"]:
        return examined(paths, wanted, told, model=model, **asked)
    with _progress.shown(told) as progress:
        space, skipped = _inputs.attributed(paths, _scanned.take(wanted, scan, None), progress, model)
    return space, space.report.to_dict() | {"skipped": skipped}, {}


def _show(digest: dict, output: Output, quiet: bool) -> None:
    """Print what changed since the run before; nothing where nothing did and no word is wanted."""
    from costdna_companion.cli._output import rounded, rows
    from costdna_companion.watch.digest import headline, lines

    if quiet and not digest["changes"]:
        return
    if output == Output.json:
        answer(digest)
        return
    if output != Output.table:
        rows(
            [
                {**r, "cost": rounded(r["cost"]) if output == Output.markdown else r["cost"]}
                for r in digest["resources"]
            ],
            output,
            columns=("severity", "kind", "resource", "name", "before", "now", "why", "cost"),
        )
        if digest["more_resources"]:
            console(quiet).print(f"… and {digest['more_resources']:,} more; costdna diff has all.", markup=False)
        return
    print(headline(digest))
    for heading, found in lines(digest).items():
        if digest["changes"]:
            print(f"\n{heading}, {digest['from']} → {digest['to']}")
            print("\n".join(f"  {line}" for line in found))


def _unit(context: typer.Context, kind: str, every: str, at: str) -> str:
    """The command as it was typed, with absolute paths, as a unit. Secrets stay in their files."""
    import re
    import sys

    from costdna_companion.watch import units

    clock = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", at)
    if kind not in units.KINDS or every not in units.EVERY or not clock:
        raise UsageError(
            "There is no such unit.",
            found=f"{kind}, every {every} at {at}",
            where="--unit",
            next_step=f"--unit {'|'.join(units.KINDS)} --every {'|'.join(units.EVERY)} --at HH:MM",
            code="unit",
        )
    command = [str(Path(sys.executable).with_name("costdna.exe" if sys.platform == "win32" else "costdna"))]
    if context.obj and context.obj.get("config"):
        command += ["--config", str(Path(context.obj["config"]).resolve())]
    text = units.unit(kind, [*command, "watch", *typed(context)], str(Path.cwd()), every, int(clock[1]), int(clock[2]))
    console().print(units.INSTALL[kind], markup=False, highlight=False, soft_wrap=True)
    return text


def typed(context: typer.Context) -> list[str]:
    """The words of this command line that a scheduler is to repeat: what was typed, paths absolute, --quiet always.
    Raises UsageError for a secret: an address that is no file:PATH, an external id.
    """
    import click

    options, bill = [], []
    for parameter in context.command.params:
        value = context.params.get(parameter.name)
        if context.get_parameter_source(
            parameter.name
        ) is not click.core.ParameterSource.COMMANDLINE or parameter.name in (
            "unit",
            "every",
            "at",
            "quiet",
            "dry_run",
        ):
            continue
        if parameter.name in ("slack", "teams", "webhook"):
            if not value.startswith("file:"):
                raise UsageError(
                    "A unit holds no address, and starts without your environment.",
                    where=f"--{parameter.name}",
                    next_step=f"Write the address into a file that you alone can read: --{parameter.name} file:PATH",
                    code="address",
                )
            value = f"file:{Path(value[5:]).resolve()}"
        if parameter.name == "external_id":
            raise UsageError(
                "A unit holds no secret.",
                where="--external-id",
                next_step="Write it into costdna.yaml: resources: {external_id: …}",
                code="external-id",
            )
        words = [str(getattr(v, "value", v)) for v in (value if isinstance(value, (list, tuple)) else [value])]
        if isinstance(parameter.type, click.Path) or parameter.name == "trail" and not value.startswith("s3://"):
            words = [str(Path(word).resolve()) for word in words]
        if isinstance(parameter, click.Argument):
            bill += words
        elif isinstance(value, bool):
            options.append(parameter.opts[0] if value else parameter.secondary_opts[0])
        else:
            options += [w for word in words for w in (max(parameter.opts, key=len), word)]
    return [*options, "--quiet", "--", *bill] if bill else [*options, "--quiet"]
