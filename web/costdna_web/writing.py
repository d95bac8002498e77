"""The plan of tags, their writing and their taking back: the last steps of the Account screen, which write."""

from __future__ import annotations

from decimal import Decimal

from costdna.export.markup import Safe, join, tag
from costdna.export.tables import table

from .accounting import STATES, Account
from .parts import button, labelled, typed
from .state import State

SHOWN = 50
NO_RUN = "No run has written anything."
EARLIER = "Every run has a journal on this machine and can be taken back."
LEAST = {"type": "number", "min": "0.5", "max": "1", "step": "0.01"}


def plan(state: State) -> Safe:
    """Which tags would be written."""
    form, made = state.account.form, state.account.plan
    controls = tag(
        "div",
        typed("Tag key", "account:key", form["key"], 128),
        labelled(
            "Inferred owners from probability", tag("input", **LEAST, value=form["least"], data_fill="account:least")
        ),
        button("Plan again" if made else "Plan the tags", "account:plan", quiet=bool(made)),
        class_="controls answer",
    )
    return join(tag("h2", "4 Plan: which tags?"), controls, planned(state, made) if made else None)


def planned(state: State, made: dict) -> Safe:
    """The plan in rows, dearest first, and what is not in it."""
    f = state.figures
    rows = [
        [
            tag("td", r["ResourceId"], class_="said"),
            r["x_OldValue"] or "",
            word(r["x_NewValue"]),
            word({"human": "you said so"}.get(r["x_Basis"], r["x_Basis"])),
            "" if r["x_Probability"] is None else f.percent(r["x_Probability"]),
            r["BilledCost"],
            tag("td", r["x_Reason"], class_="said"),
        ]
        for r in made["rows"][:SHOWN]
    ]
    if made["currency"] == f.currency:
        total = f.money(int(Decimal(made["total"]).scaleb(f.scale)))
    else:
        total = f"{made['total']} {made['currency']}"
    n = len(made["rows"])
    more = f" The dearest {SHOWN} of them:" if n > SHOWN else ""
    stale = made["at"] is not state.result
    heads = ["Resource", "Has", "Gets", "Because", "Probability", "Cost", "Reason"]
    return join(
        tag("p", f"{n:,} resource{'s' if n != 1 else ''}, which cost {total} in this bill.{more}"),
        tag("p", "Answers have changed since: plan again to take them in.", class_="bad", role="status")
        if stale
        else None,
        table("The plan", heads, rows, numbers=(4, 5)),
        passed(made["passed"]),
    )


def passed(rows: list[dict]) -> Safe | None:
    """How many were passed over, by reason; not those that need no tag."""
    why: dict[str, int] = {}
    for r in rows:
        if not r["x_Reason"].startswith(("its own tags", "the tag is there")):
            reason = r["x_Reason"].split(":")[0]
            why[reason] = why.get(reason, 0) + 1
    if not why:
        return None
    most = sorted(why.items(), key=lambda x: -x[1])[:6]
    return tag("ul", *(tag("li", f"{n:,} not: {reason}") for reason, n in most), class_="quiet")


def write(state: State) -> Safe:
    """The writing, asked for twice; what became of each tag; reading it again."""
    a = state.account
    who = "Write as: an AWS profile, or the ARN of the write role (empty: the credentials that read)"
    writer = tag("div", typed(who, "account:writer", a.form["writer"], 300), class_="controls")
    title = tag("h2", "5 Write, and read back")
    if not a.plan:
        return join(
            title,
            tag("p", "Needs a plan: what is in it is shown before anything is written.", class_="quiet"),
            writer if a.companion.said.get("runs", {}).get("runs") else None,
        )
    said, read = a.companion.said.get("apply"), a.companion.said.get("verify")
    return join(
        title,
        writer if a.plan["rows"] else None,
        sure(a) if a.sure == "apply" else begin(a, said),
        done(said) if said else None,
        read_again(read) if read else None,
    )


