"""Simulated accounts: every method on the same accounts and tags.

Then what must not happen (permuted owners) and what may not cost much (mislabels).
"""

from __future__ import annotations

from dataclasses import replace
from collections.abc import Callable

import numpy as np
import pandas as pd

from . import metrics
from .account import Account
from .answer import Answer, answers
from .rivals import OURS
from .worlds import Case, World

METRICS = (
    "accuracy", "macro_f1", "money_accuracy", "no_sibling_accuracy", "ece", "ece_floor", "joint_ece", "joint_ece_floor", "nll", "aurc", "unknown_auroc", "cov95", "cov95_inaccount",
    "precision_inaccount", "answered", "answered_precision", "wrong_money", "gate",
)  # fmt: skip
"""accuracy … no_sibling_accuracy, ece, nll and aurc: over hidden resources whose team has a tag. joint_ece,
unknown_auroc, cov95 …: over all of them.

answered, answered_precision, wrong_money: what the product hands out by itself under its limit of 2 % wrong money.
"""
POOLED = ("ece", "ece_floor", "joint_ece", "joint_ece_floor", "precision_inaccount", "answered_precision")
PERMUTED, INFORMATIVE = 50, 40
"""Accounts of the checks when 20 or more are asked for; fewer otherwise."""
CHECKED_AT = 0.2


def measure(
    answer: Answer, account: Account, query: np.ndarray, teams: np.ndarray, shown: np.ndarray
) -> tuple[dict, dict]:
    """(one account's figures, the rows that are pooled over accounts)."""
    column = {team: index for index, team in enumerate(teams)}
    target = np.array([column.get(team, -1) for team in account.truth[query]], dtype=np.int64)
    reach, guess, sure, money = target >= 0, answer.p.argmax(1), answer.sure, account.money[query]
    right = guess == target
    whole = answer.p / np.maximum(answer.p.sum(1, keepdims=True), 1e-12)  # given that it is one of the tagged teams
    free = account.without_sibling(shown)[query] & reach
    none = np.clip(1.0 - answer.p.sum(1), 0.0, 1.0) if answer.knows_none else np.zeros(len(query))
    joint_sure, joint_right = np.maximum(sure, none), np.where(none > sure, ~reach, right)
    given = sure >= answer.line
    pooled = {
        "sure": whole[reach].max(1),
        "right": right[reach],
        "joint_sure": joint_sure,
        "joint_right": joint_right,
        "given_right": right[given],
    }
    own = answer.extra.get("given")
    line = {
        "accuracy": float(right[reach].mean()) if reach.any() else np.nan, "macro_f1": metrics.macro_f1(guess[reach], target[reach]),
        "money_accuracy": float((money * right)[reach].sum() / money[reach].sum()) if reach.any() else np.nan,
        "no_sibling_accuracy": float(right[free].mean()) if free.any() else np.nan, "no_sibling_rows": float(free.sum()),
        "ece": metrics.ece(pooled["sure"], pooled["right"]), "joint_ece": metrics.ece(joint_sure, joint_right), "nll": metrics.nll(whole[reach], target[reach]),
        "aurc": metrics.aurc(sure[reach], right[reach]), "unknown_auroc": metrics.auroc(answer.unknown, ~reach), "cov95": metrics.coverage_at(sure, right),
        "cov95_inaccount": float(given.mean()), "precision_inaccount": float(right[given].mean()) if given.any() else np.nan,
    }  # fmt: skip
    if answer.knows_none:
        own = np.zeros(len(query), dtype=bool) if own is None else own
        pooled["own_right"] = right[own]
        line |= {
            "answered": float(own.mean()), "answered_precision": float(right[own].mean()) if own.any() else np.nan,
            "wrong_money": float((money * ~right)[own].sum() / money[own].sum()) if own.any() else np.nan,
        }  # fmt: skip
    return line | {key: value for key, value in answer.extra.items() if isinstance(value, float)}, pooled


def one(method: str, case: Case, seed: int, session) -> tuple[dict, dict]:
    """One method on one account: all resources without a tag are asked about."""
    count = len(case.account.truth)
    query = np.setdiff1d(np.arange(count), case.shown)
    answer, teams = answers(
        method, case.account, case.shown, case.written, query, np.arange(count).astype(str), seed, session
    )
    return measure(answer, case.account, query, teams, case.shown)


