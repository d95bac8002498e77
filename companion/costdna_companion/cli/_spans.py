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
        raise UsageError("There is no bill to look at.", found=" ".join(words), next_step="Give bill files or folders, then two periods if you wish.", code="no-file")
    if len(periods) not in (0, 2):
        raise UsageError("Two periods make a comparison.", found=" ".join(periods), next_step="Give two, the earlier first, or none.", code="period")
    return paths, periods


def workspace(paths: list[Path], metric: str, currency: str, tag_key, rules, team_map, quiet: bool, model: bool):
    """A workspace whose bill has been read and attributed."""
    from costdna_companion.cli import _inputs, _progress
    from costdna_companion.cli._output import console

    if metric not in ("billed", "effective"):
        raise UsageError("The metric is not one we know.", found=metric, where="--metric", next_step="Choose billed or effective.", code="metric")
    with _progress.shown(console(quiet)) as progress:
        return _inputs.attributed(paths, _inputs.wishes(metric, currency, tag_key, rules, team_map, None), progress, model)[0]


def percent(value) -> str:
    """A change in per cent, or – where there is none."""
    return "–" if value is None else f"{value:+.1f} %"


def feedback(path: Path):
    """FEEDBACK of a CSV: dimension, value, start, percent, verdict, at."""
    import pandas as pd

    from costdna import schema

    made = pd.DataFrame([{"x_Dimension": r["dimension"], "x_Value": r["value"], "x_Start": _day(r["start"], path), "x_Percent": float(r.get("percent") or 0), "x_Verdict": r["verdict"].strip().lower(),
                          "x_At": pd.Timestamp(r.get("at") or r["start"]).tz_localize(None)} for r in _records(path, ("dimension", "value", "start", "verdict"))], columns=schema.FEEDBACK.names())
    return schema.FEEDBACK.check(made.astype({"x_Start": "datetime64[ns]", "x_At": "datetime64[ns]", "x_Percent": "float64"}))


def planned(path: Path):
    """PLANNED of a CSV: from, to (the day after the last), dimension, value, reason."""
    import pandas as pd

    from costdna import schema

    made = pd.DataFrame([{"x_ValidFrom": _day(r["from"], path), "x_ValidTo": _day(r["to"], path), "x_Dimension": r["dimension"] or "total", "x_Value": r.get("value") or "", "x_Reason": r.get("reason") or ""}
                         for r in _records(path, ("from", "to", "dimension"))], columns=schema.PLANNED.names())
    return schema.PLANNED.check(made.astype({"x_ValidFrom": "datetime64[ns]", "x_ValidTo": "datetime64[ns]"}))


def deploys(path: Path):
    """EVENTS of a list of deploys: team and timestamp, and repo, commit or name."""
    import pandas as pd

    from costdna import schema

    rows = []
    for r in _records(path, ("team", "timestamp")):
        try:
            stamp = pd.Timestamp(r["timestamp"])
        except ValueError as error:
            raise UsageError("That is no time.", found=r["timestamp"], where=str(path), next_step="Write times as 2026-10-05T14:00:00Z.", code="time") from error
        stamp = stamp.tz_convert(None) if stamp.tzinfo else stamp
        rows.append((stamp, r["team"], "team", " ".join(r[k] for k in ("name", "repo", "commit") if r.get(k)) or "deploy", 0, False, "ci"))
    frame = pd.DataFrame(rows, columns=["x_At", "x_ActorId", "x_ActorKind", "x_EventName", "x_OwnableId", "x_ReadOnly", "x_Origin"]).astype({"x_At": "datetime64[ns]", "x_OwnableId": "int64", "x_ReadOnly": bool})
    for column in schema.EVENTS.columns:  # what a list of deploys does not say
        if column.name not in frame:
            frame[column.name] = "" if column.kind == "text" else 0
    return schema.EVENTS.check(frame)


def _records(path: Path, needed: tuple[str, ...]) -> list[dict]:
    from costdna_companion.cli import _inputs

    content = _inputs.table(path)
    if not isinstance(content, list) or not all(isinstance(r, dict) and all(r.get(n) is not None for n in needed) for r in content):
        raise UsageError(f"{path} is not a list with {', '.join(needed)}.", where=str(path), next_step=f"Write a CSV with the columns {', '.join(needed)}.", code="columns")
    # The page's own CSV leads what a spreadsheet would run with an apostrophe.
    return [{k: "" if v is None else str(v)[1:] if str(v)[:2] in ("'=", "'+", "'-", "'@") else str(v) for k, v in r.items()} for r in content]


def _day(text: str, path: Path):
    import pandas as pd

    try:
        return pd.Timestamp(text).tz_localize(None).normalize()
    except ValueError as error:
        raise UsageError("That is no day.", found=text, where=str(path), next_step="Write days as 2026-10-05.", code="day") from error
