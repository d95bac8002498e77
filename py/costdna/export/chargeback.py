"""What each team is charged, and by which method each amount came to it."""

import numpy as np
import pandas as pd

from costdna import money
from costdna.export.as_csv import to_csv
from costdna.export.leaving import Leaving
from costdna.ledger import heading

METHODS = {
    "human": "direct: a person said so",
    "tagged": "direct: its own tag",
    "ruled": "direct: rule, map or account",
    "principal": "direct: the principal that called",
    "inferred": "direct: inferred by the model",
    "shared": "not charged: shared, no split was set",
    "vendor": "not charged: the vendor's",
    "ownerless": "not charged: nobody's",
    "abstained": "not charged: we can't tell",
    "unallocatable": "not charged: no resource behind it",
}


def chargeback_csv(leaving: Leaving) -> str:
    """A line a team, month, account, service and method: both costs add up to the bill, exactly."""
    run = leaving.result
    parts, charges = run.allocations, run.charges
    at = (
        pd.Series(np.arange(len(charges), dtype="int64"), index=charges["x_ChargeId"].to_numpy())
        .reindex(parts["x_ChargeId"])
        .to_numpy(dtype="int64")
    )
    method = pd.Series(heading(parts)).map(METHODS).to_numpy(dtype=object)
    method = np.where(
        (parts["x_AllocatedMethodId"] != "direct").to_numpy(),
        [m.replace("direct:", "split by stated shares:") for m in method],
        method,
    )
    frame = pd.DataFrame(
        {
            "BillingPeriodStart": charges["BillingPeriodStart"].to_numpy()[at],
            "x_Team": np.where(parts["x_Verdict"] == "owned", parts["x_Team"], ""),
            "SubAccountId": charges["SubAccountId"].to_numpy()[at],
            "ServiceName": charges["ServiceName"].to_numpy()[at],
            "ChargeCategory": charges["ChargeCategory"].to_numpy()[at],
            "x_AllocatedMethodDetails": method,
        }
    )
    by = list(frame.columns)
    codes = frame.groupby(by, sort=True, dropna=False).ngroup().to_numpy().astype("int64")
    size = int(codes.max()) + 1 if len(codes) else 0
    first = np.full(size, len(codes), dtype="int64")
    np.minimum.at(first, codes, np.arange(len(codes), dtype="int64"))
    out = frame.iloc[first].reset_index(drop=True).assign(BillingCurrency=leaving.report.currency)
    for name in ("BilledCost", "EffectiveCost"):
        out[name] = money.sum_by(parts[name].to_numpy(), codes, size)
    return to_csv(out, leaving.report.scale, ("BilledCost", "EffectiveCost"))
