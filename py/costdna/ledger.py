"""The ledger: every unit of the bill under exactly one heading, for one metric, and the identities that must hold."""

import numpy as np
import pandas as pd

from costdna import money
from costdna.errors import LedgerError
from costdna.once import once

METRICS = {"billed": "BilledCost", "effective": "EffectiveCost"}
HEADINGS = tuple("human tagged ruled principal inferred shared vendor ownerless abstained unallocatable".split())
OWNED = HEADINGS[:5]
UPFRONT = ("SavingsPlanUpfrontFee", "ReservationUpfrontFee", "RefundOfUpfront")
_BASIS = {
    "human": "human",
    "tag": "tagged",
    "rule": "ruled",
    "map": "ruled",
    "account": "ruled",
    "principal": "principal",
    "inferred": "inferred",
}


def heading(allocations: pd.DataFrame) -> np.ndarray:
    """The ledger heading of each allocated charge, None where none fits. Shape (n,) object."""
    return np.array([*HEADINGS, None], dtype=object)[placed(allocations)]


def placed(allocations: pd.DataFrame) -> np.ndarray:
    """Place in HEADINGS of each allocated charge, -1 where none fits. Shape (n,) int64."""
    return once(allocations, "placed", _placed)


def _placed(allocations: pd.DataFrame) -> np.ndarray:
    verdict, verdicts = pd.factorize(allocations["x_Verdict"].to_numpy())
    basis, bases = pd.factorize(allocations["x_Basis"].to_numpy())
    place = {name: i for i, name in enumerate(HEADINGS)}
    by_verdict = np.array([place.get(v, -1) for v in verdicts], dtype="int64")
    by_basis = np.array([place.get(_BASIS.get(b), -1) for b in bases], dtype="int64")
    owned = np.array([v == "owned" for v in verdicts], dtype=bool)
    return np.where(owned[verdict], by_basis[basis], by_verdict[verdict])


def by_heading(cost: np.ndarray, under: np.ndarray) -> dict[str, int]:
    """Exact sum under each heading. cost (n,) units, under (n,) as of `placed`."""
    fits = under >= 0
    return dict(zip(HEADINGS, map(int, money.sum_by(cost[fits], under[fits], len(HEADINGS)))))


def rows_of(charges: pd.DataFrame, allocations: pd.DataFrame) -> np.ndarray:
    """The row of CHARGES that each allocation is of. Shape (n,) int64."""
    ids, of = charges["x_ChargeId"].to_numpy(), allocations["x_ChargeId"].to_numpy()
    if len(ids) == len(of) and bool((ids == of).all()):
        return np.arange(len(ids), dtype="int64")
    return pd.Series(np.arange(len(ids), dtype="int64"), index=ids).reindex(of).to_numpy(dtype="int64")


def is_credit(charges: pd.DataFrame) -> np.ndarray:
    """Charges that the ledger counts as credits: ChargeCategory Credit and line types Credit and Refund."""
    return once(
        charges,
        "credit",
        lambda c: ((c["ChargeCategory"] == "Credit") | c["x_LineItemType"].isin(["Credit", "Refund"])).to_numpy(),
    )


def ledger(charges: pd.DataFrame, allocations: pd.DataFrame, metric: str) -> dict[str, int]:
    """gross, credits, net, the ten headings and residual, in units. Raises LedgerError when residual is not 0."""
    column = METRICS[metric]
    credit = is_credit(charges)
    cost = charges[column].to_numpy()
    out = {"gross": money.total(cost[~credit]), "credits": money.total(cost[credit])}
    out["net"] = out["gross"] + out["credits"]
    out |= by_heading(allocations[column].to_numpy(), placed(allocations))
    out["residual"] = out["net"] - sum(out[name] for name in HEADINGS)
    if out["residual"]:
        raise LedgerError(
            "The ledger does not close.",
            found=f"residual of {out['residual']} units in {metric} cost",
            code="ledger",
            next_step="This is a defect: nothing of this result should be used. Please report it with the shape of the bill.",
        )
    return out


