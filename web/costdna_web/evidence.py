"""One resource's card: whose it is, how surely, what speaks for it and what against."""

from __future__ import annotations

import json

import pandas as pd
from costdna.corrections import GROUPS, members
from costdna.export.figures import Figures
from costdna.export.markup import Safe, join, tag
from costdna.export.tables import definition, table
from costdna.ledger import METRICS
from costdna.relations.kinds import reason

from .answering import consequence, controls
from .chart import daily
from .listing import parts_of, word
from .parts import button, heading, link, pane
from .slices import cost_line
from .state import State

BASIS = {
    "human": "You said so.",
    "tag": "Its own tag says so.",
    "rule": "A rule of yours says so.",
    "map": "Your team map says so.",
    "principal": "The principal that called belongs to it.",
    "account": "Its account belongs to it.",
}


def card(state: State, at: int) -> list:
    """Panes of the card of the resource at a position of the report's resources: whose, why, answers, neighbours, its
    cost line.
    """
    owner = int(state.report.resources["x_OwnableId"].iat[at])
    return [
        pane(
            tag("p", link("← Resources", "screen:resources")),
            card_of(state, at),
            tested(state, owner),
            consequence(state),
            controls(state, owner, queue=False),
            neighbours(state, owner),
        ),
        *daily(cost_line(state.result, state.report, owner), state.figures, state.theme),
        pane(facts(state, at)),
    ]


def card_of(state: State, at: int, short: bool = False) -> Safe:
    """Name, owner and how sure, the reasons for and against. short: below another first line, with its place and cost
    in one line.
    """
    report, f = state.report, state.figures
    row = report.resources.iloc[at]
    part = parts_of(report.resources)[at]
    name = row["ResourceName"] or row["ResourceId"] or f"{row['ServiceName']}, lines without a resource id"
    speaks = pros_and_cons(report.evidence, int(row["x_OwnableId"]), row["x_Team"], part)
    # An inference's reason is its evidence in one line; where the evidence is listed it need not be said twice.
    said = "" if part == "inferred" and speaks else sentence(row["x_Reason"], word(row["x_Verdict"], part))
    said = said.split(" is asked for. ")[0] + " is asked for." if speaks and " is asked for. " in said else said
    where = join(
        *(
            x
            for x in (
                row["ServiceName"],
                row["RegionId"],
                f"account {row['SubAccountName'] or row['SubAccountId']}",
                f.money(row[METRICS[state.metric]]),
            )
            if x
        ),
        by=" · ",
    )
    first = tag("h2", whose(row, part, f)) if short else heading(whose(row, part, f))
    return join(
        tag(
            "p",
            tag("b", name) if short else name,
            tag("span", " · ", where, class_="quiet") if short else None,
            class_="quiet" if not short else None,
        ),
        first,
        tag(
            "p",
            tag("span", class_=f"swatch {part}", aria_hidden="true"),
            tag("b", word(row["x_Verdict"], part).capitalize()),
            f": {said}" if said else ".",
            doubts(state, row, f),
        ),
        tag("article", speaks, class_="evidence") if speaks else None,
    )


def sentence(reason: str, label: str) -> str:
    """A reason after its label: the label not said twice, closed by a full stop."""
    text = reason.removeprefix(f"{label.capitalize()}: ").removeprefix("Abstains: ")
    text = Figures.spaced(text)
    return text + "." if text and text[-1] not in ".!?" else text


def doubts(state: State, row, f: Figures) -> Safe | None:
    """The runner-up, and how likely none of the known teams is."""
    inferred = state.result.inferred
    beliefs = inferred.beliefs if inferred is not None else None
    if beliefs is None or row["x_Basis"] not in ("inferred", "") or row["x_Verdict"] not in ("owned", "abstained"):
        return None
    mine = beliefs[beliefs["x_OwnableId"] == row["x_OwnableId"]]
    if mine.empty:
        return None
    b = mine.iloc[0]
    second = f" Runner-up {b['x_OtherTeam']} ({f.percent(b['x_OtherProbability'])})." if b["x_OtherTeam"] else ""
    return tag("span", f"{second} None of these {f.percent(b['x_None'])}.", class_="quiet")


def tested(state: State, owner: int) -> Safe:
    """What carries the answer: tried, not told. A button first, then what came of it."""
    f, row = state.figures, state.row(owner)
    if (
        state.result.inferred is None
        or state.result.inferred.frozen is None
        or row["x_Basis"] not in ("inferred", "")
        or row["x_IsSynthetic"]
    ):
        return join()
    known = state.examined
    if known is None or known[0] is not state.result or known[1] != owner:
        return tag("p", button("What would change it?", "examine:"))
    flip, marks = known[2].get("flip"), known[2].get("occlusion") or []
    if flip:
        at = state.position(flip["x_OwnableId"])
        other = state.report.resources.iloc[at]
        then = (
            f"we would say {flip['team']} ({f.percent(flip['probability'])})" if flip["team"] else "we could not tell"
        )
        said = tag(
            "p",
            tag("b", "Would flip: "),
            "if ",
            link(other["ResourceName"] or other["ResourceId"], f"resource:{at}"),
            f" were {flip['supposed_team']}'s, {then}.",
            role="status",
        )
    else:
        said = tag("p", "None of its nearest neighbours alone would change it.", role="status")
    rows = [
        [reason(str(m["kind"]), str(m["group"])), m["speaks_for"], f.percent(m["with"]), f.percent(m["without"])]
        for m in marks
    ]
    return join(
        tag("h2", "What would change it"),
        said,
        table(
            "How sure it would be without each reason",
            ["Without knowing that it is", "Which speaks for", "Now", "Then"],
            rows,
            numbers=(2, 3),
        )
        if rows
        else None,
    )


