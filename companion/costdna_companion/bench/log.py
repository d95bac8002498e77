"""Runs on reported data are written down beside the model: when, which model, on what, what came out.

Appended, never rewritten.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from collections.abc import Callable

RUNS_FILE = "report_runs.json"


def models() -> Path | None:
    """The folder of the shipped model."""
    from costdna_companion.native import shipped

    path = shipped.model()
    return path.parent if path else None


def record(
    what: str, how: dict, rows: list[dict], model: Path | None, say: Callable[[str], None], folder: Path | None = None
) -> None:
    """Append one run to ``report_runs.json`` in the model's folder.

    Where that cannot be written nothing is, which is said.
    """
    folder = folder or models()
    path = model or (folder / "attributor.onnx" if folder else None)
    if folder is None or path is None or not path.is_file():
        say("not logged: there is no model whose card could carry it")
        return
    target = folder / RUNS_FILE
    try:
        runs = json.loads(target.read_text(encoding="utf-8")) if target.is_file() else []
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        runs.append(
            {
                "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                "model_sha256": sha,
                "benchmark": what,
                **how,
                "rows": rows,
            }
        )
        target.write_text(json.dumps(runs, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        _on_the_card(folder / "attributor.json", runs, sha)
    except OSError as error:
        say(f"not logged: {error}")
        return
    say(f"logged in {target}: run {len(runs)}, model {sha[:12]}")


def of_model(card: dict, run: dict) -> bool:
    """Whether a run was made with this card's weights: in this graph or in one the card says it replaces."""
    model = card.get("model", {})
    return run["model_sha256"] in {model.get("sha256"), *(entry["sha256"] for entry in model.get("earlier_graphs", []))}


def _on_the_card(path: Path, runs: list[dict], sha: str) -> None:
    """The model's card lists its own reported runs; the rows stay in ``report_runs.json``."""
    if not path.is_file():
        return
    card = json.loads(path.read_text(encoding="utf-8"))
    if card.get("model", {}).get("sha256") == sha:
        card["report_runs"] = [
            {key: value for key, value in run.items() if key not in ("rows", "methods", "model_sha256")}
            for run in runs
            if of_model(card, run)
        ]
        path.write_text(json.dumps(card, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