def explained(charges: pd.DataFrame, allocations: pd.DataFrame, metric: str) -> dict[str, int]:
    """What coverage is a share of, by heading: gross usage and purchases in units. Credits and tax stand apart."""
    counts = once(charges, "counts", lambda c: ~is_credit(c) & (c["ChargeCategory"] != "Tax").to_numpy())[
        rows_of(charges, allocations)
    ]
    return by_heading(allocations[METRICS[metric]].to_numpy()[counts], placed(allocations)[counts])


def coverage(parts: dict[str, int]) -> dict[str, float]:
    """Shares with an owner before and after, of the parts that `explained` gives.

    before: owned by the line's own tag; after: owned on any basis. Always within 0 and 1.
    """
    whole = sum(parts.values())

    def share(*names: str) -> float:
        return min(1.0, max(0.0, sum(parts[n] for n in names) / whole)) if whole > 0 else 0.0

    return {"before": share("tagged"), "after": share(*OWNED)}


def identities(charges: pd.DataFrame, metas: list[dict], basis: str, scale: int) -> list[dict]:
    """What must hold of the files of a bill: [{name, holds, difference (units), text}].

    What was read equals what the files add up to, exactly. In a CUR effective − billed = amortised − paid upfront,
    within 0.01, since AWS rounds amortised fees line by line.
    """
    cur = {m["source_id"]: m for m in metas if m["format"] == "cur"}
    focus = {m["source_id"]: m for m in metas if m["format"] == "focus"}
    return [
        *(_of_cur(charges, cur, basis, scale) if cur else ()),
        *(
            _of_focus(charges, m, metric, scale)
            for metric in METRICS.values()
            for m in focus.values()
            if metric in m["totals"]
        ),
    ]


def _of_cur(charges: pd.DataFrame, metas: dict[str, dict], basis: str, scale: int) -> list[dict]:
    mine = charges["x_SourceId"].isin(list(metas)).to_numpy()
    upfront = mine & charges["x_ChargeKind"].isin(UPFRONT).to_numpy()

    def total(name: str, rows: np.ndarray = mine) -> int:
        return money.total(charges[name].to_numpy()[rows])

    fine = money.MAX_SCALE
    column = "NetUnblended" if basis == "net" else "Unblended"
    read = sum(money.parse(m["totals"].get(column, "0"), fine) for m in metas.values())
    split = sum(money.parse(m.get("split_total", "0"), fine) for m in metas.values())
    billed = total("BilledCost") * 10 ** (fine - scale)
    due = total("x_AmortizedUpfront") - total("BilledCost", upfront)
    return [
        _identity(
            "billed-equals-file",
            read - split - billed,
            fine,
            0,
            "The billed total equals the sum of the file's own cost column.",
        ),
        _identity(
            "effective-minus-billed",
            total("EffectiveCost") - total("BilledCost") - due,
            scale,
            10**scale // 100,
            "Effective minus billed equals upfront fees amortised minus upfront fees paid.",
        ),
    ]


def _of_focus(charges: pd.DataFrame, meta: dict, metric: str, scale: int) -> dict:
    fine = money.MAX_SCALE
    mine = (charges["x_SourceId"] == meta["source_id"]).to_numpy()
    read = money.total(charges[metric].to_numpy()[mine]) * 10 ** (fine - scale)
    difference = money.parse(meta["totals"][metric], fine) - read
    return _identity(f"{metric}-equals-file", difference, fine, 0, f"{metric} equals the file's own sum.")


def _identity(name: str, difference: int, scale: int, tolerance: int, text: str) -> dict:
    return {
        "name": name,
        "holds": abs(difference) <= tolerance,
        "difference": money.to_text(difference, scale),
        "text": text,
    }
