"""Late data is not a fall, and a fall is not late data."""

import numpy as np
from moving import day, space

from costdna.trends.completeness import shares

SERVICES = ("A", "B", "C", "D", "E")


def test_the_typical_cell_tells_late_days():
    cost = np.full((8, 30), 10.0)
    assert shares(cost).tolist() == [1, 1, 1]
    cost[:, -1] *= 0.4
    assert shares(cost).tolist() == [1, 1, 0.4]


def test_one_cell_that_falls_is_a_fall():
    cost = np.full((8, 30), 10.0)
    cost[0] = 500.0
    cost[0, -1] = 0
    assert shares(cost).tolist() == [1, 1, 1]


def test_a_weekend_is_not_late():
    cost = np.full((8, 42), 10.0)
    cost[:, 5::7] = cost[:, 6::7] = 2.0
    assert shares(cost).tolist() == [1, 1, 1]


def test_a_daily_bill_whose_last_day_is_thin_is_marked():
    rows = [
        day(
            d, "0.1" if d == 20 else "10", ServiceName=s, ResourceId=s, ChargePeriodEnd=f"2026-10-{d + 1:02d}T00:00:00Z"
        )
        for d in range(1, 21)
        for s in SERVICES
    ]
    _, known = space(rows).facts()
    assert known.share == {known.last: 0.01} and "not whole" in known.reason


def test_hours_decide_in_an_hourly_bill():
    def hourly(d, s, hours):
        return [
            day(
                d,
                "1",
                ServiceName=s,
                ResourceId=s,
                ChargePeriodStart=f"2026-10-{d:02d}T{h:02d}:00:00Z",
                ChargePeriodEnd=f"2026-10-{d:02d}T{h:02d}:59:59Z",
            )
            for h in hours
        ]

    rows = [r for d in range(1, 15) for s in SERVICES for r in hourly(d, s, (0, 8, 16, 23))]
    falls = [r for s in SERVICES for r in hourly(15, s, (0, 8, 16, 23))]
    for r in falls:
        r["Unblended"] = "0.001"
    assert space([*rows, *falls]).facts()[1].share == {}
    late = [r for s in SERVICES for r in hourly(15, s, (0,))]
    assert list(space([*rows, *late]).facts()[1].share.values()) == [0.25]
