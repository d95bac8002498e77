"""Questions about who bears what, what it costs to serve, and what is wasted.

The part of a Workspace that answers them, for every door.
"""

import numpy as np
import pandas as pd

from costdna import money, schema
from costdna.budgets import standing
from costdna.errors import UsageError
from costdna.ledger import METRICS
from costdna.sharing import EMPTY, RuleBook, Spread, spread
from costdna.sharing.drivers import SCALE as QUANTITY
from costdna.sharing.rules import COLUMNS
from costdna.trends import Facts, facts, labels
from costdna.trends.periods import day_text
from costdna.unit import ai_spend, margins, per, text_of
from costdna.unit.per import plain
from costdna.waste import (
    Hours,
    abandoned,
    aged,
    held,
    idle_addresses,
    idle_gateways,
    loose,
    off_hours,
    snapshots,
    sums,
    volumes,
)

NONPRODUCTION = ("dev", "test", "staging", "demo")
NEEDS = {
    "off-hours": "",
    "idle address": "",
    "idle gateway": "",
    "abandoned": "CloudWatch would tell use that is not billed",
    "volume": "the inventory would tell whether it is attached",
    "snapshot": "the inventory would tell its age",
}


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

    def list_customers(self, days: int = 30, metric: str = "") -> dict:
        """Customers by margin, worst first: direct and shared cost, revenue, margin, trend, cost per request; how far
        the ranking hangs on the driver. Those without revenue stand apart.

        Over the last wholly known days; needs sharing rules for customers, and a customers file for revenue.
        """
        made, first, last, complete = self._window(days)
        costs, before = self._customer_costs(self.book, made, first, last, metric)
        others = {
            name: {
                w: c["direct"] + c["shared"]
                for w, c in self._customer_costs(book, made, first, last, metric)[0].items()
            }
            for name, book in self.alternatives().items()
        }
        people = self.customers if self.customers is not None else schema.CUSTOMERS.empty()
        report = self.report
        found = margins(costs, before if complete else None, people, last - first, report.scale, others)
        used = self._used(first, last)
        for row in (*found["ranked"], *found["without_revenue"]):
            row["per"] = {
                d: per(money.parse(row["cost"], report.scale), report.scale, by.get(row["id"], 0), QUANTITY)
                for d, by in used.items()
            }
        nobody = costs.get("", {"direct": 0, "shared": 0})
        whole = sum(c["direct"] + c["shared"] for c in costs.values())
        served = whole - nobody["direct"] - nobody["shared"]
        return {
            "metric": self._metric(metric),
            "currency": report.currency,
            "from": day_text(first),
            "to": day_text(last),
            "days": last - first,
            "customers": found["ranked"],
            "without_revenue": found["without_revenue"],
            "agreement": found["agreement"],
            "nobody": report.text(nobody["direct"] + nobody["shared"]),
            "served": report.text(served),
            "total": report.text(whole),
            "per": {d: per(served, report.scale, sum(by.values()), QUANTITY) for d, by in used.items()},
        }

    def customer(self, customer_id: str, days: int = 30, metric: str = "") -> dict:
        """What it costs to serve one customer: its row of list_customers, and the cost by service, each direct and
        shared with the rule that placed it.
        """
        found = self.list_customers(days, metric)
        row = next((r for r in (*found["customers"], *found["without_revenue"]) if r["id"] == customer_id), None)
        if row is None:
            raise UsageError(
                "No customer of this bill has that id.",
                found=customer_id,
                next_step="list_customers names them.",
                code="no-customer",
            )
        _, first, last, _ = self._window(days)
        made = self._shared_facts(self.book, metric)
        made = made.where(
            (made.allocations["x_Team"].to_numpy(dtype=object)[made.part] == customer_id)
            & (made.day >= first)
            & (made.day < last)
        )
        shares = self.spread().shares
        service, names = labels(made, "service") if len(made) else (np.zeros(0, dtype="int64"), [])
        rule = shares["x_Rule"].to_numpy(dtype=object)[made.part]
        how = shares["x_AllocatedMethodId"].to_numpy(dtype=object)[made.part]
        keys = sorted({(names[s], r, h) for s, r, h in zip(service.tolist(), rule, how)})
        place = {k: i for i, k in enumerate(keys)}
        codes = np.array([place[(names[s], r, h)] for s, r, h in zip(service.tolist(), rule, how)], dtype="int64")
        cost = money.sum_by(made.cost, codes, len(keys))
        order = sorted(range(len(keys)), key=lambda i: (-abs(int(cost[i])), keys[i]))
        return {
            **{k: found[k] for k in ("metric", "currency", "from", "to", "days")},
            **row,
            "breakdown": [
                {"service": keys[i][0], "rule": keys[i][1], "method": keys[i][2], "cost": self.report.text(cost[i])}
                for i in order
            ],
        }

    def service_cost(self, name: str, by: str = "service", days: int = 30, metric: str = "") -> dict:
        """One service over the last known days: cost, daily average, trend, the five usage types that cost most, cost
        per unit of every driver. by: service, or a tag such as tag:service.
        """
        made, first, last, complete = self._window(days, metric)
        codes, names = labels(made, by)
        if name not in names:
            raise UsageError(
                "The bill knows no such service.",
                found=name,
                where=by,
                next_step=f"There are {', '.join(names[:8])}.",
                code="no-service",
            )
        mine = made.where(codes == names.index(name))
        now = mine.where((mine.day >= first) & (mine.day < last))
        before = money.total(mine.cost[(mine.day >= 2 * first - last) & (mine.day < first)])
        total, report = money.total(now.cost), self.report
        kinds, types = labels(now, "usage-type") if len(now) else (np.zeros(0, dtype="int64"), [])
        sums = money.sum_by(now.cost, kinds, len(types))
        order = sorted(range(len(types)), key=lambda i: (-int(sums[i]), types[i]))[:5]
        used = self._used(first, last, name)
        return {
            "service": name,
            "metric": made.metric,
            "currency": report.currency,
            "from": day_text(first),
            "to": day_text(last),
            "days": last - first,
            "cost": report.text(total),
            "daily_average": per(total, report.scale, last - first, 0),
            "trend_percent": text_of(total - before, before, 1) if complete else None,
            "drivers": [{"usage_type": types[i], "cost": report.text(sums[i])} for i in order],
            "per": {d: per(total, report.scale, sum(q.values()), QUANTITY) for d, q in used.items()},
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
        codes, names = labels(made, "environment")
        aside = np.isin(codes, [i for i, n in enumerate(names) if n in NONPRODUCTION])
        owners = run.charges["x_OwnableId"].to_numpy()[made.at[aside]]
        found = {
            "off-hours": off_hours(
                run.bill.rhythm, run.charges, np.unique(owners), Hours(start, stop, utc_offset), report.scale, column
            )
            if self._metric(metric) == "billed"
            else [],
            "idle address": idle_addresses(run.charges, column),
            "idle gateway": idle_gateways(run.charges, column),
            "abandoned": abandoned(run.charges, column, known.first, known.last),
            "volume": volumes(run.ownables, run.relations, run.charges, column),
            "snapshot": snapshots(run.charges, column),
        }
        told = self._inventoried(found, column, known.last - 1)
        at = report.resources.set_index("x_OwnableId")
        rows, counted = [], set()
        for kind, entries in found.items():
            for e in entries:
                needs = "" if e["x_OwnableId"] in told[kind] else NEEDS[kind]
                if e["x_OwnableId"] not in at.index:
                    continue
                row = at.loc[e["x_OwnableId"]]
                again = e["saving"] > 0 and e["x_OwnableId"] in counted
                if e["saving"] > 0:
                    counted.add(e["x_OwnableId"])
                rows.append(
                    {
                        "kind": kind,
                        "resource": row["ResourceId"],
                        "name": row["ResourceName"],
                        "service": row["ServiceName"],
                        "account": row["SubAccountId"],
                        "team": row["x_Team"],
                        "verdict": row["x_Verdict"],
                        "basis": row["x_Basis"],
                        "_saving": 0 if again else e["saving"],
                        "_cost": e["cost"],
                        "why": e["why"] + ("; its saving is counted above" if again else ""),
                        "needs": needs,
                    }
                )
        rows.sort(key=lambda r: (-r["_saving"], -r["_cost"], r["kind"], r["resource"]))
        kinds = {k: sum(r["_saving"] for r in rows if r["kind"] == k) for k in found}
        notes = (
            [] if len(run.bill.rhythm) else ["The bill is not hourly: nothing can be said about nights and weekends."]
        )
        if self._metric(metric) != "billed":
            notes.append("Nights and weekends are counted in billed cost only: the hourly profile has no other.")
        if known.last - known.first < 14:
            notes.append("The bill covers less than 14 days: nothing is called abandoned.")
        return {
            "metric": self._metric(metric),
            "currency": report.currency,
            "from": day_text(known.first),
            "to": day_text(known.last),
            "saving": report.text(sum(kinds.values())),
            "hours": Hours(start, stop, utc_offset).words(),
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
        of = lambda kind: (hits != 0) & (inventory["ResourceType"] == kind).to_numpy()
        disks, shots = of("ec2:volume"), of("ec2:snapshot") & inventory["x_Created"].notna().to_numpy()
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

    def alternatives(self) -> dict[str, RuleBook]:
        """The book with every usage driver replaced by each other driver of the usage file, and by even parts.

        The ranking of customers is tried under each.
        """
        from dataclasses import replace

        own = [r for r in self.book.rules if r.method == "proportional" and r.driver not in COLUMNS]
        if not own:
            return {}
        out = {}
        for driver in sorted(set(self.usage["x_Driver"])) if self.usage is not None else []:
            book = RuleBook(
                self.book.bearers, tuple(replace(r, driver=driver) if r in own else r for r in self.book.rules)
            )
            if book != self.book:
                out[driver] = book
        out["even"] = RuleBook(
            self.book.bearers,
            tuple(replace(r, method="even", driver="", by="", service=()) if r in own else r for r in self.book.rules),
        )
        return out

    def _metric(self, metric: str) -> str:
        metric = metric or self.report.metric
        if metric not in METRICS:
            raise UsageError(
                "The metric is not one we know.", found=metric, next_step="Choose billed or effective.", code="metric"
            )
        return metric

    def _window(self, days: int, metric: str = "") -> tuple[Facts, int, int, bool]:
        """(facts, first, last, whether as many days before are known).

        Of the last `days` wholly known days, or of all there are.
        """
        if days < 1:
            raise UsageError(
                "A window has at least a day.", found=str(days), next_step="Give days of 1 or more.", code="days"
            )
        made, known = self.facts(metric)
        first = max(known.first, known.last - days)
        return made, first, known.last, first - known.first >= known.last - first

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

    def _customer_costs(self, book: RuleBook, made: Facts, first: int, last: int, metric: str) -> tuple[dict, dict]:
        """({customer: {direct, shared}}, {customer: cost of the days before}) in units; "" is nobody."""
        if book.bearers != "customers":
            raise UsageError(
                "There are no sharing rules for customers.",
                found=f"rules for {book.bearers}" if book.rules else "no rules",
                next_step="Give a rules file with for: customers, such as the one in docs/allocation.md.",
                code="no-rules",
            )
        borne = self._shared_facts(book, metric)
        shares = self.spread(book).shares
        codes, names = labels(borne, "team")
        now, then = (borne.day >= first) & (borne.day < last), (borne.day >= 2 * first - last) & (borne.day < first)
        shared = ~shares["x_AllocatedMethodId"].isin(["kept", "direct"]).to_numpy()[borne.part]
        direct, spread_, old = (
            money.sum_by(borne.cost[m], codes[m], len(names)) for m in (now & ~shared, now & shared, then)
        )
        return {n: {"direct": int(direct[i]), "shared": int(spread_[i])} for i, n in enumerate(names)}, {
            n: int(old[i]) for i, n in enumerate(names)
        }

    def _used(self, first: int, last: int, service: str = "") -> dict[str, dict[str, int]]:
        """{driver: {customer: quantity in 10⁻⁶}} of the usage file over days [first, last).

        Of one service where the file names it.
        """
        if self.usage is None or self.usage.empty:
            return {}
        day = self.usage["x_Day"].to_numpy().astype("datetime64[D]").astype("int64")
        mine = self.usage[(day >= first) & (day < last)]
        if service:
            mine = mine[mine["x_Service"] == service]
        out: dict[str, dict[str, int]] = {}
        for who, driver, quantity in zip(mine["x_Customer"], mine["x_Driver"], mine["x_Quantity"].tolist()):
            by = out.setdefault(driver, {})
            by[who] = by.get(who, 0) + int(quantity)
        return dict(sorted(out.items()))


def plain_float(value: float) -> str:
    """A quantity as text, without float's noise.

    >>> plain_float(0.1 + 0.2), plain_float(3.0)
    ('0.3', '3')
    """
    from decimal import Decimal

    return plain(Decimal(repr(round(float(value), 9))))
