"""Rules and names proposed on the page: held back until their effect was shown. No Panel here."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import pandas as pd
from costdna.corrections import Effect, merged
from costdna.errors import CostDNAError
from costdna.hashing import sign
from costdna.pipeline import Wishes
from costdna.teams import parse_rules
from costdna.teams.values import lookalikes

FIELDS = {"name": "name", "account": "account", "service": "service", "resource": "resource id", "tag": "tag"}


@dataclass
class Ruling:
    """What is being typed (`form`), what it would make of the wishes (`proposed`), and what that would change
    (`effect`).
    """

    form: dict[str, str] = field(default_factory=dict)
    proposed: Wishes | None = None
    effect: Effect | None = None
    problem: str = ""

    def ask(self, what: str, workspace, teams: list[str]) -> bool:
        """Propose what the form says ("merge", "add"), or a press on a row ("join-N", "remove-N", "up-N", "unname-N");
        its effect is then there to see.
        """
        self.problem, self.proposed, self.effect = "", None, None
        wishes = workspace.wishes
        try:
            self.proposed = self._proposed(what, wishes, teams, workspace.report)
            if self.proposed is not None:
                self.effect = workspace.preview(self.proposed)
        except CostDNAError as error:
            self.problem = f"{error.message} {error.next_step or ''}".strip()
        return True

    def _proposed(self, what: str, wishes: Wishes, teams: list[str], report) -> Wishes | None:
        kind, _, number = what.partition("-")
        at = int(number) if number.isdecimal() else -1
        if kind == "merge":
            wanted, into = self.form.get("merge", ""), self.form.get("into", "").strip()
            chosen = next((name for name in teams if sign(name) == wanted), "")
            if not (chosen and into):
                self.problem = "Choose a team and type the name it has from now on."
                return None
            return dataclasses.replace(wishes, aliases=merged(wishes.aliases, chosen, into))
        if kind == "add":
            pattern, team = self.form.get("pattern", "").strip(), self.form.get("team", "").strip()
            if not pattern or not team:
                self.problem = "Type a pattern and the team it belongs to."
                return None
            new = parse_rules(
                [{self.form.get("field", "name"): pattern, "team": team, "override": bool(self.form.get("override"))}]
            )
            held = wishes.rules
            return dataclasses.replace(
                wishes, rules=new if held is None or held.empty else pd.concat([held, new], ignore_index=True)
            )
        if kind == "remove" and wishes.rules is not None and 0 <= at < len(wishes.rules):
            left = wishes.rules.drop(index=wishes.rules.index[at]).reset_index(drop=True)
            return dataclasses.replace(wishes, rules=left if len(left) else None)
        if kind == "up" and wishes.rules is not None and 0 < at < len(wishes.rules):
            order = [*range(at - 1), at, at - 1, *range(at + 1, len(wishes.rules))]
            return dataclasses.replace(wishes, rules=wishes.rules.iloc[order].reset_index(drop=True))
        if kind == "join" and 0 <= at < len(pairs := misspelt(report)):
            return dataclasses.replace(wishes, aliases=merged(wishes.aliases, *pairs[at]))
        if kind == "unname" and 0 <= at < len(wishes.aliases):
            spelling = sorted(wishes.aliases)[at]
            return dataclasses.replace(wishes, aliases={k: v for k, v in wishes.aliases.items() if k != spelling})
        return None

    def outdated(self) -> None:
        """Rules or names have come from another window: what was proposed was made of those before."""
        if self.proposed is not None:
            self.proposed = self.effect = None
            self.problem = "Rules or names have come from another window. Show again what yours would change."

    def take(self) -> Wishes | None:
        """The proposal, to be applied; the form is empty again."""
        wishes, self.proposed, self.effect, self.form, self.problem = self.proposed, None, None, {}, ""
        return wishes


def misspelt(report) -> list[tuple[str, str]]:
    """(rare, common) team names one slip apart, dearest first by the common one: offered, never merged unasked."""
    cost = {t: abs(float(c)) for t, c in zip(report.teams["x_Team"], report.teams["cost"]) if t}
    return sorted(lookalikes(cost), key=lambda pair: (-cost[pair[1]], pair))
