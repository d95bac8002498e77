"""How good it is, measured where it was not trained: the report simulator, permuted labels, real ownership labels."""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path

import numpy as np
import pandas as pd

from costdna.attribute import prepare
from costdna.attribute.answers import decide
from costdna_companion.native.session import OrtSession

from . import classic_world, development_world, report_world

REPORT_SEEDS = range(1000, 1020)
_ENVIRONMENT = re.compile(
    r"-(dev|development|test|testing|staging|stage|stg|prod|prd|production|preprod|preproduction|pre-prod|uat|sandbox|demo|training|train|qa|live|poc|alpha|beta|perf|proto|prototype|prototypes|history|[0-9]+)$"
)


def run_model(session: OrtSession, feeds: list[dict]) -> list[dict]:
    """All forward passes, one after the other."""

    async def passes() -> list[dict]:
        return [await session.run(feed) for feed in feeds]

    return asyncio.run(passes())


def area_under_risk(sure: np.ndarray, right: np.ndarray) -> float:
    """AURC: mean error among the k surest, over all k."""
    order = np.argsort(-sure, kind="stable")
    return float((np.cumsum(~right[order]) / np.arange(1, len(order) + 1)).mean())


def coverage_at(sure: np.ndarray, right: np.ndarray, precision: float = 0.95) -> float:
    """Largest share that can be answered at this precision with the best threshold: a ranking figure, not a promise."""
    order = np.argsort(-sure, kind="stable")
    reached = np.flatnonzero(np.cumsum(right[order]) / np.arange(1, len(order) + 1) >= precision)
    return float((reached[-1] + 1) / len(order)) if len(reached) else 0.0


