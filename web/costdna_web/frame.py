"""What stands around every screen: the bill's total top left, where one can go, and the door through which wishes come."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import panel as pn
from costdna import session_file
from costdna.corrections import effect
from costdna.errors import CostDNAError
from costdna.export import story
from costdna.export.markup import Safe, join, tag
from costdna.ledger import METRICS
from costdna.workspace import Workspace

from . import bridge, meeting, model
from .parts import content, link, pane
from .screens import Screen, screens
from .session_part import elsewhere
from .state import State


class Frame:
    """Draws the state. `root` is what the page shows; `show(workspace)` opens a bill or redraws it."""

    def __init__(self) -> None:
        self.state = State()
        self.top, self.body = pane(), pn.Column(pane(), sizing_mode="stretch_width", margin=0)
        self.door = pn.widgets.TextInput(visible=False, tags=["costdna-door"])
        self.door.param.watch(lambda event: self.listen(event.new), "value")
        self.seen = 0
        # On the widest screens rows stay short enough for the eye to follow.
        self.root = pn.Column(
            self.top, self.body, self.door, sizing_mode="stretch_width", margin=0, styles={"max-width": "1760px"}
        )
        self.redraw: Callable[[], None] | None = None
        self.currency = ""
        self.in_currency: Callable[[str], None] | None = None  # attributes the bill again in another of its currencies
        self.answered: Callable[[], None] | None = None  # works out what the answers given change
        self.examine: Callable[[int], None] | None = None  # tests what carries the answer about a resource
        self.renewed: Callable[[], None] | None = None  # runs everything again, gate and range included
        self.ruled: Callable | None = None  # takes other rules and names (Wishes)
        self.reopened: Callable[[], None] | None = None  # attributes the bill again under the wishes of a session file
        self.heard: Callable[[], None] | None = None  # somebody is there
        self.remodelled: Callable[[], None] | None = None  # infers everything again with the model that speaks now

    def show(self, workspace: Workspace, skipped: list[dict] | None = None, working: str = "") -> None:
        """Open a bill, or the next result of the same one. working: what is still being done, said above the screen."""
        same = workspace is self.state.workspace and workspace.report.currency == self.currency
        self.state.open(workspace, skipped)
        self.state.working, self.currency = working, workspace.report.currency
        if same and self.redraw is not None:
            self.draw_top()  # somebody may be typing into the list's controls
            self.redraw()
        else:
            self.draw()

    def session(self, run: bool = True) -> None:
        """Save the session as a file, or take one that was opened. run: attribute the bill again at once."""
        state = self.state
        if not state.session:
            bridge.download("session.costdna.json", said_so_far(state), "application/json")
            state.noted = (
                "Saved: answers, rules, names and what was said of alerts, not the bill. Principals are hashed."
            )
            self.draw()
            return
        try:
            opened = session_file.from_text(state.session)
            wishes, state.saved_with = opened.wishes, opened.model
            state.noted = (
                session_file.fits(opened.sources, state.report)
                or "Opened: every answer, rule and name of it holds again."
            )
        except CostDNAError as error:
            state.noted = f"{error.message} {error.next_step or ''}".strip()
            self.draw()
            return
        wishes.currency = (
            wishes.currency
            if wishes.currency in {state.report.currency, *state.report.other_currencies}
            else state.report.currency
        )
        was = state.workspace.wishes  # what was scanned is no part of a session
        wishes.events, wishes.inventory, wishes.memberships = was.events, was.inventory, was.memberships
        state.workspace.wishes, state.workspace.feedback, state.workspace.planned = (
            wishes,
            opened.feedback,
            opened.planned,
        )
        state.sharing.reopen(state.workspace, opened.book)
        state.correcting.said.clear()
        if self.reopened is not None and run:
            self.reopened()

    def questions(self) -> None:
        """Find what to ask next and say what it would settle, once the bill is shown."""
        self.state.correcting.refill(self.state.workspace, fresh=not self.state.correcting.said)
        self.draw_top()
        if self.redraw is None and self.state.screen == "teams":
            self.draw()

    def meet(self, number: int, base: str, theirs: str, where: str) -> None:
        """Take up what another window kept of this bill, beside what was said here. number: which one it is, as the
        page counts; base: the session that both come from; where: as in "Said in another tab".
        """
        state = self.state
        if state.workspace is None:
            return
        session_file.from_text(theirs)  # what is no session is not taken up, nor kept over
        met = meeting.meet(base, said_so_far(state), theirs)
        state.met = number
        if met.told:
            state.meeting = (met, where)
        if met.changed:
            self.hold(met.content)
        self.kept(theirs if meeting.same(met.content, json.loads(theirs)) else said_so_far(state))
        self.draw_top()

    def hold(self, content: dict) -> None:
        """Let the words of a session hold in place of those so far; what follows is worked out as after an answer."""
        state, space = self.state, self.state.workspace
        before = json.loads(said_so_far(state))
        changed = {part for part in meeting.PARTS if not meeting.same({part: before[part]}, {part: content[part]})}
        opened = session_file.from_text(json.dumps(content))
        ids = {int(key[0]) for key in meeting.altered("answers", before, content)}
        state.correcting.overtaken(ids)
        space.feedback, space.planned = opened.feedback, opened.planned
        space.wishes.answers = opened.wishes.answers
        if "sharing" in changed:
            state.sharing.reopen(space, opened.book)
        if changed & {"tag_keys", "team_map", "budget"}:
            told = {
                name: getattr(opened.wishes, name) for name in ("tag_keys", "team_map", "budget", "rules", "aliases")
            }
            space.wishes = replace(space.wishes, **told)
            if self.reopened is not None:
                self.reopened()
        elif changed & {"rules", "aliases"} and self.ruled is not None:
            state.correcting.due = True
            state.ruling.outdated()
            self.ruled(opened.wishes)
        elif "answers" in changed and self.answered is not None:
            state.correcting.due = True
            self.answered()
        self.redraw() if self.redraw is not None else self.draw()

    def met(self) -> None:
        """What somebody says to what came from another window: leave it out, take its word, or seen."""
        state = self.state
        met, _ = state.meeting
        state.meeting, now = None, json.loads(said_so_far(state))
        if state.reply == "out":
            self.hold(meeting.left_out(met, now, f"{state.correcting.now():%Y-%m-%dT%H:%M:%SZ}"))
        elif state.reply == "theirs":
            self.hold(meeting.taken(met, now))
        self.kept(said_so_far(state))
        self.draw_top()

    def kept(self, text: str = "") -> None:
        """Tell the page the session as it is now, or is to be: it is kept where the user asked for that."""
        state = self.state
        space = state.workspace
        if space is not None and (
            text
            or state.correcting.said
            or space.wishes.answers is not None
            or space.wishes.rules is not None
            or space.wishes.aliases
            or space.book.rules
            or space.feedback is not None
            or space.planned is not None
        ):
            bridge.post("session", text=text or said_so_far(state), met=state.met)

    def busy(self, words: str) -> None:
        """Say above the screen what is being done."""
        self.state.working = words
        self.draw_top()

    def moved(self, before) -> None:
        """Show what answers have changed since `before` (a Report): the effect in words, the rows marked."""
        state = self.state
        state.open(state.workspace)
        state.correcting.last, state.correcting.due = effect(before, state.workspace.report), False
        state.correcting.refill(state.workspace)
        self.kept()
        self.draw_top()
        self.redraw() if self.redraw is not None else self.draw()

    def listen(self, message: str) -> None:
        """Act on a wish and on those before it that were overtaken on their way ({go, n, past: [wishes]})."""
        try:
            said = json.loads(message)
            wishes = [w for w in [*said.pop("past", []), said] if isinstance(w, dict) and int(w["n"]) > self.seen]
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        for wish in wishes:
            self.seen = int(wish["n"])
            self.hear(json.dumps(wish))

    def hear(self, wish: str) -> None:
        """Act on a wish and draw what it changed."""
        before = self.aside()
        what = self.state.hear(wish)
        if self.aside() != before:
            self.kept()  # rules of sharing and words on alerts count at once, without a run
        if self.heard is not None:
            self.heard()
        if what in ("answer", "card"):
            # What was said is shown before what follows from it has been worked out.
            self.draw_top()
            self.redraw() if self.redraw is not None else self.draw()
            if what == "answer" and self.answered is not None:
                self.answered()
        elif what == "list" and self.redraw is not None:
            self.redraw()
        elif what == "currency" and self.in_currency is not None:
            self.in_currency(self.state.item)
        elif what == "session":
            self.session()
        elif what == "meeting":
            self.met()
        elif what == "examine":
            if self.examine is not None:
                self.examine(self.state.target())
        elif what == "model":
            self.draw()
            if self.remodelled is not None:
                self.remodelled()
        elif what == "renew":
            if self.renewed is not None:
                self.renewed()
        elif what == "rule":
            self.state.correcting.due = True
            if self.ruled is not None:
                self.ruled(self.state.ruling.take())
            self.redraw() if self.redraw is not None else self.draw()
        elif what == "save":
            save(self.state)
            self.draw()
        elif what and self.state.workspace is not None:
            self.draw()

    def aside(self) -> tuple:
        """What was said besides answers, rules and names, as far as it takes to see that it changed."""
        space = self.state.workspace
        return (
            (space.book, len(space.feedback) if space.feedback is not None else 0, id(space.planned))
            if space is not None
            else ()
        )

    def draw(self) -> None:
        """Draw the whole page again."""
        screen = self.draw_top()
        view = screen.view(self.state)
        self.redraw = getattr(view, "redraw", None)
        self.body[:] = [view.panel if hasattr(view, "panel") else view]

    def draw_top(self) -> Screen:
        """Draw what stands above the screen; returns the screen the state is at, or the first."""
        shown = [s for s in screens() if s.requires is None or s.requires(self.state)]
        screen = next((s for s in shown if s.slug == self.state.screen), shown[0])
        self.top.object = content(header(self.state), nav(self.state, shown, screen), elsewhere(self.state))
        return screen


def said_so_far(state: State) -> str:
    """The session as a file's text."""
    space = state.workspace
    return session_file.to_text(
        space.wishes,
        state.report,
        state.metric,
        book=space.book,
        feedback=space.feedback,
        planned=space.planned,
        model=model.sha256(),
    )


