"""A tag plan on disk: reviewable, diffable, and applied only as it was written.

JSON: `schema_version`, `digest` (sha256 over everything else), what it was made from, the rows, and what was passed
over. The digest is no signature: it notices an edit by hand or a cut file.
"""

import hashlib
import json
from pathlib import Path

from costdna.errors import UsageError
from costdna_companion.whole import swap
from costdna_companion.write.single import Row

VERSION = 1


def save(path: Path, plan: dict) -> str:
    """Write a plan whole, readable by its owner alone; returns its digest."""
    content = {"schema_version": VERSION, **plan}
    content["digest"] = digest(content)
    path.parent.mkdir(parents=True, exist_ok=True)
    swap(path, lambda out: out.write(json.dumps(content, ensure_ascii=False, indent=1) + "\n"))
    return content["digest"]


def load(path: Path) -> dict:
    """A plan as saved. Raises UsageError where it is none, is of another version, or was changed since."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        claimed, version = content["digest"], content["schema_version"]
    except OSError as error:
        raise UsageError(
            f"There is no plan {path}.",
            found=error.strerror or "",
            where=str(path),
            next_step="Write one with costdna plan.",
            code="no-plan",
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            "This is not a tag plan.",
            found=str(error)[:100],
            where=str(path),
            next_step="Write one with costdna plan.",
            code="plan",
        ) from error
    if version != VERSION:
        raise UsageError(
            "The plan is of another version.",
            found=str(version),
            where=str(path),
            next_step="Plan again with this version.",
            code="plan",
        )
    if digest(content) != claimed:
        raise UsageError(
            "The plan was changed after it was written.",
            where=str(path),
            next_step="Plan again, with --team, --type or --least to choose what is in it.",
            code="plan",
        )
    return content


def digest(content: dict) -> str:
    """sha256 of everything in a plan but its digest."""
    text = json.dumps(
        {k: v for k, v in content.items() if k != "digest"}, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def rows(plan: dict) -> list[Row]:
    """The plan's tags, in its order. A value that is there may be replaced only where the plan says so."""
    replace = bool(plan.get("replace"))
    return [
        Row(
            r["ResourceId"],
            r["x_Key"],
            r["x_NewValue"],
            r["x_OldValue"] or None,
            replace and bool(r["x_OldValue"]),
            r["BilledCost"],
            r.get("x_Beside", ""),
            _account(r),
        )
        for r in plan["rows"]
    ]


def _account(row: dict) -> str:
    """Whose the resource is, where its ARN does not say."""
    parts = row["ResourceId"].split(":")
    return row.get("SubAccountId", "") if len(parts) > 5 and not parts[4] else ""
