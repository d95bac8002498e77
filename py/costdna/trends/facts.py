"""FACTS: every allocated charge, day by day, in exact units. What every question about change is counted from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna import money
from costdna.errors import UsageError

QUANTITY_SCALE = 9  # quantities are summed as whole 10⁻⁹ of their unit, so that no order of rows changes a sum
POWERS = np.array([float(f"1e{k}") for k in range(31)])
NOT_USAGE = (
    "Credit",
    "Refund",
    "Tax",
    "Fee",
    "RIFee",
    "SavingsPlanRecurringFee",
    "SavingsPlanUpfrontFee",
    "SavingsPlanNegation",
    "FlatRateSubscription",
)


@dataclass(frozen=True)
class Facts:
    """n rows, one per allocated charge and UTC day.

    day: int64 days since 1970 · at: row of `charges` · part: row of `allocations` · cost: units of 10**-scale ·
    quantity: 10⁻⁹ of ConsumedUnit ·
    regular: usage metered on that day (no fee, tax, credit, unused commitment, no charge spread over days).
    """

    day: np.ndarray
    at: np.ndarray
    part: np.ndarray
    cost: np.ndarray
    quantity: np.ndarray
    regular: np.ndarray
    charges: pd.DataFrame
    allocations: pd.DataFrame
    scale: int
    currency: str
    metric: str

    def __len__(self) -> int:
        return len(self.day)

    def where(self, keep: np.ndarray) -> "Facts":
        """The rows that a mask keeps; charges and allocations stay whole."""
        rows = np.flatnonzero(keep)
        return Facts(
            self.day[rows],
            self.at[rows],
            self.part[rows],
            self.cost[rows],
            self.quantity[rows],
            self.regular[rows],
            self.charges,
            self.allocations,
            self.scale,
            self.currency,
            self.metric,
        )


def facts(
    charges: pd.DataFrame, allocations: pd.DataFrame, column: str, scale: int, currency: str, metric: str
) -> Facts:
    """CHARGES × ALLOCATIONS of one currency → FACTS. `column` is BilledCost or EffectiveCost.

    A charge longer than a day is spread evenly over its days inside its billing period, so that months add up to their
    bill; the units that do not divide go to the first days. Raises UsageError where charges of several currencies are
    given.
    """
    alien = sorted(set(charges["BillingCurrency"].unique()) - {currency})
    if alien:
        raise UsageError(
            "Charges in several currencies are never added.",
            found=", ".join([currency, *alien]),
            where="--currency",
            next_step="Choose one of them.",
            code="currency",
        )
    row = pd.Series(np.arange(len(charges), dtype="int64"), index=charges["x_ChargeId"].to_numpy())
    at = row.reindex(allocations["x_ChargeId"]).to_numpy(dtype="int64")
    first, days = span(charges)
    regular = is_regular(charges) & (days == 1)
    quantity = quantities(charges["ConsumedQuantity"].to_numpy(dtype="float64"))
    ratio = allocations["x_AllocatedRatio"].to_numpy(dtype="int64")
    used = _of(quantity, at, ratio)
    cost = allocations[column].to_numpy()
    part = np.arange(len(allocations), dtype="int64")
    first, days = first[at], days[at]
    if (days == 1).all():
        return Facts(first, at, part, cost, used, regular[at], charges, allocations, scale, currency, metric)
    repeat = np.repeat(part, days.astype(np.intp))
    step = np.arange(len(repeat), dtype="int64") - np.repeat(np.cumsum(days) - days, days.astype(np.intp))
    return Facts(
        first[repeat] + step,
        at[repeat],
        repeat,
        _spread(cost, days, repeat, step),
        _spread(used, days, repeat, step),
        regular[at][repeat],
        charges,
        allocations,
        scale,
        currency,
        metric,
    )


def quantities(used: np.ndarray) -> np.ndarray:
    """Amounts of use as whole 10⁻⁹, rounded to eight digits.

    Readers add floats in different orders, and what follows from the amounts must not differ.

    >>> quantities(np.array([0.1 + 0.2, 0.3, 12345678.5, 0.0, -2.5])).tolist()
    [300000000, 300000000, 12345679000000000, 0, -2500000000]
    """
    size = np.abs(used)
    power = np.floor(np.log10(np.where(size > 0, size, 1.0))).astype("int64") - 7
    up, down = POWERS[np.clip(power, 0, 30)], POWERS[np.clip(-power, 0, 30)]
    # A little more than itself, so that a tie goes the same way whatever the last bit says.
    rounded = np.rint(used / up * down * (1 + 1e-11)) / down * up
    return (
        money.fit([int(q) for q in np.rint(rounded * 10.0**QUANTITY_SCALE).tolist()])
        if len(used)
        else np.zeros(0, dtype="int64")
    )


def span(charges: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """First day (since 1970) and number of days of each charge, kept inside its billing period where the two meet."""
    start = charges["ChargePeriodStart"].to_numpy().astype("datetime64[D]")
    period = charges["BillingPeriodStart"].to_numpy().astype("datetime64[D]")
    start = np.where(np.isnat(start), period, start)
    if np.isnat(start).any():
        known = start[~np.isnat(start)]
        start = np.where(np.isnat(start), known.min() if len(known) else np.datetime64(0, "D"), start)
    # An inclusive end (RIFee: 23:59:59) and an exclusive one give the same day, once rounded up.
    stop = -((-charges["ChargePeriodEnd"].to_numpy().astype("datetime64[s]").astype("int64")) // 86400)
    first = start.astype("int64")
    stop = np.where(np.isnat(charges["ChargePeriodEnd"].to_numpy()), first + 1, stop)
    stop = np.maximum(stop, first + 1)
    month = period.astype("datetime64[M]")
    begins, ends = period.astype("int64"), (month + np.timedelta64(1, "M")).astype("datetime64[D]").astype("int64")
    # A billing period is a month; a charge of another month (a correction) keeps its own days.
    meets = ~np.isnat(period) & (stop - first > 1) & (first < ends) & (stop > begins)
    low, high = np.where(meets, np.maximum(first, begins), first), np.where(meets, np.minimum(stop, ends), stop)
    return low.astype("int64"), np.maximum(high - low, 1).astype("int64")


def is_regular(charges: pd.DataFrame) -> np.ndarray:
    """Metered usage: what a detector may look at. Fees, tax, credits and unused commitment never."""
    usage = (
        (charges["ChargeCategory"] == "Usage")
        & (charges["CommitmentDiscountStatus"] != "Unused")
        & ~charges["x_LineItemType"].isin(NOT_USAGE)
    )
    return (usage & charges["ChargeFrequency"].isin(["Usage-Based", ""])).to_numpy()


def _of(quantity: np.ndarray, at: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """The allocated part of each quantity; whole quantities stay as they are."""
    out = quantity[at]
    some = np.flatnonzero(ratio != 1_000_000)
    if len(some):
        out = out.astype(object)
        out[some] = [int(q) * int(r) // 1_000_000 for q, r in zip(out[some], ratio[some])]
        out = money.fit(out)
    return out


def _spread(units: np.ndarray, days: np.ndarray, repeat: np.ndarray, step: np.ndarray) -> np.ndarray:
    negative = units < 0
    size = np.where(negative, -units, units)
    share, rest = size // days, size % days
    part = share[repeat] + (step < rest[repeat])
    return np.where(negative[repeat], -part, part)
