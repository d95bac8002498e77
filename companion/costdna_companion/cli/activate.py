"""costdna activate: let the bill show a tag key, from now on or back in time."""

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._options import Printed, Quiet
from costdna_companion.cli._output import Output, answer, console, rows


def activate(
    keys: Annotated[list[str] | None, typer.Argument(help="Tag keys to switch on; none to see what is on.")] = None,
    off: Annotated[bool, typer.Option("--off", help="Switch them off instead; takes back what activate did.")] = False,
    backfill: Annotated[
        str,
        typer.Option(
            help="Also take the status of all keys back to the first of this month (2026-03), at most twelve months; asked for apart."
        ),
    ] = "",
    write: Annotated[bool, typer.Option("--write", help="Do it. Without it nothing is changed.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before switching keys.")] = False,
    yes_backfill: Annotated[bool, typer.Option("--yes-backfill", help="Do not ask before the backfill.")] = False,
    profile: Annotated[str, typer.Option(help="AWS profile of the management account; default: AWS's own chain.")] = "",
    endpoint: Annotated[str, typer.Option(help="Another endpoint for every call, for a try-out.", hidden=True)] = "",
    journal_dir: Annotated[Path | None, typer.Option(help="Where the journal is kept.")] = None,
    output: Printed = Output.table,
    quiet: Quiet = False,
) -> None:
    """Switch tag keys on as cost allocation tags: dry run by default. Management account only.

    It can: show a key in bills from then on. It cannot: name a key that billing has not seen yet (up to a day after the
    first resource carried it), work at once (up to another day), or label the past with tags written today. A backfill
    takes the status of all keys back, so it also removes keys that are off now; AWS takes one in 24 hours.

    Exit codes: 0 done or nothing to do, 1 it could not be done, 2 bad usage, 4 some keys were not switched.
    """
    import datetime as dt

    from costdna.errors import CostDNAError, UsageError
    from costdna_companion.collect.clients import Clients, billing
    from costdna_companion.write import activation, runs
    from costdna_companion.write.journal import Journal

    told, now = console(quiet), dt.datetime.now(dt.UTC)
    first = activation.since(backfill, now.date()) if backfill else None
    if off and not keys:
        raise UsageError(
            "Which keys shall be switched off?", next_step="Name them: costdna activate KEY --off.", code="key"
        )
    clients = Clients(profile, endpoint=endpoint)
    who = clients.identity()
    told.print(f"Acting as {who['Arn']} of account {who['Account']}.", markup=False, highlight=False)
    ce = clients("ce", "", billing(clients.partition))
    known = activation.listed(ce)
    wanted = {
        key: "unknown to billing: no bill has seen it yet"
        if key not in known
        else "already"
        if known[key].active is not off
        else "off"
        if off
        else "on"
        for key in dict.fromkeys(keys or [])
    }
    due = [key for key, would in wanted.items() if would in ("on", "off")]
    effects = activation.effects(known, first, dict.fromkeys(due, not off), now.date()) if first else []
    hindrance = activation.hindrance(ce, now) if first else ""
    made = {
        "written": False,
        "keys": [{"key": key, "would": would} for key, would in wanted.items()]
        if keys
        else [{"key": k.key, "kind": k.kind, "active": k.active, "since": k.since} for k in known.values()],
        "backfill": {"from": first.isoformat(), "effects": effects, "hindrance": hindrance} if first else None,
        "outcomes": [],
        "request": None,
    }
    # csv and markdown are the rows alone: those of the keys
    table = output == Output.table
    say = print if table else lambda words: told.print(words, markup=False, highlight=False)
    if output != Output.json:
        rows(made["keys"], output, "Tag keys", ("key", "would") if keys else ("key", "kind", "active", "since"))
        if first and not table:
            told.print("What the backfill would change: --output json.")
        if first and table:
            print(
                f"\nA backfill from {first} takes the status of all keys back in time. Values appear only for times when the tag was on the resource; a tag written today labels no past day."
            )
            rows(effects or [{"key": "no key", "would": "change", "from": "", "until": ""}], output)
            print(f"It cannot start now: {hindrance}." if hindrance else "", end="\n" if hindrance else "")
    if write and (due or first and not hindrance):
        if (
            due
            and not yes
            and not typer.confirm(
                f"Switch {len(due)} keys {'off' if off else 'on'} for the whole organisation?", err=True
            )
        ):
            raise typer.Abort()
        with Journal((journal_dir or runs.home()) / "activations" / "journal.jsonl") as journal:
            if due:
                journal.add("switch", account=who["Account"], keys=due, on=not off)
                made["outcomes"] = activation.switch(ce, due, not off)
                journal.add("switched", outcomes=made["outcomes"])
            if first and not hindrance and (yes_backfill or _asked(first, effects)):
                journal.add("backfill", account=who["Account"], since=first.isoformat(), effects=effects)
                made["request"] = activation.backfill(ce, first)
                journal.add("backfilling", request=made["request"])
        made["written"] = True
    if output == Output.json:
        answer(made)
    elif made["written"]:
        for one in made["outcomes"] if not table else ():
            say(" ".join(part for part in (one["key"], one["status"], one["code"], one["detail"]) if part))
        if made["outcomes"] and table:
            rows(made["outcomes"], output)
        if due:
            say(f"costdna activate {' '.join(due)} {'' if off else '--off '}--write takes it back.")
        if made["request"]:
            say(f"Backfill asked for at {made['request']['RequestedAt']}: {made['request']['BackfillStatus']}.")
    elif due or first:
        say("Nothing was changed; --write does it.")
    if first and write and hindrance:
        raise CostDNAError(
            "The backfill was not started.", found=hindrance, next_step="Ask again later.", code="backfill"
        )
    if (
        any(o["status"] == "refused" for o in made["outcomes"])
        or write
        and any(would.startswith("unknown") for would in wanted.values())
    ):
        raise typer.Exit(4)


def _asked(first, effects: list[dict]) -> bool:
    counts = {would: sum(row["would"] == would for row in effects) for would in ("add", "remove")}
    return typer.confirm(
        f"Start the backfill from {first}? It adds {counts['add']} keys to past months and removes {counts['remove']}; it cannot be taken back",
        err=True,
    )
