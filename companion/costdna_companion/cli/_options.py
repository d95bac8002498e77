"""Options that many verbs have, said once, so that they are called and explained alike everywhere."""

from pathlib import Path
from typing import Annotated

import typer

from costdna_companion.cli._output import Output

Bills = Annotated[list[Path], typer.Argument(help="Bill files, folders or a ZIP: CUR, CUR 2.0, FOCUS.")]
BillsOrStore = Annotated[list[Path], typer.Argument(help="Bill files, folders, a ZIP, or a store (.duckdb).")]

TagKeys = Annotated[
    list[str] | None, typer.Option("--tag-key", help="Tag key that names the owner; repeat in order of preference.")
]
Rules = Annotated[Path | None, typer.Option(help="Your rules, first match wins (YAML or CSV).")]
TeamMap = Annotated[Path | None, typer.Option(help="Account, product or resource → team (YAML or CSV).")]
Aliases = Annotated[Path | None, typer.Option(help="Other spellings of team names (YAML or CSV key,team).")]
WithModel = Annotated[bool, typer.Option("--model/--no-model", help="Infer owners with the model, or prove only.")]

Metric = Annotated[str, typer.Option(help="billed (the invoice) or effective (amortised).")]
Currency = Annotated[str, typer.Option(help="Which currency, where the bill has several.")]

Profile = Annotated[str, typer.Option(help="AWS profile; default: AWS's own chain.")]
ExternalId = Annotated[str, typer.Option(help="External id that the role asks for.")]

AsRole = Annotated[
    str,
    typer.Option(
        "--as-role",
        help="ARN of the role that writes, assumed for this run alone; other accounts are reached through the role of its name there (or --role-name). costdna roles --write prints it.",
    ),
]

Printed = Annotated[Output, typer.Option("--output", "-o", "--format", help="How to print.")]
Json = Annotated[bool, typer.Option("--json", help="Same as --output json.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
