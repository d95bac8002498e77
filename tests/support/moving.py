"""Bills whose days matter, for the tests of trends, changes and anomalies."""

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
