"""Questions about who bears what, what is wasted and what is left of a budget.

The part of a Workspace that answers them, for every door.
"""

import numpy as np
import pandas as pd

from costdna import money
from costdna.budgets import standing
from costdna.errors import UsageError
from costdna.ledger import METRICS
from costdna.sharing import EMPTY, RuleBook, Spread, spread
from costdna.trends import Facts, facts, labels
from costdna.trends.periods import day_text
from costdna.unit import ai_spend, text_of
from costdna.unit.per import plain
from costdna.waste import Hours, aged, counted_once, everything, held, loose, off_hours, sums

NONPRODUCTION = ("dev", "test", "staging", "demo")


class Economics:
    """State a user hands over besides the bill: sharing rules, usage, customers, budgets.

    Setting one counts from the next question.
    """

    book: RuleBook = EMPTY
    usage: pd.DataFrame | None = None
    customers: pd.DataFrame | None = None
    budgets: tuple = ()
    _spreads: tuple = ()

    def spread(self, book: RuleBook | None = None) -> Spread:
        """The run's charges under a rule book (the workspace's own by default)."""
        run, book = self.result, book or self.book
        if run is None:
            raise UsageError("Nothing has been read yet.", next_step="Drop a bill first.", code="no-bill")
        key = (run, self.usage, self.customers)
        if not self._spreads or any(a is not b for a, b in zip(self._spreads[0], key)):
            self._spreads = (key, {})
        if book not in self._spreads[1]:
            people = (
                self.customers["x_Customer"].tolist()
                if self.customers is not None and book.bearers == "customers"
                else []
            )
            self._spreads[1][book] = spread(run.charges, run.allocations, book, self.usage, run.bill.splits, people)
        return self._spreads[1][book]

    def share_cost(self, metric: str = "") -> dict:
        """Who bears what after the sharing rules: own and shared cost of each team or customer, what each rule moved,
        what stayed with nobody. Adds up to the bill exactly.
        """
        report, found, column = self.report, self.spread(), METRICS[self._metric(metric)]
        shares = found.shares
        own = shares["x_AllocatedMethodId"].isin(["kept", "direct"]).to_numpy()
        codes, names = pd.factorize(shares["x_Bearer"].to_numpy(), sort=True)
        mine, others = (money.sum_by(shares[column].to_numpy()[m], codes[m], len(names)) for m in (own, ~own))
        order = sorted(range(len(names)), key=lambda i: (names[i] == "", -abs(int(mine[i]) + int(others[i])), names[i]))
        text = report.text
        key = column.removesuffix("Cost").lower()
        return {
            "metric": self._metric(metric),
            "currency": report.currency,
            "for": self.book.bearers,
            "total": text(money.total(shares[column].to_numpy())),
            "rules": [{"rule": r["rule"], "how": r["how"], "moved": text(r[key])} for r in found.moved],
            "bearers": [
                {
                    "name": str(names[i]),
                    "own": text(mine[i]),
                    "shared": text(others[i]),
                    "cost": text(int(mine[i]) + int(others[i])),
                }
                for i in order
            ],
            "not_spread": [
                {"rule": n["rule"], "reason": n["reason"], "charges": n["charges"], "cost": text(n[key])}
                for n in found.notes
            ],
        }

    def list_environments(self, metric: str = "") -> dict:
        """Cost per environment (production, staging, dev …), from the bill's environment tags; what has no such tag is
        named none.
        """
        made, _ = self.facts(metric)
        codes, names = labels(made, "environment")
        cost = money.sum_by(made.cost, codes, len(names))
        whole = money.total(made.cost)
        order = sorted(range(len(names)), key=lambda i: (-int(cost[i]), names[i]))
        return {
            "metric": made.metric,
            "currency": made.currency,
            "total": self.report.text(whole),
            "environments": [
                {
                    "environment": names[i] or "(none)",
                    "cost": self.report.text(cost[i]),
                    "percent": text_of(int(cost[i]), whole, 1),
                }
                for i in order
            ],
        }

    def list_ai_spend(self, limit: int = 50, metric: str = "") -> dict:
        """Spend on language models (Bedrock and others) by principal, model and kind of token, with the cost per
        thousand where tokens are counted. Empty where the bill has none.
        """
        report = self.report
        rows = ai_spend(self.result.charges, METRICS[self._metric(metric)])
        return {
            "metric": self._metric(metric),
            "currency": report.currency,
            "total": report.text(sum(r["cost"] for r in rows)),
            "rows": [
                {**r, "quantity": plain_float(r["quantity"]), "cost": report.text(r["cost"])} for r in rows[:limit]
            ],
            "left_out": max(0, len(rows) - limit),
        }

    def list_waste(self, utc_offset: int = 0, start: int = 8, stop: int = 20, metric: str = "") -> dict:
        """What is paid for and not used, by saving: non-production out of hours, idle addresses and gateways, abandoned
        resources, volumes without instances, snapshots.

        The saving is the cost of the bill's own rows, of the period the bill covers. One resource's saving is counted
        once. utc_offset, start, stop: working hours.
        """
        run, report, column = self.result, self.report, METRICS[self._metric(metric)]
        if not (0 <= start < stop <= 24 and -12 <= utc_offset <= 14):
            raise UsageError(
                "Those are no working hours.",
                found=f"{start}–{stop}, UTC{utc_offset:+d}",
                next_step="Give hours of 0 to 24, the earlier first.",
                code="hours",
            )
        made, known = self.facts(metric)
        hours = Hours(start, stop, utc_offset)
        found = {
            "off-hours": self._off_hours(made, hours, column) if made.metric == "billed" else [],
            **everything(run.charges, run.ownables, run.relations, known, column),
        }
        told = self._inventoried(found, column, known.last - 1)
        rows = counted_once(found, told, report.resources)
        kinds = {k: sum(r["_saving"] for r in rows if r["kind"] == k) for k in found}
        notes = (
            [] if len(run.bill.rhythm) else ["The bill is not hourly: nothing can be said about nights and weekends."]
        )
        if made.metric != "billed":
            notes.append("Nights and weekends are counted in billed cost only: the hourly profile has no other.")
        if known.last - known.first < 14:
            notes.append("The bill covers less than 14 days: nothing is called abandoned.")
        return {
            "metric": made.metric,
            "currency": report.currency,
            "from": day_text(known.first),
            "to": day_text(known.last),
            "saving": report.text(sum(kinds.values())),
            "hours": hours.words(),
            "kinds": [
                {"kind": k, "saving": report.text(v), "resources": sum(r["kind"] == k for r in rows)}
                for k, v in kinds.items()
            ],
            "notes": notes,
            "rows": [
                {
                    **{k: v for k, v in r.items() if not k.startswith("_")},
                    "cost": report.text(r["_cost"]),
                    "saving": report.text(r["_saving"]),
                }
                for r in rows
            ],
        }

    def _off_hours(self, made: Facts, hours: Hours, column: str) -> list[dict]:
        """What of development, tests and the like runs while nobody works."""
        run = self.result
        codes, names = labels(made, "environment")
        aside = np.isin(codes, [i for i, n in enumerate(names) if n in NONPRODUCTION])
        owners = np.unique(run.charges["x_OwnableId"].to_numpy()[made.at[aside]])
        return off_hours(run.bill.rhythm, run.charges, owners, hours, self.report.scale, column)

    def _inventoried(self, found: dict, column: str, last: int) -> dict[str, set[int]]:
        """Settle in `found` what a companion's inventory knows.

        Returns {kind: ownables about which nothing is needed any more}.
        """
        told: dict[str, set[int]] = {kind: set() for kind in found}
        inventory = self.wishes.inventory
        if inventory is None:
            return told
        from costdna.inventory import found as matched

        run = self.result
        hits = matched(inventory, run.ownables, run.charges)
        kind = np.where(hits != 0, inventory["ResourceType"].to_numpy(dtype=object), "")
        disks, shots = kind == "ec2:volume", (kind == "ec2:snapshot") & inventory["x_Created"].notna().to_numpy()
        states = dict(zip(hits[disks].tolist(), inventory["x_State"].to_numpy(dtype=object)[disks]))
        made = dict(zip(hits[shots].tolist(), inventory["x_Created"].to_numpy()[shots]))
        known = {e["x_OwnableId"] for e in found["volume"]}
        found["volume"], settled = held(found["volume"], states)
        bare = loose(sums(run.charges, run.charges["x_OwnableId"].isin(list(states)).to_numpy(), column), states, known)
        found["volume"] += bare
        found["snapshot"] = aged(found["snapshot"], made, last)
        told["volume"], told["snapshot"] = {e["x_OwnableId"] for e in (*settled, *bare)}, set(made)
        return told

    def last_month(self) -> str:
        """The month of the last wholly known day, such as 2026-10: the one that budgets are held against."""
        _, known = self.facts()
        return str(np.datetime64(known.last - 1, "D").astype("datetime64[M]"))

    def list_budgets(self, metric: str = "") -> dict:
        """Budgets of the bill's last month: spent, where the month is heading with its interval, and whether that is
        within. Team budgets count what teams bear after the sharing rules.
        """
        if not self.budgets:
            raise UsageError("There are no budgets.", next_step="Give a budgets file: team,monthly.", code="no-budget")
        made, known = self.facts(metric)
        borne = self._shared_facts(self.book, metric) if self.book.rules and self.book.bearers == "teams" else made
        out = []
        for budget in self.budgets:
            of = borne if budget["kind"] == "team" else made
            codes, names = labels(of, budget["kind"])
            wanted = budget["name"] or "total"
            mine = (
                of.where(codes == names.index(wanted)) if wanted in names else of.where(np.zeros(len(of), dtype=bool))
            )
            found = standing(mine.day, mine.cost, known.first, known.last, budget["amount"], made.scale)
            share = text_of(found["forecast"], found["budget"], 1)
            out.append(
                {
                    "for": budget["kind"],
                    "name": wanted,
                    **{
                        k: v if v is None or k in ("month", "days_known", "days", "verdict") else self.report.text(v)
                        for k, v in found.items()
                    },
                    "percent": share,
                    "seen": wanted in names,
                    **{k: budget.get(k, "") for k in ("origin", "aws_spent", "aws_forecast", "note")},
                }
            )
        return {
            "metric": made.metric,
            "currency": made.currency,
            "method": "seasonal forecast of the days to come, 80 % interval by its own past errors; the mean of known days where there are less than three weeks",
            "budgets": out,
        }

    def _metric(self, metric: str) -> str:
        metric = metric or self.report.metric
        if metric not in METRICS:
            raise UsageError(
                "The metric is not one we know.", found=metric, next_step="Choose billed or effective.", code="metric"
            )
        return metric

    def _shared_facts(self, book: RuleBook, metric: str) -> Facts:
        """FACTS of SHARES: x_Team is the bearer."""
        key = (book, self._metric(metric))
        self.spread(book)
        kept = self._spreads[1]
        if key not in kept:
            run, shares = self.result, self.spread(book).shares
            kept[key] = facts(
                run.charges,
                shares.assign(x_Team=shares["x_Bearer"]),
                METRICS[key[1]],
                self.report.scale,
                self.report.currency,
                key[1],
            )
        return kept[key]


def plain_float(value: float) -> str:
    """A quantity as text, without float's noise.

    >>> plain_float(0.1 + 0.2), plain_float(3.0)
    ('0.3', '3')
    """
    from decimal import Decimal

    return plain(Decimal(repr(round(float(value), 9))))
