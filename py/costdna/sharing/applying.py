"""One rule applied: whom it gives what it has taken, by which weights, and what stays because nobody is named."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from costdna import money
from costdna.sharing import columns
from costdna.sharing.charge_parts import COSTS, Parts, joined, placed
from costdna.sharing.parts import split_all
from costdna.sharing.rules import COLUMNS, Rule, RuleBook
from costdna.sharing.weights import Usage, Weights, own_weights
from costdna.trends.facts import QUANTITY_SCALE

NOTHING = Weights((), (), "")


@dataclass
class Context:
    """What a rule may look at.

    first, days: of each charge; children: see `split_children`; own: see `own_of`; known: all who may bear, sorted.
    """

    charges: pd.DataFrame
    book: RuleBook
    usage: Usage
    first: np.ndarray
    days: np.ndarray
    children: dict
    own: tuple = ((), {})
    known: list[str] = field(default_factory=list)
    by: dict = field(default_factory=dict)

    def texts(self, name: str) -> np.ndarray:
        """A field of every charge, as text."""
        if name not in self.by:
            self.by[name] = columns.texts(self.charges, name)
        return self.by[name]


def own_of(untouched: Parts, now: Parts, taken: np.ndarray, context: Context) -> tuple[np.ndarray, dict]:
    """(bearers, {column: values}) of what each has before anything is spread.

    Untouched charges, and those given directly.
    """
    charges, book = context.charges, context.book
    at, bearer, costs = [untouched.at], [untouched.bearer], {c: [untouched.costs[c]] for c in COSTS}
    pools = {t for r in book.rules for t in r.teams}
    for i, rule in enumerate(book.rules):
        if rule.method == "direct":
            mine = now.take(np.flatnonzero(taken == i))
            at.append(mine.at)
            bearer.append(_direct(rule, mine, context))
            for c in COSTS:
                costs[c].append(mine.costs[c])
    who = np.concatenate(bearer)
    who = np.where(np.isin(who, list(pools)), "", who) if pools else who
    rows = np.concatenate(at)
    quantity = np.rint(np.nan_to_num(charges["ConsumedQuantity"].to_numpy(dtype="float64")) * 10.0**QUANTITY_SCALE)
    values = {c: money.fit(np.concatenate(costs[c])) for c in COSTS}
    values["ConsumedQuantity"] = (
        money.fit(np.array([int(q) for q in quantity[rows].tolist()], dtype=object))
        if len(rows)
        else np.zeros(0, dtype="int64")
    )
    return who, values


def split_children(
    charges: pd.DataFrame, allocations: pd.DataFrame, splits: pd.DataFrame | None, book: RuleBook
) -> dict[str, dict]:
    """{split rule: {(parent id, day): {bearer: Σ split cost}}} of AWS's split cost allocation data."""
    rules = [r for r in book.rules if r.method == "split"]
    if not rules or splits is None or splits.empty:
        return {}
    row = pd.Series(np.arange(len(charges), dtype="int64"), index=charges["x_ChargeId"].to_numpy())
    kept = splits[splits["x_ChargeId"].isin(charges["x_ChargeId"])]
    at = row.loc[kept["x_ChargeId"]].to_numpy(dtype="int64")
    team = (
        allocations.drop_duplicates("x_ChargeId")
        .set_index("x_ChargeId")["x_Team"]
        .reindex(kept["x_ChargeId"])
        .fillna("")
        .to_numpy(dtype=object)
    )
    day = charges["ChargePeriodStart"].to_numpy().astype("datetime64[D]").astype("int64")[at]
    out: dict = {}
    for rule in rules:
        if rule.by:
            who = columns.texts(charges, rule.by)[at]
        else:
            who = np.full(len(at), "", dtype=object) if book.bearers == "customers" else team
        sums: dict = {}
        for parent, when, name, cost in zip(kept["x_ParentId"], day, who, kept["x_SplitCost"].tolist()):
            mine = sums.setdefault((str(parent), int(when)), {})
            mine[str(name)] = mine.get(str(name), 0) + int(cost)
        out[rule.name] = sums
    return out


