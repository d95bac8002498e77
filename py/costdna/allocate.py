"""Step 7: CHARGES × OWNERSHIP → ALLOCATIONS. Who bears each charge, every unit of both costs placed exactly once."""

import numpy as np
import pandas as pd

from costdna import money, schema
from costdna.once import once

WHOLE = 1_000_000
# Lines that pay for a commitment, or for what no resource used: borne together, never spread silently.
COMMITMENT_KINDS = (
    "RIFee",
    "SavingsPlanRecurringFee",
    "SavingsPlanUpfrontFee",
    "ReservationUpfrontFee",
    "SavingsPlanRemainder",
    "SavingsPlanNegation",
    "RefundOfUpfront",
)


def allocate(charges: pd.DataFrame, ownership: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """ALLOCATIONS of CHARGES.

    charges: n rows. ownership: OWNERSHIP; joined on (x_OwnableId, day). claims: n rows, a line's own owner or "".
    A line's claim wins. An untagged line of a resource that is tagged on other lines follows that tag, as a rule.
    Commitment fees without an owner are shared; what has no owner and no resource is unallocatable; the rest abstains.
    Σ over a charge's rows = the charge, for both costs.
    """
    row_of, shared_rows = _join(charges, ownership)
    verdict = once(charges, "unclaimed", _unclaimed).copy()
    basis = np.full(len(charges), "", dtype=object)
    team = np.full(len(charges), "", dtype=object)
    hit = row_of >= 0
    own = ownership.reset_index(drop=True)
    if hit.any():
        picked = row_of[hit]
        verdict[hit], team[hit] = own["x_Verdict"].to_numpy()[picked], own["x_Team"].to_numpy()[picked]
        # The ownable's tag, but not on this line: it follows by rule, and the tagged sum stays what a tag filter gives.
        basis[hit] = np.where(own["x_Basis"] == "tag", "rule", own["x_Basis"])[picked]
    claimed = (claims["x_Team"] != "").to_numpy()
    verdict[claimed] = "owned"
    basis[claimed] = claims["x_Basis"].to_numpy()[claimed]
    team[claimed] = claims["x_Team"].to_numpy()[claimed]
    direct = np.ones(len(charges), dtype=bool)
    direct[[i for i in shared_rows if not claimed[i]]] = False
    out = pd.DataFrame(
        {
            "x_ChargeId": charges["x_ChargeId"].to_numpy(),
            "x_Team": team,
            "x_Verdict": verdict,
            "x_Basis": basis,
            "x_AllocatedRatio": np.full(len(charges), WHOLE, dtype="int64"),
            "BilledCost": charges["BilledCost"].to_numpy(),
            "EffectiveCost": charges["EffectiveCost"].to_numpy(),
            "x_AllocatedMethodId": "direct",
        }
    )[direct]
    several = {i: rows for i, rows in shared_rows.items() if not claimed[i]}
    if several:
        out = pd.concat([out, _shares(charges, several, own)], ignore_index=True)
        for name in ("BilledCost", "EffectiveCost"):
            out[name] = money.fit(out[name].to_numpy())
    return schema.ALLOCATIONS.check(out.reset_index(drop=True))


def _unclaimed(charges: pd.DataFrame) -> np.ndarray:
    """The verdict on each charge where nobody owns it. Shape (n,) object."""
    bought = (charges["ChargeCategory"] == "Purchase") & (charges["CommitmentDiscountId"] != "")
    commitment = (
        charges["x_ChargeKind"].isin(COMMITMENT_KINDS) | (charges["CommitmentDiscountStatus"] == "Unused") | bought
    )
    usage = charges["ChargeCategory"] == "Usage"
    return np.where(
        commitment, "shared", np.where(usage | (charges["ResourceId"] != ""), "abstained", "unallocatable")
    ).astype(object)


def _join(charges: pd.DataFrame, ownership: pd.DataFrame) -> tuple[np.ndarray, dict[int, list[int]]]:
    """Position of the OWNERSHIP row in force for each charge (-1: none), and the charges that several rows share."""
    row_of = np.full(len(charges), -1, dtype="int64")
    shared: dict[int, list[int]] = {}
    if ownership.empty:
        return row_of, shared
    own = ownership.reset_index(drop=True)
    day = charges["ChargePeriodStart"].to_numpy()
    codes = pd.Categorical(charges["x_OwnableId"], categories=own["x_OwnableId"].unique()).codes.astype("int64")
    own_codes = pd.Categorical(own["x_OwnableId"], categories=own["x_OwnableId"].unique()).codes.astype("int64")
    simple = (own["x_ValidFrom"].isna() & own["x_ValidTo"].isna() & (own["x_Share"] == WHOLE)).to_numpy()
    at = np.full(own_codes.max() + 1, -1, dtype="int64")
    at[own_codes[simple]] = np.flatnonzero(simple)
    row_of = np.where(codes >= 0, at[np.maximum(codes, 0)], -1)
    rest = np.flatnonzero((codes >= 0) & (row_of < 0))
    positions: dict[int, list[int]] = {}
    for position in np.flatnonzero(~simple):
        positions.setdefault(int(own_codes[position]), []).append(int(position))
    starts, ends = own["x_ValidFrom"].to_numpy(), own["x_ValidTo"].to_numpy()
    for i in rest:
        rows = [p for p in positions.get(int(codes[i]), []) if not (starts[p] > day[i]) and not (ends[p] <= day[i])]
        if len(rows) == 1:
            row_of[i] = rows[0]
        elif rows:
            shared[int(i)] = rows
            row_of[i] = rows[0]
    return row_of, shared


def _shares(charges: pd.DataFrame, several: dict[int, list[int]], own: pd.DataFrame) -> pd.DataFrame:
    """Charges shared out by x_Share.

    Remainder units go by largest remainder, then by row. several: row of `charges` → its rows of `own`.
    """
    at = np.repeat(np.array(list(several), dtype="int64"), [len(rows) for rows in several.values()])
    of = own.iloc[[row for rows in several.values() for row in rows]]
    share = own["x_Share"].tolist()
    weights = [[share[row] for row in rows] for rows in several.values()]
    cost = {
        name: np.array(
            [
                part
                for units, w in zip(charges[name].to_numpy()[list(several)].tolist(), weights)
                for part in money.split(units, w)
            ],
            dtype=object,
        )
        for name in ("BilledCost", "EffectiveCost")
    }
    return pd.DataFrame(
        {
            "x_ChargeId": charges["x_ChargeId"].to_numpy()[at],
            "x_Team": of["x_Team"].to_numpy(),
            "x_Verdict": of["x_Verdict"].to_numpy(),
            "x_Basis": of["x_Basis"].to_numpy(),
            "x_AllocatedRatio": of["x_Share"].to_numpy(dtype="int64"),
            **{name: money.fit(units) for name, units in cost.items()},
            "x_AllocatedMethodId": "share",
        }
    )
