"""What does the account itself add, and how do the answers get back into it?

Only where the desktop companion serves the page.
"""

from __future__ import annotations

from decimal import Decimal

from costdna.export.markup import Safe, join, tag
from costdna.export.tables import table

from ..accounting import STATES, Account
from ..parts import button, content, heading, link, pane
from ..state import State
from . import Screen

SHOWN = 50


class Steps:
    """The steps in order; drawn again alone while the companion works."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.panel = pane()
        self.redraw()

    def redraw(self) -> None:
        """Draw every step as it stands."""
        state, account = self.state, self.state.account
        self.panel.object = content(
            heading(first_line(state)),
            tag(
                "p",
                "With your own credentials, on this machine. Nothing is asked of AWS and nothing is written before you press a button.",
                class_="quiet",
            ),
            wrong(account),
            work(account),
            look(account),
            scan(state),
            review(state),
            learn(state),
            plan(state),
            write(state),
            back(account),
        )


def view(state: State):
    """The steps."""
    return Steps(state)


def first_line(state: State) -> str:
    """How far this is."""
    a = state.account
    said = a.companion.said
    if said.get("undo") and a.plan and not said.get("apply"):
        left = sum(said["undo"]["counts"].get(s, 0) for s in ("changed", "refused"))
        return (
            "What was written has been taken back."
            if not left
            else f"What was written has been taken back, but for {left:,} tag{'s' if left != 1 else ''}: see step 6."
        )
    if said.get("apply"):
        n = said["apply"]["counts"]["written"]
        return f"{n:,} tag{'s' if n != 1 else ''} written and read back."
    if a.plan:
        n = len(a.plan["rows"])
        return f"{n:,} tag{'s' if n != 1 else ''} would be written."
    if a.matched:
        return f"{a.matched['resources']:,} resources of this bill have been seen being made or changed."
    return "Your account knows more than its bill."


def wrong(a: Account) -> Safe | None:
    """The last error, and what to do."""
    p = a.companion.problem
    return (
        tag(
            "p",
            " ".join(x for x in (p.get("message"), p.get("found") and f"Found: {p['found']}.", p.get("next")) if x),
            role="alert",
            class_="bad",
        )
        if p
        else None
    )


def work(a: Account) -> Safe | None:
    """What runs, how far it is, and the buttons that hold it."""
    job = a.companion.job
    if not a.companion.busy:
        return (
            tag(
                "p",
                f"{job['tool'].capitalize()} was cancelled. What was done is kept; press again to go on.",
                role="status",
                class_="effect",
            )
            if job.get("state") == "cancelled"
            else None
        )
    share = f"{job['done'] / job['total']:.0%}" if job.get("total") else ""
    bar = tag(
        "progress",
        max=str(job["total"] or 1),
        value=str(job["done"]) if job.get("total") else None,
        aria_label="How far it is",
    )
    hold = button("Go on", "account:resume") if job["state"] == "paused" else button("Pause", "account:pause")
    return tag(
        "section",
        tag(
            "h2",
            {
                "scan": "Scanning",
                "apply": "Writing",
                "undo": "Taking back",
                "verify": "Reading back",
                "doctor": "Looking",
                "train": "Learning",
            }.get(job["tool"], job["tool"]),
        ),
        tag("p", bar, " ", job["text"], " ", share, role="status"),
        tag("p", hold, " ", button("Cancel", "account:cancel")),
        outcomes("So far", job["lines"][-8:]) if job["lines"] else None,
        class_="asked",
        aria_label="What runs",
    )


def look(a: Account) -> Safe:
    """What these credentials may see."""
    found = a.companion.said.get("doctor")
    missing = bool(found) and any(r["missing"] for r in found["checks"])
    rows = (
        [
            [
                r["check"],
                {"ok": "yes", "warning": "no", "error": "no"}.get(r["level"], r["level"]),
                tag("td", r["finding"], class_="said"),
                r["unlocks"],
                *([tag("td", tag("code", r["missing"])) if r["missing"] else ""] if missing else []),
            ]
            for r in found["checks"]
        ]
        if found
        else []
    )
    shown = (
        table("Checks", ["Check", "Works", "Finding", "Needed for", *(["Statement to add"] if missing else [])], rows)
        if rows
        else None
    )
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
    form, said, f = a.form, a.companion.said.get("scan"), state.figures
    sources = {"days": "CloudTrail's event history", "trail": "CloudTrail files in a bucket or folder"}
    choice = tag(
        "label",
        tag("span", "From"),
        tag(
            "select",
            *(tag("option", label, value=v, selected=form["source"] == v) for v, label in sources.items()),
            data_fill="account:source",
        ),
    )
    days = tag(
        "label",
        tag("span", "Days back (1 to 90)"),
        tag("input", type="number", min="1", max="90", value=form["days"], data_fill="account:days"),
    )
    trail = tag(
        "label",
        tag("span", "s3://bucket/prefix, or a folder of this machine"),
        tag(
            "input",
            type="text",
            value=form["trail"],
            data_fill="account:trail",
            autocomplete="off",
            spellcheck="false",
            maxlength="300",
        ),
    )
    also = tag(
        "label",
        tag("span", "Also list what is there"),
        tag(
            "select",
            tag("option", "no", value="", selected=not form["collect"]),
            tag("option", "yes: resources, tags, groups, roles", value="all", selected=bool(form["collect"])),
            data_fill="account:collect",
        ),
    )
    costs = (
        "The event history is free of charge and gives 100 events a second for each Region."
        if form["source"] == "days"
        else "AWS charges the reading of a bucket: $0.0004 for 1,000 files, and the traffic out of its Region."
    )
    result = None
    if said and a.matched:
        m, now = a.matched, state.report.coverage["billed"]["after"]
        rows = [
            [r["x_Source"], r["SubAccountId"] or "", r["RegionId"] or "", r["x_Status"], r["x_Detail"]]
            for r in sorted(said["coverage"], key=lambda r: r["x_Status"] == "complete")
        ]
        shown, rest = rows[:SHOWN], len(rows) - SHOWN
        gain = (
            f" {f.percent(m['before'])} of this bill had an owner before, {f.percent(now)} now."
            if m["before"] is not None
            else ""
        )
        result = join(
            tag(
                "p",
                f"{said['events']:,} events read; {m['events']:,} of them are about {m['resources']:,} resources of this bill.{gain}"
                + (f" {said['resources']:,} resources are there." if "resources" in said else ""),
                tag("span", f" The {m['left_out']:,} oldest events were left out.") if m["left_out"] else None,
                role="status",
                class_="effect",
            ),
            table("What could be seen", ["Source", "Account", "Region", "Status", "Detail"], shown),
            tag("p", f"And {rest:,} more, complete.", class_="quiet") if rest > 0 else None,
        )
    return join(
        tag("h2", "2 Scan: who did what?"),
        tag(
            "div",
            choice,
            days if form["source"] == "days" else trail,
            also,
            button("Scan again" if result else "Scan", "account:scan", quiet=bool(result)),
            class_="controls answer",
        ),
        tag("p", costs, class_="quiet"),
        result,
    )


def review(state: State) -> Safe:
    """The way to the questions."""
    n = len(state.correcting.queue)
    return join(
        tag("h2", "3 Review: is it right?"),
        tag(
            "p",
            f"{n} question{'s' if n != 1 else ''} would settle most of what is open. "
            if n
            else "No question is open. ",
            link("Answer them" if n != 1 else "Answer it", "screen:review") if n else None,
            " · " if n else None,
            link("See every resource", "screen:resources"),
        ),
    )


def learn(state: State) -> Safe | None:
    """A model taught this account's confirmed owners, kept only where it is better."""
    a, f = state.account, state.figures
    if "train" not in a.companion.tools:
        return None
    said = a.companion.said.get("train")
    result = None
    if said:
        figures = f"Asked for {f.count(said['owners'])} confirmed owners it had not been shown, the page would have been right {f.percent(said['fine_tuned']['accuracy'])} of the time with it, {f.percent(said['shipped']['accuracy'])} with the one that came with CostDNA."
        result = tag(
            "p",
            f"{figures} {'It is better and speaks from now on; the Trust screen gives way back.' if said['kept'] else 'That is not better beyond chance: the one that came with CostDNA stays.'}",
            role="status",
            class_="effect",
        )
    return tag(
        "details",
        tag("summary", "Let the model learn from your confirmed owners"),
        result,
        tag(
            "p",
            "It takes minutes, on this machine, from the bill the companion was started with, your tags and your answers. ",
            button("Learn again" if said else "Learn", "account:train"),
        ),
        open=bool(said) or None,
    )