def sure(a: Account) -> Safe:
    """The question before the second press: how many, and as whom."""
    who = a.companion.said.get("whoami")
    return tag(
        "div",
        tag(
            "p",
            f"Acting as {who['arn']} of account {who['account']}. " if who else "",
            f"Write {len(a.plan['rows']):,} tags? The first 3 are written and read back before the rest. "
            "What is not as the plan saw it is left alone.",
        ),
        tag("p", button("Yes, write them", "account:apply", quiet=False), " ", button("No", "account:no")),
        class_="preview",
    )


def begin(a: Account, said: dict | None) -> Safe | None:
    """The first press, or going on where a run was stopped."""
    n = len(a.plan["rows"])
    if not n or (said and not said["not_begun"]):
        return None
    if said:
        return tag("p", "", button("Go on writing", "account:apply", quiet=True))
    if a.companion.said.get("undo"):
        now = "Nothing of this plan stands in the account now. "
    else:
        now = "Nothing has been written yet; this is the dry run. "
    return tag("p", now, button(f"Write {n:,} tag{'s' if n != 1 else ''}", "account:apply", quiet=False))


def done(said: dict) -> Safe:
    """What became of each tag."""
    left = f" · {said['not_begun']:,} not begun" if said["not_begun"] else ""
    return join(
        tag("p", f"{counts(said)}{left}.", role="status", class_="effect"),
        outcomes("What became of each tag", said["outcomes"]),
        tag("p", button("Read them back from AWS", f"account:verify-{said['run']}")),
    )


def read_again(said: dict) -> Safe:
    """What AWS says now of what was written: those that are no longer as written."""
    lost = [r for r in said["outcomes"] if r["status"] != "kept"]
    return join(
        tag("p", f"Read again: {counts(said)}.", role="status", class_="effect"),
        outcomes("Read again", lost) if lost else None,
    )


def back(a: Account) -> Safe:
    """The runs there were, each with its undo."""
    said, who = a.companion.said, a.companion.said.get("whoami")
    runs = said.get("runs", {}).get("runs")
    rows = [run(r, a.sure == f"undo-{r['run']}", who) for r in (runs or [])[:10]]
    undone = said.get("undo")
    return join(
        tag("h2", "6 Take back"),
        tag("p", f"{counts(undone)}.", role="status", class_="effect") if undone else None,
        table("Runs", ["Run", "Account", "Tag", "Written", "Taken back", ""], rows)
        if rows
        else tag("p", NO_RUN if runs is not None else EARLIER, class_="quiet"),
        None if rows else tag("p", button("See earlier runs", "account:runs")),
        tag(
            "p",
            f"Journals, plans and your session lie under {a.companion.folder}, readable by you alone.",
            class_="quiet",
        ),
    )


def run(r: dict, sure: bool, who: dict | None) -> list:
    """A run as a row: what it wrote, what was taken back, and the button that does it."""
    if r.get("damaged"):
        return [r["run"], "", "", "damaged", "", r["damaged"]]
    if sure:
        act = join(
            tag("span", f"As {who['arn']}: " if who else ""),
            button("Yes, take it back", f"account:undo-{r['run']}", quiet=False),
            " ",
            button("No", "account:no"),
        )
    elif r["written"] > r["undone"]:
        act = button("Take it back", f"account:undo-{r['run']}")
    else:
        act = "taken back" if r["undone"] else ""
    written = f"{r['written']:,} of {r['rows']:,}"
    return [r["run"], r["account"], f"{r['key']}=…", written, f"{r['undone']:,}", tag("td", act)]


def word(text: str) -> Safe:
    """A cell whose text stays on one line."""
    return tag("td", text, class_="word")


def counts(said: dict) -> str:
    """Outcomes counted, in words."""
    return " · ".join(f"{n:,} {STATES[s]}" for s, n in said["counts"].items() if n) or "Nothing to do"


def outcomes(caption: str, lines: list[dict]) -> Safe:
    """A row for each tag and what became of it."""
    rows = [
        [
            r["arn"],
            f"{r['key']}={r.get('new', '') or r.get('found', '')}",
            STATES.get(r["status"], r["status"]),
            " ".join(x for x in (r.get("code", ""), r.get("detail", "")) if x),
        ]
        for r in lines[:SHOWN]
    ]
    return table(caption, ["Resource", "Tag", "Outcome", "Detail"], rows)
