"""The predecessor's little world, rebuilt: 70 % of the owned resources known, accuracy by kind of difficulty.

A smoke test: it is saturated and ranks no model.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from .answer import answers
from .worlds import World

KNOWN = 0.7
KINDS = ("clean", "shared_service", "cross_team", "reassigned", "sparse")


def run(
    world: World, *, session, methods: list[str], accounts: int = 5, say: Callable[[str], None] = lambda text: None
) -> dict:
    """``rows``: a method, its accuracy over the hidden owned resources, and the same by kind.

    Mean and sd over accounts, one kind's resources of all accounts together.
    """
    lines = []
    for seed in range(accounts):
        case = world.case(seed, KNOWN, 0.0)
        count = len(case.account.truth)
        query = np.setdiff1d(np.arange(count), case.shown)
        for method in methods:
            answer, teams = answers(
                method, case.account, case.shown, case.written, query, np.arange(count).astype(str), seed, session
            )
            guess = teams[answer.p.argmax(1)]
            owned = case.account.truth[query].astype(str) != ""
            lines += [
                {
                    "method": method,
                    "seed": seed,
                    "kind": case.account.unit[node],
                    "right": guess[at] == str(case.account.truth[node]),
                }
                for at, node in enumerate(query)
                if owned[at]
            ]
        say(f"{world.name}: account {seed + 1} of {accounts}")
    frame, rows = pd.DataFrame(lines), []
    for method in methods:
        mine = frame[frame["method"] == method]
        by_account = mine.groupby("seed")["right"].mean().astype(float)
        row: dict = {
            "method": method,
            "accounts": accounts,
            "accuracy": round(float(by_account.mean()), 6),
            "accuracy_sd": round(float(by_account.std(ddof=0)), 6),
        }
        rows.append(
            row
            | {
                kind: round(float(mine.loc[mine["kind"] == kind, "right"].mean()), 6)
                for kind in KINDS
                if (mine["kind"] == kind).any()
            }
        )
    return {
        "rows": rows,
        "notes": [
            f"{accounts} accounts of the predecessor's world, {KNOWN:.0%} known, {len(frame) // len(methods)} hidden resources in all: a smoke test, not a ranking"
        ],
    }
