"""A difference in money as price × volume × mix × commitment × credit × new × gone, in whole units.

The parts add up to it exactly.

Legend: A, B the two periods · a group is what can stand in for itself (account, service, family of usage type, unit) ·
an item is one usage type, operation, region and pricing within it · q quantity, c cost before commitments, Q and C
their sums over the group. For each item, in whole units:

    c_A ──volume──► c_A·Q_B/Q_A ──mix──► q_B·c_A/q_A ──price──► c_B

Each arrow is the difference of two rounded numbers, so that what one loses by rounding the next gains: no remainder is
left to place. An item that is new in a group that is not has no old price: its own is used, and it counts as mix. So
does one whose price seems to have moved more than twentyfold: it was hardly used on one side, and what is left of its
price is rounding.
"""

import numpy as np
import pandas as pd

from costdna import ledger, money
from costdna.once import once
from costdna.trends.facts import Facts
from costdna.trends.periods import Period

EFFECTS = ("volume", "price", "mix", "commitment", "credit", "new", "gone", "unmeasured")
WORDS = {
    "volume": "more or less was used",
    "price": "the same use cost more or less",
    "mix": "other types, regions or sizes of the same thing",
    "commitment": "reservations and savings plans",
    "credit": "credits and refunds",
    "new": "things that were not there before",
    "gone": "things that are no longer there",
    "unmeasured": "fees, taxes and discounts: their lines carry no amount of use to split by",
}
BOUGHT = (
    "RIFee",
    "SavingsPlanRecurringFee",
    "SavingsPlanUpfrontFee",
    "ReservationUpfrontFee",
    "SavingsPlanRemainder",
    "SavingsPlanNegation",
    "RefundOfUpfront",
)


def effects(facts: Facts, a: Period, b: Period, codes: np.ndarray | None = None, size: int = 1) -> pd.DataFrame:
    """The effects of B − A per label. codes (n,): labels in [0, size); without them everything is one label.

    Returns `size` rows: old, new_cost, change and one column per effect, in units; Σ effects = change on every row. A
    label is taken for itself: what is new to a team may be volume to the bill.
    """
    here = ((facts.day >= a.first) & (facts.day < a.last)) | ((facts.day >= b.first) & (facts.day < b.last))
    rows = np.flatnonzero(here)
    label = np.zeros(len(rows), dtype="int64") if codes is None else codes[rows]
    charge, cost = facts.at[rows], facts.cost[rows]
    later = (facts.day[rows] >= b.first) & (facts.day[rows] < b.last)
    if a.last > b.first and b.last > a.first:
        raise ValueError("the periods overlap")
    # between two roundings a part may exceed what int64 holds
    out = {name: np.array([0] * size, dtype=object) for name in EFFECTS}
    old, new = money.sum_by(cost[~later], label[~later], size), money.sum_by(cost[later], label[later], size)
    kind = _kind(facts.charges)[charge]
    base = _before_commitment(facts, rows, kind)
    _move(out["credit"], cost, label, later, kind == "credit")
    _move(out["commitment"], cost, label, later, kind == "bought")
    _move(out["commitment"], cost - base, label, later, kind == "covered")
    left = np.flatnonzero((kind == "covered") | (kind == "plain"))
    _split(out, facts, charge[left], base[left], facts.quantity[rows][left], label[left], later[left])
    frame = pd.DataFrame(
        {"old": old, "new_cost": new, "change": new - old, **{name: money.fit(part) for name, part in out.items()}}
    )
    if any(int(r["change"]) != sum(int(r[e]) for e in EFFECTS) for r in frame.to_dict("records")):
        raise AssertionError("the effects do not add up to the change")
    return frame


def _kind(charges: pd.DataFrame) -> np.ndarray:
    """credit, bought (commitments), covered (usage a commitment paid for) or plain. Shape (charges,) object."""
    bought = (
        charges["x_ChargeKind"].isin(BOUGHT)
        | (charges["CommitmentDiscountStatus"] == "Unused")
        | ((charges["ChargeCategory"] == "Purchase") & (charges["CommitmentDiscountId"] != ""))
    )
    covered = (charges["CommitmentDiscountStatus"] == "Used").to_numpy()
    return np.where(
        ledger.is_credit(charges),
        "credit",
        np.where(bought.to_numpy(), "bought", np.where(covered, "covered", "plain")),
    )


