"""What a scan and a session leave behind, taken up by verbs that come after: the events, the answers."""

from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError
from costdna.pipeline import Wishes

Scan = Annotated[
    Path | None,
    typer.Option("--scan", help="Working folder of a scan: its events and what it collected count as evidence."),
]
Session = Annotated[
    Path | None, typer.Option("--session", help="A saved session.costdna.json: its answers, rules and names hold.")
]


def take(wishes: Wishes, scan: Path | None, session: Path | None) -> Wishes:
    """The wishes with a session's answers, rules and names (rules given beside it win) and a scan's events and
    inventory.
    """
    if session:
        from costdna.session_file import from_text

        if not session.is_file():
            raise UsageError(
                f"There is no file {session}.",
                where=str(session),
                next_step="Save one on the page's Export screen.",
                code="no-file",
            )
        said = from_text(session.read_text(encoding="utf-8")).wishes
        wishes.answers, wishes.rules = said.answers, said.rules if wishes.rules is None else wishes.rules
        wishes.aliases, wishes.team_map = {**said.aliases, **wishes.aliases}, {**said.team_map, **wishes.team_map}
        wishes.tag_keys = wishes.tag_keys or said.tag_keys
    if scan:
        from costdna_companion.cli import _gather
        from costdna_companion.collect.trail import wrote

        found, collected = scan / "events.parquet", (scan / _gather.FOLDER).is_dir()
        if not found.is_file() and not collected:
            raise UsageError(
                "This is not the working folder of a scan.",
                found=f"no events.parquet, no {_gather.FOLDER}",
                where=str(scan),
                next_step="Give what costdna scan had as --work-dir.",
                code="no-scan",
            )
        wishes.events = wrote.rows(found) if found.is_file() else None
        wishes = _gather.take(wishes, scan)
    return wishes
