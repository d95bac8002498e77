"""Rules of sharing, as a person writes them (YAML or CSV): read, checked, put in an order in which nothing goes round."""

import difflib
from dataclasses import dataclass
from decimal import Decimal

from costdna import money
from costdna.errors import UsageError
from costdna.sharing.columns import FIELDS, KINDS

METHODS = ("direct", "even", "fixed", "proportional", "split")
BOOKS = ("teams", "customers")
COLUMNS = ("BilledCost", "EffectiveCost", "ConsumedQuantity")
"""Columns of the bill that may drive a share: what each bearer has of its own."""
KEYS = ("name", "where", "method", "to", "shares", "driver", "service", "by")
CONDITIONS = (*FIELDS, "team", "tag", "environment", "is")
SHARE_SCALE = 9


@dataclass(frozen=True)
class Rule:
    """One rule.

    where: ((field, patterns), …), all must hold; kinds: fees it means; to: bearers, () = all that the driver names or
    that have money of their own.

    by: for `direct`, the field that names the bearer; for a driver from a usage file, the field that names its service.
    """

    name: str
    where: tuple[tuple[str, tuple[str, ...]], ...]
    kinds: tuple[str, ...] = ()
    method: str = "direct"
    to: tuple[str, ...] = ()
    shares: tuple[int, ...] = ()
    driver: str = ""
    service: tuple[str, ...] = ()
    by: str = ""

    @property
    def teams(self) -> tuple[str, ...]:
        """Bearers whose cost it takes."""
        return dict(self.where).get("team", ())

    def words(self) -> str:
        """How it splits, in a line."""
        if self.method == "direct":
            return f"direct: to {', '.join(self.to)}" if self.to else f"direct: to whom {self.by} names"
        if self.method == "proportional":
            return f"in proportion to {self.driver}" + (
                f" of {', '.join(self.service)}" if self.service else f" of the same {self.by}" if self.by else ""
            )
        return {"even": "evenly", "fixed": "by fixed shares", "split": "by AWS's split cost allocation data"}[
            self.method
        ]


@dataclass(frozen=True)
class RuleBook:
    """Rules in the order they are tried; `bearers` says whether they spread over teams or over customers."""

    bearers: str
    rules: tuple[Rule, ...]


EMPTY = RuleBook("teams", ())


def parse_book(content, where: str = "", bearers: str = "") -> RuleBook:
    """A rule file: {for: teams|customers, rules: [...]}, a list of rules, or rows of a CSV.

    Raises UsageError naming the rule and what was found.

    A CSV row has the columns of KEYS and CONDITIONS; lists are separated by |, shares are written
    search=60|payments=40.
    """
    said = content if isinstance(content, dict) else {"rules": content}
    for key in said:
        if key not in ("for", "rules"):
            raise _error("The rules file has a key nobody knows.", f"{key}{_like(key, ('for', 'rules'))}", where)
    bearers = bearers or str(said.get("for") or "teams")
    if bearers not in BOOKS:
        raise _error("Cost is shared among teams or among customers.", f"for: {bearers}{_like(bearers, BOOKS)}", where)
    rows = said.get("rules")
    if not isinstance(rows, list) or not rows:
        raise _error(
            "There is no rule in it.",
            str(rows)[:60],
            where,
            "Write rules: followed by a list, each with name, where and method.",
        )
    rules = tuple(_rule(row, i + 1, where) for i, row in enumerate(rows))
    names = [r.name for r in rules]
    if len(set(names)) < len(names):
        raise _error("Two rules have one name.", next(n for n in names if names.count(n) > 1), where)
    book = RuleBook(bearers, rules)
    circle = cycle(book)
    if circle:
        raise UsageError(
            "The rules go round: money would never arrive.",
            found=" → ".join(circle),
            where=where,
            next_step="Take one of these targets out, so that every chain ends.",
            code="rule-cycle",
        )
    return book


