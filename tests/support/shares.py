"""Lines to charges that can be shared, the law every sharing keeps, and rules to share by."""

import numpy as np
from readings import reading

from costdna import money
from costdna.allocate import allocate
from costdna.ownables import ownables
from costdna.read import assemble
from costdna.sharing import drivers, parse_book
from costdna.teams import known

MONTH = {"ChargePeriodStart": "2026-10-01T00:00:00Z", "ChargePeriodEnd": "2026-11-01T00:00:00Z", "ResourceId": ""}
USAGE = drivers(
    [
        {"date": f"2026-10-{d:02}", "service": "api", "customer": c, "requests": n}
        for d, c, n in ((1, "acme", 7), (1, "bolt", 3), (2, "acme", 1), (4, "zed", 1_000_003))
    ]
)
TEAMS = parse_book(
    {
        "rules": [
            {"name": "core", "where": {"team": "core"}, "method": "even", "to": ["a", "b", "platform"]},
            {"name": "platform", "where": {"team": "platform"}, "method": "proportional", "driver": "BilledCost"},
            {
                "name": "fees",
                "where": {"is": ["tax", "commitment"]},
                "method": "fixed",
                "shares": {"a": 1, "b": 2, "core": 3},
            },
            {"name": "rest", "where": {"is": "unowned"}, "method": "proportional", "driver": "EffectiveCost"},
        ]
    }
)


def allocated(rows):
    """(CHARGES, ALLOCATIONS, splits) of lines, by what they prove."""
    bill = assemble([reading(rows)])
    things = ownables(bill.charges)
    proved = known(bill.charges, things)
    return bill.charges, allocate(bill.charges, proved.ownership, proved.claims), bill.splits


def totals(shares, charges):
    """Parts add up to their charge in both costs, and their ratios to one."""
    for cost in ("BilledCost", "EffectiveCost"):
        codes = np.searchsorted(np.sort(charges["x_ChargeId"].to_numpy()), shares["x_ChargeId"].to_numpy())
        sums = money.sum_by(shares[cost].to_numpy(), codes, len(charges))
        origin = charges.sort_values("x_ChargeId")[cost].tolist()
        assert [int(s) for s in sums] == [int(o) for o in origin]
    assert (shares.groupby("x_ChargeId")["x_AllocatedRatio"].sum() == 1_000_000).all()