def run(
    world: World,
    *,
    session,
    methods: list[str],
    accounts: int = 20,
    coverages: tuple[float, ...] = (0.05, 0.2, 0.5),
    checks: bool = True,
    say: Callable[[str], None] = lambda text: None,
) -> dict:
    """``rows`` (a method at a coverage), ``accounts`` (each account's figures), ``pairs``, ``checks``, ``notes``."""
    rows, lines, notes, first_seed = [], [], [], world.first
    if world.fixed:
        coverages = coverages[:1]
        notes.append("This simulator chooses itself how many resources are tagged; the coverage is as drawn.")
    for coverage in coverages:
        pooled: dict[str, list[dict]] = {method: [] for method in methods}
        for number in range(accounts):
            seed = first_seed + number
            case = world.case(seed, coverage, 0.0)
            if len(np.unique(case.written.astype(str))) < 2:
                say(f"account {seed} has tags of fewer than two teams at {coverage:.0%}: left out for every method")
                continue
            for method in methods:
                line, kept = one(method, case, seed, session)
                lines.append({"method": method, "coverage": coverage, "seed": seed, **line})
                pooled[method].append(kept)
            say(f"{world.name}, {coverage:.0%} tagged: account {number + 1} of {accounts}")
        rows += [
            _row(
                method,
                world.name,
                coverage,
                [x for x in lines if x["method"] == method and x["coverage"] == coverage],
                pooled[method],
            )
            for method in methods
        ]
    result = {
        "world": world.name,
        "as_drawn": world.fixed,
        "rows": rows,
        "accounts": _plain(lines),
        "pairs": pairs(lines),
        "notes": notes,
        "checks": {},
    }
    if checks and OURS in methods:
        few = accounts < 20
        result["checks"] = controls(
            world, session, accounts if few else PERMUTED, accounts if few else INFORMATIVE, say, first_seed
        )
    return result


def _row(method: str, world: str, coverage: float, mine: list[dict], kept: list[dict]) -> dict:
    frame = pd.DataFrame(mine)
    out: dict = {"method": method, "world": world, "coverage": coverage, "accounts": len(mine)}
    sure, right = (np.concatenate([k[name] for k in kept]) for name in ("sure", "right"))
    joint, joint_right = (np.concatenate([k[name] for k in kept]) for name in ("joint_sure", "joint_right"))
    floors = {"ece_floor": metrics.ece_floor(sure), "joint_ece_floor": metrics.ece_floor(joint)}
    whole = {
        "ece": metrics.ece(sure, right),
        "joint_ece": metrics.ece(joint, joint_right),
        "precision_inaccount": _share(kept, "given_right"),
        "answered_precision": _share(kept, "own_right"),
    }
    for metric in METRICS:
        if metric in floors:
            out |= {metric: floors[metric][0], f"{metric}_sd": floors[metric][1]}
            continue
        values = frame[metric].astype(float).dropna() if metric in frame else pd.Series(dtype=float)
        mean = whole[metric] if metric in whole else float(values.mean()) if len(values) else float("nan")
        out |= {metric: mean, f"{metric}_sd": float(values.std(ddof=0)) if len(values) else float("nan")}
    return _plain([out])[0]


def _share(kept: list[dict], name: str) -> float:
    hits = np.concatenate([k[name] for k in kept if name in k] or [np.zeros(0, dtype=bool)])
    return float(hits.mean()) if len(hits) else float("nan")


def _plain(lines: list[dict]) -> list[dict]:
    return [
        {
            k: (round(float(v), 6) if np.isfinite(v) else None) if isinstance(v, (float, np.floating)) else v
            for k, v in line.items()
        }
        for line in lines
    ]


def pairs(lines: list[dict], ours: str = OURS) -> list[dict]:
    """Ours minus each rival on the same accounts: mean gain and wins of accuracy, AURC and in-account coverage."""
    frame, out = pd.DataFrame(lines), []
    if frame.empty:
        return out
    for coverage, part in frame.groupby("coverage", sort=False):
        wide = {
            metric: part.pivot(index="seed", columns="method", values=metric)
            for metric in ("accuracy", "aurc", "cov95_inaccount")
        }
        for rival in [name for name in wide["accuracy"] if name != ours and ours in wide["accuracy"]]:
            row: dict = {"coverage": coverage, "against": rival}
            for metric, sign in (("accuracy", 1), ("aurc", -1), ("cov95_inaccount", 1)):
                gain = (wide[metric][ours] - wide[metric][rival]) * sign
                row |= {f"{metric}_gain": round(float(gain.mean()), 6), f"{metric}_wins": int((gain > 0).sum())}
            out.append(row | {"of": int(len(wide["accuracy"]))})
    return out


