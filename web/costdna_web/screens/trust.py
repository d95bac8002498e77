"""Why believe this? What the files lack, the ledger, how sure, which tag keys were read, where sources disagree."""

from __future__ import annotations

import re

from costdna import money
from costdna.doctor import examine
from costdna.export import report_html
from costdna.export.figures import Figures
from costdna.export.markup import Safe, join, tag
from costdna.export.tables import amount, table

from ..parts import content, heading, pane
from ..speaking import speaking
from ..state import State
from ..sureness import audits, between, diagram, security, stale
from . import Screen


def view(state: State):
    """Everything that speaks for or against these figures."""
    f = state.figures
    broken = [i for i in state.report.identities if not i["holds"]]
    first = f"Every cent is accounted for: {f.money(state.report.net)}, nothing left over."
    if broken:
        first += f" {len(broken)} check{'s' if len(broken) != 1 else ''} of the files failed."
    return Trust(state, first)


class Trust:
    """The screen, drawn again alone when an audit was asked for."""

    def __init__(self, state: State, first: str) -> None:
        self.state, self.first = state, first
        self.panel = pane()
        self.redraw()

    def redraw(self) -> None:
        """Draw all of it."""
        self.panel.object = content(*blocks(self.state, self.first))


def blocks(state: State, first: str) -> tuple:
    """Its parts in order."""
    f = state.figures
    return (
        heading(first),
        checks(state),
        report_html.ledger_table(state.report, f),
        how_sure(state),
        speaking(state),
        audits(state),
        doctor(state),
        keys(state),
        conflicts(state),
        sources(state),
        security(),
    )


def checks(state: State) -> Safe:
    """The identities that were asserted on this run."""
    items = [
        tag(
            "li",
            tag("b", "Holds. " if i["holds"] else f"Off by {i['difference']}. "),
            i["text"],
            class_=None if i["holds"] else "bad",
        )
        for i in state.report.identities
    ]
    return tag("ul", *items, class_="checks") if items else join()


def how_sure(state: State) -> Safe:
    """The gate in plain words, and the candidates beside each other."""
    report, f = state.report, state.figures
    gate, rows = report.gate, []
    show = lambda share: "–" if share is None else f.percent(share)
    for c in report.candidates:
        rows.append(
            [
                join(c["name"], tag("b", " (chosen)") if c.get("chosen") else None),
                show(c.get("accuracy")),
                show(c.get("accuracy_group_folds")),
                f"{c['loss']:.3f}" if c.get("loss") is not None else "–",
            ]
        )
    said = (
        [tag("p", gate["reason"])]
        if gate.get("reason")
        else [tag("p", "Nothing was inferred on this bill: owners are those that tags, rules, maps and answers prove.")]
    )
    if gate and not gate.get("passed"):
        said.insert(0, tag("p", tag("b", "Nothing was inferred.")))
    if gate.get("passed") and gate.get("threshold") is not None:
        limit = f"An owner is named from {f.percent(gate['threshold'])} on; below that we say we can't tell."
        said.append(
            tag(
                "p",
                limit
                if gate.get("promised")
                else f"{limit} No limit on wrongly assigned money is promised: {gate.get('promise', '')}.",
            )
        )
    found = (
        table(
            "Methods compared on owners that were hidden",
            ["Method", "Right, single resources hidden", "Right, whole groups hidden", "Loss (lower is better)"],
            rows,
            numbers=(1, 2, 3),
        )
        if rows
        else None
    )
    return join(
        tag("h2", "How sure?"),
        stale(report),
        tag("p", tag("b", between(report, f))) if between(report, f) else None,
        *said,
        diagram(report, f),
        tag("h3", "Beside simpler methods") if found else None,
        found,
    )


def rounded(text: str, f) -> str:
    """Words whose exact amounts (three decimals or more) are written as money is elsewhere.

    >>> rounded("9 lines last longer than a day (149.775379 billed).", Figures("USD", 2))
    '9 lines last longer than a day ($149.78 billed).'
    """
    return re.sub(
        r"(?<![\w.])-?\d+\.\d{3,12}(?!\w|\.\w)",
        lambda m: Figures(f.currency, 12, f.group, f.decimal).money(money.parse(m[0], 12)),
        text,
    )


