"""CHARGES × ALLOCATIONS × rules → SHARES: every part of every charge with its bearer, Σ = origin for both costs."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from costdna import money, schema
from costdna.errors import UsageError
from costdna.sharing import columns
from costdna.sharing.parts import split_all
from costdna.sharing.rules import COLUMNS, Rule, RuleBook
from costdna.sharing.weights import Usage, Weights, own_weights
from costdna.trends.facts import QUANTITY_SCALE, span

COSTS = ("BilledCost", "EffectiveCost")
NOTHING = Weights((), (), "")


@dataclass
class Spread:
    """shares: SHARES. notes: what could not be spread and why: {rule, reason, charges, billed, effective} in units.
    moved: units each rule placed.
    """

    shares: pd.DataFrame
    notes: list[dict] = field(default_factory=list)
    moved: list[dict] = field(default_factory=list)


@dataclass
class _Parts:
    """Parts on their way.

    Row of CHARGES, bearer, rule that placed them (-1: none), words, ratio and both costs, and which rules have taken
    them, (n, rules) bool.
    """

    at: np.ndarray
    bearer: np.ndarray
    rule: np.ndarray
    said: np.ndarray
    ratio: np.ndarray
    costs: dict[str, np.ndarray]
    team: np.ndarray
    been: np.ndarray

    def take(self, rows: np.ndarray) -> "_Parts":
        return _Parts(
            self.at[rows],
            self.bearer[rows],
            self.rule[rows],
            self.said[rows],
            self.ratio[rows],
            {c: v[rows] for c, v in self.costs.items()},
            self.team[rows],
            self.been[rows],
        )


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
    currencies = sorted(charges["BillingCurrency"].unique())
    if len(currencies) > 1:
        raise UsageError(
            "Charges in several currencies are never shared together.",
            found=", ".join(currencies),
            where="--currency",
            next_step="Choose one of them.",
            code="currency",
        )
    usage_of = Usage(usage if usage is not None else schema.DRIVERS.empty())
    _check_drivers(book, usage_of)
    row = pd.Series(np.arange(len(charges), dtype="int64"), index=charges["x_ChargeId"].to_numpy())
    at = row.reindex(allocations["x_ChargeId"]).to_numpy(dtype="int64")
    team = allocations["x_Team"].to_numpy(dtype=object)
    customers = book.bearers == "customers"
    n = len(allocations)
    parts = _Parts(
        at,
        np.full(n, "", dtype=object) if customers else team.copy(),
        np.full(n, -1, dtype="int64"),
        np.full(n, "", dtype=object),
        allocations["x_AllocatedRatio"].to_numpy(dtype="int64"),
        {c: allocations[c].to_numpy() for c in COSTS},
        team,
        np.zeros((n, len(book.rules)), dtype=bool),
    )
    fits = [_fits(charges, rule) for rule in book.rules]
    taken = _first(fits, at, team, book, charges)
    done: list[_Parts] = [parts.take(np.flatnonzero(taken < 0))]
    first_day, days = span(charges)
    context = _Context(
        charges, book, usage_of, first_day, days, _children(charges, allocations, splits, customers, book)
    )
    now, taken = parts.take(np.flatnonzero(taken >= 0)), taken[taken >= 0]
    context.own = _own(charges, done[0], now, taken, book, context)
    context.known = sorted(
        {*(bearers or ()), *usage_of.customers(), *(b for b in context.own[0] if b)}
        if customers
        else {b for b in context.own[0] if b}
    )
    notes: dict[tuple, list] = {}
    moved = {i: [0, 0] for i in range(len(book.rules))}
    while len(now.at):
        nxt: list[_Parts] = []
        for i in sorted(set(taken.tolist())):
            mine = now.take(np.flatnonzero(taken == i))
            mine.been[:, i] = True
            given, left = _apply(mine, i, context)
            for reason, rest in left:
                note = notes.setdefault((i, reason), [0, 0, 0])
                note[0] += len(rest.at)
                for k, c in enumerate(COSTS, 1):
                    note[k] += money.total(rest.costs[c])
                done.append(rest)
            for k, c in enumerate(COSTS):
                moved[i][k] += sum(money.total(g.costs[c]) for g in given)
            nxt += given
        now = _joined(nxt) if nxt else parts.take(np.zeros(0, dtype="int64"))
        taken = _again(fits, now, book)
        stays = taken < 0
        if stays.any():
            done.append(now.take(np.flatnonzero(stays)))
        now, taken = now.take(np.flatnonzero(~stays)), taken[~stays]
    found = _shares(_joined(done), charges, book)
    return Spread(
        found,
        [
            {"rule": book.rules[i].name, "reason": reason, "charges": v[0], "billed": v[1], "effective": v[2]}
            for (i, reason), v in sorted(notes.items())
        ],
        [
            {"rule": rule.name, "how": rule.words(), "billed": moved[i][0], "effective": moved[i][1]}
            for i, rule in enumerate(book.rules)
        ],
    )


@dataclass
class _Context:
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
        if name not in self.by:
            self.by[name] = columns.texts(self.charges, name)
        return self.by[name]


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


def _fits(charges: pd.DataFrame, rule: Rule) -> np.ndarray:
    """Charges that fit a rule's conditions, its `team` and its kinds of fee apart."""
    hit = np.ones(len(charges), dtype=bool)
    for name, patterns in rule.where:
        if name != "team":
            hit &= columns.matches(charges, name, patterns)
    return hit


