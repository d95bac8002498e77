"""The collapsed lines of one file as CHARGES: costs by line type, ids, and what negation left over."""

import numpy as np
import pandas as pd

from costdna import hashing, money, schema
from costdna.errors import BillError
from costdna.read import costs
from costdna.read.decoded import absent, lines_of, sums_of, text

KEY = """
    x_SourceId BillingPeriodStart BillingAccountId ProviderName SubAccountId SubAccountName ChargePeriodStart
    ChargePeriodEnd ResourceId ResourceName ResourceType ServiceName x_ServiceCode RegionId x_UsageType x_Operation
    x_LineItemType x_ChargeKind ChargeCategory ChargeClass ChargeFrequency PricingCategory CommitmentDiscountStatus
    BillingCurrency CommitmentDiscountId x_PrincipalId SplitParentId ConsumedUnit flags x_TagSet
""".split()
"""All that tells one charge from another."""
PLAN_DAY = """
    BillingPeriodStart BillingAccountId ProviderName ChargePeriodStart BillingCurrency CommitmentDiscountId
    x_SourceId
""".split()


def charges_of(reading: dict, scale: int, basis: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(CHARGES of one file, what its split children say they share).

    Writes into the reading's meta what split rows cost of their own: `split_total`.
    """
    lines, sums = lines_of(reading), sums_of(reading, scale)
    if reading["meta"]["format"] == "focus":
        lines = _focus_costs(lines, sums)
    else:
        priced = costs.apply(lines, sums, basis)
        split = (priced["x_ChargeKind"] == "SplitChild").to_numpy()
        column = sums.get("NetUnblended" if basis == "net" else "Unblended", np.zeros(len(lines), dtype="int64"))
        reading["meta"]["split_total"] = money.to_text(money.total(column[split]), scale)
        lines = lines.drop(columns=["ChargeCategory", "ChargeFrequency", "CommitmentDiscountStatus", "PricingCategory"])
        lines = pd.concat([lines, priced], axis=1)
        lines = pd.concat([lines, _remainders(lines)], ignore_index=True)
    lines["x_OwnableId"] = ownable_ids(lines)
    lines["x_ChargeId"] = _told_apart(hashing.combine([_hash(lines[k]) for k in KEY]), reading)
    return lines[schema.CHARGES.names()], _splits(lines, sums, basis)


def _told_apart(ids: np.ndarray, reading: dict) -> np.ndarray:
    """x_ChargeId, int64, told apart where lines agree only once read.

    Lines that the file wrote differently (a service with and without its name, `usage` and `Usage`) keep ids of their
    own.
    """
    twice = pd.Series(ids).duplicated(keep=False).to_numpy()
    twice[len(reading["arrays"]["rows"]) :] = False
    if twice.any():
        n, ids = len(reading["arrays"]["rows"]), ids.copy()
        at = np.flatnonzero(twice)
        written = [
            hashing.of_texts(text(reading, k, n)[at])
            for k in ("ServiceName", "TagSet", "ChargeCategory", "ChargeFrequency")
        ]
        ids[at] = hashing.combine([ids[at].view("uint64"), *written, absent(reading)[at].astype("uint64")])
    return ids


def _splits(lines: pd.DataFrame, sums: dict[str, np.ndarray], basis: str) -> pd.DataFrame:
    """What each split child says its share of the parent is: split cost and its part of what went unused."""
    at = np.flatnonzero((lines["x_ChargeKind"] == "SplitChild").to_numpy())
    net = basis == "net" and "SplitNetCost" in sums
    names = ("SplitNetCost", "SplitNetUnused") if net else ("SplitCost", "SplitUnused")
    cost = sum((sums[n][at] for n in names if n in sums), np.zeros(len(at), dtype="int64"))
    return pd.DataFrame(
        {
            "x_ChargeId": lines["x_ChargeId"].to_numpy()[at],
            "x_ParentId": lines["SplitParentId"].to_numpy()[at],
            "x_SplitCost": cost,
        }
    )


def _hash(column: pd.Series) -> np.ndarray:
    if column.dtype == object:
        codes, texts = pd.factorize(column.to_numpy())
        return hashing.of_texts(texts)[codes.astype("int64")]
    return pd.util.hash_array(column.to_numpy().astype("int64"))


def _focus_costs(lines: pd.DataFrame, sums: dict[str, np.ndarray]) -> pd.DataFrame:
    """A FOCUS file says its costs itself; a cost column it lacks takes BilledCost, and the doctor says so."""
    for name in costs.COSTS:
        lines[name] = sums.get(name, sums["BilledCost"])
    lines["x_AmortizedUpfront"] = np.zeros(len(lines), dtype="int64")
    lines["x_ChargeKind"] = "FOCUS"
    for name in ("ChargeCategory", "ChargeFrequency"):
        column = next(c for c in schema.CHARGES.columns if c.name == name)
        known = {v.lower(): v for v in (column.one_of or ("One-Time", "Recurring", "Usage-Based"))}
        lines[name] = lines[name].map(lambda v: known.get(v.lower(), v))
    alien = sorted(set(lines["ChargeCategory"]) - {"Usage", "Purchase", "Tax", "Credit", "Adjustment"})
    if alien:
        raise BillError(
            "A charge category is not one FOCUS knows.",
            found=", ".join(repr(a) for a in alien),
            where="ChargeCategory",
            next_step="Use Usage, Purchase, Tax, Credit or Adjustment.",
            code="not-a-bill",
        )
    return lines


def _remainders(lines: pd.DataFrame) -> pd.DataFrame:
    """What Savings Plan negation did not cancel: one visible row per plan, day and currency (aws_facts.md 1.3, trap 1)."""
    touched = lines[lines["x_ChargeKind"].isin(["SavingsPlanCoveredUsage", "SavingsPlanNegation"])]
    if touched.empty:
        return lines.iloc[:0]
    groups = touched.groupby(PLAN_DAY, sort=True, dropna=False)
    rest = money.sum_by(touched["x_Cancels"].to_numpy(), groups.ngroup().to_numpy(), groups.ngroups)
    keep = np.flatnonzero(rest != 0)
    if not len(keep):
        return lines.iloc[:0]
    rows = groups.first().reset_index()[PLAN_DAY].iloc[keep].reset_index(drop=True)
    out = lines.iloc[np.zeros(len(keep), dtype="int64")].reset_index(drop=True).copy()
    for name in out.columns:
        if name in PLAN_DAY:
            out[name] = rows[name]
        elif out[name].dtype == object and name not in costs.COSTS:
            out[name] = ""
    for name in (*costs.COSTS, "x_AmortizedUpfront", "x_Cancels"):
        out[name] = np.zeros(len(out), dtype="int64")
    for name in ("BilledCost", "EffectiveCost", "ContractedCost"):
        out[name] = rest[keep]
    out["ChargePeriodEnd"] = out["ChargePeriodStart"] + pd.Timedelta(days=1)
    out["SubAccountId"] = out["BillingAccountId"]
    out["ServiceName"], out["x_ServiceCode"] = "Savings Plans remainder", "ComputeSavingsPlans"
    out["x_ChargeKind"], out["x_LineItemType"], out["x_TagSet"] = "SavingsPlanRemainder", "SavingsPlanNegation", "[]"
    out["ChargeCategory"], out["ChargeFrequency"], out["PricingCategory"] = "Adjustment", "Usage-Based", "Committed"
    out["flags"], out["x_RowCount"], out["ConsumedQuantity"] = 0, 0, 0.0
    out["flags"] = out["flags"].astype("int64")
    return out


def ownable_ids(lines: pd.DataFrame) -> np.ndarray:
    """x_OwnableId of each line: of the resource, or of (account, service, region, usage type) where there is none."""
    bare = (lines["ResourceId"] == "").to_numpy()
    service = np.where(bare, lines["ServiceName"], "")
    region = np.where(bare, lines["RegionId"], "")
    usage = np.where(bare, lines["x_UsageType"], "")
    return hashing.of_columns(
        [lines["ProviderName"], lines["SubAccountId"], lines["ResourceId"], service, region, usage]
    )
