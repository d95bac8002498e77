"""The report simulator: written independently of the prior, with real strings, never trained on.

Mechanisms differ on purpose. Products are bundles of archetypes copied per environment; names are real text in a
convention per product and go through a tokeniser; behaviour follows the archetype, a team adds only its time zone;
tags appear by a policy start date and by service; a tenth of the resources belong to vendors, are left over or shared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

ARCHETYPES: dict[str, list[tuple[str, str, str, float]]] = {
    "web": [("AmazonEC2", "instance", "BoxUsage:m5.large", 60.0), ("AmazonEC2", "volume", "EBS:VolumeUsage.gp3", 6.0),
            ("AWSELB", "loadbalancer", "LoadBalancerUsage", 18.0), ("AmazonCloudWatch", "log-group", "DataProcessing-Bytes", 3.0)],
    "data": [("AmazonS3", "bucket", "TimedStorage-ByteHrs", 25.0), ("AmazonRedshift", "cluster", "Node:ra3", 300.0),
             ("AWSGlue", "job", "ETL-DPU-Hour", 40.0), ("AmazonAthena", "workgroup", "DataScannedInTB", 9.0)],
    "serverless": [("AWSLambda", "function", "Lambda-GB-Second", 2.0), ("AmazonDynamoDB", "table", "ReadRequestUnits", 14.0),
                   ("AWSQueueService", "queue", "Requests-Tier1", 1.0), ("AmazonApiGateway", "api", "ApiGatewayRequest", 5.0)],
    "database": [("AmazonRDS", "db", "InstanceUsage:db.r6g", 180.0), ("AmazonRDS", "snapshot", "RDS:ChargedBackupUsage", 7.0),
                 ("AmazonElastiCache", "cache", "NodeUsage:cache.m6g", 70.0)],
    "batch": [("AmazonEC2", "instance", "SpotUsage:c6i.4xlarge", 90.0), ("AmazonECS", "task", "Fargate-vCPU-Hours", 12.0),
              ("AmazonECR", "repository", "TimedStorage-ByteHrs", 1.0)],
    "network": [("AmazonVPC", "nat-gateway", "NatGateway-Hours", 32.0), ("AmazonVPC", "endpoint", "VpcEndpoint-Hours", 8.0)],
}  # fmt: skip
TEAM_WORDS = "atlas beacon cobalt delta ember falcon granite harbor indigo juniper kestrel lumen mercury nimbus onyx pioneer quartz raven sierra tundra umbra vertex willow xenon yonder zephyr".split()
PRODUCT_WORDS = "checkout search catalog billing ledger invoice rides maps fraud risk login identity mail feed video ads offers loyalty stock orders returns shipping pricing quotes chat support reports metrics ingest models vision speech export sync portal mobile gateway notify archive audit scores".split()
ENVIRONMENTS = ("prod", "staging", "dev")
OPAQUE = {"instance", "volume", "snapshot", "task", "nat-gateway", "endpoint"}
_WORD = re.compile(r"[a-z]+|[0-9]+")


@dataclass(frozen=True)
class World:
    """The product's own tables for one simulated account, plus ``truth`` (team or "" for none) in ownable order."""

    ownables: pd.DataFrame
    relations: pd.DataFrame
    charges: pd.DataFrame
    rhythm: pd.DataFrame
    truth: np.ndarray
    app: np.ndarray


def tokens(name: str) -> list[str]:
    """Lower-case words and numbers of a name; a camel hump starts a word."""
    return _WORD.findall(re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower())


def build(seed: int) -> World:
    """One account of roughly 150 to 900 resources and 4 to 18 teams."""
    rng = np.random.default_rng([seed, 77])
    teams = [str(word) for word in rng.permutation(TEAM_WORDS)[: rng.integers(4, 19)]]
    products = _products(rng, teams)
    rows: list[dict] = []
    links: list[tuple[int, str, str]] = []
    layout = rng.choice(["by environment", "by unit", "one"])
    for product in products:
        _deploy(rng, product, rows, links, layout)
    _strays(rng, rows, teams)
    frame = pd.DataFrame(rows)
    frame["ResourceId"] = [f"arn:aws:{row.kind}:{row.account}:{row.kind}/{row.physical}" for row in frame.itertuples()]
    order = np.argsort(frame["ResourceId"].to_numpy(dtype=str), kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order), dtype=np.int64)
    links = [(int(place[node]), kind, group) for node, kind, group in links]
    frame = frame.iloc[order].reset_index(drop=True)
    ids = np.arange(1, len(frame) + 1, dtype=np.int64) * 7919
    frame["x_OwnableId"] = ids
    for index, row in enumerate(frame.itertuples()):
        links += _described(index, row)
    relations = pd.DataFrame(sorted(set(links)), columns=["node", "x_Kind", "x_Group"])
    relations["x_OwnableId"] = ids[relations["node"].to_numpy(dtype=np.int64)]
    relations["x_Reason"] = ""
    start = pd.Timestamp("2026-01-01")
    ownables = pd.DataFrame(
        {
            "x_OwnableId": ids, "ResourceId": frame["ResourceId"], "ResourceName": frame["name"], "ResourceType": frame["kind"],
            "ServiceName": frame["service"], "SubAccountId": frame["account"], "RegionId": frame["region"],
            "BilledCost": [int(value * 1e6) for value in frame["cost"]], "EffectiveCost": [int(value * 1e6) for value in frame["cost"]],
            "x_FirstSeen": start + pd.to_timedelta(frame["first"], unit="D"), "x_LastSeen": start + pd.to_timedelta(frame["last"], unit="D"),
            "x_IsSynthetic": False, "x_NameTokens": [tokens(name) for name in frame["name"]],
        }
    )  # fmt: skip
    charges = pd.DataFrame(
        {
            "x_OwnableId": ids, "x_UsageType": frame["usage"], "x_Operation": frame["kind"], "BilledCost": ownables["BilledCost"],
            "ChargePeriodStart": ownables["x_FirstSeen"], "x_RowCount": (frame["last"] - frame["first"] + 1) * 24,
        }
    )  # fmt: skip
    return World(
        ownables,
        relations[["x_OwnableId", "x_Kind", "x_Group", "x_Reason"]],
        charges,
        _rhythm(rng, frame, ids),
        frame["owner"].to_numpy(dtype=object),
        frame["app"].to_numpy(dtype=object),
    )


