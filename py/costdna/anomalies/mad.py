"""The older presets, kept so that their users find their numbers again.

Median/MAD on the last day, Theil–Sen drift over the window.

Baseline: all days but the last. z = 0.6745·(x − median)/MAD; where MAD is nothing, ±10 if the day is off by more than
the least cost. Three days for a point, five for a drift. They flag weekends and late days and never see a stop: that is
what `scan` is for.
"""

from dataclasses import dataclass

import numpy as np

THRESHOLDS = {"low": 3.0, "medium": 2.5, "high": 2.0}


@dataclass(frozen=True)
class Point:
    """An anomaly of the older presets.

    kind: spike, drop, drift_up or drift_down; score: z, or the drift in per cent; severity: critical, warning or info.
    """

    series: int
    kind: str
    score: float
    severity: str
    actual: float
    median: float


def mad(
    cost: np.ndarray,
    sensitivity: str = "medium",
    least: float = 1.0,
    drift_percent: float = 20.0,
    seen: np.ndarray | None = None,
) -> list[Point]:
    """Anomalies of the last day and drifts over the window.

    cost (S, days); seen (S, days) bool: days with a line (missing days are not filled).

    Sorted by severity, then by size.
    """
    out: list[Point] = []
    threshold = THRESHOLDS[sensitivity]
    for s, row in enumerate(cost):
        values = row if seen is None else row[seen[s]]
        if (seen is not None and not seen[s, -1]) or len(values) < 3:
            continue
        now, before = float(values[-1]), values[:-1]
        middle = float(np.median(before))
        spread = float(np.median(np.abs(before - middle)))
        if now >= least:
            z = (
                0.6745 * (now - middle) / spread
                if spread >= 1e-10
                else (10.0 * np.sign(now - middle) if abs(now - middle) > least else 0.0)
            )
            if abs(z) >= threshold:
                out.append(
                    Point(
                        s,
                        "spike" if z > 0 else "drop",
                        float(z),
                        "critical" if abs(z) > 4 else "warning" if abs(z) > 3 else "info",
                        now,
                        middle,
                    )
                )
        whole = float(np.median(values))
        if len(values) >= 5 and whole > least:
            i, j = np.triu_indices(len(values), 1)
            percent = 100.0 * float(np.median((values[j] - values[i]) / (j - i))) * len(values) / whole
            if abs(percent) >= drift_percent:
                out.append(
                    Point(
                        s,
                        "drift_up" if percent > 0 else "drift_down",
                        percent,
                        "critical" if abs(percent) > 100 else "warning" if abs(percent) > 50 else "info",
                        now,
                        whole,
                    )
                )
    return sorted(out, key=lambda p: (("critical", "warning", "info").index(p.severity), -abs(p.score), p.series))