def apply(parts: Parts, i: int, context: Context) -> tuple[list[Parts], list[tuple[str, Parts]]]:
    """(parts given on, [(reason, parts that stay)]) of one rule."""
    rule = context.book.rules[i]
    if rule.method == "direct":
        who = _direct(rule, parts, context)
        named = who != ""
        whole = placed(parts, np.flatnonzero(named), i, who[named], "to the one it names")
        rest = parts.take(np.flatnonzero(~named))
        return [whole] if len(whole.at) else [], [(f"{rule.by} names nobody", rest)] if len(rest.at) else []
    given: list[Parts] = []
    left: dict[str, list[Parts]] = {}
    for rows, weights in _groups(parts, rule, context):
        mine = parts.take(rows)
        if not weights.values:
            left.setdefault(weights.said, []).append(mine)
            continue
        k = len(weights.values)
        cost = {c: split_all(mine.costs[c], list(weights.values)).reshape(-1) for c in COSTS}
        ratio = split_all(mine.ratio, list(weights.values)).reshape(-1).astype("int64")
        repeat = np.repeat(np.arange(len(rows), dtype="int64"), k)
        given.append(
            Parts(
                at=mine.at[repeat],
                bearer=np.tile(np.array(weights.names, dtype=object), len(rows)),
                rule=np.full(len(repeat), i, dtype="int64"),
                said=np.full(len(repeat), weights.said, dtype=object),
                ratio=ratio,
                costs=cost,
                team=mine.team[repeat],
                been=mine.been[repeat],
            )
        )
    return given, [(reason, joined(some)) for reason, some in sorted(left.items())]


def _direct(rule: Rule, parts: Parts, context: Context) -> np.ndarray:
    return np.full(len(parts.at), rule.to[0], dtype=object) if rule.to else context.texts(rule.by)[parts.at]


def _groups(parts: Parts, rule: Rule, context: Context) -> Iterator[tuple[np.ndarray, Weights]]:
    """(rows of `parts`, their weights): one entry for all rows that share them."""
    every = np.arange(len(parts.at), dtype="int64")
    pools = {t for r in context.book.rules for t in r.teams}
    targets = rule.to or tuple(n for n in context.known if n not in pools)
    if rule.method == "even":
        found = Weights.of(dict.fromkeys(targets, 1), f"evenly over {len(targets)}")
        yield every, found if targets else Weights((), (), "nobody to spread it over")
    elif rule.method == "fixed":
        yield every, Weights.of(dict(zip(rule.to, rule.shares)), "fixed shares")
    elif rule.method == "split":
        yield from _by_children(parts, rule, context)
    elif rule.driver in COLUMNS:
        who, values = context.own
        kept = np.isin(who, list(targets))
        found = own_weights(who[kept], values[rule.driver][kept], rule.driver) if kept.any() else NOTHING
        yield every, found if found.values else Weights((), (), f"nobody has {rule.driver} of its own")
    else:
        yield from _by_usage(parts, rule, context)


def _by_children(parts: Parts, rule: Rule, context: Context) -> Iterator[tuple[np.ndarray, Weights]]:
    """By what AWS says the tasks and pods of an instance used of it that day.

    Only the part that somebody uses is given; a child without a bearer leaves its part nowhere, so its weight stays
    under "".
    """
    day = context.charges["ChargePeriodStart"].to_numpy().astype("datetime64[D]").astype("int64")[parts.at]
    ids = context.charges["ResourceId"].to_numpy(dtype=object)[parts.at]
    table = context.children.get(rule.name, {})
    for (parent, when), rows in _by([ids, day]):
        found = table.get((str(parent), int(when)), {})
        nobody = f"no split child on {np.datetime64(int(when), 'D')}"
        yield rows, _with_nobody(found, "split cost of its tasks and pods", nobody)


def _by_usage(parts: Parts, rule: Rule, context: Context) -> Iterator[tuple[np.ndarray, Weights]]:
    """By what each used of a driver on the days of the charge, of the service the rule or the charge names."""
    match = context.texts(rule.by)[parts.at] if rule.by else np.full(len(parts.at), "", dtype=object)
    for (service, first, days), rows in _by([match, context.first[parts.at], context.days[parts.at]]):
        services = (str(service),) if rule.by else rule.service
        if rule.by and not service:
            found = Weights((), (), f"no {rule.by} on the charge")
        else:
            found = context.usage.weights(rule.driver, services, int(first), int(days))
        if rule.to and found.values:
            found = Weights.of({n: v for n, v in zip(found.names, found.values) if n in rule.to}, found.said)
        yield rows, found if found.values else Weights((), (), found.said or f"no {rule.driver}")


def _with_nobody(found: dict[str, int], said: str, otherwise: str) -> Weights:
    kept = sorted(n for n, v in found.items() if v > 0)
    return Weights(tuple(kept), tuple(found[n] for n in kept), said) if any(kept) else Weights((), (), otherwise)


def _by(keys: list[np.ndarray]):
    """(key, rows) of every distinct combination, in sorted order."""
    codes = np.zeros(len(keys[0]), dtype="int64")
    for key in keys:
        more, seen = pd.factorize(key, sort=True)
        codes = codes * max(len(seen), 1) + more
    _, at, inverse = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    edges = np.searchsorted(inverse[order], np.arange(len(at) + 1))
    for g, first in enumerate(at):
        yield tuple(key[first] for key in keys), order[edges[g] : edges[g + 1]]