def _first(
    fits: list[np.ndarray], at: np.ndarray, team: np.ndarray, book: RuleBook, charges: pd.DataFrame
) -> np.ndarray:
    """The first rule that takes each allocated charge, -1 where none does.

    Fees and unowned money only by a rule that says so.
    """
    kinds = columns.kinds(charges)
    kinds = {k: v[at] for k, v in kinds.items()}
    kinds["unowned"] = team == "" if book.bearers == "teams" else np.zeros(len(at), dtype=bool)
    taken = np.full(len(at), -1, dtype="int64")
    for i in reversed(range(len(book.rules))):
        rule = book.rules[i]
        hit = fits[i][at]
        if rule.teams:
            hit = hit & np.isin(team, list(rule.teams))
        said = np.zeros(len(at), dtype=bool)
        for kind in rule.kinds:
            said |= kinds[kind]
        fee = kinds["tax"] | kinds["support"] | kinds["commitment"] | kinds["credit"]
        # A rule that names an exact service, tag or resource means the unowned money there as well; a bare * does not.
        exact = any(p != ("*",) for name, p in rule.where if name != "team")
        hit = hit & (said if rule.kinds else ~fee & (~kinds["unowned"] | exact))
        if rule.method == "split":
            hit = hit & (charges["ResourceId"].to_numpy(dtype=object) != "")[at]
        taken[hit] = i
    return taken


def _again(fits: list[np.ndarray], parts: _Parts, book: RuleBook) -> np.ndarray:
    """The rule on whose `team` a part has arrived, -1 where it stays.

    It stays also where what the data names (a tag, usage, pods) brings it back to a rule that has taken it.
    """
    taken = np.full(len(parts.at), -1, dtype="int64")
    for i in reversed(range(len(book.rules))):
        rule = book.rules[i]
        if rule.teams and not rule.kinds:
            taken[np.isin(parts.bearer, list(rule.teams)) & fits[i][parts.at] & ~parts.been[:, i]] = i
    return taken


def _own(
    charges: pd.DataFrame, untouched: _Parts, now: _Parts, taken: np.ndarray, book: RuleBook, context: _Context
) -> tuple:
    """(bearers, {column: values}) of what each has before anything is spread.

    Untouched charges, and those given directly.
    """
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


def _direct(rule: Rule, parts: _Parts, context: _Context) -> np.ndarray:
    return np.full(len(parts.at), rule.to[0], dtype=object) if rule.to else context.texts(rule.by)[parts.at]


def _children(
    charges: pd.DataFrame, allocations: pd.DataFrame, splits: pd.DataFrame | None, customers: bool, book: RuleBook
) -> dict:
    """(parent id, day) → {bearer: Σ split cost} per split rule."""
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
        who = (
            columns.texts(charges, rule.by)[at]
            if rule.by
            else team
            if not customers
            else np.full(len(at), "", dtype=object)
        )
        sums: dict = {}
        for parent, when, name, cost in zip(kept["x_ParentId"], day, who, kept["x_SplitCost"].tolist()):
            mine = sums.setdefault((str(parent), int(when)), {})
            mine[str(name)] = mine.get(str(name), 0) + int(cost)
        out[rule.name] = sums
    return out


