"""docs/attributor.md: the model's card for people, printed from `models/attributor.json` and `models/report_runs.json`."""

from __future__ import annotations

import json
from pathlib import Path

from .log import RUNS_FILE, models, of_model
from .show import cell


def page(folder: Path | None = None) -> str:
    """The page, Markdown. Only what the two files say."""
    folder = folder or models()
    if folder is None:
        return "# The attributor's card\n\nNo model is shipped.\n"
    card = json.loads((folder / "attributor.json").read_text(encoding="utf-8"))
    path = folder / RUNS_FILE
    runs = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    model, training = card["model"], card["training"]
    out = [
        "# The attributor's card", "", "Printed from `models/attributor.json` and `models/report_runs.json` by `make docs`. What the figures mean: [evaluation.md](evaluation.md). What the model is: [model.md](model.md).", "",
        card["what"], "",
        f"`{model['file']}`, version {card['version']}, {model['bytes']:,} bytes, {model['parameters']:,} parameters, opset {model['opset']}, sha256 `{model['sha256']}`. Licence {card['licence']}.", "",
        *_graphs(model),
        f"Trained on {training['accounts']:,} simulated accounts in {training['seconds'] / 60:.0f} minutes ({training.get('hardware', 'hardware not noted')}). Prior: `models/{card['prior']['file']}`, version {card['prior']['version']}.", "",
        "## Where it fails", "", *[f"- {limit}" for limit in card["limits"]], "", "## Measured when it was made", "",
    ]  # fmt: skip
    for name, section in card.get("evaluation", {}).items():
        out += [f"### {name}", "", *_section(section), ""]
    mine = [run for run in runs if of_model(card, run)]
    out += ["## Reported runs of this model", ""]
    out += [line for run in mine for line in _run(run)] or [
        "None yet: the report simulator and the other two thirds of the real labels have not been opened with this model.",
        "",
    ]
    earlier = [run for run in runs if not of_model(card, run)]
    if earlier:
        out += [
            "## Reported runs of earlier models",
            "",
            "| when | model | benchmark |",
            "|---|---|---|",
            *[
                f"| {r['at']} | `{r['model_sha256'][:12]}` | {r['benchmark']} {r.get('third') or r.get('world') or ''} |"
                for r in earlier
            ],
            "",
        ]
    return "\n".join(out)


def _graphs(model: dict) -> list[str]:
    """The graphs these weights were in before: runs logged with their hashes are this model's."""
    before = [
        f"`{entry['sha256'][:12]}` (version {entry['version']}; the same answers within {entry['difference']:.0e}): {entry['why']}"
        for entry in model.get("earlier_graphs", [])
    ]
    return (
        [
            f"The same weights (`{model['weights_sha256'][:12]}`) in a graph written anew; figures measured and runs logged with the graphs before hold. It replaces "
            + "; ".join(before)
            + ".",
            "",
        ]
        if before
        else []
    )


def _run(run: dict) -> list[str]:
    rows = run["rows"]
    keys = [key for key in rows[0] if f"{key}_sd" not in rows[0] and not key.endswith("_sd")] if rows else []
    measured = (
        [key for key in rows[0] if f"{key}_sd" in rows[0] and any(row.get(key) is not None for row in rows)]
        if rows
        else []
    )
    heading = f"### {run['benchmark']} {run.get('third') or run.get('world') or ''}".rstrip()
    about = ", ".join(
        f"{name} {value if not isinstance(value, list) else ' '.join(map(str, value))}"
        for name, value in run.items()
        if name not in ("rows", "model_sha256", "benchmark")
    )
    return [
        heading, "", about, "", "| " + " | ".join([*keys, *measured]) + " |", "|" + "---|" * (len(keys) + len(measured)),
        *["| " + " | ".join([*(str(row[k]) for k in keys), *(cell(row, k) for k in measured)]) + " |" for row in rows], "",
    ]  # fmt: skip


def _section(section) -> list[str]:
    """A dict of figures as one table, a dict of such dicts as a table with a row each."""
    if not isinstance(section, dict):
        return [str(section)]
    if section and all(isinstance(value, dict) and "mean" not in value for value in section.values()):
        columns = list(dict.fromkeys(key for value in section.values() for key in value))
        lines = ["| | " + " | ".join(section) + " |", "|---|" + "---|" * len(section)]
        return lines + [
            f"| {column} | " + " | ".join(_figure(value.get(column)) for value in section.values()) + " |"
            for column in columns
        ]
    return ["| | |", "|---|---|", *[f"| {name} | {_figure(value)} |" for name, value in section.items()]]


def _figure(value) -> str:
    if isinstance(value, dict):
        if "mean" in value:
            if value["mean"] is None:  # could not be measured
                return "–"
            return (
                f"{value['mean']:.3f}"
                + (f" ± {value['sd']:.3f}" if value.get("sd") is not None else "")
                + (f" ({value['wins']} of {value['of']})" if "wins" in value else "")
            )
        return "; ".join(f"{name} {_figure(item)}" for name, item in value.items())
    return "–" if value is None else f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
