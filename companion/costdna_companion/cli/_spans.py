"""What the verbs about change share: bills and periods on one line, a bill read once, tables of money."""

from pathlib import Path

from costdna.errors import UsageError
from costdna.trends.periods import looks_like


def sorted_out(words: list[str]) -> tuple[list[Path], list[str]]:
    """Bill paths and periods of a command line; a word that is a file is a file.

    >>> sorted_out(["bill.csv", "2026-10", "2026-11"])[1]
    ['2026-10', '2026-11']
    """
    periods = [w for w in words if looks_like(w) and not Path(w).exists()]
    paths = [Path(w) for w in words if w not in periods]
    if not paths:
        raise UsageError(
            "There is no bill to look at.",
            found=" ".join(words),
            next_step="Give bill files or folders, then two periods if you wish.",
            code="no-file",
        )
    if len(periods) not in (0, 2):
        raise UsageError(
            "Two periods make a comparison.",
            found=" ".join(periods),
            next_step="Give two, the earlier first, or none.",
            code="period",
        )
    return paths, periods


def workspace(
    paths: list[Path],
    metric: str,
    currency: str,
    tag_key,
    rules,
    team_map,
    quiet: bool,
    model: bool,
    scan: Path | None = None,
):
    """A workspace whose bill has been read and attributed; scan: working folder of a scan, whose events and inventory
    count.
    """
    from costdna_companion.cli import _inputs, _progress, _scanned
    from costdna_companion.cli._output import console

    if metric not in ("billed", "effective"):
        raise UsageError(
            "The metric is not one we know.",
            found=metric,
            where="--metric",
            next_step="Choose billed or effective.",
            code="metric",
        )
    with _progress.shown(console(quiet)) as progress:
        return _inputs.attributed(
            paths,
            _scanned.take(_inputs.wishes(metric, currency, tag_key, rules, team_map, None), scan, None),
            progress,
            model,
        )[0]


def percent(value, csv: bool = False) -> str:
    """A change in per cent, or – where there is none; for CSV the plain number, or nothing.

    >>> percent(2.94), percent(2.94, csv=True), percent(None, csv=True)
    ('+2.9 %', '2.9', '')
    """
    if csv:  # what begins with a sign and is no number would be led by an apostrophe
        return "" if value is None else f"{value:.1f}"
    return "–" if value is None else f"{value:+.1f} %"


def listed(path: Path):
    """What a CSV, YAML or JSON file lists; of a verb's own JSON its rows."""
    from costdna_companion.cli import _inputs

    content = _inputs.table(path)
    return content["rows"] if isinstance(content, dict) and isinstance(content.get("rows"), list) else content
