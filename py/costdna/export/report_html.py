"""The whole result as one HTML page that needs nothing else: no script, no address, no font; it prints on paper."""

from pathlib import Path

from costdna.errors import CostDNAError
from costdna.export import certainty, days, story
from costdna.export.figures import Figures
from costdna.export.markup import Safe, join, raw, tag
from costdna.export.tables import amount, table
from costdna.hashing import sign
from costdna.report import Report

CSP = "default-src 'none'; style-src 'unsafe-inline'"
MOST_ROWS = 100


def style() -> str:
    """Tokens and the style sheet of the parts."""
    return Path(__file__).with_name("tokens.css").read_text("utf-8") + shared_style()


def shared_style() -> str:
    """The style sheet of the parts that page and report share; the page has the tokens already."""
    return Path(__file__).with_name("style.css").read_text("utf-8")


def report_html(report: Report, figures: Figures) -> str:
    """The text of the page. Every word of the bill is escaped."""
    if "</style" in style():
        raise CostDNAError("The style sheet would end too early.", code="defect")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=CSP),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"Who owns the money: {story.period(report)}"),
        tag("style", raw(style())),
    )
    body = tag(
        "main",
        top(report, figures),
        teams_table(report, figures, links=False),
        services_table(report, figures),
        per_day(report, figures),
        ledger_table(report, figures),
        findings(report, figures),
        class_="cd sheet",
    )
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", body), lang="en") + "\n"


def top(report: Report, f: Figures) -> Safe:
    """Total, coverage in words, the certainty bar."""
    facts = [
        story.period(report),
        story.METRIC_WORDS[report.metric],
        ", ".join(report.sources["x_Name"].tolist()[:3]) + ("…" if len(report.sources) > 3 else ""),
    ]
    return join(
        tag(
            "header",
            tag("p", f.money(report.net), class_="total", title=f.exact(report.net)),
            tag("p", join(*(x for x in facts if x), by=" · "), class_="quiet"),
        ),
        tag("h1", story.coverage(report, f)),
        coverage_bar(report, f),
        tag("p", story.gate(report)),
    )


def coverage_bar(report: Report, f: Figures) -> Safe:
    """The one bar before → after, with its legend and what it is a share of."""
    explained = report.explained[report.metric]
    whole = sum(explained.values())
    before = report.coverage[report.metric]["before"]
    mark = before if 0 < before < report.coverage[report.metric]["after"] else None
    late = before > 0.6  # the label stands left of its mark where there is no room to the right
    words = f"tags alone {f.percent(before)}"
    said = (
        tag(
            "span",
            f"{words} ▲" if late else f"▲ {words}",
            class_="marklabel late" if late else "marklabel",
            style=f"left:{100 * before:.2f}%",
        )
        if mark is not None
        else None
    )
    return tag(
        "div",
        certainty.bar(explained, f, before=mark, label="Usage and purchases"),
        tag("div", said, class_="markline") if said else None,
        certainty.legend(explained, f),
        tag("p", f"Shares of {f.short(whole)}: usage and purchases, before credits and tax.", class_="quiet")
        if whole > 0
        else None,
        class_="coverage",
    )


def teams_table(report: Report, f: Figures, *, links: bool, most: int = 100_000) -> Safe:
    """Teams by money, then what no team owns.

    links: names are buttons that open a team (the page); rows beyond `most` are summed.
    """
    owned = [r for r in report.teams.to_dict("records") if r["x_Team"] != ""]
    bare = story.unowned(report)
    largest = max([int(r["cost"]) for r in [*owned, *bare]] + [1])
    rows, classes = [], []
    for row in owned[:most]:
        name = (
            tag("button", row["x_Team"], type="button", data_go=f"team:{sign(row['x_Team'])}", class_="link")
            if links
            else row["x_Team"]
        )
        rows.append([name, *_figures(row, report, f, largest, row["x_Team"])])
        classes.append("")
    if len(owned) > most:
        rest = {k: sum(int(r[k]) for r in owned[most:]) for k in ("cost", "resources", *certainty.HEADINGS)}
        name = f"{f.count(len(owned) - most)} smaller teams"
        rows.append(
            [
                tag("button", name, type="button", data_go="teams:all", class_="link") if links else name,
                *_figures(rest, report, f, largest, name),
            ]
        )
        classes.append("rest")
    for row in bare:
        label = join(
            tag("span", class_=f"swatch {row['part']}", aria_hidden="true"),
            tag("button", row["title"], type="button", data_go=f"unowned:{row['key']}", class_="link")
            if links
            else row["title"],
            tag("span", f" {row['text']}", class_="quiet"),
        )
        rows.append([label, *_figures(row, report, f, largest, row["title"])])
        classes.append("unowned")
    foot = [
        "Sum",
        amount(report.net, f),
        tag("td", f.share(report.net, report.net, 1), class_="num"),
        tag("td"),
        tag("td"),
    ]
    return join(
        tag("h2", "Teams"),
        table(
            f"Teams by cost in {report.currency}",
            ["Team", f"Cost, {report.currency}", "Share", "Certainty", "Resources"],
            rows,
            numbers=(1, 2, 4),
            foot=foot,
            row_classes=classes,
            class_="teams",
        ),
    )