def cycle(book: RuleBook) -> list[str]:
    """The bearers along a chain of rules that comes back to where it began; [] where none does.

    A rule leads from the bearers it takes from to those it names. Whom a rule without `to` gives to only the data says:
    `spread` lets no rule take one part twice.
    """
    leads: dict[str, list[str]] = {}
    for rule in book.rules:
        for source in rule.teams:
            leads.setdefault(source, []).extend(rule.to)
    state: dict[str, int] = {}

    def visit(name: str, path: list[str]) -> list[str]:
        if state.get(name) == 1:
            return [*path[path.index(name) :], name]
        if state.get(name) == 2:
            return []
        state[name] = 1
        for target in leads.get(name, []):
            found = visit(target, [*path, name])
            if found:
                return found
        state[name] = 2
        return []

    return next((found for name in leads if (found := visit(name, []))), [])


def content_of(book: RuleBook) -> dict:
    """The rule file that `parse_book` reads as this book: {for, rules: [...]}, plain data.

    A book without rules has an empty list.
    """
    return {"for": book.bearers, "rules": [_written(rule) for rule in book.rules]}


def _written(rule: Rule) -> dict:
    where: dict = {}
    for field, patterns in rule.where:
        if field.startswith("tag:"):
            where.setdefault("tag", []).append(f"{field.removeprefix('tag:')}={patterns[0]}")
        else:
            where[field] = list(patterns)
    out: dict = {
        "name": rule.name,
        "where": where | ({"is": list(rule.kinds)} if rule.kinds else {}),
        "method": rule.method,
    }
    if rule.method == "fixed":
        out["shares"] = {name: f"{Decimal(units).scaleb(-SHARE_SCALE):f}" for name, units in zip(rule.to, rule.shares)}
    elif rule.to:
        out["to"] = list(rule.to)
    for key, value in (("driver", rule.driver), ("service", list(rule.service)), ("by", rule.by)):
        if value:
            out[key] = value
    return out


def _rule(row, number: int, where: str) -> Rule:
    if not isinstance(row, dict):
        raise _error(f"Rule {number} is not a rule.", str(row)[:60], where, "Write name, where and method.")
    row = {str(k).strip(): v for k, v in row.items() if k is not None and v not in (None, "")}
    name = str(row.get("name") or f"rule {number}")
    place = f"{where}, rule {number} ({name})".lstrip(", ")
    for key in row:
        if key not in KEYS and key not in CONDITIONS:
            raise _error("A rule has a key nobody knows.", f"{key}{_like(key, (*KEYS, *CONDITIONS))}", place)
    conditions, kinds = _conditions(row, name, place)
    method = _method(row, place)
    to, shares = _list(row.get("to")), ()
    if method == "fixed":
        to, shares = _shares(row.get("shares"), place)
    rule = Rule(
        name=name,
        where=conditions,
        kinds=kinds,
        method=method,
        to=to,
        shares=shares,
        driver=str(row.get("driver", "")).strip(),
        service=_list(row.get("service")) if "where" in row else (),
        by=str(row.get("by", "")).strip(),
    )
    _check(rule, place)
    return rule


def _conditions(row: dict, name: str, place: str) -> tuple[tuple[tuple[str, tuple[str, ...]], ...], tuple[str, ...]]:
    """(`where`, `kinds`) of a rule: what stands under `where:`, and the columns of a CSV row that are conditions."""
    said = row.get("where", {})
    if not isinstance(said, dict):
        raise _error(
            "`where` is not a set of conditions.", str(said)[:60], place, "Write where: {service: …, tag: key=value}."
        )
    said = {**said, **{k: row[k] for k in CONDITIONS if k in row and not (k == "service" and "where" in row)}}
    conditions, kinds = [], ()
    for field, value in said.items():
        if field not in CONDITIONS:
            raise _error("A condition nobody knows.", f"{field}{_like(str(field), CONDITIONS)}", place)
        patterns = _list(value)
        if field == "is":
            kinds = patterns
            wrong = [k for k in kinds if k not in KINDS]
            if wrong:
                raise _error("A kind of charge nobody knows.", f"is: {wrong[0]}{_like(wrong[0], KINDS)}", place)
        elif field == "tag":
            conditions += [_tag(pair, place) for pair in patterns]
        else:
            conditions.append((field, patterns))
    if not conditions and not kinds:
        raise _error(
            "A rule without a condition would spread everything silently.",
            name,
            place,
            "Say where: by service, account, tag, resource, team, or is: tax.",
        )
    return tuple(conditions), kinds


