"""CHARGES × ALLOCATIONS × rules → SHARES: every part of every charge with its bearer, Σ = origin for both costs."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from costdna import money, schema
from costdna.errors import UsageError
from costdna.sharing.applying import Context, apply, own_of, split_children
from costdna.sharing.charge_parts import COSTS, Parts, joined
from costdna.sharing.rules import COLUMNS, RuleBook
from costdna.sharing.taking import first_rule, fitting, next_rule
from costdna.sharing.weights import Usage
from costdna.trends.facts import span


@dataclass
class Spread:
    """What a rule book made of a bill.

    shares: SHARES; notes: what could not be spread and why, {rule, reason, charges, billed, effective} in units; moved:
    units each rule placed, {rule, how, billed, effective}.
    """

    shares: pd.DataFrame
    notes: list[dict] = field(default_factory=list)
    moved: list[dict] = field(default_factory=list)


def spread(
    charges: pd.DataFrame,
    allocations: pd.DataFrame,
    book: RuleBook,
    usage: pd.DataFrame | None = None,
    splits: pd.DataFrame | None = None,
    bearers: list[str] | None = None,
) -> Spread:
    """Apply a rule book.

    A charge is taken by the first rule that fits; what a rule gives to a bearer is taken on by a rule on that `team`.

    usage: DRIVERS; splits: the bill's split cost allocation children; bearers: customers known besides those the data
    names. No rule takes one part twice. In a book for teams what no rule takes stays with its team; in one for
    customers it is borne by nobody (""), visibly. Raises UsageError where a driver is not in the usage file, or where
    the charges are of several currencies: no share of one is a share of another.
    """
    _check_currency(charges)
    used = Usage(usage if usage is not None else schema.DRIVERS.empty())
    _check_drivers(book, used)
    parts = _allocated(charges, allocations, book)
    fits = [fitting(charges, rule) for rule in book.rules]
    taken = first_rule(fits, parts.at, parts.team, book, charges)
    untouched, now = (parts.take(np.flatnonzero(some)) for some in (taken < 0, taken >= 0))
    taken = taken[taken >= 0]
    context = Context(charges, book, used, *span(charges), split_children(charges, allocations, splits, book))
    context.own = own_of(untouched, now, taken, context)
    context.known = sorted({b for b in context.own[0] if b})
    if book.bearers == "customers":
        context.known = sorted({*context.known, *(bearers or ()), *used.customers()})
    done, notes, moved = _carried(now, taken, fits, context)
    return Spread(_shares(joined([untouched, *done]), charges, book), notes, moved)


def _check_currency(charges: pd.DataFrame) -> None:
    currencies = sorted(charges["BillingCurrency"].unique())
    if len(currencies) > 1:
        raise UsageError(
            "Charges in several currencies are never shared together.",
            found=", ".join(currencies),
            where="--currency",
            next_step="Choose one of them.",
            code="currency",
        )


def _check_drivers(book: RuleBook, usage: Usage) -> None:
    for rule in book.rules:
        if rule.method == "proportional" and rule.driver not in (*COLUMNS, *usage.drivers()):
            raise UsageError(
                "A rule needs a driver that is not there.",
                found=f"{rule.driver}; there are {', '.join((*COLUMNS, *usage.drivers()))}",
                where=f"rule {rule.name}",
                next_step="Give a usage file with that column, or another driver.",
                code="driver",
            )


def _allocated(charges: pd.DataFrame, allocations: pd.DataFrame, book: RuleBook) -> Parts:
    """Every allocation as a part that no rule has taken: borne by its team, or by nobody yet where customers bear."""
    n = len(allocations)
    row = pd.Series(np.arange(len(charges), dtype="int64"), index=charges["x_ChargeId"].to_numpy())
    team = allocations["x_Team"].to_numpy(dtype=object)
    return Parts(
        at=row.reindex(allocations["x_ChargeId"]).to_numpy(dtype="int64"),
        bearer=np.full(n, "", dtype=object) if book.bearers == "customers" else team.copy(),
        rule=np.full(n, -1, dtype="int64"),
        said=np.full(n, "", dtype=object),
        ratio=allocations["x_AllocatedRatio"].to_numpy(dtype="int64"),
        costs={c: allocations[c].to_numpy() for c in COSTS},
        team=team,
        been=np.zeros((n, len(book.rules)), dtype=bool),
    )


def _carried(
    now: Parts, taken: np.ndarray, fits: list[np.ndarray], context: Context
) -> tuple[list[Parts], list[dict], list[dict]]:
    """(parts where they stay, `notes` and `moved` of a Spread): from rule to rule until none takes a part any more."""
    rules = context.book.rules
    done: list[Parts] = []
    left_over: dict[tuple[int, str], list[int]] = {}
    moved = {i: [0, 0] for i in range(len(rules))}
    while len(now.at):
        onward: list[Parts] = []
        for i in sorted(set(taken.tolist())):
            mine = now.take(np.flatnonzero(taken == i))
            mine.been[:, i] = True
            given, left = apply(mine, i, context)
            for reason, rest in left:
                note = left_over.setdefault((i, reason), [0, 0, 0])
                note[0] += len(rest.at)
                for k, c in enumerate(COSTS, 1):
                    note[k] += money.total(rest.costs[c])
                done.append(rest)
            for k, c in enumerate(COSTS):
                moved[i][k] += sum(money.total(g.costs[c]) for g in given)
            onward += given
        now = joined(onward) if onward else now.take(np.zeros(0, dtype="int64"))
        taken = next_rule(fits, now, context.book)
        stays = taken < 0
        if stays.any():
            done.append(now.take(np.flatnonzero(stays)))
        now, taken = now.take(np.flatnonzero(~stays)), taken[~stays]
    return (
        done,
        [
            {"rule": rules[i].name, "reason": reason, "charges": n, "billed": billed, "effective": effective}
            for (i, reason), (n, billed, effective) in sorted(left_over.items())
        ],
        [
            {"rule": rule.name, "how": rule.words(), "billed": moved[i][0], "effective": moved[i][1]}
            for i, rule in enumerate(rules)
        ],
    )


def _shares(parts: Parts, charges: pd.DataFrame, book: RuleBook) -> pd.DataFrame:
    """SHARES in canonical order; parts of one charge, team, bearer and rule are one row."""
    names = np.array([*(r.name for r in book.rules), ""], dtype=object)
    hows = np.array([*(r.method for r in book.rules), "kept"], dtype=object)
    frame = pd.DataFrame(
        {
            "x_ChargeId": charges["x_ChargeId"].to_numpy()[parts.at],
            "x_Team": parts.team,
            "x_Bearer": parts.bearer,
            "x_Rule": names[parts.rule],
            "x_AllocatedMethodId": hows[parts.rule],
            "x_AllocatedMethodDetails": parts.said,
            "x_AllocatedRatio": parts.ratio.astype("int64"),
            **{c: money.fit(parts.costs[c]) for c in COSTS},
        }
    )
    keys = ["x_ChargeId", "x_Team", "x_Bearer", "x_Rule", "x_AllocatedMethodId", "x_AllocatedMethodDetails"]
    if frame.duplicated(keys).any():
        codes = frame.groupby(keys, sort=True).ngroup().to_numpy().astype("int64")
        size = int(codes.max()) + 1
        first = np.full(size, -1, dtype="int64")
        first[codes[::-1]] = np.arange(len(frame), dtype="int64")[::-1]
        sums = {c: money.sum_by(frame[c].to_numpy(), codes, size) for c in ("x_AllocatedRatio", *COSTS)}
        frame = frame.iloc[first].reset_index(drop=True).assign(**sums)
    return schema.SHARES.check(frame.sort_values(keys, kind="stable", ignore_index=True)[schema.SHARES.names()])
