"""A bill of more collapsed lines than the engine scans at once: every line's money still stands beside its own key."""

import numpy as np
from costdna_companion import native

HEADER = "bill/BillingPeriodStartDate,bill/PayerAccountId,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/ResourceId,product/ProductName"
LINES = 260_000
"""More than two of DuckDB's row groups of 122,880."""


def test_keys_and_money_of_a_large_bill_are_of_the_same_line(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write(HEADER + "\n")
        out.writelines(
            f"2026-10-01T00:00:00Z,9,1,Usage,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,AmazonEC2,BoxUsage,Run,1,USD,{i},i-{i},EC2\n"
            for i in range(LINES)
        )
    (reading,), _ = native.read([path], threads=4)
    arrays, names = reading["arrays"], reading["meta"]["dictionaries"]["ResourceId"]
    told = np.array([int(name[2:]) if name else -1 for name in names])[arrays["codes.ResourceId"]]
    assert len(told) == LINES and (arrays["sum.Unblended.whole"] == told).all()
