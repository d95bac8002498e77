"""Curves of what is right per answer, for every strategy of asking, from no tag at all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from collections.abc import Callable

import numpy as np
import pandas as pd

from costdna import schema
from costdna.attribute import opinion, prepare
from costdna.questions import STRATEGIES, Basis, ask, basis

BATCH = 5
"""Questions answered before the account is asked again."""
TRUE = 0.9
"""A person says of a group that it is somebody's when this much of it is, by count and by money."""


@dataclass(frozen=True)
class Stripped:
    """An account without owner tags: the product's tables, row i of ``ownables`` being node i, and ``truth`` object[N]
    (team, "" for nobody's).
    """

    ownables: pd.DataFrame
    relations: pd.DataFrame
    charges: pd.DataFrame
    rhythm: pd.DataFrame
    truth: np.ndarray
    x: np.ndarray | None = None


def simulated(name: str, accounts: int, first: int) -> tuple[str, list[Callable[[], Stripped]]]:
    """(the simulator's name, accounts of it). By default the one on which choices are made."""
    from costdna_companion.bench import worlds

    world = worlds.find(name or worlds.for_choices())

    def make(seed: int) -> Callable[[], Stripped]:
        def stripped() -> Stripped:
            account = world.case(seed, 0.2, 0.0).account
            return Stripped(
                account.ownables,
                account.relations,
                account.charges,
                account.rhythm,
                account.truth.astype(object),
                account.x,
            )

        return stripped

    return world.name, [make(seed) for seed in range(world.first + first, world.first + first + accounts)]


def demo_company(seed: int, scale: float, folder: Path) -> Stripped:
    """The demo company's bill as read, its owner tags masked, against the truth it was written from."""
    import csv

    from costdna import pipeline
    from costdna_companion import native
    from costdna_companion.demo.write import write_demo

    write_demo(folder, seed=seed, scale=scale, formats=["v1"])
    readings, _ = native.read([folder / "cur-v1"])
    grounds = pipeline.ground(readings, pipeline.Wishes())
    with (folder / "truth.csv").open(newline="", encoding="utf-8") as handle:
        # the last owner of the month
        owner = {(row["SubAccountId"], row["ResourceId"]): row["team"] for row in csv.DictReader(handle)}
    real = grounds.ownables.loc[~grounds.ownables["x_IsSynthetic"].to_numpy(dtype=bool)].reset_index(drop=True)
    truth = np.array(
        [owner.get(key, "") for key in zip(real["SubAccountId"], real["ResourceId"], strict=True)], dtype=object
    )
    return Stripped(real, grounds.relations, grounds.charges, grounds.bill.rhythm, truth)


