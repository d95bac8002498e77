"""Bills whose days matter, for the tests of trends, changes and anomalies."""

import numpy as np

from costdna import pipeline
from costdna.workspace import Workspace
from readings import line, reading


def day(n, cost, month=10, **more) -> dict:
    """An hour of usage on a day of 2026."""
    return line(
        **{
            "ChargePeriodStart": f"2026-{month:02d}-{n:02d}T00:00:00Z",
            "ChargePeriodEnd": f"2026-{month:02d}-{n:02d}T01:00:00Z",
            "BillingPeriodStart": f"2026-{month:02d}-01T00:00:00Z",
            "Unblended": str(cost),
            "ConsumedUnit": "Hrs",
            **more,
        }
    )


def space(rows, **wishes) -> Workspace:
    """A workspace in which the bill of these lines has been read."""
    out = Workspace([reading(rows)], pipeline.Wishes(**wishes))
    out.prove()
    return out


def jumping(days=75, jump=70) -> list[dict]:
    """Lines of five services, of which the first, a team's, costs twice as much from day `jump` on."""
    rng, stamp, rows = np.random.default_rng(2), np.datetime64("2026-09-01"), []
    for n in range(days):
        text = str(stamp + n)
        for i, name in enumerate(("Alpha", "Beta", "Gamma", "Delta", "<b>Epsilon</b>")):
            cost = (30 + 10 * i) * (1 + 0.02 * rng.standard_normal()) * (2 if name == "Alpha" and n >= jump else 1)
            rows.append(
                day(
                    1,
                    f"{cost:.4f}",
                    ChargePeriodStart=f"{text}T00:00:00Z",
                    ChargePeriodEnd=f"{stamp + n + 1}T00:00:00Z",
                    BillingPeriodStart=f"{text[:8]}01T00:00:00Z",
                    ServiceName=name,
                    ResourceId=f"i-{i}",
                    UsageType=f"Use-{i}",
                    ConsumedQuantity=f"{cost:.4f}",
                    Tags={("resource", "team"): "search"} if i == 0 else {},
                )
            )
    return rows
