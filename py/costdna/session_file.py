"""The session file: what a person said about a bill (answers, rules, aliases, map, wishes), not the bill. For a colleague or the companion.

Principals are hashed unless asked for; the sources are named by their sha256, so that another bill is noticed.
"""

from __future__ import annotations

import json

import pandas as pd

from costdna import schema
from costdna.errors import UsageError
from costdna.export.principals import hide
from costdna.pipeline import Wishes

KIND, VERSION = "costdna-session", "1"
MOST_BYTES = 64_000_000


def to_text(wishes: Wishes, report, metric: str = "", show_principals: bool = False) -> str:
    """The file's text. report: costdna.report.Report of the bill it is about."""
    answers = schema.ANSWERS.empty() if wishes.answers is None else wishes.answers
    facts = report.resources.set_index("x_OwnableId")[["ResourceId", "ResourceName"]].reindex(answers["x_OwnableId"]).fillna("").reset_index(drop=True)
    if not show_principals:
        plain, facts = facts, hide(facts)
        facts.loc[facts["ResourceId"] != plain["ResourceId"], "ResourceName"] = ""  # an identity's name is the identity
    told = [{"ownable": str(i), "resource": r, "name": n, "team": t, "verdict": v, "at": f"{at:%Y-%m-%dT%H:%M:%S}Z"}
            for i, t, v, at, r, n in zip(answers["x_OwnableId"], answers["x_Team"], answers["x_Verdict"], answers["x_At"], facts["ResourceId"], facts["ResourceName"])]
    rules = [] if wishes.rules is None else [{"field": r.x_Field, "key": r.x_Key, "pattern": r.x_Pattern, "team": r.x_Team, "verdict": r.x_Verdict, "override": bool(r.x_Override)}
                                             for r in wishes.rules.itertuples(index=False)]
    sources = [{"name": s["x_Name"], "sha256": s["x_SourceId"], "rows": int(s["x_Rows"])} for s in report.sources.to_dict("records")]
    content = {"kind": KIND, "schema_version": VERSION, "sources": sources, "currency": wishes.currency or report.currency, "metric": metric or wishes.metric,
               "tag_keys": wishes.tag_keys, "budget": wishes.budget, "aliases": wishes.aliases, "team_map": wishes.team_map, "rules": rules, "answers": told}
    return json.dumps(content, ensure_ascii=False, indent=1)


def from_text(text: str) -> tuple[Wishes, list[dict]]:
    """Wishes and sources of a session file. Raises UsageError saying what is wrong and where."""
    if len(text) > MOST_BYTES:
        raise _wrong("The session file is too large.", f"{len(text):,} characters")
    try:
        content = json.loads(text)
    except ValueError as error:
        raise _wrong("The session file is not JSON.", str(error)) from None
    if not isinstance(content, dict) or content.get("kind") != KIND:
        raise _wrong("This is no session file.", "no kind costdna-session")
    if content.get("schema_version") != VERSION:
        raise _wrong("The session file is of another version.", f"version {content.get('schema_version')!r}, this page reads {VERSION}")
    try:
        answers = pd.DataFrame([(int(a["ownable"]), str(a["team"]), str(a["verdict"]), pd.Timestamp(a["at"]).tz_localize(None)) for a in content["answers"]], columns=schema.ANSWERS.names())
        rules = pd.DataFrame([(str(r["field"]), str(r["key"]), str(r["pattern"]), str(r["team"]), str(r["verdict"]), r["override"] is True) for r in content["rules"]], columns=schema.RULES.names())
        words = lambda table: {str(k): str(v) for k, v in table.items()}  # noqa: E731
        wishes = Wishes(metric="effective" if content["metric"] == "effective" else "billed", currency=str(content["currency"]), tag_keys=[str(k) for k in content["tag_keys"]],
                        rules=schema.RULES.check(rules.astype({"x_Override": bool})) if len(rules) else None, team_map=words(content["team_map"]), aliases=words(content["aliases"]),
                        answers=schema.ANSWERS.check(answers.astype({"x_OwnableId": "int64", "x_At": "datetime64[ns]"})) if len(answers) else None,
                        budget=min(max(float(content["budget"]), 0.0), 0.5))
        return wishes, [{"name": str(s["name"]), "sha256": str(s["sha256"])} for s in content["sources"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _wrong("The session file is damaged.", f"{type(error).__name__}: {error}") from None


def fits(sources: list[dict], report) -> str:
    """"" when the session is about this bill; else what differs, in words."""
    here, there = set(report.sources["x_SourceId"]), {s["sha256"] for s in sources}
    if here == there:
        return ""
    if here & there:
        return "Some of this bill's files are others than those the session was made with; answers are kept where the resource is still there."
    return "The session was made with other files; its answers hold for the resources that are on this bill too."


def _wrong(message: str, found: str) -> UsageError:
    return UsageError(message, found=found, where="session file", next_step="Open a file that CostDNA saved as .costdna.json.", code="session")