def plan(state: State) -> Safe:
    """Which tags would be written."""
    a, f = state.account, state.figures
    form, made = a.form, a.plan
    controls = tag(
        "div",
        tag(
            "label",
            tag("span", "Tag key"),
            tag(
                "input",
                type="text",
                value=form["key"],
                data_fill="account:key",
                autocomplete="off",
                spellcheck="false",
                maxlength="128",
            ),
        ),
        tag(
            "label",
            tag("span", "Inferred owners from probability"),
            tag(
                "input", type="number", min="0.5", max="1", step="0.01", value=form["least"], data_fill="account:least"
            ),
        ),
        button("Plan again" if made else "Plan the tags", "account:plan", quiet=bool(made)),
        class_="controls answer",
    )
    shown = None
    if made:
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
        more = f" The dearest {SHOWN} of them:" if len(made["rows"]) > SHOWN else ""
        why = {}
        for r in made["passed"]:
            if not r["x_Reason"].startswith(("its own tags", "the tag is there")):
                reason = r["x_Reason"].split(":")[0]
                why[reason] = why.get(reason, 0) + 1
        left = (
            tag(
                "ul",
                *(tag("li", f"{n:,} not: {reason}") for reason, n in sorted(why.items(), key=lambda x: -x[1])[:6]),
                class_="quiet",
            )
            if why
            else None
        )
        stale = (
            tag("p", "Answers have changed since: plan again to take them in.", class_="bad", role="status")
            if made["at"] is not state.result
            else None
        )
        total = (
            f.money(int(Decimal(made["total"]).scaleb(f.scale)))
            if made["currency"] == f.currency
            else f"{made['total']} {made['currency']}"
        )
        shown = join(
            tag(
                "p",
                f"{len(made['rows']):,} resource{'s' if len(made['rows']) != 1 else ''}, which cost {total} in this bill.{more}",
            ),
            stale,
            table(
                "The plan",
                ["Resource", "Has", "Gets", "Because", "Probability", "Cost", "Reason"],
                rows,
                numbers=(4, 5),
            ),
            left,
        )
    return join(tag("h2", "4 Plan: which tags?"), controls, shown)