def _before_commitment(facts: Facts, rows: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """What each row would cost without its commitment.

    ContractedCost where a commitment covers it, else the cost itself.
    """
    base = facts.cost[rows].copy()
    some = np.flatnonzero(kind == "covered")
    if not len(some):
        return base
    contracted = facts.charges["ContractedCost"].to_numpy()[facts.at[rows[some]]]
    ratio = facts.allocations["x_AllocatedRatio"].to_numpy(dtype="int64")[facts.part[rows[some]]]
    # a long charge lies on several rows
    count = np.bincount(facts.part, minlength=len(facts.allocations))[facts.part[rows[some]]]
    worth = [int(c) * int(r) // (1_000_000 * int(n)) for c, r, n in zip(contracted, ratio, count)]
    base = base.astype(object)
    base[some] = worth
    return money.fit(base)


def _move(out: np.ndarray, cost: np.ndarray, label: np.ndarray, later: np.ndarray, mask: np.ndarray) -> None:
    if mask.any():
        signed = np.where(later[mask], cost[mask], -cost[mask])
        out += money.sum_by(signed, label[mask], len(out))


def _split(
    out: dict,
    facts: Facts,
    charge: np.ndarray,
    cost: np.ndarray,
    quantity: np.ndarray,
    label: np.ndarray,
    later: np.ndarray,
) -> None:
    """New, gone, volume, mix, price and unmeasured of what neither credits nor commitments explain."""
    if not len(charge):
        return
    group, item = once(facts.charges, "why", _items)
    groups, g = np.unique(label * (int(group.max()) + 1) + group[charge], return_inverse=True)
    items, i = np.unique(label * (int(item.max()) + 1) + item[charge], return_inverse=True)
    g, i, n, m = g.astype("int64"), i.astype("int64"), len(groups), len(items)
    side = later.astype("int64")
    c, q = (money.sum_by(v, side * m + i, 2 * m) for v in (cost, quantity))
    total_q, total_c = (money.sum_by(v, side * n + g, 2 * n) for v in (quantity, cost))
    seen = np.bincount(side * n + g, minlength=2 * n) > 0
    group_of = np.zeros(m, dtype="int64")
    group_of[i] = g
    label_of = np.zeros(m, dtype="int64")
    label_of[i] = label
    for k in range(m):
        at, where = int(group_of[k]), int(label_of[k])
        c_a, c_b, q_a, q_b = int(c[k]), int(c[m + k]), int(q[k]), int(q[m + k])
        big_a, big_b = int(total_q[at]), int(total_q[n + at])
        if not seen[at]:
            out["new"][where] += c_b
        elif not seen[n + at]:
            out["gone"][where] -= c_a
        elif big_a <= 0 or big_b <= 0:
            out["unmeasured"][where] += c_b - c_a
        elif not plausible(int(total_c[at]), big_a, int(total_c[n + at]), big_b):
            out["mix"][where] += c_b - c_a
        else:
            scaled = round_half_even(c_a * big_b, big_a)
            priced = round_half_even(c_a * q_b, q_a) if q_a > 0 and q_b >= 0 and plausible(c_a, q_a, c_b, q_b) else c_b
            out["volume"][where] += scaled - c_a
            out["mix"][where] += priced - scaled
            out["price"][where] += c_b - priced


def _items(lines: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """(group, item) of each charge as codes. Shape (charges,) int64 each."""
    group = _codes(
        [
            lines["BillingAccountId"],
            lines["SubAccountId"],
            lines["ServiceName"],
            family(lines["x_UsageType"]),
            lines["ConsumedUnit"],
            lines["x_ChargeKind"].isin(["Tax", "Fee"]),
        ]
    )
    return group, _codes(
        [pd.Series(group), lines["x_UsageType"], lines["x_Operation"], lines["RegionId"], lines["PricingCategory"]]
    )


def family(usage: pd.Series) -> pd.Series:
    """The usage type without its region and size: EU-BoxUsage:m5.large → BoxUsage.

    >>> family(pd.Series(["EU-BoxUsage:m5.large", "USW2-EBS:VolumeUsage.gp3", "DataTransfer-Out-Bytes"])).tolist()
    ['BoxUsage', 'EBS:VolumeUsage', 'DataTransfer-Out-Bytes']
    """
    codes, texts = pd.factorize(usage, sort=True)
    plain = []
    for text in texts:
        head, _, rest = str(text).partition("-")
        body = (
            rest
            if rest and head.isupper() and 2 <= len(head) <= 5 and head not in ("EBS", "ECS", "EKS", "API", "LCU")
            else str(text)
        )
        name, _, size = body.partition(":")
        kept = body if size[:1].isupper() else name  # EBS:VolumeUsage names the thing, BoxUsage:m5.large its size
        plain.append(kept.partition(".")[0])
    return pd.Series(
        np.array(plain, dtype=object)[codes.astype("int64")] if len(texts) else usage.to_numpy(), index=usage.index
    )


def _codes(columns: list[pd.Series]) -> np.ndarray:
    """One code per distinct combination of the columns. Shape (rows,) int64."""
    out = np.zeros(len(columns[0]), dtype="int64")
    for column in columns:
        codes, texts = pd.factorize(column.to_numpy(), sort=True)
        _, out = np.unique(out * max(len(texts), 1) + codes.astype("int64"), return_inverse=True)
        out = out.astype("int64")
    return out


def plausible(c_a: int, q_a: int, c_b: int, q_b: int) -> bool:
    """Whether the price of A is one that B's use can be counted at.

    That is within twentyfold of B's, or, where B was free, for at most twenty times the use.

    >>> plausible(100, 10, 150, 12), plausible(1, 1, 1, 1000)
    (True, False)
    """
    if not c_a or not q_b:
        return True
    if not c_b:
        return q_b <= 20 * q_a
    old, new = abs(c_a) * q_b, abs(c_b) * q_a
    return old <= 20 * new and new <= 20 * old


def round_half_even(a: int, b: int) -> int:
    """a ÷ b to the nearest integer; b > 0.

    >>> round_half_even(5, 2), round_half_even(-7, 2), round_half_even(7, 3)
    (2, -4, 2)
    """
    whole, rest = divmod(a, b)
    return whole + (1 if 2 * rest > b or (2 * rest == b and whole % 2) else 0)
