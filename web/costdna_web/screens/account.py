"""What does the account itself add, and how do the answers get back into it?

Only where the desktop companion serves the page.
"""

from __future__ import annotations

from costdna.export.markup import Safe, join, tag

from ..accounting import Account
from ..parts import button, content, heading, link, pane
from ..scanning import look, scan
from ..state import State
from ..writing import back, outcomes, plan, write
from . import Screen

WORKING = {
    "scan": "Scanning",
    "apply": "Writing",
    "undo": "Taking back",
    "verify": "Reading back",
    "doctor": "Looking",
    "train": "Learning",
}
LEARNED = "It is better and speaks from now on; the Trust screen gives way back."
NOT_LEARNED = "That is not better beyond chance: the one that came with CostDNA stays."
TAKES = "It takes minutes, on this machine, from the bill the companion was started with, your tags and your answers. "


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
        back = "What was written has been taken back"
        return f"{back}, but for {tags(left)}: see step 6." if left else f"{back}."
    if said.get("apply"):
        return f"{tags(said['apply']['counts']['written'])} written and read back."
    if a.plan:
        return f"{tags(len(a.plan['rows']))} would be written."
    if a.matched:
        return f"{a.matched['resources']:,} resources of this bill have been seen being made or changed."
    return "Your account knows more than its bill."


def tags(n: int) -> str:
    """So many tags."""
    return f"{n:,} tag{'s' if n != 1 else ''}"


def wrong(a: Account) -> Safe | None:
    """The last error, and what to do."""
    p = a.companion.problem
    if not p:
        return None
    words = (p.get("message"), p.get("found") and f"Found: {p['found']}.", p.get("next"))
    return tag("p", " ".join(w for w in words if w), role="alert", class_="bad")


def work(a: Account) -> Safe | None:
    """What runs, how far it is, and the buttons that hold it."""
    job = a.companion.job
    if not a.companion.busy:
        if job.get("state") != "cancelled":
            return None
        was = f"{job['tool'].capitalize()} was cancelled. What was done is kept; press again to go on."
        return tag("p", was, role="status", class_="effect")
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
        tag("h2", WORKING.get(job["tool"], job["tool"])),
        tag("p", bar, " ", job["text"], " ", share, role="status"),
        tag("p", hold, " ", button("Cancel", "account:cancel")),
        outcomes("So far", job["lines"][-8:]) if job["lines"] else None,
        class_="asked",
        aria_label="What runs",
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
        asked = f"Asked for {f.count(said['owners'])} confirmed owners it had not been shown"
        own, shipped = (f.percent(said[m]["accuracy"]) for m in ("fine_tuned", "shipped"))
        verdict = LEARNED if said["kept"] else NOT_LEARNED
        result = tag(
            "p",
            f"{asked}, the page would have been right {own} of the time with it, {shipped} with the one that came with "
            f"CostDNA. {verdict}",
            role="status",
            class_="effect",
        )
    return tag(
        "details",
        tag("summary", "Let the model learn from your confirmed owners"),
        result,
        tag(
            "p",
            TAKES,
            button("Learn again" if said else "Learn", "account:train"),
        ),
        open=bool(said) or None,
    )


def hear(state: State, item: str, said: dict) -> str:
    """What is pressed or typed on this screen."""
    if state.account is None:
        return ""
    return state.account.fill(item, str(said["value"])) if "value" in said else state.account.press(state, item)


SCREEN = Screen("Account", 65, view, lambda state: state.account is not None, hear)
