"""One resource's card: whose it is, how surely, what speaks for it and what against."""

from __future__ import annotations

import json

import pandas as pd
from costdna.export.figures import Figures
from costdna.export.markup import Safe, join, tag
from costdna.export.tables import definition, table
from costdna.relations.kinds import reason

from .listing import parts_of, word
from .parts import heading, link
from .state import State

BASIS = {"human": "You said so.", "tag": "Its own tag says so.", "rule": "A rule of yours says so.", "map": "Your team map says so.",
         "principal": "The principal that called belongs to it.", "account": "Its account belongs to it."}


def card(state: State, at: int) -> Safe:
    """The card of the resource at a position of the report's resources."""
    report, f = state.report, state.figures
    row = report.resources.iloc[at]
    part = parts_of(report.resources.iloc[at : at + 1])[0]
    name = row["ResourceName"] or row["ResourceId"] or f"{row['ServiceName']}, lines without a resource id"
    speaks = pros_and_cons(report.evidence, int(row["x_OwnableId"]), row["x_Team"], part)
    # An inference's reason is its evidence in one line; where the evidence is listed it need not be said twice.
    said = "" if part == "inferred" and speaks else row["x_Reason"]
    facts = [("Resource", row["ResourceId"] or "none: these lines name no resource"), ("Kind", " · ".join(x for x in (row["ServiceName"], row["ResourceType"]) if x)),
             ("Where", " · ".join(x for x in (row["RegionId"], f"account {row['SubAccountId']}", row["SubAccountName"]) if x)),
             ("Seen", seen(row)), ("Billed", f.money(row["BilledCost"])), ("Effective", f.money(row["EffectiveCost"]))]
    return join(tag("p", link("← Resources", "screen:resources")), tag("p", name, class_="quiet"), heading(whose(row, part, f)),
                tag("p", tag("span", class_=f"swatch {part}", aria_hidden="true"), tag("b", word(row["x_Verdict"], part).capitalize()), f": {said}" if said else "."),
                tag("article", speaks, class_="evidence") if speaks else None, definition(facts), tags(row["Tags"]))


def whose(row, part: str, f: Figures) -> str:
    """The first line: whose it is, and how surely."""
    if part == "proved":
        return f"{row['x_Team']} owns it. {BASIS.get(row['x_Basis'], '')}".strip()
    if part == "inferred":
        p = row["x_Probability"]
        return f"Probably {row['x_Team']}" + (f" ({f.percent(p)})." if p == p else ".")
    if row["x_Verdict"] == "unallocatable":
        return "No resource stands behind this money."
    return {"shared": "Shared: several bear it together.", "aside": "It is a vendor's." if row["x_Verdict"] == "vendor" else "It is nobody's."}.get(part, "We can't tell whose it is.")


def pros_and_cons(evidence: pd.DataFrame | None, ownable: int, team: str, part: str) -> Safe:
    """What speaks for the team and what against it: memberships, strongest first."""
    own = evidence[evidence["x_OwnableId"] == ownable] if evidence is not None and len(evidence) else pd.DataFrame()
    if own.empty:
        return join()
    own = own.assign(_size=own["x_Weight"].abs().fillna(0.0)).sort_values("_size", ascending=False, kind="stable").to_dict("records")
    against = [r for r in own if (r["x_Weight"] or 0) < 0 or (team and r["x_Team"] != team)]
    speak_for = [r for r in own if r not in against]

    def items(rows: list[dict]) -> Safe:
        return tag("ul", *(tag("li", reason(str(r["x_Kind"]), str(r["x_Group"])), tag("span", f" {counted(r)}", class_="quiet")) for r in rows))

    return join(tag("h3", "For" if team else "What speaks for a team"), items(speak_for) if speak_for else tag("p", "Nothing."), (tag("h3", "Against"), items(against)) if against else None)


def counted(row: dict) -> str:
    """The counts a person can check: how many known owners of a group are that team."""
    return f"{row['x_Hits']} of {row['x_Known']} known owners there: {row['x_Team']}"


def seen(row) -> str:
    """First and last day with a charge."""
    first, last = row["x_FirstSeen"], row["x_LastSeen"]
    if pd.isna(first):
        return "on no dated line"
    return f"{first:%Y-%m-%d}" if first == last else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


def tags(text: str) -> Safe:
    """Its latest tags, as the bill writes them."""
    try:
        rows = [[key, value, {"resource": "resource tag"}.get(source, source)] for source, key, value in json.loads(text)] if text else []
    except ValueError:
        rows = []
    return join(tag("h2", "Tags"), table("Tags of this resource", ["Key", "Value", "From"], rows)) if rows else tag("p", "It carries no tag on this bill.", class_="quiet")
