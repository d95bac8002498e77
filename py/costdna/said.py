"""What people hand over about days, as tables.

Words on earlier alerts, a calendar of planned events, a list of deploys. From the rows of a CSV (or a list of JSON
objects).
"""

import pandas as pd

from costdna import schema
from costdna.errors import UsageError

NEEDED = {
    "feedback": ("dimension", "value", "start", "verdict"),
    "planned": ("from", "to", "dimension"),
    "deploys": ("team", "timestamp"),
}
"""{kind: columns that must be there}."""


def feedback(rows: list[dict], where: str = "feedback") -> pd.DataFrame:
    """FEEDBACK of rows dimension, value, start, verdict, and percent and at where they are there.

    Raises UsageError naming what is wrong.
    """
    made = pd.DataFrame(
        [
            {
                "x_Dimension": r["dimension"],
                "x_Value": r["value"],
                "x_Start": _day(r["start"], where),
                "x_Percent": _number(r.get("percent") or "0", where),
                "x_Verdict": r["verdict"].strip().lower(),
                "x_At": _time(r.get("at") or r["start"], where),
            }
            for r in _checked(rows, "feedback", where)
        ],
        columns=schema.FEEDBACK.names(),
    )
    return schema.FEEDBACK.check(
        made.astype({"x_Start": "datetime64[ns]", "x_At": "datetime64[ns]", "x_Percent": "float64"})
    )


def planned(rows: list[dict], where: str = "calendar") -> pd.DataFrame:
    """PLANNED of rows from, to (the day after the last), dimension, and value and reason where they are there.

    dimension `total`: a holiday of the whole bill.
    """
    made = pd.DataFrame(
        [
            {
                "x_ValidFrom": _day(r["from"], where),
                "x_ValidTo": _day(r["to"], where),
                "x_Dimension": r["dimension"] or "total",
                "x_Value": r.get("value") or "",
                "x_Reason": r.get("reason") or "",
            }
            for r in _checked(rows, "planned", where)
        ],
        columns=schema.PLANNED.names(),
    )
    return schema.PLANNED.check(made.astype({"x_ValidFrom": "datetime64[ns]", "x_ValidTo": "datetime64[ns]"}))


def deploys(rows: list[dict], where: str = "deploys") -> pd.DataFrame:
    """EVENTS of rows team and timestamp, and name, repo or commit where they are there."""
    found = [
        (
            _time(r["timestamp"], where),
            r["team"],
            "team",
            " ".join(r[k] for k in ("name", "repo", "commit") if r.get(k)) or "deploy",
            0,
            False,
            "ci",
        )
        for r in _checked(rows, "deploys", where)
    ]
    frame = pd.DataFrame(
        found, columns=["x_At", "x_ActorId", "x_ActorKind", "x_EventName", "x_OwnableId", "x_ReadOnly", "x_Origin"]
    ).astype({"x_At": "datetime64[ns]", "x_OwnableId": "int64", "x_ReadOnly": bool})
    for column in schema.EVENTS.columns:  # what a list of deploys does not say
        if column.name not in frame:
            frame[column.name] = "" if column.kind == "text" else 0
    return schema.EVENTS.check(frame)


def _checked(rows, kind: str, where: str) -> list[dict]:
    needed = NEEDED[kind]
    if not isinstance(rows, list) or not all(
        isinstance(r, dict) and all(r.get(n) is not None for n in needed) for r in rows
    ):
        raise UsageError(
            f"This is no list with {', '.join(needed)}.",
            where=where,
            next_step=f"Write a CSV with the columns {', '.join(needed)}.",
            code="columns",
        )
    # the page's own CSV leads what a spreadsheet would run with an apostrophe
    return [
        {
            k: "" if v is None else str(v)[1:] if str(v)[:2] in ("'=", "'+", "'-", "'@") else str(v)
            for k, v in r.items()
            if isinstance(k, str)
        }
        for r in rows
    ]


def _time(text: str, where: str) -> pd.Timestamp:
    try:
        stamp = pd.Timestamp(text)
        if pd.isna(stamp):
            raise ValueError
    except ValueError as error:
        raise UsageError(
            "That is no time.", found=text, where=where, next_step="Write times as 2026-10-05T14:00:00Z.", code="time"
        ) from error
    return stamp.tz_convert(None) if stamp.tzinfo else stamp


def _day(text: str, where: str) -> pd.Timestamp:
    try:
        return _time(text, where).normalize()
    except UsageError as error:
        raise UsageError(
            "That is no day.", found=text, where=where, next_step="Write days as 2026-10-05.", code="day"
        ) from error


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise UsageError(
            "A per cent is no number.",
            found=text,
            where=where,
            next_step="Leave the column out, or write 12.5.",
            code="percent",
        ) from error
