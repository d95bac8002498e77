"""What the reader has said about shared cost: rules, usage, customers; what of it could not be taken, and why. No Panel
here.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field

from costdna.errors import CostDNAError
from costdna.sharing import EMPTY, RuleBook, content_of, drivers, parse_book
from costdna.sharing.rules import COLUMNS
from costdna.unit import parse_customers
from costdna.workspace import Workspace

MOST_TEXT = 4_000_000
BLANK = {"field": "service", "value": "", "method": "even", "to": "", "by": ""}
STARTER = [
    {"field": "tag", "value": "customer=*", "method": "direct", "to": "", "by": "tag:customer"},
    {"field": "service", "value": "*", "method": "proportional", "to": "", "by": "requests"},
]


@dataclass
class Sharing:
    """rows: rules as the form holds them; texts: what was pasted or opened (`rules` overrides the form); problems: what
    is wrong with each.
    """

    bearers: str = "teams"
    rows: list[dict] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    customer: str = ""

    def fill(self, workspace: Workspace, item: str, value: str) -> str:
        """Take what was typed: `rules`, `usage`, `customers`, `bearers`, or `<number>-<part>` of a rule. Returns what
        to draw.
        """
        if item in ("rules", "usage", "customers"):
            self.take(workspace, item, value)
            return "list"
        if item == "bearers" and value in ("teams", "customers"):
            self.bearers = value
        else:
            number, _, part = item.partition("-")
            if not number.isdecimal() or int(number) >= len(self.rows) or part not in BLANK:
                return ""
            self.rows[int(number)][part] = value[:500]
        self.apply(workspace)
        return "list"

    def act(self, workspace: Workspace, item: str) -> str:
        """Press a button of the screens: add, remove-<number>, start (rules for customers), clear, show-<number>, all."""
        kind, _, number = item.partition("-")
        if kind == "add" and len(self.rows) < 50:
            self.rows.append(dict(BLANK))
        elif kind == "remove" and number.isdecimal() and int(number) < len(self.rows):
            del self.rows[int(number)]
        elif kind == "start":
            self.bearers, self.rows = "customers", [dict(r) for r in STARTER]
            if workspace.usage is not None and len(workspace.usage):
                self.rows[1]["by"] = sorted(set(workspace.usage["x_Driver"]))[0]
        elif kind == "clear":
            self.texts.pop("rules", None)
        else:
            return ""
        self.apply(workspace)
        return "screen"

    def take(self, workspace: Workspace, what: str, text: str) -> None:
        """Take a rules file (YAML, JSON or CSV), a usage CSV or a customers CSV as text. What cannot be read leaves all
        as it was and says why.
        """
        self.texts[what] = text[:MOST_TEXT]
        self.problems.pop(what, None)
        try:
            if len(text) > MOST_TEXT:
                raise CostDNAError(
                    "That is more text than this page takes.",
                    found=f"{len(text):,} characters",
                    next_step="Use the command line for it.",
                )
            if what == "rules":
                self.apply(workspace)
            elif what == "usage":
                workspace.usage = drivers(records(text), "usage") if text.strip() else None
                self.apply(workspace)
            else:
                workspace.customers = (
                    parse_customers(records(text), "customers", workspace.report.currency) if text.strip() else None
                )
        except CostDNAError as error:
            self.problems[what] = said(error)

    def reopen(self, workspace: Workspace, book: RuleBook) -> None:
        """Take the rules of a session file: in the form where it can hold them, else as text. What they need of a usage
        file is said until it is there.
        """
        content = content_of(book)
        self.bearers, self.rows = book.bearers, []
        self.texts.pop("rules", None)
        workspace.book = EMPTY
        rows = [unwritten(rule) for rule in content["rules"]]
        try:
            fits = (
                bool(rows)
                and None not in rows
                and parse_book([written(i + 1, r) for i, r in enumerate(rows)], "", book.bearers) == book
            )
        except CostDNAError:
            fits = False
        if fits:
            self.rows = rows
        elif rows:
            self.texts["rules"] = json.dumps(content, ensure_ascii=False, indent=1)
        self.apply(workspace)

    def apply(self, workspace: Workspace) -> None:
        """Make the rules of the form, or of the text, those of the workspace; rules that cannot be leave the last ones
        in force.
        """
        self.problems.pop("rules", None)
        try:
            book = self.book()
            if book.rules:
                workspace.spread(book)  # a driver that is not there is found here
            workspace.book = book
        except CostDNAError as error:
            self.problems["rules"] = said(error)

    def book(self) -> RuleBook:
        """The rules as they stand. Raises UsageError naming the one that is wrong."""
        text = self.texts.get("rules", "").strip()
        if text:
            return parse_book(_parsed(text), "rules")
        rows = [written(i + 1, r) for i, r in enumerate(self.rows) if r["value"].strip()]
        return (
            parse_book(rows, "", self.bearers)
            if rows
            else EMPTY
            if self.bearers == "teams"
            else RuleBook("customers", ())
        )


def written(number: int, row: dict) -> dict:
    """A row of the form as a row of a rules file. `requests of tag:service` is the driver requests of the charge's own
    service.
    """
    out = {"name": f"rule {number}", "where": {row["field"]: row["value"].strip()}, "method": row["method"]}
    driver, _, by = (p.strip() for p in row["by"].partition(" of "))
    if row["method"] == "fixed":
        out["shares"] = row["to"]
    elif row["to"].strip():
        out["to"] = row["to"].strip()
    if row["method"] == "proportional":
        out["driver"] = driver
        if by:
            out["by" if by.startswith("tag:") or by == "service" else "service"] = by
    elif row["by"].strip() and row["method"] in ("direct", "split"):
        out["by"] = driver
    return out


def unwritten(rule: dict) -> dict | None:
    """A rule of `content_of` as a row of the form; None where the form has no place for it."""
    if len(rule["where"]) != 1:
        return None
    (field, patterns), to = next(iter(rule["where"].items())), rule.get("shares") or rule.get("to", [])
    by = rule.get("driver") or rule.get("by", "")
    beside = rule.get("by") or "|".join(rule.get("service", []))
    return {
        "field": field,
        "value": "|".join(patterns),
        "method": rule["method"],
        "to": "|".join(f"{k}={v}" for k, v in to.items()) if isinstance(to, dict) else "|".join(to),
        "by": f"{by} of {beside}" if rule.get("driver") and beside else by,
    }


def choices(workspace: Workspace) -> list[str]:
    """Drivers there are: columns of the bill, and of the usage that was given."""
    return [*COLUMNS, *(sorted(set(workspace.usage["x_Driver"])) if workspace.usage is not None else [])]


def said(error: CostDNAError) -> str:
    """An error in one line."""
    return " ".join(
        p
        for p in (
            error.message,
            f"Found: {error.found}." if error.found else "",
            f"({error.where})" if error.where else "",
            error.next_step,
        )
        if p
    )


def records(text: str) -> list[dict]:
    """The rows of a CSV's text, whichever mark parts its columns."""
    lines = text.lstrip("\ufeff").strip().splitlines()
    mark = max("\t;,", key=lines[0].count) if lines else ","
    return list(csv.DictReader(lines, delimiter=mark))


def _parsed(text: str):
    import yaml

    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError:
        content = None
    return content if isinstance(content, (dict, list)) else records(text)
