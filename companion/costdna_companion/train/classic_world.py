"""The predecessor's world, rebuilt as a smoke test: four teams, four types, five kinds of difficulty, four sorts of
nobody's.

Some 20 hidden resources an account rank no model; one that does no better than chance here is broken. Kinds: clean;
shared_service (most callers are foreign); cross_team (the role of another team); reassigned (names and roles of the
former team for half the time); sparse (hardly any trace). Nobody's: vendor, legacy, orphan, shadow.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from costdna import names
from costdna.relations.by_name import by_name

from .report_world import World

ROLE = "smoke"
TEAMS = ("payments", "search", "ml", "growth")
KINDS = ("clean", "shared_service", "cross_team", "reassigned", "sparse")
NOBODYS = ("vendor", "legacy", "orphan", "shadow")
_TYPES = (
    ("AmazonEC2", "instance", 40.0),
    ("AmazonRDS", "db", 120.0),
    ("AWSLambda", "function", 3.0),
    ("AmazonS3", "bucket", 9.0),
)


def build(seed: int) -> World:
    """60 owned resources, 15 a team, and 8 that are nobody's; ``app`` is the kind of difficulty."""
    rng = np.random.default_rng([seed, 95])
    rows, links = [], []
    for team in range(len(TEAMS)):
        for number in range(15):
            kind = KINDS[0] if number < 7 else KINDS[1 + (number - 7) // 2]
            _resource(rng, rows, links, team, kind)
    for number in range(8):
        _resource(rng, rows, links, -1, NOBODYS[number % 4])
    frame, count = pd.DataFrame(rows), len(rows)
    ids, start = np.arange(1, count + 1, dtype=np.int64), pd.Timestamp("2026-01-01")
    money = [int(value * 1e6) for value in frame["cost"]]
    ownables = pd.DataFrame(
        {
            "x_OwnableId": ids, "ResourceId": frame["type"] + "/" + frame["name"],
            "ResourceName": frame["name"], "ResourceType": frame["type"], "ServiceName": frame["service"], "SubAccountId": "main", "RegionId": "us-east-1", "BilledCost": money, "EffectiveCost": money,
            "x_FirstSeen": start, "x_LastSeen": start + pd.Timedelta(days=13), "x_IsSynthetic": False, "x_NameTokens": [list(dict.fromkeys(names.words(text))) for text in frame["name"]],
        }
    )  # fmt: skip
    links = [(int(ids[node]), kind, group) for node, kind, group in links] + by_name(ownables)
    relations = pd.DataFrame(sorted(set(links)), columns=["x_OwnableId", "x_Kind", "x_Group"]).assign(x_Reason="")
    charges = pd.DataFrame(
        {
            "x_OwnableId": ids,
            "x_UsageType": frame["type"],
            "x_Operation": frame["type"],
            "BilledCost": money,
            "ChargePeriodStart": start,
            "x_RowCount": 14 * 24,
        }
    )
    hours = np.arange(168, dtype=np.int64)
    rhythm = pd.concat(
        [
            pd.DataFrame(
                {
                    "x_OwnableId": ids[i],
                    "x_UsageClass": "compute",
                    "x_HourOfWeek": hours,
                    "x_Cost": frame["hours"][i],
                    "x_HoursSeen": np.full(168, 2, dtype=np.int64),
                }
            )
            for i in range(count)
        ],
        ignore_index=True,
    )
    truth = np.array([TEAMS[row["team"]] if row["team"] >= 0 else "" for row in rows], dtype=object)
    return World(ownables, relations, charges, rhythm, truth, frame["kind"].to_numpy(dtype=object))


def _resource(rng: np.random.Generator, rows: list[dict], links: list, team: int, kind: str) -> None:
    """One resource: a peak hour by team, a role, callers, neighbours on the network; what each kind spoils."""
    i, (service, what, price) = len(rows), _TYPES[len(rows) % 4]
    former = int(rng.integers(0, 4)) if kind == "reassigned" or team < 0 else team
    peak = (14, 2, 22, 12)[former] if team >= 0 else int(rng.integers(0, 24))
    local = np.arange(168) % 24
    hours = (
        np.exp(-0.5 * (np.minimum((local - peak) % 24, (peak - local) % 24) / 3.0) ** 2) * rng.lognormal(0, 0.3, 168)
        + 0.05
    )
    calls = {"sparse": 2, "orphan": 1, "vendor": 6}.get(kind, 8)
    foreign = {"shared_service": 0.65, "cross_team": 0.7, "shadow": 1.0}.get(kind, 0.1)
    word = TEAMS[former] if rng.random() < 0.25 else str(rng.choice(["core", "main", "store", "worker", "cache"]))
    rows.append(
        {
            "team": team,
            "kind": kind,
            "service": service,
            "type": what,
            "name": f"{word}-{what}-{i:02d}",
            "cost": price * rng.lognormal(0, 0.5),
            "hours": hours,
        }
    )
    for _ in range(calls):
        caller = int(rng.integers(0, 4)) if rng.random() < foreign else former
        links.append((i, "actor", f"user-{caller}-{rng.integers(0, (8, 4, 3, 6)[caller])}"))
    role = former if kind != "cross_team" else int(rng.integers(0, 4))
    links.append((i, "role", "vendor-poll" if kind == "vendor" else f"role-{role}-{rng.integers(0, 2)}"))
    for _ in range(2):
        peer = former if rng.random() < 0.8 else int(rng.integers(0, 4))
        links.append((i, "network", f"flow-{peer}-{rng.integers(0, 4)}"))
    links += [(i, "service", service), (i, "resource_type", what)]


def hide(world: World, share: float, seed: int, *, mislabelled: float = 0.0) -> pd.DataFrame:
    """The ``known`` table: ``share`` of every team's resources, at random (the predecessor's split is stratified)."""
    rng = np.random.default_rng([seed, 96])
    picked = np.sort(
        np.concatenate(
            [rng.permutation(np.flatnonzero(world.truth == team))[: max(1, int(round(share * 15)))] for team in TEAMS]
        )
    )
    label = world.truth[picked].copy()
    wrong = rng.random(len(picked)) < mislabelled
    label[wrong] = rng.permutation(label)[wrong]
    return pd.DataFrame(
        {"x_OwnableId": world.ownables["x_OwnableId"].to_numpy()[picked], "x_Team": label, "x_Basis": "tag"}
    )