def _figures(row: dict, report: Report, f: Figures, largest: int, label: str) -> list:
    return [
        amount(row["cost"], f),
        tag("td", f.share(row["cost"], report.net), class_="num"),
        tag("td", certainty.bar(row, f, length=max(0, int(row["cost"])) / largest, label=label), class_="barcell"),
        tag("td", f.count(row["resources"]), class_="num"),
    ]


def services_table(report: Report, f: Figures, most: int = MOST_ROWS) -> Safe:
    """Services by money with what is known of each."""
    records = report.services.to_dict("records")
    rows = [
        [
            r["ServiceName"] or "(no service named)",
            amount(r["cost"], f),
            tag("td", f.share(r["cost"], report.net), class_="num"),
            tag("td", certainty.bar(r, f, label=r["ServiceName"]), class_="barcell"),
        ]
        for r in records[:most]
    ]
    more = (
        tag(
            "p", f"{f.count(len(records) - most)} smaller services are left out here; the CSV has them.", class_="quiet"
        )
        if len(records) > most
        else None
    )
    return join(
        tag("h2", "Services"),
        table(
            f"Services by cost in {report.currency}",
            ["Service", f"Cost, {report.currency}", "Share", "Certainty"],
            rows,
            numbers=(1, 2),
            class_="teams",
        ),
        more,
    )


def per_day(report: Report, f: Figures) -> Safe:
    """The daily chart and its twin table."""
    at, chart = days.series(report.daily)
    if not chart:
        return join()
    return join(
        tag("h2", "Days"),
        days.svg(at, chart, f),
        tag("details", tag("summary", "The same as a table"), days.twin(at, chart, f)),
    )


def ledger_table(report: Report, f: Figures) -> Safe:
    """Both ledgers side by side: every heading, the difference, and that nothing is left over."""
    billed, effective = report.ledger["billed"], report.ledger["effective"]

    def line(title: str, key: str, sign: str = "") -> list:
        places = f.places
        return [
            join(sign, title),
            amount(billed[key], f, places),
            amount(effective[key], f, places),
            amount(effective[key] - billed[key], f, places),
        ]

    above = [
        line("Charges before credits (gross)", "gross"),
        line("Credits and refunds", "credits", "+ "),
        line("Net", "net", "= "),
    ]
    below = [line(certainty.HEADINGS[h], h) for h in certainty.HEADINGS if billed[h] or effective[h]]
    heads = [f"Billed, {report.currency}", f"Effective, {report.currency}", "Difference"]
    foot = [
        tag("th", "Left over", scope="row"),
        amount(billed["residual"], f),
        amount(effective["residual"], f),
        tag("td"),
    ]
    because = next((i for i in report.identities if i["name"] == "effective-minus-billed"), None)
    if billed["net"] == effective["net"]:
        note = "Both costs close to the same total."
    elif because:
        note = (
            f"The two close to different totals: effective spreads what was paid upfront over the time it covers. {because['text']} "
            + ("Checked: it holds." if because["holds"] else f"It is off by {because['difference']}.")
        )
    else:
        note = "The two close to different totals: effective spreads what was paid upfront over the time it covers."
    return join(
        tag("h2", "Ledger"),
        tag("p", "Every unit of the bill stands under exactly one heading; what is left over must be 0."),
        table(
            "Ledger, total", ["In all", *heads], above, numbers=(1, 2, 3), row_classes=["", "", "sum"], class_="ledger"
        ),
        table(
            "Ledger, by what an owner stands on",
            ["What an owner stands on", *heads],
            below,
            numbers=(1, 2, 3),
            foot=foot,
            class_="ledger",
        ),
        tag("p", note),
    )


def findings(report: Report, f: Figures) -> Safe:
    """What the bill cannot tell, as found while reading."""
    items = [tag("li", finding_text(x, f)) for x in report.findings]
    other = [
        tag("li", f"Also on this bill and never added to the total: {text} {currency}.")
        for currency, text in sorted(report.other_currencies.items())
    ]
    return join(tag("h2", "What to know about this bill"), tag("ul", *items, *other)) if items or other else join()


def finding_text(finding: dict, f: Figures) -> str:
    """One finding in words, with its money where it has some."""
    return finding["text"] + (f" ({finding['amount']} {f.currency})" if finding.get("amount") else "")
