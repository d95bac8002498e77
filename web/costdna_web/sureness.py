"""How sure, on the reader's own tags: the range, whether it was right as often as it said, the methods beside each
other, the audit of their keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import StringIO

import pandas as pd
from costdna.audit import Audit, audit, audit_bill
from costdna.errors import CostDNAError, UsageError
from costdna.export.markup import Safe, join, tag
from costdna.export.tables import table

from .parts import button

MOST_ROWS, MOST_TEXT = 20_000, 8_000_000


def between(report, f) -> str:
    """The range in words: pessimistic (whole units hidden) to optimistic (single resources hidden)."""
    gate = report.gate
    low, high = gate.get("accuracy_group_folds"), gate.get("accuracy_random_folds")
    if not gate.get("passed") or high is None:
        return ""
    said = (
        f"{f.percent(min(low, high))} to {f.percent(max(low, high))}"
        if low is not None and f.percent(low) != f.percent(high)
        else f.percent(high)
    )
    return f"On your own tagged resources, hidden from it, it found the owner {said} of the time; always naming the largest team would find {f.percent(gate['majority_share'])}."


def stale(report) -> Safe:
    """That the range is of before the last answers."""
    if not report.gate.get("stale"):
        return join()
    return tag(
        "p",
        "This range was measured before your last answers. It is measured again once you pause, or ",
        tag("button", "now", type="button", class_="link", data_go="renew:"),
        ".",
        class_="stale",
        role="status",
    )


def diagram(report, f) -> Safe:
    """The reliability diagram on the reader's own bill: what it claimed as a mark, what held as a bar; the table is its
    own twin.
    """
    rows = report.gate.get("reliability") or []
    if not rows:
        return join()
    cells = []
    for r in rows:
        bar = tag(
            "span",
            tag("span", class_="held", style=f"width:{100 * r['held']:.1f}%"),
            tag("span", class_="claimed", style=f"left:{100 * r['claimed']:.1f}%"),
            class_="reliability",
            aria_hidden="true",
        )
        cells.append(
            [
                f"{f.percent(r['from'])} – {f.percent(r['to'])}",
                tag("td", bar, class_="barcell"),
                f.percent(r["claimed"]),
                f.percent(r["held"]),
                f.count(r["count"]),
            ]
        )
    return join(
        tag("h3", "Was it right as often as it said?"),
        tag(
            "p",
            "Owners of yours were hidden and asked for. The bar is how often it was right, the line what it had claimed: they should meet.",
            class_="quiet",
        ),
        table(
            "Reliability on hidden owners of this bill",
            ["It said", "Right (bar), claimed (line)", "Claimed", "Right", "Hidden owners"],
            cells,
            numbers=(2, 3, 4),
            class_="teams reliable",
        ),
    )


@dataclass
class Auditing:
    """The audits that were asked for: of the bill's own keys, and of a table that was pasted."""

    text: str = ""
    target: str = ""
    bill: Audit | None = None
    pasted: Audit | None = None
    problem: str = ""
    shown: bool = False
    of: object = field(default=None, repr=False)

    def take(self, text: str) -> None:
        """A table from a file: what was found in the last one is gone."""
        self.text, self.target, self.pasted, self.problem, self.shown = text[:MOST_TEXT], "", None, "", True

    def ask(self, what: str, result) -> None:
        """Run an audit ("bill" or "table"). What is wrong with a table is said, not raised."""
        self.problem = ""
        try:
            if what == "bill":
                keys = result.known.keys
                owners = {(s, k) for s, k, r in zip(keys["x_Source"], keys["x_Key"], keys["x_Rank"]) if r >= 0}
                self.bill, self.of = audit_bill(result.ownables, result.relations, result.known.labels, owners), result
            elif what == "table":
                self.pasted = audit(read(self.text), self.target.strip())
        except CostDNAError as error:
            self.problem = f"{error.message} {error.found or ''} {error.next_step or ''}".strip()


def read(text: str) -> pd.DataFrame:
    """A pasted table (CSV or tab-separated, first row its heads), all as text. Raises UsageError."""
    if not text.strip():
        raise UsageError(
            "No table was pasted.",
            next_step="Copy a table with its head row from a spreadsheet and paste it.",
            code="table",
        )
    try:
        separator = "\t" if text.split("\n", 1)[0].count("\t") else ","
        return pd.read_csv(
            StringIO(text[:MOST_TEXT]), sep=separator, dtype=str, keep_default_na=False, nrows=MOST_ROWS, engine="c"
        )
    except (ValueError, pd.errors.ParserError) as error:
        raise UsageError(
            "The table cannot be read.",
            found=str(error)[:200],
            next_step="Paste CSV or tab-separated rows with one head row.",
            code="table",
        ) from None