def _tag(pair: str, place: str) -> tuple[str, tuple[str, ...]]:
    key, sign, pattern = pair.partition("=")
    if not key.strip():
        raise _error("A tag condition names no key.", pair, place, "Write tag: key=value or tag: key=*.")
    return f"tag:{key.strip()}", (pattern.strip() if sign else "*",)


def _method(row: dict, place: str) -> str:
    method = str(row.get("method", "")).strip()
    if method not in METHODS:
        raise _error(
            "A method nobody knows.",
            (method or "none") + _like(method, METHODS),
            place,
            f"Choose one of {', '.join(METHODS)}.",
        )
    return method


def _check(rule: Rule, place: str) -> None:
    """Whether a rule says to whom it gives and by what, and not back to whom it takes from."""
    if rule.method == "direct" and len(rule.to) != 1 and not (rule.by and not rule.to):
        raise _error(
            "A direct rule gives to one bearer.",
            f"to: {', '.join(rule.to)}" if rule.to else "neither to nor by",
            place,
            "Write to: NAME, or by: tag:KEY.",
        )
    if rule.method == "proportional" and not rule.driver:
        raise _error(
            "A proportional rule needs a driver.",
            "no driver",
            place,
            f"Write driver: {' or '.join(COLUMNS)}, or a column of your usage file.",
        )
    if rule.by and rule.by not in FIELDS and rule.by != "environment" and not rule.by.startswith("tag:"):
        like = _like(rule.by, (*FIELDS, "environment", "tag:KEY"))
        raise _error("`by` is no field of a charge.", f"{rule.by}{like}", place)
    back = [t for t in rule.to if t in rule.teams]
    if back:
        raise UsageError(
            "A rule gives back to whom it takes from.",
            found=f"{back[0]} → {back[0]}",
            where=place,
            next_step="Take it out of `to`.",
            code="rule-cycle",
        )


def _list(value) -> tuple[str, ...]:
    if value is None:
        return ()
    items = value if isinstance(value, list) else str(value).split("|")
    return tuple(str(v).strip() for v in items if str(v).strip())


def _shares(value, place: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Fixed shares as whole parts: weights, or per cents that must make 100."""
    pairs = value if isinstance(value, dict) else dict(p.partition("=")[::2] for p in _list(value))
    if not pairs:
        raise _error("A fixed rule needs shares.", "none", place, "Write shares: {search: 60%, payments: 40%}.")
    units, percent = [], [str(v).strip().endswith("%") for v in pairs.values()]
    for name, text in pairs.items():
        try:
            amount = money.number(str(text).strip().rstrip("%"))
            parts = amount.scaleb(SHARE_SCALE)
            if amount < 0 or parts != parts.to_integral_value():
                raise ValueError
        except ValueError:
            raise _error(
                "A share is not a number of nought or more.",
                f"{name}: {text}",
                place,
                "Write a number with at most 9 decimals.",
            ) from None
        units.append(int(parts))
    if any(percent) and (not all(percent) or sum(units) != 100 * 10**SHARE_SCALE):
        raise _error(
            "Shares in per cent make 100 %.",
            f"{Decimal(sum(units)).scaleb(-SHARE_SCALE).normalize():f} %",
            place,
            "Let them add up to 100 %, or write plain weights.",
        )
    if not sum(units):
        raise _error("Shares are all nought.", str(value), place, "Give at least one bearer a share.")
    return tuple(str(n).strip() for n in pairs), tuple(units)


def _like(word: str, known) -> str:
    close = difflib.get_close_matches(str(word).lower(), known, 1, 0.6)
    return f" (did you mean {close[0]}?)" if close else ""


def _error(
    message: str, found: str, where: str, next_step: str = "Correct it as docs/allocation.md shows."
) -> UsageError:
    return UsageError(message, found=found, where=where, next_step=next_step, code="rule")