def header(state: State) -> Safe:
    """Total, period, accounts, the metric switch."""
    report, f = state.report, state.figures
    accounts, period = state.span
    files = report.sources["x_Name"].tolist()
    lines = int(report.sources["x_Rows"].sum())
    facts = [
        period,
        f"{f.count(accounts)} account{'s' if accounts != 1 else ''}",
        f"{f.count(lines)} line{'s' if lines != 1 else ''}",
    ]
    busy = tag("span", state.working, role="status", class_="working") if state.working else None
    switch = [
        tag(
            "button",
            m,
            type="button",
            data_go=f"metric:{m}",
            aria_pressed="true" if m == report.metric else "false",
            title="What the invoice says"
            if m == "billed"
            else "Amortised: what was paid upfront is spread over the time it covers",
        )
        for m in METRICS
    ]
    others = [
        tag(
            "p",
            f"Also on this bill, never added: {text} {currency} ",
            link(f"Show {currency}", f"currency:{currency}"),
            class_="quiet",
        )
        for currency, text in sorted(report.other_currencies.items())
    ]
    return tag(
        "header",
        tag(
            "div",
            tag(
                "p",
                f.money(report.net),
                class_="total",
                title=f"{f.exact(report.net)}, net, {story.METRIC_WORDS[report.metric]}",
            ),
            tag("p", join(*(x for x in [*facts, busy] if x), by=" · "), class_="quiet", title=", ".join(files[:20])),
            *others,
        ),
        tag(
            "div",
            tag("span", "Cost", class_="quiet", id="cd-metric"),
            tag("div", *switch, class_="switch", role="group", aria_labelledby="cd-metric"),
        ),
        class_="top",
    )


def nav(state: State, shown: list[Screen], current: Screen) -> Safe:
    """The screens that have something to say about this bill."""
    waiting = len(state.correcting.queue)
    items = [
        tag(
            "li",
            tag(
                "button",
                f"{s.title} {waiting}" if s.slug == "review" and waiting else s.title,
                type="button",
                data_go=f"screen:{s.slug}",
                aria_current="page" if s is current else None,
            ),
        )
        for s in shown
    ]
    return tag("nav", tag("ul", *items), aria_label="Screens", class_="screens")


def save(state: State) -> None:
    """Give one of the exports to the browser's own download; "?kind" only asks what an export cannot say."""
    from costdna.errors import CostDNAError
    from costdna.export import find, write

    from .screens.export import leaving

    if state.saved.startswith("?") or find(state.saved) is None:
        state.saved = state.saved if find(state.saved[1:]) else ""
        return
    try:
        file, text = write(state.saved, leaving(state))
    except CostDNAError:
        state.saved = "?" + state.saved  # the screen then says why not
        return
    bridge.download(file.name, text, file.mime)
