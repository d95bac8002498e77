"""costdna export: the result as a file for another tool."""

from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError
from costdna_companion.cli._options import Aliases, Bills, Currency, Metric, Rules, TagKeys, TeamMap, WithModel
from costdna_companion.cli._output import Output, console, rows


def export(
    kind: Annotated[
        str, typer.Argument(help="What to make; `list` shows every kind and what it cannot say for this bill.")
    ],
    paths: Bills,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Write there instead of stdout; focus to a name ending in .parquet is Parquet."
        ),
    ] = None,
    key: Annotated[str, typer.Option("--key", help="Tag key to write or ask for.")] = "team",
    least: Annotated[
        float, typer.Option(min=0.5, max=1, help="Probability from which an inferred owner is written as a tag.")
    ] = 0.9,
    create_bucket: Annotated[
        bool,
        typer.Option(
            "--create-bucket", help="Let the SCP cover CreateBucket too; older clients create buckets without tags."
        ),
    ] = False,
    repository: Annotated[
        list[Path] | None,
        typer.Option(
            "--repository", help="Folder of Terraform code, templates or state, read only; repeat for several."
        ),
    ] = None,
    tags_in: Annotated[
        str,
        typer.Option(
            "--tags-in",
            help="Where a patch puts tags: auto (default_tags where a folder is one team's), resource, ignore (ignore_tags).",
        ),
    ] = "auto",
    tag_key: TagKeys = None,
    rules: Rules = None,
    team_map: TeamMap = None,
    aliases: Aliases = None,
    metric: Metric = "billed",
    currency: Currency = "",
    output: Annotated[Output, typer.Option("--output", "--format", help="How to print the list.")] = Output.table,
    show_principals: Annotated[
        bool,
        typer.Option("--show-principals", help="Write IAM principals as the bill does; by default they are hashed."),
    ] = False,
    model: WithModel = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no remarks.")] = False,
) -> None:
    """Leave with a file: tables, FOCUS, a Cost Category, a tag plan, policies, rules for other tools, a patch for your
    code.

    The file goes to stdout or --out, what it cannot say to stderr. Exit codes: 0 done, 1 this bill has nothing for it,
    2 bad usage or unreadable input.
    """
    from costdna.export import FILES, Choices, Leaving, find, fits, story
    from costdna_companion.cli import _inputs, _progress

    file = find(kind)
    if file is None and kind != "list":
        raise UsageError(
            "There is no such export.",
            found=kind,
            where="KIND",
            next_step=f"Choose list, {', '.join(f.kind for f in FILES)}.",
            code="export-kind",
        )
    if metric not in ("billed", "effective"):
        raise UsageError(
            "The metric is not one we know.",
            found=metric,
            where="--metric",
            next_step="Choose billed or effective.",
            code="metric",
        )
    if tags_in not in ("auto", "resource", "ignore"):
        raise UsageError(
            "There is no such place for tags.",
            found=tags_in,
            where="--tags-in",
            next_step="Choose auto, resource or ignore.",
            code="usage",
        )
    said = console(quiet)
    with _progress.shown(said) as progress:
        space, _ = _inputs.attributed(
            paths, _inputs.wishes(metric, currency, tag_key, rules, team_map, aliases), progress, model, quiet
        )
    report = space.report
    choices = Choices(
        key=key,
        least=least,
        create_bucket=create_bucket,
        repository=texts(repository or []),
        tags_in=tags_in,
        principals=show_principals,
    )
    leaving = Leaving(space.result, report, story.figures(report), choices)
    if file is None:
        told = [
            {
                "kind": r["kind"],
                "left behind": leaving.figures.money(r["units"]) if r["possible"] else "cannot be made",
                "why": "; ".join(r["why"][:3]) or "says everything",
            }
            for r in fits(leaving)
        ]
        rows(told, output)
        return
    text = file.make(leaving)
    for line in file.words(leaving):
        said.print(f"! {line}", markup=False, highlight=False)
    if out is None:
        print(text, end="")
    elif file.kind == "focus" and out.suffix.lower() in (".parquet", ".pq"):
        from costdna_companion.cli._parquet import write_focus

        write_focus(leaving, out)
    else:
        from costdna_companion.whole import swap

        swap(out, lambda handle: handle.write(text))
    if out is not None:
        said.print(f"Written to {out}.", markup=False, highlight=False)


def texts(folders: list[Path]) -> dict[str, str]:
    """path within its folder → text of every .tf, .tfstate, .json, .yaml, .yml and .template file; others are not
    opened.
    """
    out = {}
    for folder in folders:
        if not folder.exists():
            raise UsageError(
                f"There is no folder {folder}.", where="--repository", next_step="Check the path.", code="no-file"
            )
        found = (
            [folder]
            if folder.is_file()
            else sorted(
                p
                for p in folder.rglob("*")
                if p.is_file() and not any(part.startswith(".") for part in p.relative_to(folder).parts)
            )
        )
        for path in found:
            if (
                path.suffix.lower() in (".tf", ".tfstate", ".json", ".yaml", ".yml", ".template")
                and path.stat().st_size <= 64 * 2**20
            ):
                try:
                    out[path.name if folder.is_file() else path.relative_to(folder).as_posix()] = (
                        path.read_bytes().decode("utf-8")
                    )
                except UnicodeDecodeError:
                    continue
    return out
