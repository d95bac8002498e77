"""Files a user hands to a verb besides the bill: rules, team maps, aliases; and the run that every verb over a bill shares."""

import asyncio
import csv
from pathlib import Path

from costdna import pipeline
from costdna.errors import BillError, UsageError
from costdna.teams import parse_rules, parse_team_map
from costdna.workspace import Workspace


def table(path: Path):
    """Content of a YAML, JSON or CSV file, as plain data."""
    import yaml

    if not path.is_file():
        raise UsageError(f"There is no file {path}.", where=str(path), next_step="Check the path.", code="no-file")
    try:
        text = path.read_text(encoding="utf-8-sig")
        return list(csv.DictReader(text.splitlines())) if path.suffix.lower() == ".csv" else yaml.safe_load(text)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read.", found=str(error).splitlines()[0], where=str(path), next_step="Write YAML, JSON or CSV in UTF-8.", code="unreadable") from error


def wishes(metric: str, currency: str, tag_key: list[str], rules: Path | None, team_map: Path | None, aliases: Path | None) -> pipeline.Wishes:
    """Command-line options as wishes. Raises UsageError naming file and row."""
    parsed = None
    if rules:
        content = table(rules)
        content = content.get("rules", content) if isinstance(content, dict) else content
        if not isinstance(content, list):
            raise UsageError("The rules file is not a list of rules.", where=str(rules), next_step="Write a list: - {tag: app=checkout*, team: payments}", code="rule")
        parsed = parse_rules([{k: (v if k != "override" else str(v).lower() in ("1", "true", "yes")) for k, v in row.items() if v not in (None, "")} for row in content])
    return pipeline.Wishes(metric=metric, currency=currency, tag_keys=list(tag_key or []), rules=parsed,
                           team_map=parse_team_map(table(team_map)) if team_map else {}, aliases=parse_team_map(table(aliases)) if aliases else {})


def attributed(paths: list[Path], wanted: pipeline.Wishes, progress, model: bool = True) -> tuple[Workspace, list[dict]]:
    """A workspace whose bill has been read and attributed, and what was left out of the drop."""
    from costdna_companion import native
    from costdna_companion.store import is_store

    missing = [p for p in paths if not p.exists()]
    if missing:
        raise BillError(f"There is no file {missing[0]}.", where=str(missing[0]), next_step="Check the path.", code="no-file")
    readings, skipped = stored(paths) if any(is_store(p) for p in paths) else native.read(paths, progress=progress)
    space = Workspace(readings, wanted, session() if model else None)
    asyncio.run(space.run(lambda step: progress and progress({"step": step})))
    return space, skipped


def stored(paths: list[Path]) -> tuple[list[dict], list]:
    """The readings of a store, exactly as they were loaded. COSTDNA_SOURCE says which origin (cur, focus, cost-explorer), else the first that is there."""
    import os

    from costdna_companion.store import Store

    if len(paths) > 1:
        raise UsageError("A store is read alone: the same month in a file beside it would count twice.", found=", ".join(map(str, paths)), next_step="Ingest the file, or name only the store.", code="store")
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
        raise UsageError("There is no model there.", found=own, where="COSTDNA_MODEL", next_step="Name the attributor.onnx that costdna train wrote, or unset it.", code="no-model")
    path = Path(own) if own else shipped.model()
    return open_model(path) if path else None
