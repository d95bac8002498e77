"""Answers from the page: which resource is asked about, how far the answer reaches, what it settled, and how to take it
back. No Panel here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from costdna.corrections import Effect, Scope, by_pattern, related, scopes, whole
from costdna.ledger import METRICS
from costdna.questions import Basis, ask, basis
from costdna.teams import SEVERAL

VERDICTS = ("shared", "vendor", "ownerless")
MOST = 13
"""Questions held ready: the one that is asked and twelve to come."""
CHOICES = 9


@dataclass(frozen=True)
class Said:
    """One answer as it was given: to what, and what each had been told before (team, verdict; "" for nothing)."""

    ids: tuple[int, ...]
    before: tuple[tuple[str, str], ...]
    cost: int
    where: int
    asked: int


@dataclass(frozen=True)
class Card:
    """What stood on the buttons of one card: a press is about that, whatever is asked by the time it is heard. sure:
    whom "Yes" confirms; ids: how far it reached; steps: how often somebody had stepped on.
    """

    owner: int
    teams: tuple[str, ...]
    sure: str
    ids: tuple[int, ...]
    steps: int = field(default=0, compare=False)


@dataclass
class Correcting:
    """The answers of a session over one bill. `queue` holds x_OwnableId in the order to ask, `at` the place in it."""

    queue: list[int] = field(default_factory=list)
    facts: dict[int, dict] = field(default_factory=dict)  # x_OwnableId → its row of QUESTIONS
    at: int = 0
    said: list[Said] = field(default_factory=list)
    scope: int | None = None  # how far the answer reaches, a place in `reach`; None: as far as the question
    also: list[int] = field(default_factory=list)  # questions to come whose group the next answer is given for too
    apart: set[str] = field(default_factory=set)  # groups that somebody answered for in part only: several owners
    strategy: str = "money"
    typed: str = ""
    like: str = ""  # a pattern of * and ? on names that was looked at: one more scope
    like_typed: str = ""  # what stands in its field
    problem: str = ""
    last: Effect | None = None
    due: bool = False  # an answer has been given whose consequences are not worked out yet
    now: Callable[[], pd.Timestamp] = pd.Timestamp.now
    cards: dict[str, Card] = field(default_factory=dict)  # the last that were drawn, by their mark
    steps: int = 0
    _scopes: tuple[Any, int, str, str, list[Scope]] | None = None
    _basis: tuple[Any, Basis, pd.DataFrame] | None = None
    _asked: tuple[Any, int] | None = None

    def ground(self, workspace) -> tuple[Basis, pd.DataFrame]:
        """What questions and groups of this bill start from; made once, an answer does not change it."""
        relations = workspace.result.relations
        if self._basis is None or self._basis[0] is not relations:
            self._basis = (relations, basis(workspace.result.ownables, relations), related(workspace.result))
        return self._basis[1:]

    def refill(self, workspace, fresh: bool = False) -> None:
        """Drop what has been settled and ask anew what comes after the card that is shown. fresh: the card too."""
        result = workspace.result
        open_ = open_ids(result.report.resources)
        kept = [] if fresh else [i for i in self.queue[: self.at + 1] if i in open_]
        here = self.asked
        if fresh or self._asked is None or self._asked != (id(result), len(self.said)) or not kept:
            self._asked = (id(result), len(self.said))
            on, _ = self.ground(workspace)
            beliefs = result.inferred.beliefs if result.inferred else None
            found = ask(
                result.ownables,
                result.relations,
                result.ownership,
                limit=MOST + len(kept),
                strategy=self.strategy,
                beliefs=beliefs,
                seed=len(self.said),
                apart=frozenset(self.apart),
                on=on,
            )
            self.facts |= {
                row["x_OwnableId"]: row for row in found.to_dict("records") if row["x_OwnableId"] not in kept
            }
            kept += [i for i in found["x_OwnableId"].tolist() if i not in kept]
        else:
            kept += [i for i in self.queue[self.at + 1 :] if i in open_]
        self.queue = kept[: self.at + MOST]
        self.at = kept.index(here) if here in kept else min(self.at, max(len(self.queue) - 1, 0))
        self.also = [i for i in self.also if i in self.queue]

    @property
    def asked(self) -> int | None:
        """The resource that is asked about now."""
        return self.queue[self.at] if self.at < len(self.queue) else None

    @property
    def settled(self) -> int:
        """Money of what was answered for and not taken back, in units of the metric it was answered under."""
        return sum(s.cost for s in self.said)

    def step(self, by: int) -> None:
        """To the next or the last question; the ends hold."""
        self.at = min(max(self.at + by, 0), max(len(self.queue) - 1, 0))
        self.steps += 1
        self.fresh_card()

    def fresh_card(self) -> None:
        """Another card: what was typed and chosen for the last one is gone."""
        self.scope, self.typed, self.problem, self.also, self.like, self.like_typed = None, "", "", [], "", ""

    def group(self, owner: int) -> str:
        """Key of the group the question about a resource is about, "" where it is about the resource alone."""
        return self.facts.get(owner, {}).get("x_Group", "")

    def reach(self, workspace, owner: int, metric: str) -> list[Scope]:
        """How far an answer may reach, from the resource alone on; the group the question is about comes second, what a
        pattern meets last.
        """
        if (
            not self._scopes
            or self._scopes[0] is not workspace.result
            or self._scopes[1:4] != (owner, metric, self.like)
        ):
            found = scopes(
                workspace.result, owner, metric, first=self.group(owner), relations=self.ground(workspace)[1]
            )
            met = [by_pattern(workspace.result, "name", self.like, metric)] if self.like else []
            self._scopes = (workspace.result, owner, metric, self.like, [*found, *(s for s in met if len(s.ids))])
        return self._scopes[4]

    def look(self, workspace, owner: int, metric: str) -> None:
        """Let the next answer reach every open name that the typed pattern meets; what that would move is shown first."""
        self.like, self.problem, self.scope = self.like_typed.strip(), "", None
        found = self.reach(workspace, owner, metric)
        if self.like and found[-1].key == "pattern":
            self.scope = len(found) - 1
        elif self.like:
            self.problem = (
                f"No resource whose owner is open has a name like {self.like}. * stands for any letters, ? for one."
            )

    def chosen(self, reach: list[Scope], owner: int) -> int:
        """The place in `reach` that holds: what was chosen, else the group the question is about."""
        if self.scope is not None:
            return min(self.scope, len(reach) - 1)
        return (
            1
            if self.group(owner) and len(reach) > 1 and reach[1].key == self.group(owner) and owner == self.asked
            else 0
        )

    def answered_for(self, workspace, owner: int, metric: str) -> np.ndarray:
        """x_OwnableId i64[n] of all that the next answer is given for: the scope that holds, and the groups ticked
        beside it.
        """
        reach = self.reach(workspace, owner, metric)
        more = (
            [whole(workspace.result, self.group(i), metric, self.ground(workspace)[1]) for i in self.also]
            if owner == self.asked
            else []
        )
        return np.unique(
            np.concatenate([reach[self.chosen(reach, owner)].ids, *(s.ids for s in more if s is not None)])
        )

    def toggle(self, owner: int) -> None:
        """Give the next answer for the group of a question to come as well, or no longer."""
        if owner in self.also:
            self.also.remove(owner)
        elif owner in self.queue and self.group(owner):
            self.also.append(owner)

    def drawn(self, card: Card) -> str:
        """The mark of a card that is drawn; the same one where it is drawn again."""
        mark = next(reversed(self.cards), "0")
        if self.cards.get(mark) != card:
            mark = str(int(mark) + 1)
            self.cards = dict([*self.cards.items()][-19:]) | {mark: card}
        return mark

    def meant(self, of: str, target: int | None) -> Card | None:
        """The card that a press on the one marked `of` is about, now that `target` is asked about; None where nobody
        can have seen that.
        """
        card = self.cards.get(of)
        if card is None or card.owner == target:
            return card
        # stepped on before the press, ahead of what was drawn: good where one had been before
        if card.steps != self.steps:
            return next(
                (c for mark, c in reversed(self.cards.items()) if int(mark) < int(of) and c.owner == target), None
            )
        answered = card.owner not in self.queue and any(s.asked == card.owner for s in self.said)
        return None if answered else card

    def say(self, workspace, owner: int, team: str, verdict: str, metric: str, ids: np.ndarray | None = None) -> None:
        """Record an answer for the resource as far as the chosen scope reaches, and for the groups ticked beside it;
        the next question is asked at once.

        ids: what it is for where another card is asked about by now; that card stays.
        """
        here, other = self.asked, ids is not None
        if self.group(owner) and (
            len(ids) == 1 if other else self.chosen(self.reach(workspace, owner, metric), owner) == 0
        ):
            self.apart.add(self.group(owner))
        ids = ids if other else self.answered_for(workspace, owner, metric)
        self.record(workspace, ids, team, verdict, metric, owner)
        if owner in self.queue:
            done = set(ids.tolist())
            place = self.queue.index(owner)
            self.queue = [i for i in self.queue if i not in done]
            self.at = (
                self.queue.index(here) if other and here in self.queue else min(place, max(len(self.queue) - 1, 0))
            )
        if not other:
            self.fresh_card()

    def record(self, workspace, ids: np.ndarray, team: str, verdict: str, metric: str, asked: int) -> None:
        """Record an answer for several resources as one thing that can be taken back."""
        answers = workspace.wishes.answers
        last = (
            answers.drop_duplicates("x_OwnableId", keep="last").set_index("x_OwnableId")
            if answers is not None and len(answers)
            else None
        )
        before = tuple(
            (last.at[i, "x_Team"], last.at[i, "x_Verdict"]) if last is not None and i in last.index else ("", "")
            for i in ids.tolist()
        )
        rows = workspace.report.resources
        cost = sum(int(c) for c in rows.loc[rows["x_OwnableId"].isin(ids), METRICS[metric]])
        workspace.answer_all(ids, team, verdict, self.now())
        self.said.append(Said(tuple(ids.tolist()), before, cost, self.at, asked))
        self.due = True

    def undo(self, workspace) -> bool:
        """Take the last answer back: each resource gets what it had been told before. False where there is none."""
        if not self.said:
            return False
        last = self.said.pop()
        for told in dict.fromkeys(last.before):
            ids = [i for i, b in zip(last.ids, last.before) if b == told]
            workspace.answer_all(ids, *told, self.now())
        if last.asked not in self.queue:
            self.queue.insert(min(last.where, len(self.queue)), last.asked)
        self.at = self.queue.index(last.asked)
        self.fresh_card()
        self.due = True
        return True

    def overtaken(self, ids: set[int]) -> None:
        """Something else was said of these in another window: taking back an earlier answer leaves them alone."""
        told = []
        for s in self.said:
            left = [(i, b) for i, b in zip(s.ids, s.before) if i not in ids]
            if left:
                told.append(replace(s, ids=tuple(i for i, _ in left), before=tuple(b for _, b in left)))
        self.said = told

    def choices(self, workspace, owner: int) -> list[str]:
        """Team names worth a number key. Teams there are: what is thought, what was offered, then the largest; after
        them what is only proposed, from words of the bill (see `proposed`).
        """
        report = workspace.report
        mine = []
        evidence = report.evidence
        if evidence is not None and len(evidence):
            own = evidence[evidence["x_OwnableId"] == owner]
            mine = (
                own[own["x_Team"] != ""]
                .groupby("x_Team", sort=True)["x_Weight"]
                .sum()
                .sort_values(ascending=False, kind="stable")
                .index.tolist()
            )
        row = report.resources[report.resources["x_OwnableId"] == owner]
        now = [t for t in row["x_Team"].tolist() if t]
        offered = list(self.facts.get(owner, {}).get("x_Teams", []))
        largest = [t for t in report.teams["x_Team"].tolist() if t]
        names = list(dict.fromkeys([*now, *mine, *offered, *largest]))
        new = proposed(workspace, names)
        known = [name for name in names if name not in new]
        return [*known[: CHOICES - len(new)], *new][:CHOICES]


def proposed(workspace, names: list[str]) -> list[str]:
    """Those of these names that no team goes by yet."""
    teams = set(workspace.report.teams["x_Team"])
    return [name for name in names if name not in teams]


def open_ids(resources: pd.DataFrame) -> set[int]:
    """What may still be asked about: things with a resource id whose owner is inferred or unknown."""
    open_ = ((resources["x_Verdict"] == "abstained") | (resources["x_Basis"] == "inferred")) & ~resources[
        "x_IsSynthetic"
    ]
    return set(resources.loc[open_, "x_OwnableId"].tolist())


def named(text: str) -> tuple[str, str]:
    """(team, verdict) of a typed answer: a name, or several joined by + or , for what they share.

    >>> named(" search "), named("search + payments")
    (('search', 'owned'), ('search\\npayments', 'shared'))
    """
    several = [part.strip() for part in text.replace("+", ",").split(",") if part.strip()]
    if len(several) > 1:
        return SEVERAL.join(dict.fromkeys(several)), "shared"
    return (several[0] if several else ""), "owned"
