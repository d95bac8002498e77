"""Questions about change that a Workspace answers: the same tables for page, command line and chat."""

import numpy as np
import pandas as pd

from costdna import money, schema
from costdna.anomalies import Settings, alerts, mad
from costdna.anomalies.mad import THRESHOLDS
from costdna.deploys import coincide, granger
from costdna.errors import UsageError
from costdna.export.figures import Figures
from costdna.forecast import forecast
from costdna.ledger import METRICS
from costdna.trends import Coverage, Facts, Period, coverage, facts, labels, last_two, matrix, parse, trend
from costdna.trends.periods import day_text
from costdna.why import EFFECTS, compare, effects, sentence

OLDER_LEFT_OUT = ("Tax", "Fee", "Credit", "Refund", "BundledDiscount")
AMOUNTS = frozenset(
    """
    values total changes old new change hidden cost expected impact from_cost to_cost volume price mix commitment credit
    gone unmeasured low high
    """.split()
)


class Changes:
    """The part of a Workspace that compares days with days.

    Everything is counted from one table of facts, made once per run and metric.
    """

    _facts: tuple = ()
    _alerts: tuple | None = None
    feedback: pd.DataFrame | None = None
    planned: pd.DataFrame | None = None
    deploys: pd.DataFrame | None = None

    def facts(self, metric: str = "") -> tuple[Facts, Coverage]:
        """FACTS of the last run under a metric (its own by default), and which of its days are wholly known."""
        run, report, metric = self.result, self.report, metric or self.report.metric
        if metric not in METRICS:
            raise UsageError(
                "The metric is not one we know.", found=metric, next_step="Choose billed or effective.", code="metric"
            )
        if not self._facts or self._facts[0] is not run or self._facts[1] != metric:
            made = facts(run.charges, run.allocations, METRICS[metric], report.scale, report.currency, metric)
            hours = run.bill.hours
            self._facts = (run, metric, made, coverage(made, hours[hours["BillingCurrency"] == report.currency]))
        return self._facts[2], self._facts[3]

    def compared(self, before: str = "", after: str = "", by: str = "service", top: int = 10, metric: str = "") -> dict:
        """What `compare` tells, with money in units."""
        made, known = self.facts(metric)
        if bool(before) != bool(after):
            raise UsageError(
                "One period alone cannot be compared.",
                found=before or after,
                next_step="Give two, the earlier first, or none.",
                code="period",
            )
        a, b = (parse(before), parse(after)) if before else last_two(known.first, known.last)
        return compare(made, known, a, b, by, top)

    def list_trends(
        self, by: str = "service", grain: str = "day", top: int = 10, period: str = "", metric: str = ""
    ) -> dict:
        """Cost per day, week or month by total, team, service, account, region, usage-type, environment, tag:KEY or
        several joined by +.

        The dearest labels, the rest and the total, each with its change to the period before. Partial periods are
        marked and never compared.
        """
        made, known = self.facts(metric)
        return texts(trend(made, known, by, grain, top, parse(period) if period else None), made.scale)

    def compare(self, before: str = "", after: str = "", by: str = "service", top: int = 10, metric: str = "") -> dict:
        """Two periods (2026-10, 2026-W41, 2026-10-05, 2026-10-01/2026-10-15) side by side: movers, new, gone, and moves
        that cancel out.

        Without periods: the last two whole months of the bill, else weeks, else days.
        """
        return texts(self.compared(before, after, by, top, metric), self.report.scale)

    def why(self, before: str = "", after: str = "", by: str = "service", top: int = 10, metric: str = "") -> dict:
        """Why the bill moved between two periods: price, volume, mix, commitment, credit, new and gone, which add up to
        the difference exactly.

        Says it in a sentence, and names the labels that moved most, each with its own effects. Periods as in compare.
        """
        found = self.compared(before, after, by, top, metric)
        show = Figures(self.report.currency, self.report.scale).money
        return {"headline": sentence(found, show), **texts(found, self.report.scale)}

    def found(
        self, days: int = 14, sensitivity: str = "medium", floor: float | None = None, metric: str = ""
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """(ALERTS, muted ALERTS) of the last days that are wholly known; 0 for all days."""
        made, known = self.facts(metric)
        key, tables = (days, sensitivity, floor), (made, self.feedback, self.planned)
        if self._alerts is None or self._alerts[0] != key or any(a is not b for a, b in zip(self._alerts[1], tables)):
            self._alerts = (
                key,
                tables,
                alerts(
                    made, known, Settings.of(sensitivity, floor), days, feedback=self.feedback, planned=self.planned
                ),
            )
        return self._alerts[2]

    def list_anomalies(
        self, days: int = 14, sensitivity: str = "medium", metric: str = "", limit: int = 50, floor: float = -1.0
    ) -> dict:
        """What is odd in the last days of the bill, one alert for one cause: what moved, by how much against the same
        weekdays before, what it is made of,

        whose it probably is, its resources and usage types, whether it goes on. Fees, taxes and credits never alert;
        late days are left out and said.
        sensitivity: low, medium or high. floor: least money a day that is worth telling; below 0 the sensitivity's own.
        """
        made, known = self.facts(metric)
        rows, muted = self.found(days, sensitivity, floor if floor >= 0 else None, metric)
        cards = [self.alert(row, made) for row in rows.head(limit).to_dict("records")]
        return {
            "metric": made.metric,
            "currency": made.currency,
            "sensitivity": sensitivity,
            "from": day_text(max(known.first, known.last - days) if days else known.first),
            "to": day_text(known.last),
            "note": known.reason,
            "alerts": cards,
            "more": max(0, len(rows) - limit),
            "muted": [
                {
                    "id": r["x_AlertId"],
                    "dimension": r["x_Dimension"],
                    "value": r["x_Value"],
                    "start": str(r["x_Start"].date()),
                    "verdict": r["x_Verdict"],
                }
                for r in muted.to_dict("records")
            ],
        }

    def mad(
        self,
        days: int = 14,
        sensitivity: str = "medium",
        by: str = "service",
        floor: float = 1.0,
        drift: float = 20.0,
        metric: str = "",
    ) -> dict:
        """The older presets: median/MAD on the last day of the window and Theil–Sen drift over it.

        Missing days are not filled, late days not left out.
        """
        made, known = self.facts(metric)
        if sensitivity not in THRESHOLDS:
            raise UsageError(
                "The sensitivity is not one we know.",
                found=sensitivity,
                next_step="Choose low, medium or high.",
                code="sensitivity",
            )
        last = int(made.day.max()) + 1
        plain = made.where(
            ~made.charges["x_LineItemType"].isin(OLDER_LEFT_OUT).to_numpy()[made.at] & (made.day >= last - days)
        )
        codes, names = labels(plain, by)
        cost = money.to_float(matrix(plain, codes, len(names), last - days, last), made.scale)
        seen = np.zeros(cost.shape, dtype=bool)
        seen[codes, plain.day - (last - days)] = True
        rows = mad(cost, sensitivity, floor, drift, seen)
        return {
            "metric": made.metric,
            "currency": made.currency,
            "sensitivity": sensitivity,
            "from": day_text(last - days),
            "to": day_text(last),
            "note": known.reason,
            "more": 0,
            "muted": [],
            "alerts": [
                {
                    "severity": p.severity,
                    "kind": p.kind,
                    by: names[p.series],
                    "score": round(p.score, 4),
                    "actual": f"{p.actual:.6f}",
                    "median": f"{p.median:.6f}",
                }
                for p in rows
            ],
        }

    def alert(self, row: dict, made: Facts) -> dict:
        """One ALERTS row as a card: with its effects, owner, resources and usage types over the days compared."""
        scale = made.scale
        mine = made.where(made.regular & touched(made, row["x_Dimension"], row["x_Value"]))
        start = int(np.datetime64(row["x_Start"], "D").astype("int64"))
        end = int(np.datetime64(row["x_End"], "D").astype("int64"))
        n = int(row["x_Days"])
        begin = max(start, end - n) if row["x_Kind"] == "ramp" else start
        shift = 7
        while begin - shift + n > start:
            shift += 7
        a, b = Period(begin - shift, begin - shift + n, ""), Period(begin, begin + n, "")
        split = effects(mine, a, b).iloc[0]
        tops = {by: movers(mine, a, b, by) for by in ("team", "resource", "usage-type")}
        owners = [m for m in tops["team"] if m["label"] and m["change"] * int(row["x_Impact"]) > 0]
        return {
            "id": row["x_AlertId"],
            "kind": row["x_Kind"],
            "dimension": row["x_Dimension"],
            "value": row["x_Value"],
            "counterpart": row["x_Counterpart"],
            "also": row["x_Also"],
            "start": day_text(start),
            "end": day_text(end),
            "found": str(row["x_Found"].date()),
            "ongoing": bool(row["x_Ongoing"]),
            "cost": money.to_text(row["x_Cost"], scale),
            "before": money.to_text(row["x_Before"], scale),
            "impact": money.to_text(row["x_Impact"], scale),
            "days": n,
            "compared": [day_text(b.first), day_text(b.last), day_text(a.first), day_text(a.last)],
            "percent": row["x_Percent"],
            "p": row["x_PValue"],
            "severity": row["x_Severity"],
            "verdict": row["x_Verdict"],
            "owner": owners[0]["label"] if owners else "",
            "effects": {e: money.to_text(split[e], scale) for e in EFFECTS if split[e]},
            "owners": texts(owners[:3], scale),
            "resources": texts([m for m in tops["resource"] if m["label"]][:5], scale),
            "usage_types": texts(tops["usage-type"][:5], scale),
        }

    def list_coincidences(self, lags: int = 6, draws: int = 999, limit: int = 20, metric: str = "") -> dict:
        """Deploys that coincide with dearer hours or days of a service: p after correction for every team, service and
        lag looked at, effect, other teams that fit too.

        A permutation test over moments drawn from the same hours of the week; Granger's test beside it as a second
        opinion. It never says what caused what.
        """
        made, known = self.facts(metric)
        if lags < 0 or draws < 1:
            raise UsageError(
                "That is no test we can make.",
                found=f"{lags} lags, {draws} draws",
                next_step="Give 0 lags or more, and 1 draw or more.",
                code="draws",
            )
        if self.deploys is None or self.deploys.empty:
            raise UsageError(
                "There is no list of deploys.",
                next_step="Give one: a CSV or JSON with team, timestamp and what was deployed.",
                code="no-deploys",
            )
        cost, names, start, grid = self._grid(made, known)
        unit, season = (3600, 168) if grid == "hour" else (86400, 7)
        at = (self.deploys["x_At"].to_numpy().astype("datetime64[s]").astype("int64") - start) // unit
        events = {
            team: at[(self.deploys["x_ActorId"] == team).to_numpy()]
            for team in sorted(self.deploys["x_ActorId"].unique())
        }
        rows = coincide(
            cost, names, events, lags, season if cost.shape[1] >= 3 * season else 24 if grid == "hour" else 7, draws
        )
        out = []
        for c in rows[:limit]:
            counts = np.bincount(
                events[c.team][(events[c.team] >= 0) & (events[c.team] < cost.shape[1])], minlength=cost.shape[1]
            )
            others = [
                {"team": o.team, "p": o.p, "lag": o.lag}
                for o in rows
                if o.series == c.series and o.team != c.team and o.alone <= 0.2
            ][:3]
            when = f"{c.lag} {grid}{'s' if c.lag != 1 else ''} after" if c.lag else f"in the same {grid} as"
            out.append(
                {
                    "team": c.team,
                    "service": c.series,
                    "lag": c.lag,
                    "events": c.events,
                    "effect": f"{c.effect:.6f}",
                    "p": c.p,
                    "p_alone": c.alone,
                    "granger_p": round(granger(cost[names.index(c.series)], counts, max(1, lags)), 6),
                    "others": others,
                    "sentence": f"{c.series} cost {abs(c.effect):.2f} {made.currency} {'more' if c.effect >= 0 else 'less'} than usual {when} {c.events} deploys of {c.team}: "
                    + (
                        f"it coincides with them (p {c.p:.3f} after looking at everything)."
                        if c.p <= 0.05
                        else f"no more than chance would give (p {c.p:.2f} after looking at everything)."
                    ),
                }
            )
        return {
            "grid": grid,
            "currency": made.currency,
            "metric": made.metric,
            "teams": len({c.team for c in rows}),
            "services": len(names),
            "lags": lags + 1,
            "draws": draws,
            "coincidences": out,
        }

    def _grid(self, made: Facts, known: Coverage) -> tuple[np.ndarray, list[str], int, str]:
        """Cost by service (the thirty dearest) on a grid of hours where the bill has them, else of days.

        (cost, names, first second, hour or day).
        """
        hours = self.result.bill.hours
        hours = hours[hours["BillingCurrency"] == made.currency]
        if len(hours) and made.metric == "billed":
            first, last = known.first * 24, known.last * 24
            at = hours["x_Hour"].to_numpy().astype("datetime64[h]").astype("int64") - first
            inside = (at >= 0) & (at < last - first)
            codes, names = pd.factorize(hours["ServiceName"].to_numpy()[inside], sort=True)
            cost = np.zeros((len(names), last - first))
            np.add.at(cost, (codes.astype("int64"), at[inside]), hours["x_Cost"].to_numpy()[inside])
            start, grid = first * 3600, "hour"
        else:
            plain = made.where(made.regular & (made.day >= known.first) & (made.day < known.last))
            codes, names = labels(plain, "service")
            cost = money.to_float(matrix(plain, codes, len(names), known.first, known.last), made.scale)
            start = known.first * 86400
            grid = "day"
        dearest = np.argsort(-cost.sum(axis=1).round(9), kind="stable")[:30]
        return cost[dearest], [str(names[i]) for i in dearest], start, grid

    def forecast(self, days: int = 30, by: str = "total", top: int = 5, level: float = 0.8, metric: str = "") -> dict:
        """What the next days will probably cost, with an interval: weekdays, month starts and a damped slope, from
        metered usage alone. An estimate, never part of a ledger.

        Fees, taxes, credits and unused commitment are left out: they do not follow the weekday.
        """
        made, known = self.facts(metric)
        if days < 1 or not 0 < level < 1:
            raise UsageError(
                "That is no forecast we can make.",
                found=f"{days} days, an interval of {level}",
                next_step="Give 1 day or more, and an interval between 0 and 1, such as 0.8.",
                code="forecast",
            )
        plain = made.where(made.regular & (made.day >= known.first) & (made.day < known.last))
        codes, names = labels(plain, by)
        cost = money.to_float(matrix(plain, codes, len(names), known.first, known.last), made.scale)
        stamps = np.arange(known.first, known.last).astype("datetime64[D]")
        order = sorted(range(len(names)), key=lambda i: (-round(float(cost[i].sum()), 9), names[i]))[:top]
        rows = []
        for i in order:
            found = forecast(cost[i], stamps, days, level)
            if found is not None:
                rows.append(
                    {
                        "label": names[i],
                        "estimate": f"{found.total:.2f}",
                        "low": f"{found.total_low:.2f}",
                        "high": f"{found.total_high:.2f}",
                        "tried": found.tried,
                        "daily": [f"{v:.2f}" for v in found.expected],
                    }
                )
        return {
            "by": by,
            "metric": made.metric,
            "currency": made.currency,
            "from": day_text(known.last),
            "to": day_text(known.last + days),
            "level": level,
            "rows": rows,
            "note": "" if rows else "Three whole weeks of usage are needed for a forecast.",
        }

    def say(self, dimension: str, value: str, start: str, percent: float, verdict: str, at: pd.Timestamp) -> None:
        """Record what a person said of an alert: yes, no (normal), planned, or nothing to take it back.

        It counts from the next run.
        """
        row = pd.DataFrame(
            [(dimension, value, pd.Timestamp(start), float(percent), verdict, at)], columns=schema.FEEDBACK.names()
        ).astype({"x_Start": "datetime64[ns]", "x_At": "datetime64[ns]"})
        row = schema.FEEDBACK.check(row)
        self.feedback = (
            row if self.feedback is None or self.feedback.empty else pd.concat([self.feedback, row], ignore_index=True)
        )


def touched(made: Facts, by: str, value: str) -> np.ndarray:
    """Facts that bear a label of a dimension. Shape (n,) bool."""
    codes, names = labels(made, by)
    return codes == names.index(value) if value in names else np.zeros(len(made), dtype=bool)


def movers(made: Facts, a: Period, b: Period, by: str, top: int = 5) -> list[dict]:
    """The labels of a dimension that moved most between two periods: {label, change} in units."""
    codes, names = labels(made, by)
    later, earlier = ((made.day >= p.first) & (made.day < p.last) for p in (b, a))
    new, old = (money.sum_by(made.cost[m], codes[m], len(names)) for m in (later, earlier))
    change = [int(n) - int(o) for n, o in zip(new, old)]
    order = sorted((i for i in range(len(names)) if change[i]), key=lambda i: (-abs(change[i]), names[i]))
    return [{"label": names[i], "change": change[i]} for i in order[:top]]


def texts(value, scale: int, key: str = ""):
    """Units as decimal text wherever a key names an amount; everything else as it is."""
    if isinstance(value, dict):
        return {k: texts(v, scale, k) for k, v in value.items() if k != "scale"}
    if isinstance(value, (list, tuple)):
        return [texts(v, scale, key) for v in value]
    return (
        money.to_text(value, scale)
        if key in AMOUNTS and isinstance(value, int) and not isinstance(value, bool)
        else value
    )
