"""The ledger: every unit of the bill under exactly one heading, for one metric, and the identities that must hold."""

import numpy as np
import pandas as pd

from costdna import money
from costdna.errors import LedgerError

METRICS = {"billed": "BilledCost", "effective": "EffectiveCost"}
HEADINGS = ("human", "tagged", "ruled", "principal", "inferred", "shared", "vendor", "ownerless", "abstained", "unallocatable")
OWNED = HEADINGS[:5]
_BASIS = {"human": "human", "tag": "tagged", "rule": "ruled", "map": "ruled", "account": "ruled", "principal": "principal", "inferred": "inferred"}


def heading(allocations: pd.DataFrame) -> np.ndarray:
    """The ledger heading of each allocated charge. Shape (n,) object."""
    owned = (allocations["x_Verdict"] == "owned").to_numpy()
    return np.where(owned, allocations["x_Basis"].map(_BASIS).to_numpy(dtype=object), allocations["x_Verdict"].to_numpy(dtype=object))


def is_credit(charges: pd.DataFrame) -> np.ndarray:
    """Charges that the ledger counts as credits: ChargeCategory Credit and line types Credit and Refund."""
    return ((charges["ChargeCategory"] == "Credit") | charges["x_LineItemType"].isin(["Credit", "Refund"])).to_numpy()


def ledger(charges: pd.DataFrame, allocations: pd.DataFrame, metric: str) -> dict[str, int]:
    """gross, credits, net, the ten headings and residual, in units. Raises LedgerError when residual is not 0."""
    column = METRICS[metric]
    credit = is_credit(charges)
    cost = charges[column].to_numpy()
    out = {"gross": money.total(cost[~credit]), "credits": money.total(cost[credit])}
    out["net"] = out["gross"] + out["credits"]
    under = heading(allocations)
    for name in HEADINGS:
        out[name] = money.total(allocations[column].to_numpy()[under == name])
    out["residual"] = out["net"] - sum(out[name] for name in HEADINGS)
    if out["residual"]:
        raise LedgerError("The ledger does not close.", found=f"residual of {out['residual']} units in {metric} cost", code="ledger",
                          next_step="This is a defect: nothing of this result should be used. Please report it with the shape of the bill.")
    return out


def explained(charges: pd.DataFrame, allocations: pd.DataFrame, metric: str) -> dict[str, int]:
    """What coverage is a share of, by heading: gross usage and purchases in units. Credits and tax stand apart."""
    counts = pd.Series(~is_credit(charges) & (charges["ChargeCategory"] != "Tax").to_numpy(), index=charges["x_ChargeId"].to_numpy())
    part = allocations[counts.reindex(allocations["x_ChargeId"]).to_numpy()]
    under, cost = heading(part), part[METRICS[metric]].to_numpy()
    return {name: money.total(cost[under == name]) for name in HEADINGS}


def coverage(parts: dict[str, int]) -> dict[str, float]:
    """before (owned by the line's own tag) and after (owned on any basis), as shares of the parts that `explained` gives.

    Always within 0 and 1.
    """
    whole = sum(parts.values())
    share = lambda *names: min(1.0, max(0.0, sum(parts[n] for n in names) / whole)) if whole > 0 else 0.0  # noqa: E731
    return {"before": share("tagged"), "after": share(*OWNED)}


def identities(charges: pd.DataFrame, metas: list[dict], basis: str, scale: int) -> list[dict]:
    """The identities of a CUR: what was read equals what the files add up to, and effective − billed = amortised − paid upfront.

    Returns [{name, holds, difference (units), text}]. The first must hold exactly; the second within 0.01, since AWS
    rounds amortised fees line by line.
    """
    out = []
    fine = money.MAX_SCALE
    cur = {m["source_id"]: m for m in metas if m["format"] == "cur"}
    if cur:
        column = "NetUnblended" if basis == "net" else "Unblended"
        read = sum(money.parse(m["totals"].get(column, "0"), fine) for m in cur.values())
        mine = charges["x_SourceId"].isin(list(cur)).to_numpy()
        billed = money.total(charges["BilledCost"].to_numpy()[mine]) * 10 ** (fine - scale)
        split = sum(money.parse(m.get("split_total", "0"), fine) for m in cur.values())
        out.append(_identity("billed-equals-file", read - split - billed, fine, 0, "The billed total equals the sum of the file's own cost column."))
        both = money.total(charges["EffectiveCost"].to_numpy()[mine]) - money.total(charges["BilledCost"].to_numpy()[mine])
        upfront = charges["x_ChargeKind"].isin(["SavingsPlanUpfrontFee", "ReservationUpfrontFee", "RefundOfUpfront"]).to_numpy()
        due = money.total(charges["x_AmortizedUpfront"].to_numpy()[mine]) - money.total(charges["BilledCost"].to_numpy()[mine & upfront])
        out.append(_identity("effective-minus-billed", both - due, scale, 10**scale // 100, "Effective minus billed equals upfront fees amortised minus upfront fees paid."))
    focus = {m["source_id"]: m for m in metas if m["format"] == "focus"}
    for metric in METRICS.values():
        for m in focus.values():
            if metric in m["totals"]:
                mine = (charges["x_SourceId"] == m["source_id"]).to_numpy()
                total = money.total(charges[metric].to_numpy()[mine]) * 10 ** (fine - scale)
                out.append(_identity(f"{metric}-equals-file", money.parse(m["totals"][metric], fine) - total, fine, 0, f"{metric} equals the file's own sum."))
    return out


def _identity(name: str, difference: int, scale: int, tolerance: int, text: str) -> dict:
    return {"name": name, "holds": abs(difference) <= tolerance, "difference": money.to_text(difference, scale), "text": text}