def curve(account: Stripped, strategy: str, session, answers: int = 40, seed: int = 0) -> list[dict]:
    """One strategy on one account: after every :data:`BATCH` answers, what is right.

    Each answer is given for the widest group of the bill it is true of, whatever the strategy. accuracy: of owned
    resources nobody was asked about, answered for with a group or inferred. accuracy_named: of those whose team has
    been named. money: of what is right or was asked about ("nobody's" is an answer too) ÷ all money. answered_for:
    share of resources that were asked about or answered for.
    """
    money = np.abs(account.ownables["BilledCost"].to_numpy().astype(np.float64))
    ids = account.ownables["x_OwnableId"].to_numpy(dtype=np.int64)
    place = pd.Series(np.arange(len(ids), dtype=np.int64), index=ids)
    truth = account.truth.astype(str)
    owned = truth != ""
    on = basis(account.ownables, account.relations)
    node = place.reindex(on.ownables["x_OwnableId"].to_numpy()).to_numpy(dtype=np.int64)
    asked_of = np.zeros(len(ids), dtype=bool)
    told = np.zeros(len(ids), dtype=bool)
    apart: set[str] = set()
    beliefs, lines = None, []
    for number in range(answers // BATCH):
        so_far = np.flatnonzero(told)
        asked = ask(
            account.ownables,
            account.relations,
            _ownership(ids, so_far, account.truth),
            limit=BATCH,
            strategy=strategy,
            beliefs=beliefs,
            seed=seed + number,
            apart=frozenset(apart),
            on=on,
        )
        for row, key in zip(place.reindex(asked["x_OwnableId"].to_numpy()).to_numpy(dtype=np.int64), asked["x_Group"]):
            reach, keys = _widest(on, node, row, truth, money)
            told[reach[truth[reach] == truth[row]]] = True
            told[row] = asked_of[row] = True
            if key and key not in keys:
                apart.add(key)
        known = pd.DataFrame({"x_OwnableId": ids[told], "x_Team": truth[told], "x_Basis": "human"})
        rows, teams, joint = _think(account, known, session)
        guess = np.where(told, truth, "").astype(object)
        if len(teams):
            guess[rows] = np.array(teams, dtype=object)[joint.argmax(1)]
            top = np.sort(joint, axis=1)[:, ::-1]
            beliefs = pd.DataFrame(
                {
                    "x_OwnableId": ids[rows],
                    "x_Probability": top[:, 0],
                    "x_OtherProbability": top[:, 1] if joint.shape[1] > 1 else 0.0,
                }
            )
        rest = owned & ~asked_of
        right = rest & (guess == account.truth)
        named = rest & np.isin(truth, known["x_Team"].to_numpy())
        lines.append({
            "strategy": strategy, "answers": (number + 1) * BATCH, "accuracy": float(right[rest].mean()) if rest.any() else 1.0, "accuracy_named": float(right[named].mean()) if named.any() else 0.0,
            "money": float(money[right | asked_of].sum() / max(money.sum(), 1e-12)), "teams_named": len(set(known["x_Team"]) - {""}), "answered_for": float(told.mean()),
        })  # fmt: skip
    return lines


def _widest(on: Basis, node: np.ndarray, row: int, truth: np.ndarray, money: np.ndarray) -> tuple[np.ndarray, set[str]]:
    """(rows of the dearest group of ``row`` that its answer is true of, itself where there is none; keys of all such
    groups).
    """
    best, keys = np.array([row], dtype=np.int64), set()
    for at in on.groups.group[node[on.groups.node] == row].tolist():
        rows = node[on.groups.members(at)]
        same = truth[rows] == truth[row]
        if same.mean() >= TRUE and money[rows[same]].sum() >= TRUE * money[rows].sum():
            keys.add(on.groups.key(at))
            if money[rows].sum() > money[best].sum():
                best = rows
    return best, keys


def _ownership(ids: np.ndarray, said: np.ndarray, truth: np.ndarray) -> pd.DataFrame:
    frame = schema.OWNERSHIP.empty().reindex(range(len(said)))
    frame["x_OwnableId"], frame["x_Team"], frame["x_Basis"] = ids[said], truth[said].astype(str), "human"
    return frame


def _think(account: Stripped, known: pd.DataFrame, session) -> tuple[np.ndarray, list[str], np.ndarray]:
    """(open rows, teams named, joint P(team)) after the answers: the product's own candidate before any trial can be
    made.
    """
    plan = prepare(account.ownables, account.relations, account.charges, account.rhythm, known)
    whole = [index for index, (fold, _) in enumerate(plan.passes) if fold == -1]
    feeds = [plan.feeds[index] for index in whole]
    if account.x is not None:
        for feed, index in zip(feeds, whole, strict=True):
            if plan.passes[index][1]:
                feed["x"] = account.x.astype(np.float32)

    async def passes() -> list[dict]:
        return [await session.run(feed) for feed in feeds]

    rows, joint, _ = opinion(plan, asyncio.run(passes()) if session and feeds else None)
    return rows, plan.teams, joint


def run(
    accounts: list[Callable[[], Stripped]],
    session,
    *,
    strategies: tuple[str, ...] = STRATEGIES,
    answers: int = 40,
    say: Callable[[str], None] = lambda text: None,
) -> dict:
    """``rows``: per strategy and number of answers the mean and sd over accounts; ``wins``: money-weighted against each
    other strategy, account by account.
    """
    lines = []
    for number, make in enumerate(accounts):
        account = make()
        for strategy in strategies:
            lines += [{"account": number, **line} for line in curve(account, strategy, session, answers)]
        say(f"account {number + 1} of {len(accounts)}")
    frame = pd.DataFrame(lines)
    rows = []
    for (strategy, count), part in frame.groupby(["strategy", "answers"], sort=False):
        row = {"strategy": strategy, "answers": int(count), "accounts": int(part["account"].nunique())}
        for metric in ("accuracy", "accuracy_named", "money", "teams_named", "answered_for"):
            row |= {
                metric: round(float(part[metric].mean()), 4),
                f"{metric}_sd": round(float(part[metric].std(ddof=0)), 4),
            }
        rows.append(row)
    return {"rows": rows, "wins": _wins(frame) if "money" in strategies else []}


def _wins(frame: pd.DataFrame) -> list[dict]:
    """Mean gain in money settled over the whole curve, and on how many accounts money-weighted asking was ahead."""
    area = frame.groupby(["account", "strategy"])["money"].mean().unstack()
    return [
        {
            "against": other,
            "gain": round(float((area["money"] - area[other]).mean()), 4),
            "wins": int((area["money"] > area[other]).sum()),
            "of": len(area),
        }
        for other in area
        if other != "money"
    ]