def hide(world: World, share: float, seed: int, *, mislabelled: float = 0.0) -> pd.DataFrame:
    """The ``known`` table: about ``share`` of owned resources tagged, unevenly by service, team and date."""
    rng = np.random.default_rng([seed, 78])
    kind = world.ownables["ResourceType"].to_numpy(dtype=str)
    taggable = {name: float(rng.uniform(0.1, 1.0)) for name in np.unique(kind)} | {
        "volume": 0.25,
        "snapshot": 0.1,
        "log-group": 0.15,
        "nat-gateway": 0.2,
    }
    diligence = {name: float(rng.beta(1.5, 1.5)) for name in np.unique(world.truth.astype(str))}
    policy = int(rng.integers(0, 15))
    first = (world.ownables["x_FirstSeen"] - pd.Timestamp("2026-01-01")).dt.days.to_numpy()
    odds = np.array(
        [
            taggable[k] * diligence[str(t)] * (1.0 if day >= policy else 0.5)
            for k, t, day in zip(kind, world.truth, first, strict=True)
        ]
    )
    odds = np.where(world.truth.astype(str) == "", 0.0, odds) + 1e-12
    wanted = int(round(share * (world.truth.astype(str) != "").sum()))
    score = np.where(odds > 1e-11, np.log(odds) + rng.gumbel(size=len(odds)), -np.inf)
    picked = np.sort(np.argsort(-score, kind="stable")[:wanted])
    label = world.truth[picked].copy()
    wrong = rng.random(len(picked)) < mislabelled
    label[wrong] = rng.permutation(label)[wrong]
    return pd.DataFrame(
        {"x_OwnableId": world.ownables["x_OwnableId"].to_numpy()[picked], "x_Team": label, "x_Basis": "tag"}
    )


def _products(rng: np.random.Generator, teams: list[str]) -> list[dict]:
    words = [str(word) for word in rng.permutation(PRODUCT_WORDS)]
    products = []
    for rank, team in enumerate(teams):
        for _ in range(1 + int(rng.poisson(2.5 / (1 + 0.3 * rank)))):
            if not words:
                break
            # a reorganisation the names still remember
            former = team if rng.random() > 0.12 else str(rng.choice(teams))
            products.append(
                {
                    "team": team, "unit": f"unit-{rank % 4}", "word": words.pop(), "named_after": former if rng.random() < 0.35 else "",
                    "bundles": [str(b) for b in rng.choice(list(ARCHETYPES), rng.integers(1, 4), replace=False)],
                    "style": int(rng.integers(0, 4)), "people": [f"{former}.{n}" for n in range(1, 4)], "zone": int(rng.integers(0, 3)) * 8,
                    "iac": rng.random() < 0.6, "shared": rng.random() < 0.06, "born": int(rng.integers(0, 20)),
                }
            )  # fmt: skip
    return products