def write(state: State) -> Safe:
    """The writing, asked for twice; what became of each tag; reading it again."""
    a = state.account
    writer = tag(
        "div",
        tag(
            "label",
            tag("span", "Write as: an AWS profile, or the ARN of the write role (empty: the credentials that read)"),
            tag(
                "input",
                type="text",
                value=a.form["writer"],
                data_fill="account:writer",
                autocomplete="off",
                spellcheck="false",
                maxlength="300",
            ),
        ),
        class_="controls",
    )
    if not a.plan:
        return join(
            tag("h2", "5 Write, and read back"),
            tag("p", "Needs a plan: what is in it is shown before anything is written.", class_="quiet"),
            writer if a.companion.said.get("runs", {}).get("runs") else None,
        )
    who, said, n = a.companion.said.get("whoami"), a.companion.said.get("apply"), len(a.plan["rows"])
    if a.sure == "apply":
        acting = f"Acting as {who['arn']} of account {who['account']}. " if who else ""
        ask = tag(
            "div",
            tag(
                "p",
                acting,
                f"Write {n:,} tags? The first 3 are written and read back before the rest. What is not as the plan saw it is left alone.",
            ),
            tag("p", button("Yes, write them", "account:apply", quiet=False), " ", button("No", "account:no")),
            class_="preview",
        )
    else:
        ask = (
            tag(
                "p",
                ""
                if said
                else "Nothing of this plan stands in the account now. "
                if a.companion.said.get("undo")
                else "Nothing has been written yet; this is the dry run. ",
                button(
                    f"Write {n:,} tag{'s' if n != 1 else ''}" if not said else "Go on writing",
                    "account:apply",
                    quiet=bool(said),
                ),
            )
            if n and (not said or said["not_begun"])
            else None
        )
    done = (
        join(
            tag(
                "p",
                counts(said) + (f" · {said['not_begun']:,} not begun" if said["not_begun"] else "") + ".",
                role="status",
                class_="effect",
            ),
            outcomes("What became of each tag", said["outcomes"]),
            tag("p", button("Read them back from AWS", f"account:verify-{said['run']}")),
        )
        if said
        else None
    )
    seen = a.companion.said.get("verify")
    checked = (
        join(
            tag("p", f"Read again: {counts(seen)}.", role="status", class_="effect"),
            outcomes("Read again", [r for r in seen["outcomes"] if r["status"] != "kept"])
            if any(r["status"] != "kept" for r in seen["outcomes"])
            else None,
        )
        if seen
        else None
    )
    return join(tag("h2", "5 Write, and read back"), writer if n else None, ask, done, checked)


