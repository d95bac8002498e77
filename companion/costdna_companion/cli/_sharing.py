"""Files that the verbs about cost sharing take: rules, usage, customers, budgets; and the workspace that holds them."""

from pathlib import Path
from typing import Annotated

import typer

from costdna.errors import UsageError

Sharing = Annotated[
    Path | None,
    typer.Option(
        "--sharing", help="Sharing rules (YAML or CSV), as in docs/allocation.md, or a session file that holds them."
    ),
]
Usage = Annotated[
    Path | None, typer.Option("--usage", help="Usage CSV: date, service, customer and a column per driver.")
]
Customers = Annotated[Path | None, typer.Option("--customers", help="Customers CSV: customer, name, mrr, status.")]


def prepared(
    paths: list[Path],
    metric: str,
    currency: str,
    tag_key,
    rules,
    team_map,
    quiet: bool,
    model: bool,
    sharing: Path | None = None,
    usage: Path | None = None,
    customers: Path | None = None,
    budgets: Path | None = None,
):
    """A workspace with the bill attributed and the files read. Raises UsageError naming file and line."""
    from costdna.budgets import parse_budgets
    from costdna_companion.cli import _inputs, _spans

    planned = parse_budgets(_rows(_inputs.table(budgets), budgets), str(budgets)) if budgets else []
    given = read(sharing, usage, customers)
    space = _spans.workspace(paths, metric, currency, tag_key, rules, team_map, quiet, model)
    space.budgets = tuple(planned)
    return give(space, given, customers)


def read(sharing: Path | None, usage: Path | None, customers: Path | None) -> tuple:
    """(rule book or None, DRIVERS or None, rows of the customers file or None): what is wrong with a file is said
    before the bill is read.
    """
    from costdna.sharing import drivers

    return (
        _book(sharing) if sharing else None,
        drivers(listed(usage), str(usage)) if usage else None,
        listed(customers) if customers else None,
    )


def _book(path: Path):
    """The rule book of a rules file, or of a session that was saved on the page."""
    from costdna.session_file import KIND, from_text
    from costdna.sharing import parse_book
    from costdna_companion.cli import _inputs

    content = _inputs.table(path)
    if isinstance(content, dict) and content.get("kind") == KIND:
        return from_text(path.read_text(encoding="utf-8-sig")).book
    return parse_book(content, str(path))


def give(space, given: tuple, customers: Path | None):
    """The workspace with what was read."""
    from costdna.unit import parse_customers

    book, used, records = given
    space.book, space.usage = book or space.book, used
    if records is not None:
        space.customers = parse_customers(records, str(customers), space.report.currency)
    return space


def listed(path: Path) -> list[dict]:
    """The rows of a CSV file."""
    import csv

    if not path.is_file():
        raise UsageError(f"There is no file {path}.", where=str(path), next_step="Check the path.", code="no-file")
    try:
        return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8 text.",
            found=str(error),
            where=str(path),
            next_step="Save it as CSV in UTF-8.",
            code="unreadable",
        ) from error


def _rows(content, path: Path) -> list[dict]:
    content = content.get("budgets", content) if isinstance(content, dict) else content
    if not isinstance(content, list) or not all(isinstance(r, dict) for r in content):
        raise UsageError(
            "The budgets file is not a list of budgets.",
            where=str(path),
            next_step="Write a list: - {team: search, monthly: 1200}",
            code="budget",
        )
    return content


def said(found: dict, json_wanted: bool) -> bool:
    """Print an answer as JSON when wanted; whether it was."""
    if json_wanted:
        from costdna_companion.cli._output import answer

        answer(found)
    return json_wanted