def label_column(a: Auditing) -> Safe:
    """The columns of the table to choose from; a field to type in before there is one."""
    first = a.text.lstrip("\ufeff").split("\n", 1)[0].rstrip("\r")
    names = [n.strip().strip('"') for n in first.split("\t" if "\t" in first else ",")][:200] if first else []
    if len(names) < 2:
        return tag(
            "input",
            type="text",
            value=a.target,
            data_fill="target",
            data_enter="audit:table",
            maxlength="200",
            autocomplete="off",
        )
    return tag(
        "select",
        tag("option", "Choose a column", value=""),
        *(tag("option", n, value=n, selected=n == a.target) for n in names),
        data_fill="target",
    )


def audits(state) -> Safe:
    """Both audits: asked for, then shown."""
    a, f = state.auditing, state.figures
    mine = a.bill if a.of is state.result else None
    return join(
        tag("h2", "Do keys give the owner away?"),
        tag(
            "p",
            "A column that decides the owner all by itself makes any accuracy look better than it is. This asks each of your tag keys, columns and groups, against chance.",
        ),
        tag("p", button("Audit the keys of this bill", "audit:bill")) if mine is None else told(mine, f),
        tag(
            "details",
            tag("summary", "Audit a table of your own"),
            tag(
                "p",
                "Drop a table, choose it or paste it (CSV, or copied from a spreadsheet), and name the column that is the label. It is looked at here and goes nowhere.",
            ),
            tag(
                "p",
                tag(
                    "button",
                    "Choose a table",
                    type="button",
                    class_="button quiet-button",
                    data_pick="audit:open",
                    data_accept=".csv,.tsv,.txt",
                ),
            ),
            tag(
                "div",
                tag(
                    "label",
                    tag("span", "Table"),
                    tag("textarea", a.text[:20_000], rows="6", data_fill="table", spellcheck="false"),
                ),
                tag("label", tag("span", "Label column"), label_column(a)),
                button("Audit it", "audit:table"),
                class_="controls answer",
            ),
            told(a.pasted, f) if a.pasted else None,
            open=bool(a.pasted or a.problem or a.shown) or None,
        ),
        tag("p", a.problem, role="alert", class_="bad") if a.problem else None,
    )


def told(found: Audit, f) -> Safe:
    """An audit in words and as a table, honest figure first."""
    show = lambda share: "not measurable" if share is None else f.percent(share)
    said = f"Held out by {found.unit or 'rows'} and without keys that give it away, a simple method is right {show(found.honest)} of the time; with everything, split at random, {show(found.inflated)}; the largest label alone {f.percent(found.majority)}."
    keys = [
        [
            r["x_Key"],
            f.count(int(r["x_Values"])),
            f.percent(float(r["x_Pure"])) if r["x_Pure"] == r["x_Pure"] else "–",
            f.percent(float(r["x_PureByChance"])) if r["x_PureByChance"] == r["x_PureByChance"] else "–",
            {
                "leak": "gives it away",
                "near-unique": "nearly unique: says nothing",
                "rare": "too rare to say",
                "clean": "clean",
            }.get(r["x_Verdict"], r["x_Verdict"]),
        ]
        for r in found.keys.head(25).to_dict("records")
    ]
    return join(
        tag("p", said, role="status"),
        table(
            "Keys, those that give the label away first",
            ["Key", "Values", "Repeated values with one label", "The same by chance", "Verdict"],
            keys,
            numbers=(1, 2, 3),
        ),
        *(tag("p", n, class_="quiet") for n in found.notes[:3]),
    )


def security() -> Safe:
    """What is enforced, and how to check it oneself."""
    steps = [
        "Press “0 bytes sent” above: it counts what left, from three independent witnesses in the page and in each of its workers.",
        "Turn off your network after the first visit, reload, and drop the bill again: all of it works.",
        "Open your browser's developer tools, network tab, and watch: every request goes to this page's own address, none carries a body.",
        "Read the first lines of the page's source: a content security policy forbids connections to anyone else (connect-src 'self'); every worker is started so that it inherits it, and a service worker answers requests elsewhere with an error.",
        "Compare the page's files with SHA256SUMS beside it, or build it yourself from the source with one command and compare.",
    ]
    held = [
        "No link is ever made from a word of the bill: leaving the page by an address is the one thing a policy cannot stop.",
        "Words of the bill are escaped everywhere; cells that a spreadsheet would run as a formula are made harmless in every CSV.",
        "Nothing is kept on this device unless you press Keep; one button wipes it. Principals are hashed in everything that is saved.",
        "Who serves this page could serve another one tomorrow: that is what the sums and your own build are for.",
    ]
    return tag(
        "details",
        tag("summary", "Security: what is enforced, and how to check it"),
        tag("h3", "Check it yourself"),
        tag("ol", *(tag("li", s) for s in steps)),
        tag("h3", "What holds, and what to know"),
        tag("ul", *(tag("li", s) for s in held)),
    )
