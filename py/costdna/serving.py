"""Questions about what it costs to serve a customer and to run a service: the part of a Workspace that answers them."""

from dataclasses import replace

import numpy as np

from costdna import money, schema
from costdna.errors import UsageError
from costdna.sharing import RuleBook
from costdna.sharing.drivers import SCALE as QUANTITY
from costdna.sharing.rules import COLUMNS
from costdna.trends import Facts, labels
from costdna.trends.periods import day_text
from costdna.unit import margins, per, text_of


class Serving:
    """What `Economics` shares out, seen from the customer and the service."""

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

    def alternatives(self) -> dict[str, RuleBook]:
        """The book with every usage driver replaced by each other driver of the usage file, and by even parts.

        The ranking of customers is tried under each.
        """
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
