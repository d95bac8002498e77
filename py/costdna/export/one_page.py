"""One page for whoever pays: what is explained now and was before, who spends, what to do next, how sure all this is."""

from costdna.export import certainty, story
from costdna.export.figures import Figures
from costdna.export.leaving import Leaving
from costdna.export.markup import Safe, join, raw, tag
from costdna.export.report_html import CSP, coverage_bar, style
from costdna.export.tables import amount, table
from costdna.ledger import METRICS
from costdna.report import Report

MOST_TEAMS = 12
SHEET = (
    "@page{size:A4;margin:12mm}@media print{.sheet{font-size:9pt;line-height:1.25;max-width:none;margin:0;padding:0}.sheet h1{font-size:13pt;margin:.4em 0}.sheet h2{font-size:10.5pt;margin:.7em 0 .2em}.sheet .total{font-size:16pt;margin:0}"
    ".sheet th,.sheet td{padding:1.5pt 4pt}.sheet ul,.sheet ol{margin:.2em 0}.sheet p{margin:.2em 0}.scroll{overflow:visible}tr,li,header{break-inside:avoid}}"
)


def one_page_html(leaving: Leaving) -> str:
    """The text of the page: no script, no address, no font; it prints on one sheet."""
    report, f = leaving.report, leaving.figures
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=CSP),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"Who owns the cloud bill: {story.period(report)}"),
        tag("style", raw(style() + SHEET)),
    )
    facts = join(
        *(
            x
            for x in (story.period(report), story.METRIC_WORDS[report.metric], f"{len(report.resources):,} resources")
            if x
        ),
        by=" · ",
    )
    body = tag(
        "main",
        tag(
            "header",
            tag("p", f.money(report.net), class_="total", title=f.exact(report.net)),
            tag("p", facts, class_="quiet"),
        ),
        tag("h1", story.coverage(report, f)),
        coverage_bar(report, f),
        before_after(report, f),
        team_lines(report, f),
        next_three(report, f),
        how_sure(report, f),
        class_="cd sheet",
    )
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", body), lang="en") + "\n"


def before_after(report: Report, f: Figures) -> Safe:
    """Money with an owner before and after, of usage and purchases."""
    parts = report.explained[report.metric]
    whole, tagged = sum(parts.values()), parts["tagged"]
    here = certainty.parts(parts)
    owned = here["proved"] + here["inferred"]
    rows = [
        ["By tags alone", amount(tagged, f), tag("td", f.share(tagged, whole), class_="num")],
        ["With this result", amount(owned, f), tag("td", f.share(owned, whole), class_="num")],
        ["Still without a team", amount(whole - owned, f), tag("td", f.share(whole - owned, whole), class_="num")],
    ]
    return join(
        tag("h2", "Explained, before and after"),
        table(
            f"Usage and purchases with an owner, {report.currency}",
            ["Usage and purchases", f"Cost, {report.currency}", "Share"],
            rows,
            numbers=(1, 2),
        ),
    )


def team_lines(report: Report, f: Figures) -> Safe:
    """The dearest teams, the rest as one line, then what no team owns."""
    owned = [r for r in report.teams.to_dict("records") if r["x_Team"] != ""]
    lines = [(r["x_Team"], r) for r in owned[:MOST_TEAMS]]
    if rest := owned[MOST_TEAMS:]:
        lines.append(
            (f"{len(rest)} smaller teams", {k: sum(int(r[k]) for r in rest) for k in ("cost", *certainty.HEADINGS)})
        )
    lines += [(r["title"], r) for r in story.unowned(report)]
    rows = [
        [
            name,
            amount(r["cost"], f),
            tag("td", f.share(r["cost"], report.net), class_="num"),
            certainty.spoken(r, f) or "–",
        ]
        for name, r in lines
    ]
    return join(
        tag("h2", "Teams"),
        table(
            f"Teams by cost in {report.currency}",
            ["Team", f"Cost, {report.currency}", "Share", "How it is known"],
            rows,
            numbers=(1, 2),
            foot=["Sum", amount(report.net, f), tag("td"), tag("td")],
        ),
    )


def actions(report: Report, f: Figures) -> list[str]:
    """Up to three things to do next, most money first."""
    rows, cost = report.resources, METRICS[report.metric]
    out: list[tuple[int, str]] = []
    inferred = rows[(rows["x_Basis"] == "inferred") & (rows["x_Verdict"] == "owned")]
    if len(inferred):
        units = int(inferred[cost].sum())
        out.append(
            (
                units,
                f"Confirm and tag what is inferred: {len(inferred):,} resources, {f.short(units)}. A tag plan is among the exports.",
            )
        )
    unknown = rows[(rows["x_Verdict"] == "abstained") & ~rows["x_IsSynthetic"]]
    if len(unknown):
        units, top = int(unknown[cost].sum()), unknown[cost].astype("float64").nlargest(20)
        most = int(unknown.loc[top.index, cost].sum())
        out.append(
            (
                units,
                f"Ask about the {len(top)} dearest resources without an owner: {f.short(most)} of {f.short(units)} unknown.",
            )
        )
    if len(report.conflicts):
        units = int(sum(report.conflicts["BilledCost"]))
        out.append(
            (
                units,
                f"Settle {len(report.conflicts):,} resources that two sources give to different teams: {f.short(units)} at stake.",
            )
        )
    shared = report.ledger[report.metric]["shared"]
    if shared > 0:
        out.append(
            (shared, f"Decide how {f.short(shared)} of shared money (commitments, fees) is split between teams.")
        )
    bare = report.ledger[report.metric]["unallocatable"]
    if bare > 0:
        out.append(
            (
                bare,
                f"Decide who bears {f.short(bare)} that no resource stands behind: tax, support, transfer without an id.",
            )
        )
    return [text for _, text in sorted(out, key=lambda x: (-x[0], x[1]))[:3]]


def next_three(report: Report, f: Figures) -> Safe:
    """The three actions as a list."""
    found = actions(report, f)
    return join(
        tag("h2", "Next"),
        tag("ol", *(tag("li", text) for text in found))
        if found
        else tag("p", "Nothing is left to settle on this bill."),
    )


def how_sure(report: Report, f: Figures) -> Safe:
    """What the gate measured, that the books close, and what the bill cannot tell."""
    items = [
        story.gate(report),
        f"Every unit of {f.exact(report.net)} stands under exactly one heading; {f.exact(report.ledger[report.metric]['residual'])} is left over.",
    ]
    items += [x["text"] for x in report.findings[:3]]
    return join(tag("h2", "How sure"), tag("ul", *(tag("li", text) for text in items if text)))