def calibration_error(sure: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """ECE over equal-width bins."""
    place = np.minimum((sure * bins).astype(np.int64), bins - 1)
    total = sum(abs(float(sure[place == b].sum() - right[place == b].sum())) for b in range(bins))
    return float(total / max(len(sure), 1))


def auroc(score: np.ndarray, positive: np.ndarray) -> float:
    """Chance that a positive scores above a negative, ties half; NaN when one side is empty."""
    if positive.all() or not positive.any():
        return float("nan")
    ranks = pd.Series(score).rank().to_numpy()
    high = int(positive.sum())
    return float((ranks[positive].sum() - high * (high + 1) / 2) / (high * (len(score) - high)))


def simulated(session: OrtSession, seeds=REPORT_SEEDS, coverages=(0.05, 0.2, 0.5), simulator=report_world) -> dict:
    """A simulator's accounts: mean ± sd over accounts of every candidate's accuracy (teams with a label), and what is
    handed out.
    """
    table = {}
    for coverage in coverages:
        lines = []
        for seed in seeds:
            world = simulator.build(seed)
            lines.append(_account(session, world, simulator.hide(world, coverage, seed)))
        table[f"{coverage:.0%} tagged"] = _summary(pd.DataFrame(lines))
    return table


def development(session: OrtSession, accounts: int = 12) -> dict:
    """The development simulator, on which choices are made."""
    return simulated(session, range(accounts), simulator=development_world)


def classic(session: OrtSession, seeds=range(5)) -> dict:
    """The predecessor's world, 70 % tagged: a smoke test of some 20 hidden resources, no ranking."""
    return simulated(session, seeds, (0.7,), classic_world)["70% tagged"]


def permuted(session: OrtSession, seeds=REPORT_SEEDS, coverage: float = 0.2) -> dict:
    """The same accounts with owners shuffled: how many pass the gate (none should)."""
    passed = 0
    for seed in seeds:
        world = report_world.build(seed)
        known = report_world.hide(world, coverage, seed)
        known["x_Team"] = np.random.default_rng([seed, 79]).permutation(known["x_Team"].to_numpy())
        plan = prepare(world.ownables, world.relations, world.charges, world.rhythm, known)
        passed += bool(decide(plan, run_model(session, plan.feeds)).verdict["passed"])
    return {"accounts": len(seeds), "passed_gate": passed}


def _account(session: OrtSession, world: report_world.World, known: pd.DataFrame) -> dict:
    plan = prepare(world.ownables, world.relations, world.charges, world.rhythm, known)
    decision = decide(plan, run_model(session, plan.feeds))
    truth = world.truth[decision.rows].astype(str)
    column = {name: index for index, name in enumerate(plan.teams)}
    target = np.array([column.get(name, -1) for name in truth], dtype=np.int64)
    out = {
        "gate passed": float(decision.verdict["passed"]),
        "random folds": decision.verdict["accuracy_random_folds"],
        "group folds": decision.verdict["accuracy_group_folds"],
    }
    if not decision.verdict["passed"]:
        return out
    reach = target >= 0
    for name, p in decision.whole.teams.items():
        out[f"accuracy: {name}"] = float((p.argmax(1) == target)[reach].mean())
    sure, right, given, money = (
        decision.joint.max(1),
        decision.joint.argmax(1) == target,
        None,
        plan.money[decision.rows],
    )
    given = sure >= decision.limit.confidence
    out |= {
        "accuracy: chosen": float(right[reach].mean()), "calibration error incl. none": calibration_error(sure, right),
        "AURC incl. none": area_under_risk(sure, right), "unknown AUROC": auroc(decision.none, ~reach), "coverage at 95 % (oracle)": coverage_at(sure, right),
        "share answered": float(given.mean()), "precision of answers": float(right[given].mean()) if given.any() else np.nan,
        "wrong money of answers": float((money * ~right)[given].sum() / money[given].sum()) if given.any() else np.nan, "limit promised": float(decision.verdict["promised"]),
    }  # fmt: skip
    return out


def _summary(frame: pd.DataFrame) -> dict:
    out: dict = {"accounts": len(frame)}
    for column in frame:
        values = frame[column].astype(float)
        out[column] = {"mean": round(float(values.mean()), 4), "sd": round(float(values.std()), 4)}
    model, rival = "accuracy: chosen", "accuracy: logistic regression with label propagation"
    if model in frame:
        gain = (frame[model] - frame[rival]).dropna()
        out["chosen minus logistic regression with label propagation"] = {
            "mean": round(float(gain.mean()), 4),
            "wins": int((gain > 0).sum()),
            "of": len(gain),
        }
    return out


def development_third(folder: Path) -> pd.DataFrame:
    """Namespaces of ``ownership_platform`` whose app has sha256 mod 3 = 0, with team and app. The other two thirds stay
    closed.
    """
    frame = pd.read_csv(folder / "namespaces.csv", keep_default_na=False)
    frame["team"] = frame["team-name"].str.strip().str.lower()
    frame["app"] = frame["namespace"].map(lambda text: _ENVIRONMENT.sub("", text))
    keep = frame["app"].map(lambda app: int(hashlib.sha256(app.encode()).hexdigest(), 16) % 3 == 0)
    return frame.loc[keep & (frame["team"] != "")].sort_values("namespace").reset_index(drop=True)


def ownership(session: OrtSession, folder: Path, *, events: bool, hide: str, splits: int = 5) -> dict:
    """Real labels, development third only: half of the ``namespace``s or of the ``app``s hidden; top-1, AURC, coverage,
    confidence.

    Groups as in the data set's own baselines: name tokens, prefixes, business unit as account, resource types and, with
    ``events``, authors of commits to at most ten namespaces. Never the RBAC group, channel, owner, repository or text.
    """
    nodes = development_third(folder)
    place = {name: index for index, name in enumerate(nodes["namespace"])}
    links: set[tuple[int, str, str]] = set()
    for index in place.values():
        words = nodes["app"][index].split("-")
        links |= {(index, "name_token", word) for word in words}
        links |= {(index, "name_prefix", "-".join(words[:k])) for k in range(1, len(words) + 1)}
        links.add((index, "account", nodes["business-unit"][index]))
    resources = pd.read_csv(folder / "resources.csv.gz", keep_default_na=False)
    links |= {
        (place[n], "resource_type", t)
        for n, t in zip(resources["namespace"], resources["type"], strict=True)
        if n in place
    }
    if events:
        change = pd.read_csv(folder / "change_events.csv.gz", keep_default_na=False)
        wide = change.groupby("commit")["namespace"].nunique()
        small = set(wide[wide <= 10].index)
        links |= {
            (place[n], "actor", a)
            for c, a, n in zip(change["commit"], change["author"], change["namespace"], strict=True)
            if n in place and c in small
        }
    relations = pd.DataFrame(sorted(links), columns=["x_OwnableId", "x_Kind", "x_Group"])
    count = len(nodes)
    ownables = pd.DataFrame(
        {
            "x_OwnableId": np.arange(count, dtype=np.int64), "x_IsSynthetic": False, "BilledCost": 1, "EffectiveCost": 1, "x_NameTokens": [[]] * count,
            "x_FirstSeen": pd.Timestamp("2026-01-01"), "x_LastSeen": pd.Timestamp("2026-01-02"),
        }
    )  # fmt: skip
    lines = []
    for split in range(splits):
        unit = nodes[hide].to_numpy()
        names = np.random.default_rng([split, 80]).permutation(np.unique(unit))
        shown = np.isin(unit, names[: len(names) // 2])
        known = pd.DataFrame(
            {"x_OwnableId": np.flatnonzero(shown), "x_Team": nodes["team"].to_numpy()[shown], "x_Basis": "human"}
        )
        plan = prepare(ownables, relations, pd.DataFrame(), pd.DataFrame(), known)
        decision = decide(plan, run_model(session, plan.feeds))
        column = {team: index for index, team in enumerate(plan.teams)}
        target = np.array([column.get(team, -1) for team in nodes["team"].to_numpy()[decision.rows]], dtype=np.int64)
        line = {
            "reachable": float((target >= 0).mean()),
            "gate passed": float(decision.verdict["passed"]),
            "random folds": decision.verdict["accuracy_random_folds"],
        }
        if decision.whole is not None:
            for name, p in decision.whole.teams.items():
                right = p.argmax(1) == target
                line |= {
                    f"top-1: {name}": float(right.mean()),
                    f"AURC: {name}": area_under_risk(p.max(1), right),
                    f"coverage at 95 %: {name}": coverage_at(p.max(1), right),
                }
            sure, right = decision.joint.max(1), decision.joint.argmax(1) == target
            given = sure >= decision.limit.confidence
            line |= {
                "top-1: product": float(right.mean()), "AURC: product": area_under_risk(sure, right), "coverage at 95 %: product": coverage_at(sure, right),
                "mean confidence: product": float(sure.mean()), "calibration error: product": calibration_error(sure, right), "unknown AUROC: product": auroc(decision.none, target < 0),
                "share answered": float(given.mean()), "precision of answers": float(right[given].mean()) if given.any() else np.nan,
            }  # fmt: skip
        lines.append(line)
    frame = pd.DataFrame(lines)
    return {"namespaces": count, "splits": splits, **{name: round(float(frame[name].mean()), 4) for name in frame}}
