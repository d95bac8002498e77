"""Two periods side by side: what moved, what is new, what went, and what cancels out inside a total that looks still."""

import numpy as np
import pandas as pd

from costdna import money
from costdna.errors import UsageError
from costdna.trends.completeness import Coverage
from costdna.trends.dimensions import labels
from costdna.trends.facts import Facts
from costdna.trends.periods import Period, day_text
from costdna.why.effects import EFFECTS, effects

FLAT = 0.05  # a total within 5 % counts as still
HIDDEN = 0.10  # moves of a tenth of it, both ways, are worth naming


def comparable(a: Period, b: Period, known: Coverage) -> tuple[Period, Period, str]:
    """The periods, or the days of them that the bill covers on both sides, and what had to be left out, in words.

    Raises UsageError where they overlap or have no day in common.
    """
    if a.last > b.first and b.last > a.first:
        raise UsageError(
            "The two periods overlap.",
            found=f"{a.name} and {b.name}",
            next_step="Choose two that do not.",
            code="period",
        )
    a, b = known.mark(a), known.mark(b)
    if not a.partial and not b.partial:
        return a, b, ""
    low = max(max(known.first - p.first, 0) for p in (a, b))
    high = min(min(known.last, p.last) - p.first for p in (a, b))
    if high <= low:
        empty = b if not b.known else a
        raise UsageError(
            f"The bill covers no day that {a.name} and {b.name} could be compared by.",
            found=f"{day_text(known.first)} up to {day_text(known.last)} is covered wholly",
            where=empty.name,
            next_step="Give the bill of that period too.",
            code="period",
        )
    short = ", ".join(f"{p.name} ({p.known} of {p.days} days)" for p in (a, b) if p.partial)
    cut = [Period(p.first + low, p.first + high, f"{p.name} (days {low + 1}–{high})", high - low) for p in (a, b)]
    return cut[0], cut[1], f"{short} is not covered wholly, so only days {low + 1} to {high} of both are compared."


def compare(facts: Facts, known: Coverage, a: Period, b: Period, by: str = "service", top: int = 10) -> dict:
    """B against A: {periods, old, new, change, percent, effects, movers, rest, new_labels, gone_labels, masked}.

    Money in units.

    movers: the labels of `by` with the largest change either way, each with its own effects; Σ movers + rest = change.
    """
    a, b, note = comparable(a, b, known)
    codes, texts = labels(facts, by)
    whole = effects(facts, a, b).iloc[0]
    mine = effects(facts, a, b, codes, len(texts))
    seen = [np.bincount(codes[(facts.day >= p.first) & (facts.day < p.last)], minlength=len(texts)) > 0 for p in (a, b)]
    order = sorted(
        (i for i in range(len(texts)) if seen[0][i] or seen[1][i]),
        key=lambda i: (-abs(int(mine["change"][i])), texts[i]),
    )
    rows = [_row(texts[i], mine.iloc[i], bool(seen[0][i]), bool(seen[1][i])) for i in order]
    tail = rows[top:]
    rest = {k: sum(r[k] for r in tail) for k in ("old", "new", "change")} | {"labels": len(tail)}
    return {
        "by": by,
        "metric": facts.metric,
        "currency": facts.currency,
        "scale": facts.scale,
        "periods": [a.to_dict(), b.to_dict()],
        "note": note,
        "old": int(whole["old"]),
        "new": int(whole["new_cost"]),
        "change": int(whole["change"]),
        "percent": percent(whole["change"], whole["old"]),
        "effects": {e: int(whole[e]) for e in EFFECTS},
        "movers": rows[:top],
        "rest": rest if tail else None,
        "new_labels": [r for r in rows if r["status"] == "new"],
        "gone_labels": [r for r in rows if r["status"] == "gone"],
        "masked": masked(facts, a, b),
    }


def _row(label: str, row: pd.Series, before: bool, after: bool) -> dict:
    parts = {e: int(row[e]) for e in EFFECTS}
    main = max(parts, key=lambda e: (abs(parts[e]), -EFFECTS.index(e))) if any(parts.values()) else ""
    return {
        "label": label,
        "old": int(row["old"]),
        "new": int(row["new_cost"]),
        "change": int(row["change"]),
        "percent": percent(row["change"], row["old"]),
        "status": "new" if not before else "gone" if not after else "moved" if row["change"] else "same",
        "main": main,
        "effects": parts,
    }


def percent(change: int, old: int) -> float | None:
    """Change in per cent of what was, None where nothing was.

    >>> percent(5, 100), percent(5, 0)
    (5.0, None)
    """
    return round(100.0 * float(change) / abs(float(old)), 4) if old else None


def masked(
    facts: Facts,
    a: Period,
    b: Period,
    levels=(("total", "service"), ("total", "account"), ("service", "usage-type"), ("account", "service")),
    top: int = 5,
) -> list[dict]:
    """Totals that stand still while their parts move both ways.

    {level, label, by, old, new, change, up, down}, largest hidden move first.
    """
    out = []
    pick = ((facts.day >= a.first) & (facts.day < a.last)) | ((facts.day >= b.first) & (facts.day < b.last))
    facts = facts.where(pick)
    later = facts.day >= b.first if b.first > a.first else facts.day < b.last
    for level, by in levels:
        outer, names = labels(facts, level)
        inner, parts = labels(facts, by)
        pairs, pair = np.unique(outer * len(parts) + inner, return_inverse=True)
        old, new = (money.sum_by(facts.cost[m], pair[m], len(pairs)) for m in (~later, later))
        change = [int(n) - int(o) for n, o in zip(new, old)]
        # sorted: a label's pairs stand together
        edges = np.searchsorted(pairs, np.arange(len(names) + 1, dtype="int64") * len(parts)).tolist()
        for k, name in enumerate(names):
            mine = range(edges[k], edges[k + 1])
            was, now = sum(int(old[p]) for p in mine), sum(int(new[p]) for p in mine)
            up, down = ([p for p in mine if s * change[p] > 0] for s in (1, -1))
            hidden = min(sum(change[p] for p in up), -sum(change[p] for p in down))
            if was > 0 and abs(now - was) <= FLAT * was and hidden >= HIDDEN * was:
                most = [sorted(ps, key=lambda p: (-abs(change[p]), p))[:top] for ps in (up, down)]
                most = [[{"label": parts[int(pairs[p]) % len(parts)], "change": change[p]} for p in ps] for ps in most]
                out.append(
                    {
                        "level": level,
                        "label": name,
                        "by": by,
                        "old": was,
                        "new": now,
                        "change": now - was,
                        "hidden": hidden,
                        "up": most[0],
                        "down": most[1],
                    }
                )
    return sorted(out, key=lambda r: (-r["hidden"], r["level"], r["label"], r["by"]))
