"""What a collapsed line costs: line_types.json applied to the sums of one reading.

The readers add raw columns; every entry of the table is linear in them, so the rules may be applied to sums. The one
exception (unused Savings Plan commitment on net basis, a ratio) is `_net_unused`.
"""

import numpy as np
import pandas as pd

from costdna import columns, money

COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


def apply(lines: pd.DataFrame, sums: dict[str, np.ndarray], basis: str) -> pd.DataFrame:
    """Kinds, costs and FOCUS attributes of CUR lines.

    lines: n rows with x_LineItemType, x_Operation, SplitParentId, x_ServiceCode, CommitmentDiscountId, flags.
    sums: money field → (n,) units. basis: "gross" or "net". Returns n rows: x_ChargeKind, the four costs,
    x_AmortizedUpfront, x_Cancels (units that savings plan negation must cancel), ChargeCategory, ChargeFrequency,
    CommitmentDiscountStatus, PricingCategory.
    """
    table = columns.load("line_types")
    kinds = table["kinds"]
    code = _kind_codes(lines, kinds, table["split_child_operations"])
    n = len(lines)
    out = {
        name: np.zeros(n, dtype=object if any(s.dtype == object for s in sums.values()) else "int64")
        for name in (*COSTS, "x_AmortizedUpfront", "x_Cancels")
    }
    field = _fields(sums, basis, table["net"], n)
    for i, kind in enumerate(kinds):
        here = np.flatnonzero(code == i)
        if not len(here):
            continue
        for name, key in zip(
            (*COSTS, "x_AmortizedUpfront"), ("billed", "effective", "list", "contracted", "amortized")
        ):
            for term in kind.get(key, []):
                sign, term = (-1, term[1:]) if term.startswith("-") else (1, term)
                out[name][here] += sign * field(term)[here]
        if kind["kind"] == "SavingsPlanRecurringFee" and basis == "net":
            out["EffectiveCost"][here] = _net_unused(out["EffectiveCost"][here], field, sums, here)
        if kind.get("remainder"):
            out["x_Cancels"][here] = field("b")[here]
    frame = pd.DataFrame({k: money.fit(v) for k, v in out.items()}, index=lines.index)
    for column, key in (
        ("x_ChargeKind", "kind"),
        ("ChargeCategory", "category"),
        ("ChargeFrequency", "frequency"),
        ("CommitmentDiscountStatus", "status"),
        ("PricingCategory", "pricing"),
    ):
        frame[column] = np.array([k[key] for k in kinds], dtype=object)[code]
    spot = lines["x_UsageType"].str.contains("SpotUsage", regex=False) & (frame["PricingCategory"] == "Standard")
    frame.loc[spot.to_numpy(), "PricingCategory"] = "Dynamic"
    return frame


def _fields(sums: dict, basis: str, twins: dict, n: int):
    """A look-up of money fields that knows the basis; an absent field is zero."""

    def field(name: str) -> np.ndarray:
        if name == "b":
            name = "NetUnblended" if basis == "net" else "Unblended"
        elif basis == "net" and twins.get(name) in sums:
            name = twins[name]
        return sums.get(name, np.zeros(n, dtype="int64"))

    return field


def _kind_codes(lines: pd.DataFrame, kinds: list[dict], split_operations: list[str]) -> np.ndarray:
    """Index of the first row of the table that holds, per line. Shape (n,) int64."""
    facts = {
        "split_child": (lines["SplitParentId"] != "") | lines["x_Operation"].isin(split_operations),
        "reservation": lines["CommitmentDiscountId"].str.contains(":reserved-|reserved-instance", regex=True),
        "refund_of_upfront": ((lines["flags"] & 1) != 0) & (lines["x_ServiceCode"] == "ComputeSavingsPlans"),
        "has_usage": (lines["flags"] & 2) != 0,
    }
    code = np.full(len(lines), -1, dtype="int64")
    for i, kind in enumerate(kinds):
        holds = code < 0
        for key, value in kind["when"].items():
            holds &= (
                lines["x_LineItemType"].isin(value) if key == "line_item_type" else facts[key] == value
            ).to_numpy()
        code[holds] = i
    return code


def _net_unused(gross_unused: np.ndarray, field, sums: dict, here: np.ndarray) -> np.ndarray:
    """Unused plan commitment on net basis: gross unused × net ÷ gross fee, half-even at the bill's scale.

    The fee is the recurring commitment, or the amortised upfront for All Upfront (aws_facts.md 1.4).
    """
    pairs = (("PlanNetRecurring", "PlanRecurring"), ("PlanNetAmortizedUpfront", "PlanAmortizedUpfront"))
    zero = np.zeros(len(here), dtype="int64")
    out = []
    for row, unused in enumerate(gross_unused.tolist()):
        value = unused
        for net, gross in pairs:
            g = int(sums[gross][here][row]) if gross in sums else 0
            if g and net in sums:
                value = _ratio(unused * int(sums[net][here][row]), g)
                break
        out.append(value)
    return money.fit(np.array(out, dtype=object)) if out else zero


def _ratio(a: int, b: int) -> int:
    """a ÷ b as the nearest integer, half to even."""
    if b < 0:
        a, b = -a, -b
    q, r = divmod(a, b)
    return q + (1 if 2 * r > b or (2 * r == b and q % 2) else 0)
