"""Which rule takes a charge, and which takes what another has given on."""

import numpy as np
import pandas as pd

from costdna.sharing import columns
from costdna.sharing.charge_parts import Parts
from costdna.sharing.rules import Rule, RuleBook


def fitting(charges: pd.DataFrame, rule: Rule) -> np.ndarray:
    """Charges that fit a rule's conditions, its `team` and its kinds of fee apart."""
    hit = np.ones(len(charges), dtype=bool)
    for name, patterns in rule.where:
        if name != "team":
            hit &= columns.matches(charges, name, patterns)
    return hit


def first_rule(
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


def next_rule(fits: list[np.ndarray], parts: Parts, book: RuleBook) -> np.ndarray:
    """The rule on whose `team` a part has arrived, -1 where it stays.

    It stays also where what the data names (a tag, usage, pods) brings it back to a rule that has taken it.
    """
    taken = np.full(len(parts.at), -1, dtype="int64")
    for i in reversed(range(len(book.rules))):
        rule = book.rules[i]
        if rule.teams and not rule.kinds:
            taken[np.isin(parts.bearer, list(rule.teams)) & fits[i][parts.at] & ~parts.been[:, i]] = i
    return taken
