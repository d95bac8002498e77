"""What the credentials may see and what a scan saw: the first steps of the Account screen, which only read."""

from __future__ import annotations

from costdna.export.markup import Safe, join, tag
from costdna.export.tables import table

from .accounting import Account
from .parts import button, choice, labelled, typed
from .state import State

SHOWN = 50
SOURCES = {"days": "CloudTrail's event history", "trail": "CloudTrail files in a bucket or folder"}
COSTS = {
    "days": "The event history is free of charge and gives 100 events a second for each Region.",
    "trail": "AWS charges the reading of a bucket: $0.0004 for 1,000 files, and the traffic out of its Region.",
}
ALSO = {"": "no", "all": "yes: resources, tags, groups, roles"}
WORKS = {"ok": "yes", "warning": "no", "error": "no"}


def look(a: Account) -> Safe:
    """What these credentials may see."""
    found = a.companion.said.get("doctor")
    checks = found["checks"] if found else []
    missing = any(r["missing"] for r in checks)
    rows = [
        [
            r["check"],
            WORKS.get(r["level"], r["level"]),
            tag("td", r["finding"], class_="said"),
            r["unlocks"],
            *([tag("td", tag("code", r["missing"])) if r["missing"] else ""] if missing else []),
        ]
        for r in checks
    ]
    heads = ["Check", "Works", "Finding", "Needed for", *(["Statement to add"] if missing else [])]
    shown = table("Checks", heads, rows) if rows else None
    if rows and a.companion.said.get("scan"):  # what is settled makes room
        shown = tag("details", tag("summary", f"{sum(r[1] == 'yes' for r in rows)} of {len(rows)} checks work"), shown)
    return join(
        tag("h2", "1 Look: what may these credentials see?"),
        shown,
        tag("p", button("Check again" if rows else "Check the credentials", "account:doctor", quiet=bool(rows))),
    )


def scan(state: State) -> Safe:
    """Who did what."""
    a = state.account
    form, said = a.form, a.companion.said.get("scan")
    result = seen(state, said) if said and a.matched else None
    if form["source"] == "days":
        where = labelled(
            "Days back (1 to 90)",
            tag("input", type="number", min="1", max="90", value=form["days"], data_fill="account:days"),
        )
    else:
        where = typed("s3://bucket/prefix, or a folder of this machine", "account:trail", form["trail"], 300)
    return join(
        tag("h2", "2 Scan: who did what?"),
        tag(
            "div",
            choice("From", "account:source", SOURCES, form["source"]),
            where,
            choice("Also list what is there", "account:collect", ALSO, "all" if form["collect"] else ""),
            button("Scan again" if result else "Scan", "account:scan", quiet=bool(result)),
            class_="controls answer",
        ),
        tag("p", COSTS["days" if form["source"] == "days" else "trail"], class_="quiet"),
        result,
    )


def seen(state: State, said: dict) -> Safe:
    """What a scan found of this bill, and what could not be seen."""
    m, f = state.account.matched, state.figures
    text = (
        f"{said['events']:,} events read; {m['events']:,} of them are about {m['resources']:,} resources of this bill."
    )
    if m["before"] is not None:
        now = state.report.coverage["billed"]["after"]
        text += f" {f.percent(m['before'])} of this bill had an owner before, {f.percent(now)} now."
    if "resources" in said:
        text += f" {said['resources']:,} resources are there."
    rows = [
        [r["x_Source"], r["SubAccountId"] or "", r["RegionId"] or "", r["x_Status"], r["x_Detail"]]
        for r in sorted(said["coverage"], key=lambda r: r["x_Status"] == "complete")
    ]
    rest = len(rows) - SHOWN
    return join(
        tag(
            "p",
            text,
            tag("span", f" The {m['left_out']:,} oldest events were left out.") if m["left_out"] else None,
            role="status",
            class_="effect",
        ),
        table("What could be seen", ["Source", "Account", "Region", "Status", "Detail"], rows[:SHOWN]),
        tag("p", f"And {rest:,} more, complete.", class_="quiet") if rest > 0 else None,
    )
