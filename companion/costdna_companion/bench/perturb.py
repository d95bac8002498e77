"""What the attributor lives on, and what it survives: information taken away, labels falsified, memberships dropped."""

from __future__ import annotations

from dataclasses import replace
from collections.abc import Callable

import numpy as np
import pandas as pd

from costdna.relations.kinds import KINDS

from .simulated import one
from .worlds import Case, World

FEATURE_GROUPS: dict[str, tuple[str, ...]] = {
    "names": ("name_token", "name_prefix", "name_stem", "name_ngram"), "account": ("account",), "stack and cluster": ("stack", "cluster"), "first and last seen": ("co_start", "co_stop"),
    "attachment and network": ("attachment", "network", "vpc"), "principals": ("creator", "iam_principal", "actor", "role"), "other tags": ("other_tag", "cost_category", "account_tag"),
    "service, usage, region, environment": ("service", "usage_type", "operation", "region", "environment", "resource_type", "commitment"), "code and schedule": ("repository", "deploy", "schedule"),
}  # fmt: skip
"""Taken away together at inference; the model is the same."""
NOTHING, NUMBERS, EVERYTHING = "nothing", "numbers (behaviour and cost)", "all relations"
KNOWN_WRONG = 0.3
TAKEN_OUT = f"{KNOWN_WRONG:.0%} wrong, those taken out"
"""What is lost though nobody is fooled any more: the part of the loss that no method can win back."""
NOISE, KEPT = (0.0, 0.1, 0.2, 0.3, 0.4), (1.0, 0.75, 0.5, 0.25, 0.0)


def ablate(
    world: World,
    *,
    session,
    methods: list[str],
    accounts: int = 20,
    coverage: float = 0.2,
    kinds: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> dict:
    """``rows``: what was removed, accuracy per method, and the change against removing nothing.

    All on the same accounts and tags.
    """
    plans: dict[str, Callable[[Case], Case]] = {
        NOTHING: lambda case: case,
        NUMBERS: lambda case: _less(case, numerics=True),
    }
    groups = (
        {kind.name: (kind.name,) for kind in KINDS if not kind.name.startswith("reserved")} if kinds else FEATURE_GROUPS
    )
    plans |= {name: lambda case, gone=gone: _less(case, kinds=gone) for name, gone in groups.items()}
    plans[EVERYTHING] = lambda case: _less(case, kinds=tuple(kind.name for kind in KINDS))
    lines = []
    for seed in range(accounts):
        case = world.case(seed, coverage, 0.0)
        there = set(case.account.relations["x_Kind"].unique())
        for name, change in plans.items():
            if name in groups and not there & set(groups[name]):
                continue  # an account that has none of it loses nothing by its removal: left out of that row
            lines += [
                {
                    "removed": name,
                    "method": method,
                    "seed": seed,
                    "accuracy": one(method, change(case), seed, session)[0]["accuracy"],
                }
                for method in methods
            ]
        say(f"{world.name}: account {seed + 1} of {accounts}")
    return {
        "world": world.name,
        "rows": _rows(lines, "removed", list(plans), methods, NOTHING),
        "notes": [
            f"{world.name}, {accounts} accounts, accuracy on hidden resources of tagged teams; change on the accounts that have what is removed"
        ],
    }


def robustness(
    world: World,
    *,
    session,
    methods: list[str],
    accounts: int = 20,
    coverage: float = 0.2,
    say: Callable[[str], None] = lambda text: None,
) -> dict:
    """``rows``: what was made worse, and accuracy per method.

    Wrong labels (0–40 % moved to another team), wrong ones taken out by somebody who knows the truth, memberships kept
    (100–0 %).
    """
    lines = []
    for seed in range(accounts):
        case = world.case(seed, coverage, 0.0)
        for share in NOISE:
            lines += [
                {
                    "change": f"{share:.0%} of labels wrong",
                    "method": m,
                    "seed": seed,
                    "accuracy": one(m, mislabel(case, share, seed), seed, session)[0]["accuracy"],
                }
                for m in methods
            ]
        lines += [
            {
                "change": TAKEN_OUT,
                "method": m,
                "seed": seed,
                "accuracy": one(m, without_wrong(case, KNOWN_WRONG, seed), seed, session)[0]["accuracy"],
            }
            for m in methods
        ]
        for share in KEPT[1:]:
            lines += [
                {
                    "change": f"{share:.0%} of memberships kept",
                    "method": m,
                    "seed": seed,
                    "accuracy": one(m, _less(case, keep=share, seed=seed), seed, session)[0]["accuracy"],
                }
                for m in methods
            ]
        say(f"{world.name}: account {seed + 1} of {accounts}")
    order = (
        [f"{share:.0%} of labels wrong" for share in NOISE]
        + [TAKEN_OUT]
        + [f"{share:.0%} of memberships kept" for share in KEPT[1:]]
    )
    return {
        "world": world.name,
        "rows": _rows(lines, "change", order, methods, order[0]),
        "notes": [f"{world.name}, {accounts} accounts, accuracy on hidden resources of tagged teams"],
    }


def mislabel(case: Case, share: float, seed: int) -> Case:
    """A ``share`` of the labels moved to another labelled team, drawn evenly.

    Which ones is fixed by ``seed``, the smaller share inside the larger.
    """
    rng = np.random.default_rng([seed, 1510])
    order = rng.permutation(len(case.written))
    teams = np.unique(case.written.astype(str))
    written = case.written.copy()
    for row in order[: int(round(share * len(order)))]:
        others = teams[teams != str(written[row])]
        if len(others):
            written[row] = others[rng.integers(0, len(others))]
    return replace(case, written=written)


def without_wrong(case: Case, share: float, seed: int) -> Case:
    """The account :func:`mislabel` gives, its wrong labels taken out with the truth in hand."""
    true = mislabel(case, share, seed).written == case.written
    return replace(case, shown=case.shown[true], written=case.written[true])


def _less(case: Case, **what) -> Case:
    return replace(case, account=case.account.without(**what))


def _rows(lines: list[dict], key: str, order: list[str], methods: list[str], base: str) -> list[dict]:
    frame, out = pd.DataFrame(lines), []
    for name in order:
        row: dict = {key: name}
        for method in methods:
            mine = frame[(frame[key] == name) & (frame["method"] == method)].set_index("seed")["accuracy"]
            if mine.notna().sum() == 0:
                continue
            start = (
                frame[(frame[key] == base) & (frame["method"] == method)]
                .set_index("seed")["accuracy"]
                .reindex(mine.index)
            )
            row |= {
                "accounts": int(mine.notna().sum()),
                method: round(float(mine.mean()), 6),
                f"{method}_sd": round(float(mine.std(ddof=0)), 6),
                f"{method} change": round(float((mine - start).mean()), 6),
            }
        if len(row) > 1:
            out.append(row)
    return out
