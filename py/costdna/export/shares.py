"""Allocated charges as FOCUS 1.3-shaped rows.

The charge's own columns, and the allocation columns of 1.3 under x_ names.
"""

import json

import pandas as pd

from costdna.export.as_csv import to_csv

OWN = tuple(
    """
    BillingAccountId SubAccountId ProviderName BillingCurrency BillingPeriodStart ChargePeriodStart ChargePeriodEnd
    ChargeCategory ServiceName RegionId ResourceId x_UsageType
    """.split()
)


def focus_rows(charges: pd.DataFrame, shares: pd.DataFrame, bearers: str, scale: int, currency: str) -> str:
    """CSV text of SHARES, a row per part: Σ of BilledCost and EffectiveCost over the rows of a charge is the charge.

    x_AllocatedMethodId, x_AllocatedMethodDetails (JSON: the rule, the split in words, the ratio), x_AllocatedResourceId
    (the resource whose cost it is), x_AllocatedTags (JSON: who bears it). A part that nothing moved has none of them.
    """
    at = charges.set_index("x_ChargeId").loc[shares["x_ChargeId"], list(OWN)].reset_index(drop=True)
    moved = (shares["x_AllocatedMethodId"] != "kept").to_numpy()
    key = bearers.removesuffix("s")
    columns = shares[["x_Rule", "x_AllocatedMethodDetails", "x_AllocatedRatio", "x_Bearer"]].to_numpy(dtype=object)
    out = at.assign(
        BilledCost=shares["BilledCost"].to_numpy(),
        EffectiveCost=shares["EffectiveCost"].to_numpy(),
        x_ChargeId=shares["x_ChargeId"].to_numpy(),
        x_Team=shares["x_Team"].to_numpy(),
        x_Bearer=shares["x_Bearer"].to_numpy(),
        x_AllocatedMethodId=[m if on else "" for m, on in zip(shares["x_AllocatedMethodId"], moved)],
        x_AllocatedMethodDetails=[
            json.dumps({"rule": r, "by": d, "ratio": f"{int(q) / 10**6:.6f}"}, ensure_ascii=False) if on else ""
            for (r, d, q, _), on in zip(columns, moved)
        ],
        x_AllocatedResourceId=[i if on else "" for i, on in zip(at["ResourceId"], moved)],
        x_AllocatedTags=[
            json.dumps({key: b}, ensure_ascii=False) if on and b else "" for (_, _, _, b), on in zip(columns, moved)
        ],
    )
    return to_csv(out, scale, ("BilledCost", "EffectiveCost"))
