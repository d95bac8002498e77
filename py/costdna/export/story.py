"""What the figures say, in sentences: the same words on the page, in the report and in its tests."""

import numpy as np
import pandas as pd

from costdna import money
from costdna.export.certainty import parts
from costdna.export.figures import Figures
from costdna.ledger import METRICS
from costdna.report import Report

METRIC_WORDS = {"billed": "billed cost", "effective": "effective cost"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# The rows of money that no team owns: key, how it is drawn, ledger headings, name, what it is.
UNOWNED = (
    ("shared", "shared", ("shared",), "Shared", "commitments and other money that several bear together"),
    ("aside", "aside", ("vendor", "ownerless"), "Vendor's or nobody's", "settled: no team of yours owns it"),
    ("unallocatable", "unknown", ("unallocatable",), "No resource", "tax, support, credits: nothing used it"),
    ("abstained", "unknown", ("abstained",), "Unknown", "we can't tell whose it is"),
)


def figures(report: Report, group: str = ",", decimal: str = ".") -> Figures:
    """How this report's money is written."""
    return Figures(report.currency, report.scale, group, decimal)


def month(day) -> str:
    """Oct 2026."""
    stamp = pd.Timestamp(day)
    return f"{MONTHS[stamp.month - 1]} {stamp.year}"


def period(report: Report) -> str:
    """The months of the bill: "Oct 2026", "Oct – Nov 2026", or "" where no file says."""
    days = report.sources["BillingPeriodStart"].dropna()
    if days.empty:
        return ""
    # a file of several months names its first one only; the others are known by their days
    return months(days.min(), max([days.max(), *report.daily["x_Day"].dropna().unique()]))


def months(first, last) -> str:
    """From one month to another, the same year said once.

    >>> months(pd.Timestamp("2026-10-01"), pd.Timestamp("2026-11-01"))
    'Oct – Nov 2026'
    """
    if month(first) == month(last):
        return month(first)
    return (
        f"{MONTHS[first.month - 1]} – {month(last)}" if first.year == last.year else f"{month(first)} – {month(last)}"
    )


def coverage(report: Report, f: Figures) -> str:
    """The first line: how much has an owner now, and by tags alone."""
    if report.teams.empty or not any(report.explained[report.metric].values()):
        return "There is no usage or purchase on this bill to give an owner."
    share = report.coverage[report.metric]
    here = parts(report.explained[report.metric])
    owned, whole = here["proved"] + here["inferred"], sum(here.values())
    if owned <= 0:
        return f"None of this bill has an owner yet: {f.short(whole)} of usage and purchases, and no tag, rule or account names a team."
    after, before = f.percent(share["after"]), f.percent(share["before"])
    if share["after"] == share["before"]:
        return f"{after} of this bill has an owner, all of it by tags."
    if after == before:
        return f"{after} of this bill has an owner, nearly all of it by tags."
    return f"{after} of this bill has an owner. It was {before} by tags alone."


def gate(report: Report) -> str:
    """What the gate decided, in its own words; what is true where it was never asked."""
    if not report.gate:
        return "Nothing was inferred: owners here are only those that tags, rules, maps and answers prove."
    reason = Figures.spaced(report.gate.get("reason", ""))
    return reason if report.gate.get("passed") else f"Nothing was inferred. {reason}".strip()


def team(report: Report, row: dict, f: Figures) -> str:
    """The first line of one team."""
    here = parts(row)
    share = f.share(row["cost"], report.net)
    if not here["inferred"]:
        return f"{row['x_Team']} owns {f.money(row['cost'])} ({share}), all of it proved."
    if not here["proved"]:
        return f"{row['x_Team']} owns {f.money(row['cost'])} ({share}), all of it inferred: no tag says so."
    return f"{row['x_Team']} owns {f.money(row['cost'])} ({share}), of which {f.money(here['proved'])} is proved and {f.money(here['inferred'])} inferred."


def unowned(report: Report) -> list[dict]:
    """Rows of the money without a team: key, part, title, text, cost, resources and the ledger's headings."""
    bare = report.teams[report.teams["x_Team"] == ""]
    if bare.empty:
        return []
    row = bare.iloc[0].to_dict()
    out = []
    for key, part, headings, title, text in UNOWNED:
        cost = sum(int(row[h]) for h in headings)
        here = int(report.resources["x_Verdict"].isin(headings).sum())
        if cost or here:
            only = {h: (int(row[h]) if h in headings else 0) for h in report.ledger[report.metric] if h in row}
            out.append(
                {"key": key, "part": part, "title": title, "text": text, "cost": cost, "resources": here, **only}
            )
    return out


def why_unknown(report: Report, most: int = 6) -> list[tuple[str, int, int]]:
    """Reasons for money without an owner: (reason, cost of its resources in units, resources), most money first."""
    rows = report.resources[report.resources["x_Verdict"] == "abstained"]
    if rows.empty:
        return []
    # Reasons name percentages and groups; what is common to them is how they begin.
    short = rows["x_Reason"].fillna("").map(_kind_of_reason).to_numpy()
    codes, names = pd.factorize(short, sort=True)
    codes = codes.astype("int64")
    cost = money.sum_by(rows[METRICS[report.metric]].to_numpy(), codes, len(names))
    count = np.bincount(codes, minlength=len(names)).astype("int64")
    order = sorted(range(len(names)), key=lambda i: (-int(cost[i]), names[i]))
    return [(names[i], int(cost[i]), int(count[i])) for i in order[:most]]


def _kind_of_reason(text: str) -> str:
    body = text.removeprefix("Abstains: ")
    if "is asked for" in body:
        return "A team is likeliest, but not likely enough to say so"
    if body.startswith("more likely none of the known teams"):
        return "More likely none of the teams we know"
    return (body[:1].upper() + body[1:]) or "No reason was recorded"
