"""The session file: what a person said about a bill, not the bill.

Answers, rules, aliases, map, wishes, rules of sharing, words on alerts; for a colleague or the companion.

Principals are hashed unless asked for; the sources are named by their sha256, so that another bill is noticed.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna import nested, schema
from costdna.errors import UsageError
from costdna.export.principals import hide
from costdna.pipeline import Wishes
from costdna.sharing import EMPTY, RuleBook, content_of, parse_book

KIND, VERSION = "costdna-session", "1"
MOST_BYTES = 64_000_000


@dataclass(frozen=True)
class Session:
    """What a session file holds.

    sources: {name, sha256} of the files it was said of; feedback: FEEDBACK or None; planned: PLANNED or None; model:
    sha256 of the model that spoke, "" where none did or it was not said.
    """

    wishes: Wishes
    sources: list[dict]
    book: RuleBook = EMPTY
    feedback: pd.DataFrame | None = None
    planned: pd.DataFrame | None = None
    model: str = ""


def to_text(
    wishes: Wishes,
    report,
    metric: str = "",
    show_principals: bool = False,
    book: RuleBook = EMPTY,
    feedback: pd.DataFrame | None = None,
    planned: pd.DataFrame | None = None,
    model: str = "",
) -> str:
    """The file's text.

    report: costdna.report.Report of the bill it is about; book, feedback, planned, model: as of `Session`.
    """
    answers = schema.ANSWERS.empty() if wishes.answers is None else wishes.answers
    facts = (
        report.resources.set_index("x_OwnableId")[["ResourceId", "ResourceName"]]
        .reindex(answers["x_OwnableId"])
        .fillna("")
        .reset_index(drop=True)
    )
    if not show_principals:
        plain, facts = facts, hide(facts)
        facts.loc[facts["ResourceId"] != plain["ResourceId"], "ResourceName"] = ""  # an identity's name is the identity
    told = [
        {"ownable": str(i), "resource": r, "name": n, "team": t, "verdict": v, "at": f"{at:%Y-%m-%dT%H:%M:%S}Z"}
        for i, t, v, at, r, n in zip(
            answers["x_OwnableId"],
            answers["x_Team"],
            answers["x_Verdict"],
            answers["x_At"],
            facts["ResourceId"],
            facts["ResourceName"],
        )
    ]
    rules = (
        []
        if wishes.rules is None
        else [
            {
                "field": r.x_Field,
                "key": r.x_Key,
                "pattern": r.x_Pattern,
                "team": r.x_Team,
                "verdict": r.x_Verdict,
                "override": bool(r.x_Override),
            }
            for r in wishes.rules.itertuples(index=False)
        ]
    )
    sources = [
        {"name": s["x_Name"], "sha256": s["x_SourceId"], "rows": int(s["x_Rows"])}
        for s in report.sources.to_dict("records")
    ]
    content = {
        "kind": KIND,
        "schema_version": VERSION,
        "sources": sources,
        "currency": wishes.currency or report.currency,
        "metric": metric or wishes.metric,
        "tag_keys": wishes.tag_keys,
        "budget": wishes.budget,
        "aliases": wishes.aliases,
        "team_map": wishes.team_map,
        "rules": rules,
        "answers": told,
        "sharing": content_of(book),
        "feedback": _said(feedback),
        "planned": _said(planned),
        "model": model,
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def _said(table: pd.DataFrame | None) -> list[dict]:
    """Rows of FEEDBACK or PLANNED as JSON; a day or a time as text."""
    if table is None:
        return []
    return [
        {k.removeprefix("x_"): v.isoformat() if isinstance(v, pd.Timestamp) else v for k, v in row.items()}
        for row in table.to_dict("records")
    ]


def _heard(rows: list, table) -> pd.DataFrame | None:
    """The table of such rows, checked; None where there are none."""
    if not rows:
        return None
    made = {c.name: [row[c.name.removeprefix("x_")] for row in rows] for c in table.columns}
    frame = pd.DataFrame(
        {
            name: pd.to_datetime(values, format="ISO8601").astype("datetime64[ns]")
            if name in ("x_Start", "x_At", "x_ValidFrom", "x_ValidTo")
            else np.array(values, dtype="float64")
            if name == "x_Percent"
            else [str(v) for v in values]
            for name, values in made.items()
        }
    )
    return table.check(frame)


def _utc(text) -> pd.Timestamp:
    """A time of the file, without its zone."""
    at = pd.Timestamp(text)
    return at if at.tzinfo is None else at.tz_convert(None)


def from_text(text: str) -> Session:
    """What a session file holds.

    Files of before sharing rules and words on alerts were kept have none. Raises UsageError saying what is wrong and
    where.
    """
    if len(text) > MOST_BYTES:
        raise _wrong("The session file is too large.", f"{len(text):,} characters")
    try:
        content = nested.loads(text)
    except ValueError as error:
        raise _wrong("The session file is not JSON we can read.", str(error)) from None
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise _wrong("This is no session file.", "no kind costdna-session")
    if content.get("schema_version") != VERSION:
        raise _wrong(
            "The session file is of another version.",
            f"version {content.get('schema_version')!r}, this page reads {VERSION}",
        )
    try:
        answers = pd.DataFrame(
            [(int(a["ownable"]), str(a["team"]), str(a["verdict"]), _utc(a["at"])) for a in content["answers"]],
            columns=schema.ANSWERS.names(),
        )
        rules = pd.DataFrame(
            [
                (
                    str(r["field"]),
                    str(r["key"]),
                    str(r["pattern"]),
                    str(r["team"]),
                    str(r["verdict"]),
                    r["override"] is True,
                )
                for r in content["rules"]
            ],
            columns=schema.RULES.names(),
        )
        budget = float(content["budget"])
        if not math.isfinite(budget):  # compared with nothing, it would let everything pass
            raise ValueError(f"a budget of {budget}")
        words = lambda table: {str(k): str(v) for k, v in table.items()}
        wishes = Wishes(
            metric="effective" if content["metric"] == "effective" else "billed",
            currency=str(content["currency"]),
            tag_keys=[str(k) for k in content["tag_keys"]],
            rules=schema.RULES.check(rules.astype({"x_Override": bool})) if len(rules) else None,
            team_map=words(content["team_map"]),
            aliases=words(content["aliases"]),
            answers=schema.ANSWERS.check(answers.astype({"x_OwnableId": "int64", "x_At": "datetime64[ns]"}))
            if len(answers)
            else None,
            budget=min(max(budget, 0.0), 0.5),
        )
        sharing = content.get("sharing") or {"for": "teams", "rules": []}
        book = (
            parse_book(sharing, "session file, sharing")
            if sharing["rules"]
            else RuleBook("customers" if sharing["for"] == "customers" else "teams", ())
        )
        return Session(
            wishes,
            [{"name": str(s["name"]), "sha256": str(s["sha256"])} for s in content["sources"]],
            book,
            _heard(content.get("feedback", []), schema.FEEDBACK),
            _heard(content.get("planned", []), schema.PLANNED),
            str(content.get("model", ""))[:64],
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _wrong("The session file is damaged.", f"{type(error).__name__}: {error}") from None


def fits(sources: list[dict], report) -> str:
    """ "" when the session is about this bill; else what differs, in words."""
    here, there = set(report.sources["x_SourceId"]), {s["sha256"] for s in sources}
    if here == there:
        return ""
    if here & there:
        return "Some of this bill's files are others than those the session was made with; answers are kept where the resource is still there."
    return "The session was made with other files; its answers hold for the resources that are on this bill too."


def spoke(model: str, here: str) -> str:
    """What differs, in words, where another model speaks than when the session was saved; else "".

    Both as sha256; "" is not known.
    """
    return (
        f"The session was saved while another model spoke (sha256 {model[:12]}…): answers and rules hold all the same, inferred owners may differ. Hand that model over too."
        if model and here and model != here
        else ""
    )


def _wrong(message: str, found: str) -> UsageError:
    return UsageError(
        message,
        found=found,
        where="session file",
        next_step="Open a file that CostDNA saved as .costdna.json.",
        code="session",
    )