def controls(
    world: World, session, permuted: int, informative: int, say: Callable[[str], None], first_seed: int = 0
) -> dict:
    """What must not happen, what should, and what may cost little.

    Permuted owners must not pass the gate, informative accounts should, a third of wrong labels may cost little, a rule
    is no evidence.
    """
    shut, confident, hit, opened, tried = 0, [], [], 0, 0
    for seed in range(first_seed, first_seed + max(permuted, 2 * informative)):
        case = world.case(seed, CHECKED_AT, 0.0)
        if seed - first_seed < permuted and len(np.unique(case.written.astype(str))) >= 2:
            mixed = np.random.default_rng([seed, 1505]).permutation(case.account.truth)
            answer, query, target = _asked(case, mixed[case.shown], mixed, session, seed)
            shut += answer.extra["gate"] == 0.0
            confident.append(float(answer.sure.mean()))
            hit.append(float((answer.p.argmax(1) == target).mean()))
        if tried < informative and len(case.written) >= 15 and len(np.unique(case.written.astype(str))) >= 2:
            tried += 1
            answer, _, _ = _asked(case, case.written, case.account.truth, session, seed)
            opened += answer.extra["gate"] == 1.0
        say(f"controls: seed {seed}")
    drop = [] if world.fixed else _mislabelled(world, session, min(20, informative), first_seed)
    out: dict = {
        "permuted owners": {
            "accounts": len(hit),
            "passed the gate": len(hit) - int(shut),
            "mean confidence - accuracy": float(np.mean(confident) - np.mean(hit)) if hit else None,
        },
        "informative accounts": {
            "accounts": tried,
            "passed the gate": int(opened),
            "share": opened / tried if tried else None,
        },
    }
    if drop:
        out["30 % mislabels"] = {
            "accounts": len(drop),
            "accuracy lost": float(np.mean([d[0] for d in drop])),
            "lost with the wrong ones taken out": float(np.mean([d[1] for d in drop])),
        }
    out["one rule, no tags"] = {"gate passed": _rule_only(world, session, first_seed)}
    return out


def _asked(
    case: Case, written: np.ndarray, truth: np.ndarray, session, seed: int
) -> tuple[Answer, np.ndarray, np.ndarray]:
    keep = written.astype(str) != ""  # an owner moved onto a resource may be nobody
    shown, written = case.shown[keep], written[keep]
    query = np.setdiff1d(np.arange(len(truth)), shown)
    answer, teams = answers(OURS, case.account, shown, written, query, np.arange(len(truth)).astype(str), seed, session)
    column = {team: index for index, team in enumerate(teams)}
    return answer, query, np.array([column.get(team, -1) for team in truth[query]], dtype=np.int64)


def _mislabelled(world: World, session, count: int, first_seed: int) -> list[tuple[float, float]]:
    """What 30 % wrong labels cost, per account.

    (accuracy lost, what would be lost if somebody who knows the truth took them out).
    """
    lost = []
    for seed in range(first_seed, first_seed + count):
        clean, wrong = (world.case(seed, CHECKED_AT, share) for share in (0.0, 0.3))
        true = wrong.written == wrong.account.truth[wrong.shown]
        told = replace(wrong, shown=wrong.shown[true], written=wrong.written[true])
        right = [one(OURS, case, seed, session)[0]["accuracy"] for case in (clean, wrong, told)]
        lost.append((right[0] - right[1], right[0] - right[2]))
    return lost


def _rule_only(world: World, session, seed: int) -> float:
    """No tags; a name rule gives 60 % of the owned resources their true team: does the gate pass? It must not."""
    from costdna.attribute.answers import decide

    from .product import planned

    case = world.case(seed, CHECKED_AT, 0.0)
    owned = np.flatnonzero(case.account.truth.astype(str) != "")
    ruled = owned[np.random.default_rng([seed, 1506]).random(len(owned)) < 0.6]
    known = case.account.known(ruled).assign(x_Basis="rule")
    plan, outputs = planned(case.account, known, session)
    return float(decide(plan, outputs).verdict["passed"])