def doctor(state: State) -> Safe:
    """The column doctor: what the files lack and what that costs first, all that was found in order beneath."""
    bill = state.result.bill
    found = examine(
        bill.metas, bill.charges, bill.scale, bill.basis, skipped=state.skipped, findings=state.report.findings
    ).to_dict("records")
    several = len(bill.metas) > 1

    def listed(caption: str, rows: list[dict]) -> Safe:
        lines: dict[tuple, list[str]] = {}  # what several files share is said once
        for r in rows:
            lines.setdefault((r["x_Level"], r["x_Text"], r["x_Meaning"]), []).append(r["x_File"])
        cells = [
            [
                join(tag("b", "Warning. ") if level == "warning" else None, rounded(text, state.figures)),
                meaning,
                *(
                    [", ".join(f for f in files if f) if len(files) < len(bill.metas) and any(files) else "all"]
                    if several
                    else []
                ),
            ]
            for (level, text, meaning), files in lines.items()
        ]
        return table(caption, ["Found", "What it means", *(["File"] if several else [])], cells, class_="doctor")

    lacking = sorted(
        (r for r in found if r["x_Level"] != "ok"), key=lambda r: ("error", "warning", "note").index(r["x_Level"])
    )
    good = [r for r in found if r["x_Level"] == "ok"]
    return join(
        tag("h2", "What the files say and lack"),
        listed("What the files lack", lacking) if lacking else tag("p", "Nothing is missing that an answer needs."),
        tag(
            "details", tag("summary", f"What was found in order ({len(good)})"), listed("What was found in order", good)
        ),
    )


def keys(state: State) -> Safe:
    """Tag keys by how they were used."""
    frame = state.report.keys
    if frame.empty:
        return join(
            tag("h2", "Tag keys"),
            tag(
                "p",
                "This bill carries no tags. Activate cost allocation tags in the billing console, or give a team map.",
            ),
        )
    f = state.figures
    order = sorted(frame.to_dict("records"), key=lambda r: (r["x_Rank"] < 0, r["x_Rank"], -float(r["x_Money"])))
    rows = [
        [
            r["x_Key"],
            r["x_Source"],
            f.count(r["x_Values"]),
            "names the owner"
            if r["x_Rank"] == 0
            else f"names the owner, choice {r['x_Rank'] + 1}"
            if r["x_Rank"] > 0
            else "read as evidence only",
        ]
        for r in order[:60]
    ]
    more = tag("p", f"{f.count(len(order) - 60)} more keys were read.", class_="quiet") if len(order) > 60 else None
    return join(
        tag("h2", "Tag keys"),
        table("Tag keys of this bill", ["Key", "From", "Values", "Use"], rows, numbers=(2,), class_="short"),
        more,
    )


def conflicts(state: State) -> Safe:
    """Resources for which two sources name different teams."""
    frame, f = state.report.conflicts, state.figures
    if frame.empty:
        return join(
            tag("h2", "Where sources disagree"),
            tag("p", "Nowhere: no two sources name different teams for one resource."),
        )
    names = state.report.resources.set_index("x_OwnableId")["ResourceName"]
    records = sorted(frame.to_dict("records"), key=lambda r: -abs(int(r["BilledCost"])))
    rows = [
        [
            names.get(r["x_OwnableId"], "") or "(no name)",
            f"{r['x_Team']} (by {r['x_Basis']})",
            f"{r['x_OtherTeam']} (by {r['x_OtherBasis']})",
            amount(r["BilledCost"], f),
        ]
        for r in records[:50]
    ]
    more = (
        tag("p", f"{f.count(len(records) - 50)} more, with less money.", class_="quiet") if len(records) > 50 else None
    )
    return join(
        tag("h2", "Where sources disagree"),
        table(
            "Conflicts by money",
            ["Resource", "Counted for", "The other says", f"Billed, {f.currency}"],
            rows,
            numbers=(3,),
        ),
        more,
    )


def sources(state: State) -> Safe:
    """The files that were read."""
    f = state.figures
    rows = [
        [
            r["x_Name"],
            r["x_Version"],
            r["x_Container"],
            f.count(r["x_Rows"]),
            tag("td", tag("code", r["x_SourceId"][:12]), title=r["x_SourceId"]),
        ]
        for r in state.report.sources.to_dict("records")
    ]
    return join(
        tag("h2", "Files"),
        table("Files that were read", ["File", "Format", "Container", "Lines", "Content hash"], rows, numbers=(3,)),
    )


SCREEN = Screen("Trust", 60, view)
