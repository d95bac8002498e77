"""The development simulator: for choices only, never trained on, never reported on.

A third mechanism, told as history. Day after day people open sessions and create resources beside ones that exist,
copying their names and changing a word; people change teams and keep their old habits; a team is split, and an account
is handed over. Who owns a resource is the team its creator was in, until a hand-over. Nothing is drawn as a tree.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from costdna import names
from costdna.relations.by_name import by_name

from .report_world import World

ROLE = "development"
_SERVICES = (
    ("AmazonEC2", "instance", "BoxUsage:t3.medium", 40.0, 0.7), ("AmazonEC2", "volume", "EBS:VolumeUsage.gp3", 5.0, 0.8), ("AmazonS3", "bucket", "TimedStorage-ByteHrs", 12.0, 0.0),
    ("AWSLambda", "function", "Lambda-GB-Second", 1.5, 0.0), ("AmazonRDS", "db", "InstanceUsage:db.t4g", 90.0, 0.1), ("AmazonDynamoDB", "table", "WriteRequestUnits", 8.0, 0.0),
    ("AmazonCloudWatch", "log-group", "DataProcessing-Bytes", 2.0, 0.1), ("AmazonSNS", "topic", "Requests-Tier1", 0.3, 0.0), ("AmazonECS", "task", "Fargate-vCPU-Hours", 20.0, 0.5),
    ("AmazonVPC", "eni", "NatGateway-Hours", 30.0, 0.9),
)  # fmt: skip
_WORDS = "amber brisk cedar drift eagle frost glade heron inlet jade kite lotus maple north ocean pearl quill ridge stone thorn urban vivid whale yarn zinc basil cove dune fern grove hazel iris moss opal pine reed sage tide vale wren alder birch cliff dawn elm fjord".split()
_TURNS = "api job main next blue green core edge mini plus v2 old tmp read write east west bulk fast".split()
DAYS = 28


def build(seed: int) -> World:
    """One account of roughly 120 to 700 resources and 3 to 24 teams."""
    rng = np.random.default_rng([seed, 91])
    teams = int(rng.integers(3, 25))
    people = np.repeat(np.arange(teams), 1 + rng.poisson(2.0, teams))
    busy = rng.gamma(0.6, 1.0, len(people)) + 0.02
    focus, wander = rng.uniform(0.5, 0.97), rng.uniform(0.0, 0.15)
    accounts, account_of = int(rng.integers(1, 6)), rng.integers(0, 6, teams)
    robots, rows, links = rng.random() < 0.7, [], []
    seen: dict[int, list[int]] = {team: [] for team in range(teams)}
    words = [str(word) for word in rng.permutation(_WORDS)]
    wanted, session = int(rng.uniform(120, 700)), 0
    while len(rows) < wanted:
        day = min(DAYS - 1, int(len(rows) / wanted * DAYS * rng.uniform(0.8, 1.2)))
        person = int(rng.choice(len(people), p=busy / busy.sum()))
        if rng.random() < 0.02:
            people[person] = int(rng.integers(0, teams))  # moves, keeps habits
        team = int(people[person])
        near = seen[team] if seen[team] and rng.random() < focus else [i for part in seen.values() for i in part]
        model = rows[int(rng.choice(near))] if near and rng.random() < 0.85 else None
        base = (
            list(model["words"])
            if model
            else [words[int(rng.integers(0, len(words)))] for _ in range(int(rng.integers(1, 3)))]
        )
        if rng.random() < 0.35:
            base[int(rng.integers(0, len(base)))] = str(rng.choice(words if rng.random() < 0.5 else _TURNS))
        if rng.random() < 0.25 and len(base) < 4:
            base.append(str(rng.choice(_TURNS)))
        environment = str(rng.choice(["prod", "dev", "staging", ""]))
        account = model["account"] if model and rng.random() < 0.6 else f"acc{account_of[team] % accounts}"
        scripted, robot = rng.random() < 0.5, robots and rng.random() < 0.35
        for _ in range(int(rng.geometric(0.35))):
            kind = int(rng.integers(0, len(_SERVICES)))
            service, what, usage, price, opaque = _SERVICES[kind]
            i = len(rows)
            text = (
                f"{what[:3]}-{rng.integers(16**10, 16**11):x}"
                if rng.random() < opaque
                else "-".join([*base, *([environment] if environment else []), *([what] if rng.random() < 0.3 else [])])
            )
            owner = team if rng.random() > wander else int(rng.integers(0, teams))
            rows.append(
                {
                    "owner": owner,
                    "words": base,
                    "account": account,
                    "service": service,
                    "kind": what,
                    "usage": usage,
                    "name": text,
                    "first": day,
                    "app": base[0],
                    "environment": environment,
                    "cost": float(price * rng.lognormal(0, 1.2)),
                }
            )
            seen[team].append(i)
            links += [
                (i, "account", account),
                (i, "service", service),
                (i, "usage_type", usage),
                (i, "resource_type", f"{service}/{what}"),
                (i, "co_start", f"{account} {day}"),
                (i, "environment", environment or "none"),
            ]
            if scripted and rng.random() < 0.8:
                links.append((i, "stack", f"session{session}" if rng.random() < 0.5 else "-".join(base[:2])))
            if rng.random() < 0.55:
                links.append((i, "creator", "robot" if robot else f"person{person}"))
            if what in ("volume", "eni") and near:
                links += [(i, "attachment", f"to{session}"), (int(rng.choice(near)), "attachment", f"to{session}")]
            if rng.random() < 0.2:
                links.append((i, "other_tag", f"project={base[0]}"))
        session += 1
    owner = np.array([row["owner"] for row in rows], dtype=np.int64)
    if rng.random() < 0.4:  # an account is handed over
        taken = np.array([row["account"] == "acc0" for row in rows])
        owner = np.where(taken & (rng.random(len(rows)) < 0.7), int(rng.integers(0, teams)), owner)
    if rng.random() < 0.3:  # a team is split by the first word of its names
        owner = np.where((owner == 0) & np.array([row["app"] < "m" for row in rows]), teams, owner)
    abandoned = np.array([row["app"] for row in rows])
    lost = np.isin(abandoned, rng.permutation(np.unique(abandoned))[: int(rng.integers(0, 3))]) | (
        rng.random(len(rows)) < rng.uniform(0, 0.06)
    )
    truth = np.where(lost, "", np.array([f"team-{value:02d}" for value in owner], dtype=object))
    return _tables(rows, links, truth)


def _tables(rows: list[dict], links: list[tuple[int, str, str]], truth: np.ndarray) -> World:
    count, start = len(rows), pd.Timestamp("2026-01-01")
    frame = pd.DataFrame(rows)
    ids = np.arange(1, count + 1, dtype=np.int64) * 31
    money = [int(value * 1e6) for value in frame["cost"]]
    first = start + pd.to_timedelta(frame["first"], unit="D")
    ownables = pd.DataFrame(
        {
            "x_OwnableId": ids, "ResourceId": [f"arn:aws:{row.kind}:eu-west-1:{row.account}:{row.kind}/{row.name}" for row in frame.itertuples()], "ResourceName": frame["name"], "ResourceType": frame["kind"],
            "ServiceName": frame["service"], "SubAccountId": frame["account"], "RegionId": "eu-west-1", "BilledCost": money, "EffectiveCost": money, "x_FirstSeen": first,
            "x_LastSeen": start + pd.Timedelta(days=DAYS - 1), "x_IsSynthetic": False, "x_NameTokens": [list(dict.fromkeys(names.words(text))) for text in frame["name"]],
        }
    )  # fmt: skip
    links = [(int(ids[node]), kind, group) for node, kind, group in links] + by_name(ownables)
    relations = pd.DataFrame(sorted(set(links)), columns=["x_OwnableId", "x_Kind", "x_Group"]).assign(x_Reason="")
    charges = pd.DataFrame(
        {
            "x_OwnableId": ids,
            "x_UsageType": frame["usage"],
            "x_Operation": frame["kind"],
            "BilledCost": money,
            "ChargePeriodStart": first,
            "x_RowCount": (DAYS - frame["first"]) * 24,
        }
    )
    rhythm = pd.DataFrame(
        {
            "x_OwnableId": ids,
            "x_UsageClass": "compute",
            "x_HourOfWeek": np.arange(count, dtype=np.int64) % 168,
            "x_Cost": frame["cost"],
            "x_HoursSeen": np.full(count, 4, dtype=np.int64),
        }
    )
    return World(ownables, relations, charges, rhythm, truth, frame["app"].to_numpy(dtype=object))


def hide(world: World, share: float, seed: int, *, mislabelled: float = 0.0) -> pd.DataFrame:
    """The ``known`` table: some creators tag all they make, some nothing; services differ; about ``share`` of owned
    resources.
    """
    rng = np.random.default_rng([seed, 92])
    owned = world.truth.astype(str) != ""
    habit = {name: rng.normal(0, 1.2) for name in np.unique(world.truth.astype(str))}
    ease = {name: rng.normal(0, 1.0) for name in np.unique(world.ownables["ResourceType"])}
    score = np.array(
        [habit[str(team)] + ease[kind] for team, kind in zip(world.truth, world.ownables["ResourceType"], strict=True)]
    ) + rng.gumbel(size=len(owned))
    picked = np.sort(np.argsort(-np.where(owned, score, -np.inf), kind="stable")[: int(round(share * owned.sum()))])
    label = world.truth[picked].copy()
    wrong = rng.random(len(picked)) < mislabelled
    label[wrong] = rng.permutation(label)[wrong]
    return pd.DataFrame(
        {"x_OwnableId": world.ownables["x_OwnableId"].to_numpy()[picked], "x_Team": label, "x_Basis": "tag"}
    )
