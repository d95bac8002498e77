"""Questions about change that a Workspace answers: the same tables for page, command line and chat."""

from costdna import money
from costdna.errors import UsageError
from costdna.export.figures import Figures
from costdna.ledger import METRICS
from costdna.trends import Coverage, Facts, coverage, facts, last_two, parse, trend
from costdna.why import compare, sentence

AMOUNTS = {"values", "total", "changes", "old", "new", "change", "hidden", "cost", "expected", "impact", "from_cost", "to_cost", "volume", "price", "mix", "commitment", "credit", "gone", "unmeasured", "low", "high"}


class Changes:
    """The part of a Workspace that compares days with days. Everything is counted from one table of facts, made once per run and metric."""

    _facts: tuple = ()

    def facts(self, metric: str = "") -> tuple[Facts, Coverage]:
        """FACTS of the last run under a metric (its own by default), and which of its days are wholly known."""
        run, report, metric = self.result, self.report, metric or self.report.metric
        if metric not in METRICS:
            raise UsageError("The metric is not one we know.", found=metric, next_step="Choose billed or effective.", code="metric")
        if not self._facts or self._facts[0] is not run or self._facts[1] != metric:
            made = facts(run.charges, run.allocations, METRICS[metric], report.scale, report.currency, metric)
            hours = run.bill.hours
            self._facts = (run, metric, made, coverage(made, hours[hours["BillingCurrency"] == report.currency]))
        return self._facts[2], self._facts[3]

    def compared(self, before: str = "", after: str = "", by: str = "service", top: int = 10, metric: str = "") -> dict:
        """What `compare` tells, with money in units."""
        made, known = self.facts(metric)
        if bool(before) != bool(after):
            raise UsageError("One period alone cannot be compared.", found=before or after, next_step="Give two, the earlier first, or none.", code="period")
        a, b = (parse(before), parse(after)) if before else last_two(known.first, known.last)
        return compare(made, known, a, b, by, top)

    def list_trends(self, by: str = "service", grain: str = "day", top: int = 10, period: str = "", metric: str = "") -> dict:
        """Cost per day, week or month by total, team, service, account, region, usage-type, environment, tag:KEY or several joined by +.

        The dearest labels, the rest and the total, each with its change to the period before. Partial periods are marked and never compared.
        """
        made, known = self.facts(metric)
        return texts(trend(made, known, by, grain, top, parse(period) if period else None), made.scale)

    def compare(self, before: str = "", after: str = "", by: str = "service", top: int = 10, metric: str = "") -> dict:
        """Two periods (2026-10, 2026-W41, 2026-10-05, 2026-10-01/2026-10-15) side by side: movers, new, gone, and moves that cancel out.

        Without periods: the last two whole months of the bill, else weeks, else days.
        """
        return texts(self.compared(before, after, by, top, metric), self.report.scale)

    def why(self, before: str = "", after: str = "", by: str = "service", top: int = 10, metric: str = "") -> dict:
        """Why the bill moved between two periods: price, volume, mix, commitment, credit, new and gone, which add up to the difference exactly.

        Says it in a sentence, and names the labels that moved most, each with its own effects. Periods as in compare.
        """
        found = self.compared(before, after, by, top, metric)
        show = Figures(self.report.currency, self.report.scale).money
        return {"headline": sentence(found, show), **texts(found, self.report.scale)}


def texts(value, scale: int, key: str = ""):
    """Units as decimal text wherever a key names an amount; everything else as it is."""
    if isinstance(value, dict):
        return {k: texts(v, scale, k) for k, v in value.items() if k != "scale"}
    if isinstance(value, (list, tuple)):
        return [texts(v, scale, key) for v in value]
    return money.to_text(value, scale) if key in AMOUNTS and isinstance(value, int) and not isinstance(value, bool) else value
