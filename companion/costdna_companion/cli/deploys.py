"""costdna deploys: when what was deployed, from git or from what CI answered."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError
from costdna_companion.cli._output import Output, rows


class How(str, Enum):
    merges = "merges"
    commits = "commits"
    tags = "tags"


def deploys(
    sources: Annotated[
        list[Path],
        typer.Argument(help="Folders of git repositories; JSON files of GitHub's or GitLab's deployments or runs."),
    ],
    how: Annotated[
        How,
        typer.Option(
            help="What counts as a deploy in a repository: merges into the branch, every commit on it, or tags."
        ),
    ] = How.merges,
    branch: Annotated[str, typer.Option(help="Branch that is deployed.")] = "HEAD",
    team: Annotated[
        str,
        typer.Option(
            help="Whose deploys they are; default: CODEOWNERS' owner of everything, else the repository's name."
        ),
    ] = "",
    since: Annotated[str, typer.Option(help="From this day on, YYYY-MM-DD.")] = "",
    output: Annotated[
        Output,
        typer.Option("--output", "-o", "--format", help="How to print; csv is what costdna anomalies --deploys takes."),
    ] = Output.csv,
) -> None:
    """List deploys with their team, time, repository and commit; nobody's name is in it.

    Exit codes: 0 printed, 1 git cannot be run, 2 bad usage or unreadable input.
    """
    import re

    from costdna_companion.collect.deploys import load, of_ci, of_git

    if since and not re.fullmatch(r"20\d\d-\d\d-\d\d", since):
        raise UsageError(
            "That is no day.", found=since, where="--since", next_step="Write it as 2026-10-01.", code="day"
        )
    found: list[dict] = []
    for source in sources:
        own = (
            of_git(source, how.value, branch, team, since)
            if source.is_dir() or not source.exists()
            else of_ci(load(source), team, str(source))
        )
        found += [row for row in own if row["timestamp"][:10] >= since]
    rows(
        sorted(found, key=lambda r: (r["timestamp"], r["repo"], r["commit"])),
        output,
        columns=("team", "timestamp", "repo", "commit", "name"),
    )