def _deploy(rng: np.random.Generator, product: dict, rows: list[dict], links: list, layout: str) -> None:
    for environment in ENVIRONMENTS[: rng.integers(1, 4)]:
        account = {"by environment": environment, "by unit": product["unit"], "one": "main"}[layout]
        cluster = f"{product['unit']}-{environment}" if rng.random() < 0.4 else f"{product['word']}-{environment}"
        for bundle in product["bundles"]:
            stack = f"{product['word']}-{bundle}-{environment}" if rng.random() < 0.8 else f"platform-{environment}"
            born = product["born"] + int(rng.integers(0, 6))
            for service, kind, usage, price in ARCHETYPES[bundle]:
                for copy in range(1 + int(rng.poisson(1.0))):
                    node = len(rows)
                    parts = {0: [product["named_after"], product["word"], bundle, environment], 1: [environment, product["word"], kind],
                             2: [product["word"] + bundle.title(), str(copy)], 3: [bundle, environment, product["word"], f"{copy:02d}"]}[product["style"]]  # fmt: skip
                    opaque = kind in OPAQUE and rng.random() < 0.75
                    physical = (
                        f"{kind[:3]}-{rng.integers(16**10, 16**11):x}"
                        if opaque
                        else "-".join(part for part in parts if part) + f"-{rng.integers(0, 4096):x}"
                    )
                    rows.append(
                        {
                            "owner": "" if product["shared"] else product["team"], "app": product["word"], "service": service, "kind": kind, "usage": usage,
                            "account": account, "region": "us-east-1" if product["zone"] else "eu-west-1", "physical": physical,
                            "name": "" if opaque else physical, "environment": environment, "zone": product["zone"], "bundle": bundle,
                            "cost": float(price * rng.lognormal(0.0, 1.0)), "first": born, "last": 27 if rng.random() < 0.9 else born + 2,
                        }
                    )  # fmt: skip
                    if product["iac"] and rng.random() < 0.7:
                        links.append((node, "stack", stack))
                    if kind in ("instance", "task", "cache") and rng.random() < 0.6:
                        links.append((node, "cluster", cluster))
                    if kind in ("volume", "snapshot"):
                        links.append((node, "attachment", f"{stack}-{copy}"))
                    if rng.random() < 0.5:
                        links.append(
                            (
                                node,
                                "creator",
                                str(rng.choice(product["people"])) if rng.random() < 0.6 else "ci-deployer",
                            )
                        )
                    if rng.random() < 0.3:
                        links.append(
                            (node, "other_tag", f"app={product['word']}" if rng.random() < 0.5 else f"tier={bundle}")
                        )


def _strays(rng: np.random.Generator, rows: list[dict], teams: list[str]) -> None:
    """Vendors, left-overs and tests: nobody's, some named as if they were somebody's."""
    for _ in range(int(len(rows) * rng.uniform(0.03, 0.12))):
        service, kind, usage, price = ARCHETYPES[str(rng.choice(list(ARCHETYPES)))][0]
        label = str(
            rng.choice(
                [
                    "datadog",
                    "legacy",
                    "tmp-test",
                    "snowflake",
                    str(rng.choice(teams)),
                    "old-" + str(rng.choice(PRODUCT_WORDS)),
                ]
            )
        )
        physical = f"{label}-{rng.integers(0, 65536):x}"
        first = int(rng.integers(0, 25))
        rows.append(
            {
                "owner": "", "app": label, "service": service, "kind": kind, "usage": usage, "account": str(rng.choice([row["account"] for row in rows[:50]])),
                "region": "us-east-1", "physical": physical, "name": physical, "environment": "", "zone": 0, "bundle": "web",
                "cost": float(price * rng.lognormal(0.0, 1.0)), "first": first, "last": min(27, first + int(rng.integers(1, 20))),
            }
        )  # fmt: skip


def _described(index: int, row) -> list[tuple[int, str, str]]:
    """What the bill itself says of a resource."""
    out = [
        (index, "account", row.account), (index, "service", row.service), (index, "usage_type", row.usage), (index, "region", row.region),
        (index, "resource_type", f"{row.service}/{row.kind}"), (index, "co_start", f"day {row.first}"),
    ]  # fmt: skip
    if row.last < 27:
        out.append((index, "co_stop", f"day {row.last}"))
    words = [word for word in tokens(row.name) if not word.isdigit()]
    out += [(index, "name_token", word) for word in set(words) if len(word) > 1]
    out += [(index, "environment", word) for word in set(words) if word in ENVIRONMENTS]
    if len(words) >= 2:
        out.append((index, "name_prefix", "-".join(words[:2])))
    stem = "-".join(word for word in words if len(word) > 2)
    if stem:
        out.append((index, "name_stem", stem))
    return out


def _rhythm(rng: np.random.Generator, frame: pd.DataFrame, ids: np.ndarray) -> pd.DataFrame:
    """Hour-of-week cost following the archetype, shifted by the team's time zone."""
    hours = np.arange(168, dtype=np.int64)
    parts = []
    for index, row in enumerate(frame.itertuples()):
        local = (hours + row.zone) % 24
        busy = {
            "web": 1 + 0.6 * np.sin((local - 8) / 24 * 2 * np.pi),
            "batch": (local < 5) * 1.0,
            "data": (local < 3) * 1.0 + 0.2,
        }.get(row.bundle, np.ones(168))
        cost = busy * rng.lognormal(0.0, 0.3, 168)
        keep = cost > 0.05
        usage = (
            "storage"
            if "Storage" in row.usage or "Volume" in row.usage
            else "request"
            if "Request" in row.usage
            else "compute"
        )
        parts.append(
            pd.DataFrame(
                {
                    "x_OwnableId": ids[index],
                    "x_UsageClass": usage,
                    "x_HourOfWeek": hours[keep],
                    "x_Cost": cost[keep] * row.cost,
                    "x_HoursSeen": np.full(int(keep.sum()), 4, dtype=np.int64),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
