"""costdna demo: write the demo bill and the truth about it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write into.")] = Path("costdna-demo"),
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed writes the same company, to the byte.")] = 7,
    scale: Annotated[
        float, typer.Option("--scale", min=0.05, max=20, help="1 is about 1,500 resources and 200,000 rows.")
    ] = 1.0,
    month: Annotated[str, typer.Option("--month", help="Billing period, YYYY-MM.")] = "2026-09",
    forms: Annotated[
        str,
        typer.Option(
            "--formats",
            help="Comma-separated: v1, v1-net, v1-parquet, v1-zip, v1-parts, cur2, cur2-net, cur2-csv, cur2-parts, focus; or all.",
        ),
    ] = "v1,cur2,focus",
    negative_month: Annotated[
        bool, typer.Option("--negative-month", help="Add a credit larger than the whole bill.")
    ] = False,
    collected: Annotated[
        bool,
        typer.Option(
            "--collected",
            help="Add what the company's accounts answer when they are asked, as costdna scan keeps it: scan with --work-dir OUT/scan.",
        ),
    ] = False,
    trail: Annotated[bool, typer.Option("--trail", help="Add the month's CloudTrail files, for costdna scan.")] = False,
) -> None:
    """Write a made-up company's bill with known owners: CUR v1, CUR 2.0 and FOCUS 1.2, and truth.json beside them."""
    from costdna.errors import UsageError
    from costdna_companion.demo.write import FORMATS, write_demo

    wanted = list(FORMATS) if forms.strip() == "all" else [f.strip() for f in forms.split(",") if f.strip()]
    unknown = [f for f in wanted if f not in FORMATS]
    if unknown or not wanted:
        raise UsageError(
            "There is no such format of the demo bill.",
            found=", ".join(unknown) or "nothing",
            next_step=f"Choose from {', '.join(FORMATS)} or all.",
            code="usage",
        )
    written = write_demo(
        out,
        seed=seed,
        scale=scale,
        month=month,
        formats=wanted,
        negative=negative_month,
        trail=trail,
        collected=collected,
    )
    files = [
        (path, size)
        for path, size in written
        if (path.suffix != ".gz" or "AWSLogs" not in path.parts) and path.suffix != ".jsonl"
    ]
    for path, size in files:
        typer.echo(f"{size:>12,} bytes  {path}")
    for asked, name, mark in ((trail, "trail", ".gz"), (collected, "scan", ".jsonl")):
        if asked:
            rest = [size for path, size in written if path.suffix == mark and (path, size) not in files]
            typer.echo(f"{sum(rest):>12,} bytes  {out / name} ({len(rest)} files)")
