"""Cost over time by anything: exact sums on a grid of periods, the dearest labels, and the rest."""

import numpy as np

from costdna import money
from costdna.trends.completeness import Coverage
from costdna.trends.dimensions import labels
from costdna.trends.facts import Facts
from costdna.trends.periods import Period, grid

REST = "(the rest)"


def matrix(facts: Facts, codes: np.ndarray, size: int, first: int, last: int) -> np.ndarray:
    """Exact cost per label and day of [first, last). Shape (size, days), units."""
    width = last - first
    inside = (facts.day >= first) & (facts.day < last)
    rows = slice(None) if inside.all() else np.flatnonzero(inside)
    return money.sum_by(facts.cost[rows], codes[rows] * width + (facts.day[rows] - first), size * width).reshape(
        size, width
    )


def trend(
    facts: Facts, known: Coverage, by: str = "service", grain: str = "day", top: int = 10, span: Period | None = None
) -> dict:
    """Cost by label and period: {by, grain, metric, currency, periods, rows, rest, total}.

    Each row has label, values (units, one per period), total, and change to the period before (units, and per cent as
    float). A change is None where either period is partial: a part is never compared with a whole. Σ rows + rest =
    total = the bill over the span.
    """
    first, last = (span.first, span.last) if span else (int(facts.day.min()), int(facts.day.max()) + 1)
    periods = [known.mark(p) for p in grid(first, last, grain)]
    if span:
        facts = facts.where((facts.day >= first) & (facts.day < last))
    codes, texts = labels(facts, by)
    starts = np.array([p.first for p in periods], dtype="int64")
    column = np.searchsorted(starts, facts.day, side="right") - 1
    cost = money.sum_by(facts.cost, codes * len(periods) + column, len(texts) * len(periods)).reshape(
        len(texts), len(periods)
    )
    sums = [sum(int(v) for v in row) for row in cost]
    weight = [sum(abs(int(v)) for v in row) for row in cost]
    order = sorted(range(len(texts)), key=lambda i: (-weight[i], texts[i]))
    head, tail = order[:top], order[top:]
    rows = [_row(texts[i], [int(v) for v in cost[i]], sums[i], periods) for i in head]
    rest = [sum(int(cost[i][p]) for i in tail) for p in range(len(periods))]
    whole = [sum(int(v) for v in cost[:, p]) for p in range(len(periods))]
    return {
        "by": by,
        "grain": grain,
        "metric": facts.metric,
        "currency": facts.currency,
        "scale": facts.scale,
        "periods": [p.to_dict() for p in periods],
        "rows": rows,
        "rest": {**_row(REST, rest, sum(rest), periods), "labels": len(tail)} if tail else None,
        "total": _row("total", whole, sum(whole), periods),
    }


def _row(label: str, values: list[int], total: int, periods: list[Period]) -> dict:
    changes, shares = [], []
    for i, value in enumerate(values):
        comparable = i > 0 and not periods[i].partial and not periods[i - 1].partial
        changes.append(value - values[i - 1] if comparable else None)
        shares.append(
            round(100.0 * (value - values[i - 1]) / abs(values[i - 1]), 4) if comparable and values[i - 1] else None
        )
    return {"label": label, "values": values, "total": total, "changes": changes, "percents": shares}