def neighbours(state: State, owner: int, most: int = 8) -> Safe:
    """Resources in the smallest groups it is in, closest first, with their owners."""
    evidence, f = state.report.evidence, state.figures
    relations = state.result.relations
    mine = relations[relations["x_OwnableId"] == owner]
    groups = list(dict.fromkeys(g for g in zip(mine["x_Kind"], mine["x_Group"]) if g[0] in GROUPS))
    if evidence is not None and len(evidence):
        own = evidence[evidence["x_OwnableId"] == owner]
        groups = list(dict.fromkeys([*groups, *zip(own["x_Kind"], own["x_Group"])]))
    seen: dict[int, list[str]] = {}
    close: dict[int, float] = {}
    found = [(members(relations, kind, group).tolist(), kind, group) for kind, group in groups]
    # the fewer share it, the more it says
    for inside, kind, group in sorted(found, key=lambda g: (len(g[0]), g[1], g[2])):
        for other in inside:
            if other != owner:
                seen.setdefault(other, []).append(reason(str(kind), str(group)))
                close[other] = close.get(other, 0.0) + 1.0 / len(inside)
    if not seen:
        return join()
    rows = state.report.resources.iloc[[state.position(i) for i in seen]]
    weight = [
        (-round(close[o], 9), -abs(float(c)), o) for o, c in zip(rows["x_OwnableId"], rows[METRICS[state.metric]])
    ]
    order = sorted(range(len(rows)), key=lambda i: weight[i])[:most]
    lines = []
    for i in order:
        row = rows.iloc[i]
        part = parts_of(rows.iloc[i : i + 1])[0]
        lines.append(
            [
                link(
                    row["ResourceName"] or row["ResourceId"] or row["ServiceName"],
                    f"resource:{state.position(int(row['x_OwnableId']))}",
                ),
                row["x_Team"] or word(row["x_Verdict"], part).capitalize(),
                tag("td", tag("span", class_=f"swatch {part}", aria_hidden="true"), word(row["x_Verdict"], part)),
                "; ".join(seen[int(row["x_OwnableId"])][:2]),
                tag("td", f.amount(row[METRICS[state.metric]]), class_="num"),
            ]
        )
    return join(
        tag("h2", "Neighbours"),
        table(
            "Neighbours of this resource",
            ["Resource", "Owner", "How sure", "Shares", f"Cost, {f.currency}"],
            lines,
            numbers=(4,),
            class_="neighbours",
        ),
        tag("p", f"{f.count(len(seen) - most)} more.", class_="quiet") if len(seen) > most else None,
    )


def facts(state: State, at: int) -> Safe:
    """What the bill says of it."""
    row, f = state.report.resources.iloc[at], state.figures
    pairs = [
        ("Resource", row["ResourceId"] or "none: these lines name no resource"),
        ("Kind", " · ".join(x for x in (row["ServiceName"], row["ResourceType"]) if x)),
        (
            "Where",
            " · ".join(x for x in (row["RegionId"], f"account {row['SubAccountId']}", row["SubAccountName"]) if x),
        ),
        ("Seen", seen(row)),
        ("Billed", f.money(row["BilledCost"])),
        ("Effective", f.money(row["EffectiveCost"])),
    ]
    return join(tag("h2", "On the bill"), definition(pairs), tags(row["Tags"]))


def whose(row, part: str, f: Figures) -> str:
    """The first line: whose it is, and how surely."""
    if part == "proved":
        return f"{row['x_Team']} owns it. {BASIS.get(row['x_Basis'], '')}".strip()
    if part == "inferred":
        p = row["x_Probability"]
        return f"Probably {row['x_Team']}" + (f" ({f.percent(p)})." if p == p else ".")
    if row["x_Verdict"] == "unallocatable":
        return "No resource stands behind this money."
    return {
        "shared": "Shared: several bear it together.",
        "aside": "It is a vendor's." if row["x_Verdict"] == "vendor" else "It is nobody's.",
    }.get(part, "We can't tell whose it is.")


def pros_and_cons(evidence: pd.DataFrame | None, ownable: int, team: str, part: str) -> Safe:
    """What speaks for the team and what against it: memberships, strongest first."""
    own = evidence[evidence["x_OwnableId"] == ownable] if evidence is not None and len(evidence) else pd.DataFrame()
    if own.empty:
        return join()
    own = (
        own.assign(_size=own["x_Weight"].abs().fillna(0.0))
        .sort_values("_size", ascending=False, kind="stable")
        .to_dict("records")
    )
    against = [r for r in own if (r["x_Weight"] or 0) < 0 or (team and r["x_Team"] != team)]
    speak_for = [r for r in own if r not in against]

    def items(rows: list[dict]) -> Safe:
        return tag(
            "ul",
            *(
                tag("li", reason(str(r["x_Kind"]), str(r["x_Group"])), tag("span", f" {counted(r)}", class_="quiet"))
                for r in rows
            ),
        )

    return join(
        tag("h3", "For" if team else "What speaks for a team"),
        items(speak_for) if speak_for else tag("p", "Nothing."),
        (tag("h3", "Against"), items(against)) if against else None,
    )


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
        rows = (
            [[key, value, {"resource": "resource tag"}.get(source, source)] for source, key, value in json.loads(text)]
            if text
            else []
        )
    except ValueError:
        rows = []
    return (
        join(tag("h2", "Tags"), table("Tags of this resource", ["Key", "Value", "From"], rows))
        if rows
        else tag("p", "It carries no tag on this bill.", class_="quiet")
    )
