"""Files a user hands to a verb besides the bill: rules, team maps, aliases; and the run that every verb over a bill
shares.
"""

import asyncio
import csv
from contextlib import contextmanager
from pathlib import Path

from costdna import pipeline
from costdna.errors import BillError, UsageError
from costdna.teams import parse_rules, parse_team_map
from costdna.workspace import Workspace
from costdna_companion.cli._output import console, rounded


def table(path: Path):
    """Content of a YAML, JSON or CSV file, as plain data."""
    import yaml

    if not path.is_file():
        raise UsageError(f"There is no file {path}.", where=str(path), next_step="Check the path.", code="no-file")
    try:
        text = path.read_text(encoding="utf-8-sig")
        return list(csv.DictReader(text.splitlines())) if path.suffix.lower() == ".csv" else yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read.",
            found=str(error).splitlines()[0],
            where=str(path),
            next_step="Write YAML, JSON or CSV in UTF-8.",
            code="unreadable",
        ) from error


def wishes(
    metric: str, currency: str, tag_key: list[str], rules: Path | None, team_map: Path | None, aliases: Path | None
) -> pipeline.Wishes:
    """Command-line options as wishes. Raises UsageError naming file and row."""
    parsed = None
    if rules:
        content = table(rules)
        content = content.get("rules", content) if isinstance(content, dict) else content
        if not isinstance(content, list):
            raise UsageError(
                "The rules file is not a list of rules.",
                where=str(rules),
                next_step="Write a list: - {tag: app=checkout*, team: payments}",
                code="rule",
            )
        if not all(isinstance(row, dict) for row in content):
            raise UsageError(
                "The rules file is not a list of rules.",
                found=str(next(row for row in content if not isinstance(row, dict)))[:60],
                where=str(rules),
                next_step="Write a list: - {tag: app=checkout*, team: payments}",
                code="rule",
            )
        with _named(rules):
            parsed = parse_rules(
                [
                    {
                        k: (v if k != "override" else str(v).lower() in ("1", "true", "yes"))
                        for k, v in row.items()
                        if v not in (None, "")
                    }
                    for row in content
                ]
            )
    return pipeline.Wishes(
        metric=metric,
        currency=currency,
        tag_keys=list(tag_key or []),
        rules=parsed,
        team_map=_map(team_map),
        aliases=_map(aliases),
    )


def _map(path: Path | None) -> dict[str, str]:
    """key → team of a map's file; none without one."""
    if path is None:
        return {}
    content = table(path)
    if isinstance(content, list) and not all(isinstance(row, dict) for row in content):
        content = str(content)  # a list of words is as little a table as a word
    with _named(path):
        return parse_team_map(content)


@contextmanager
def _named(path: Path):
    """What is said of a row names the file too: a verb takes several."""
    try:
        yield
    except UsageError as error:
        error.where = f"{path}, {error.where}" if error.where else str(path)
        raise


def attributed(
    paths: list[Path], wanted: pipeline.Wishes, progress, model: bool = True, quiet: bool = False
) -> tuple[Workspace, list[dict]]:
    """A workspace whose bill has been read and attributed, and what was left out of the drop. quiet: not even a remark
    on stderr.
    """
    readings, skipped = readings_of(paths, progress)
    space = Workspace(readings, wanted, session() if model else None)
    asyncio.run(space.run(lambda step: progress and progress({"step": step})))
    others = space.report.other_currencies
    if others and not quiet:  # on stderr, whatever is printed: money that is left out is said
        console().print(
            f"! Not counted here: {', '.join(f'{rounded(cost)} {currency}' for currency, cost in others.items())}. Currencies are never added; --currency shows another.",
            markup=False,
            highlight=False,
        )
    return space, skipped


def readings_of(paths: list[Path], progress=None) -> tuple[list[dict], list[dict]]:
    """The readings of bill files or of a store, and what was left out of the drop. Raises BillError for a path that is
    not there.
    """
    from costdna_companion import native
    from costdna_companion.store import is_store

    missing = [p for p in paths if not p.exists()]
    if missing:
        raise BillError(
            f"There is no file {missing[0]}.", where=str(missing[0]), next_step="Check the path.", code="no-file"
        )
    return stored(paths) if any(is_store(p) for p in paths) else native.read(paths, progress=progress)


def stored(paths: list[Path]) -> tuple[list[dict], list]:
    """The readings of a store, exactly as they were loaded. COSTDNA_SOURCE says which origin (cur, focus,
    cost-explorer), else the first that is there.
    """
    import os

    from costdna_companion.store import Store

    if len(paths) > 1:
        raise UsageError(
            "A store is read alone: the same month in a file beside it would count twice.",
            found=", ".join(map(str, paths)),
            next_step="Ingest the file, or name only the store.",
            code="store",
        )
    with Store(paths[0], read_only=True) as store:
        return store.readings(os.environ.get("COSTDNA_SOURCE", "")), []


def session():
    """The native model session, or None where the package carries no model (baselines then stand alone).

    COSTDNA_MODEL names another attributor.onnx, its card beside it, as `costdna train BILL` writes them.
    """
    import os

    from costdna_companion.native import shipped
    from costdna_companion.native.session import open_model

    own = os.environ.get("COSTDNA_MODEL", "")
    if own and not Path(own).is_file():
        raise UsageError(
            "There is no model there.",
            found=own,
            where="COSTDNA_MODEL",
            next_step="Name the attributor.onnx that costdna train wrote, or unset it.",
            code="no-model",
        )
    path = Path(own) if own else shipped.model()
    return open_model(path) if path else None
