"""Where the reader is: which bill, which screen, which team or resource, how the list is filtered. No Panel here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from costdna import hashing
from costdna.export import story
from costdna.export.figures import Figures
from costdna.report import Report
from costdna.workspace import Workspace

from . import model
from .accounting import Account
from .correcting import VERDICTS, Correcting, named
from .meeting import Met
from .ruling import FIELDS, Ruling
from .sharing import Sharing
from .sureness import MOST_TEXT, Auditing


@dataclass(frozen=True)
class Query:
    """What the list of resources shows. part: a part of certainty or a verdict, "" for all; team: its name."""

    text: str = ""
    team: str = ""
    part: str = ""
    sort: str = "cost"
    down: bool = True
    page: int = 0


@dataclass
class State:
    """The reader's place. `hear` takes a wish of the page and says what must be drawn again: "", "list", "screen", or
    what must be done first: "save", "currency", "session", "meeting", "rule", "renew", "model", "examine", "answer" (work
    out what follows).
    """

    workspace: Workspace | None = None
    skipped: list[dict] = field(default_factory=list)
    screen: str = "teams"
    item: str = ""
    metric: str = "billed"
    query: Query = field(default_factory=Query)
    theme: str = "light"
    separators: tuple[str, str] = (",", ".")
    all_teams: bool = False
    saved: str = ""
    session: str = ""  # text of a session file to open; "" to save one
    # path → text of infrastructure code given for a patch; never written
    code: dict[str, str] = field(default_factory=dict)
    noted: str = ""  # what came of opening one
    saved_with: str = ""  # sha256 of the model that spoke when it was saved
    working: str = ""
    correcting: Correcting = field(default_factory=Correcting)
    ruling: Ruling = field(default_factory=Ruling)
    sharing: Sharing = field(default_factory=Sharing)
    auditing: Auditing = field(default_factory=Auditing)
    examined: tuple[Any, int, dict] | None = None  # result, x_OwnableId, what costdna.pipeline.examine found
    met: int = 0  # the last kept session of another window that was taken up, as the page counts them
    meeting: tuple[Met, str] | None = None  # what came of it, while somebody may want to know; and where it was said
    reply: str = ""  # what is to become of that: "out", "theirs", "seen"
    account: Account | None = None  # where the desktop companion serves the page
    kept: dict[str, dict] = field(default_factory=dict)  # what each screen remembers of its own
    _reports: dict[tuple[int, str], Report] = field(default_factory=dict)
    _places: tuple[Any, pd.Series] | None = None
    _span: tuple[Any, tuple[int, str]] | None = None

    def open(self, workspace: Workspace, skipped: list[dict] | None = None) -> None:
        """Take a bill that has been attributed. Another run of the same bill keeps the place."""
        if workspace is not self.workspace:
            self.screen, self.item, self.query, self.all_teams, self.saved, self.skipped = (
                "teams",
                "",
                Query(),
                False,
                "",
                [],
            )
            self.metric = workspace.report.metric
            self.account = (
                Account(self.account.companion, again=self.account.again, hand=self.account.hand)
                if self.account
                else None
            )
            self.correcting, self.kept, self.sharing, self.code, self.ruling = Correcting(), {}, Sharing(), {}, Ruling()
            self.session = self.noted = self.saved_with = ""
            self.met, self.meeting = 0, None
        self.workspace, self.skipped, self._reports = workspace, self.skipped if skipped is None else skipped, {}

    @property
    def result(self) -> Any:
        return self.workspace.result

    @property
    def report(self) -> Report:
        """The report under the metric that is chosen."""
        if self.metric == self.workspace.report.metric:
            return self.workspace.report
        key = (id(self.result), self.metric)
        if key not in self._reports:
            self._reports = {key: self.result.under(self.metric)}
        return self._reports[key]

    @property
    def figures(self) -> Figures:
        return story.figures(self.report, *self.separators)

    @property
    def span(self) -> tuple[int, str]:
        """How many accounts the charges name, and the billing months they are of: one file may hold several."""
        charges = self.result.charges
        if self._span is None or self._span[0] is not charges:
            starts = charges["BillingPeriodStart"].dropna()
            self._span = (
                charges,
                (charges["SubAccountId"].nunique(), story.months(starts.min(), starts.max()) if len(starts) else ""),
            )
        return self._span[1]

    def position(self, owner: int) -> int:
        """Where a resource stands in the report's resources, by x_OwnableId."""
        if self._places is None or self._places[0] is not self.report:
            ids = self.report.resources["x_OwnableId"].to_numpy()
            self._places = (self.report, pd.Series(range(len(ids)), index=ids))
        return int(self._places[1][owner])

    def row(self, owner: int) -> pd.Series:
        """The report's row of a resource, by x_OwnableId."""
        return self.report.resources.iloc[self.position(owner)]

    def team_names(self) -> list[str]:
        """Teams in an order that no metric changes."""
        return sorted(t for t in self.report.teams["x_Team"] if t)

    def team(self, sign: str) -> str:
        """The team that goes by this sign (costdna.hashing.sign) in addresses and lists, "" where there is none: its
        place among the teams shifts with every answer that names a new one.
        """
        return next((name for name in self.team_names() if hashing.sign(name) == sign), "")

    def hear(self, wish: str) -> str:
        """Act on a wish of the page: JSON {go, value?}. What cannot be understood changes nothing."""
        try:
            said = json.loads(wish)
            kind, _, item = str(said["go"]).partition(":")
        except (ValueError, KeyError, TypeError):
            return ""
        if self.workspace is None and kind != "hello":
            return ""
        handler = getattr(self, f"_on_{kind}", None)
        if handler and not (kind == "fill" and ":" in item):
            return handler(item, said)
        from .screens import screens  # screens read the state

        kind, _, item = item.partition(":") if kind == "fill" else (kind, "", item)
        return next((s.hear(self, item, said) for s in screens() if s.hear and s.slug == kind), "")

    def _on_hello(self, item: str, said: dict) -> str:
        theme = "dark" if said.get("theme") == "dark" else "light"
        marks = said.get("separators")
        marks = tuple(str(m)[:2] for m in marks) if isinstance(marks, list) and len(marks) == 2 else self.separators
        changed = (theme, marks) != (self.theme, self.separators)
        self.theme, self.separators = theme, marks
        return "screen" if changed else ""

    def _on_screen(self, item: str, said: dict) -> str:
        self.screen, self.item, self.saved = item, "", ""
        self.correcting.fresh_card()
        return "screen"

    def _on_team(self, item: str, said: dict) -> str:
        # one that is gone, or was numbered: all teams are where it can be looked for
        self.screen, self.item = "teams", self.team(item)
        return "screen"

    def _on_teams(self, item: str, said: dict) -> str:
        self.screen, self.item, self.all_teams = "teams", "", True
        return "screen"

    def _on_resource(self, item: str, said: dict) -> str:
        if not item.isdecimal() or int(item) >= len(self.report.resources):
            return ""
        self.screen, self.item = "resources", item
        self.correcting.fresh_card()
        return "screen"

    def _on_unowned(self, item: str, said: dict) -> str:
        self.screen, self.item, self.query = "resources", "", Query(part=item)
        return "screen"

    def _on_theirs(self, item: str, said: dict) -> str:
        if not (name := self.team(item)):
            return ""
        self.screen, self.item, self.query = "resources", "", Query(team=name)
        return "screen"

    def _on_metric(self, item: str, said: dict) -> str:
        if item in ("billed", "effective") and item != self.metric:
            self.metric = item
            return "screen"
        return ""

    def _on_currency(self, item: str, said: dict) -> str:
        if item not in self.report.other_currencies:
            return ""
        self.screen, self.item, self.query = "teams", item, Query()
        return "currency"

    def _on_fill(self, item: str, said: dict) -> str:
        value = str(said.get("value", ""))
        if item.startswith("share-"):
            return self.sharing.fill(self.workspace, item.removeprefix("share-"), value)
        if item == "team" and value:
            value = self.team(value)
        if item in ("merge", "into", "pattern", "ruleteam", "override") or (item == "field" and value in FIELDS):
            self.ruling.form[item.removeprefix("rule")] = value[:200]
            return ""
        if item == "like":
            self.correcting.like_typed = value[:120]
            return ""
        if item in ("table", "target"):
            setattr(self.auditing, "text" if item == "table" else item, value[:MOST_TEXT])
            return ""
        if (
            item == "scope"
            and "of" in said
            and getattr(self.correcting.cards.get(str(said["of"])), "owner", None) != self.target()
        ):
            return ""  # chosen for a card that is gone
        if item in ("typed", "scope"):
            setattr(self.correcting, item, value[:120] if item == "typed" else int(value) if value.isdecimal() else 0)
            return "" if item == "typed" else "card"
        if item in ("text", "team", "part"):
            self.query = replace(self.query, page=0, **{item: value})
            return "list"
        return ""

    def _on_sort(self, item: str, said: dict) -> str:
        down = not self.query.down if item == self.query.sort else item in ("cost", "sure")
        self.query = replace(self.query, sort=item, down=down, page=0)
        return "list"

    def _on_page(self, item: str, said: dict) -> str:
        if item.isdecimal():
            self.query = replace(self.query, page=int(item))
            return "list"
        return ""

    def target(self) -> int | None:
        """The resource an answer is about: the one in question, or the one that is open."""
        if self.screen == "review":
            return self.correcting.asked
        if self.screen == "resources" and self.item.isdecimal() and int(self.item) < len(self.report.resources):
            return int(self.report.resources["x_OwnableId"].iat[int(self.item)])
        return None

    def _on_say(self, item: str, said: dict) -> str:
        owner, c = self.target(), self.correcting
        card = c.meant(str(said["of"]), owner) if "of" in said else None
        if "of" in said and card is None:
            return ""
        past = card is not None and card.owner != owner
        owner = card.owner if past else owner
        if owner is None:
            return ""
        team, verdict = "", "owned"
        if item in VERDICTS:
            verdict = item
        elif item == "typed":
            team, verdict = named(str(said.get("value", "") or c.typed)[:120])
        elif item == "confirm":
            team = card.sure if card else self.row(owner)["x_Team"]
        elif item.isdecimal():
            teams = card.teams if card else c.choices(self.workspace, owner)
            team = teams[int(item)] if int(item) < len(teams) else ""
        if verdict == "owned" and not team:
            c.problem = "Type a team's name, or press one of the buttons." if item == "typed" else ""
            return "card" if item == "typed" else ""
        c.say(self.workspace, owner, team, verdict, self.metric, np.array(card.ids, dtype="int64") if past else None)
        return "answer"

    def _on_also(self, item: str, said: dict) -> str:
        if item.removeprefix("-").isdecimal() and int(item) in self.correcting.queue:
            self.correcting.toggle(int(item))
            return "card"
        return ""

    def _on_like(self, item: str, said: dict) -> str:
        owner = self.target()
        if owner is None:
            return ""
        if said.get("value"):  # Enter in its field
            self.correcting.like_typed = str(said["value"])[:120]
        self.correcting.look(self.workspace, owner, self.metric)
        return "card"

    def _on_undo(self, item: str, said: dict) -> str:
        return "answer" if self.correcting.undo(self.workspace) else ""

    def _on_step(self, item: str, said: dict) -> str:
        if self.screen != "review" or item not in ("next", "last"):
            return ""
        self.correcting.step(1 if item == "next" else -1)
        return "card"

    def _on_rule(self, item: str, said: dict) -> str:
        r = self.ruling
        if item == "cancel":
            r.take()
            return "card"
        if item == "apply":
            return "rule" if r.proposed is not None else ""
        if said.get("value"):  # Enter in the form's last field
            r.form["into" if item == "merge" else "team"] = str(said["value"])[:120]
        r.ask(item, self.workspace, self.team_names())
        return "card"

    def _on_audit(self, item: str, said: dict) -> str:
        if item == "open":
            self.auditing.take(str(said.get("value", "")))
            self.screen, self.item = "trust", ""
            return "screen"
        if item == "table" and said.get("value"):
            self.auditing.target = str(said["value"])[:200]
        self.auditing.ask(item, self.result)
        return "card"

    def _on_share(self, item: str, said: dict) -> str:
        kind, _, number = item.partition("-")
        if kind == "all" or (kind == "show" and number.isdecimal()):
            found = (
                self.workspace.list_customers(metric=self.metric)
                if kind == "show"
                else {"customers": [], "without_revenue": []}
            )
            rows = [*found["customers"], *found["without_revenue"]]
            self.sharing.customer = rows[int(number)]["id"] if kind == "show" and int(number) < len(rows) else ""
            return "screen"
        return self.sharing.act(self.workspace, item)

    def _on_examine(self, item: str, said: dict) -> str:
        return "examine" if self.target() is not None else ""

    def _on_renew(self, item: str, said: dict) -> str:
        return "renew"

    def _on_model(self, item: str, said: dict) -> str:
        return "model" if item in ("own", "shipped") and model.choose(item == "own") else ""

    def _on_session(self, item: str, said: dict) -> str:
        self.session = str(said.get("value", "")) if item == "open" else ""
        return "session" if item in ("open", "save") else ""

    def _on_meeting(self, item: str, said: dict) -> str:
        self.reply = item
        return "meeting" if self.meeting is not None and item in ("out", "theirs", "seen") else ""

    def _on_code(self, item: str, said: dict) -> str:
        try:
            given = json.loads(str(said.get("value", "")))
        except ValueError:
            return ""
        if not isinstance(given, dict) or not all(isinstance(t, str) for t in given.values()):
            return ""
        self.code, self.saved = {str(p): t for p, t in given.items()}, "?iac-patch"
        return "screen"

    def _on_save(self, item: str, said: dict) -> str:
        self.saved = item
        return "save"