def back(a: Account) -> Safe:
    """The runs there were, each with its undo."""
    said, who = a.companion.said, a.companion.said.get("whoami")
    runs = said.get("runs", {}).get("runs")
    rows = []
    for r in (runs or [])[:10]:
        if r.get("damaged"):
            rows.append([r["run"], "", "", "damaged", "", r["damaged"]])
            continue
        left = r["written"] - r["undone"]
        if a.sure == f"undo-{r['run']}":
            act = join(
                tag("span", f"As {who['arn']}: " if who else ""),
                button("Yes, take it back", f"account:undo-{r['run']}", quiet=False),
                " ",
                button("No", "account:no"),
            )
        else:
            act = (
                button("Take it back", f"account:undo-{r['run']}") if left > 0 else "taken back" if r["undone"] else ""
            )
        rows.append(
            [
                r["run"],
                r["account"],
                f"{r['key']}=…",
                f"{r['written']:,} of {r['rows']:,}",
                f"{r['undone']:,}",
                tag("td", act),
            ]
        )
    undone = said.get("undo")
    return join(
        tag("h2", "6 Take back"),
        tag("p", f"{counts(undone)}.", role="status", class_="effect") if undone else None,
        table("Runs", ["Run", "Account", "Tag", "Written", "Taken back", ""], rows)
        if rows
        else tag(
            "p",
            "No run has written anything."
            if runs is not None
            else "Every run has a journal on this machine and can be taken back.",
            class_="quiet",
        ),
        None if rows else tag("p", button("See earlier runs", "account:runs")),
        tag(
            "p",
            f"Journals, plans and your session lie under {a.companion.folder}, readable by you alone.",
            class_="quiet",
        ),
    )


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


def hear(state: State, item: str, said: dict) -> str:
    """What is pressed or typed on this screen."""
    if state.account is None:
        return ""
    return state.account.fill(item, str(said["value"])) if "value" in said else state.account.press(state, item)


SCREEN = Screen("Account", 65, view, lambda state: state.account is not None, hear)