def _apply(parts: _Parts, i: int, context: _Context) -> tuple[list[_Parts], list[tuple[str, _Parts]]]:
    """(parts given on, [(reason, parts that stay)]) of one rule."""
    rule = context.book.rules[i]
    if rule.method == "direct":
        who = _direct(rule, parts, context)
        named = who != ""
        given = _placed(parts, np.flatnonzero(named), i, who[named], "to the one it names")
        rest = parts.take(np.flatnonzero(~named))
        return [given] if len(given.at) else [], [(f"{rule.by} names nobody", rest)] if len(rest.at) else []
    given, left = [], {}
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
            _Parts(
                mine.at[repeat],
                np.tile(np.array(weights.names, dtype=object), len(rows)),
                np.full(len(repeat), i, dtype="int64"),
                np.full(len(repeat), weights.said, dtype=object),
                ratio,
                cost,
                mine.team[repeat],
                mine.been[repeat],
            )
        )
    return given, [(reason, _joined(some)) for reason, some in sorted(left.items())]


def _groups(parts: _Parts, rule: Rule, context: _Context):
    """(rows of `parts`, their weights): one entry for all rows that share them."""
    every = np.arange(len(parts.at), dtype="int64")
    targets = rule.to or tuple(n for n in context.known if n not in {t for r in context.book.rules for t in r.teams})
    if rule.method == "even":
        yield (
            every,
            Weights.of(dict.fromkeys(targets, 1), f"evenly over {len(targets)}")
            if targets
            else Weights((), (), "nobody to spread it over"),
        )
    elif rule.method == "fixed":
        yield every, Weights.of(dict(zip(rule.to, rule.shares)), "fixed shares")
    elif rule.method == "split":
        day = context.charges["ChargePeriodStart"].to_numpy().astype("datetime64[D]").astype("int64")[parts.at]
        ids = context.charges["ResourceId"].to_numpy(dtype=object)[parts.at]
        table = context.children.get(rule.name, {})
        for key, rows in _by([ids, day]):
            found = table.get((str(key[0]), int(key[1])), {})
            # Only the part that somebody uses is given; a child without a bearer leaves its part nowhere, so its weight
            # stays under "".
            yield (
                rows,
                _with_nobody(
                    found, "split cost of its tasks and pods", f"no split child on {np.datetime64(int(key[1]), 'D')}"
                ),
            )
    elif rule.driver in COLUMNS:
        who, values = context.own
        kept = np.isin(who, list(targets))
        found = own_weights(who[kept], values[rule.driver][kept], rule.driver) if kept.any() else NOTHING
        yield every, found if found.values else Weights((), (), f"nobody has {rule.driver} of its own")
    else:
        match = context.texts(rule.by)[parts.at] if rule.by else np.full(len(parts.at), "", dtype=object)
        for (service, first, days), rows in _by([match, context.first[parts.at], context.days[parts.at]]):
            services = (str(service),) if rule.by else rule.service
            found = (
                context.usage.weights(rule.driver, services, int(first), int(days))
                if not rule.by or service
                else Weights((), (), f"no {rule.by} on the charge")
            )
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


def _placed(parts: _Parts, rows: np.ndarray, i: int, who: np.ndarray, said: str) -> _Parts:
    mine = parts.take(rows)
    return _Parts(
        mine.at,
        who,
        np.full(len(rows), i, dtype="int64"),
        np.full(len(rows), said, dtype=object),
        mine.ratio,
        mine.costs,
        mine.team,
        mine.been,
    )


def _joined(parts: list[_Parts]) -> _Parts:
    join = lambda name: np.concatenate([getattr(p, name) for p in parts])
    return _Parts(
        join("at"),
        join("bearer"),
        join("rule"),
        join("said"),
        join("ratio"),
        {c: np.concatenate([p.costs[c] for p in parts]) for c in COSTS},
        join("team"),
        join("been"),
    )


def _shares(parts: _Parts, charges: pd.DataFrame, book: RuleBook) -> pd.DataFrame:
    """SHARES in canonical order; parts of one charge, team, bearer and rule are one row."""
    names, hows = (
        np.array([r.name for r in book.rules] + [""], dtype=object),
        np.array([r.method for r in book.rules] + ["kept"], dtype=object),
    )
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
