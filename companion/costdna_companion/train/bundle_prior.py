"""The third training simulator: bills with real names. Org tree → products → bundles of services copied per
environment.

Independent of :mod:`prior` and :mod:`platform_prior`. Names are text in a template per product and go through the
product's own relations by name; whether a service carries names, tags, a creator or a stack differs by service; tags
start with a policy on a day; vendors, shared services and leftovers belong to nobody. Behaviour follows the service and
the environment; a team adds little.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from costdna import names
from costdna.features import BILL_FEATURES, X_WIDTH, rank_gauss
from costdna.relations.by_name import by_name

from .episode import Episode, pack
from .platform_prior import _number, _vocabulary

_TEMPLATES = (
    "{p}-{s}-{e}",
    "{e}-{p}-{s}",
    "{u}-{p}-{s}-{e}",
    "{p}{S}",
    "{t}-{p}-{s}",
    "/{u}/{p}/{s}",
    "{p}_{s}_{e}",
    "{s}-{p}",
    "{p}-{e}-{h}",
    "{t}-{s}-{h}",
    "{S}{P}-{e}",
)
_SERVICES = 18
_ROLES = "web api db cache queue jobs logs data lambda stream search files lake report feed edge vault mail".split()


def draw(seed: int) -> Episode:
    """One account, deterministic in ``seed``; redrawn when it has nothing to learn from or nobody to ask about."""
    for attempt in range(50):
        episode = _bill(np.random.default_rng([seed, attempt, 37]))
        if episode is not None:
            return episode
    raise RuntimeError(f"no usable bill for seed {seed}")


def _bill(rng: np.random.Generator) -> Episode | None:
    teams = int(np.exp(rng.uniform(np.log(2), np.log(120 if rng.random() < 0.12 else 25))))
    wanted = int(min(520, max(60, teams * rng.uniform(6, 35))))
    weight = (1.0 + np.arange(teams)) ** -rng.uniform(0.0, 1.5)
    units = max(1, teams // int(rng.integers(2, 8)))
    vocabulary = _vocabulary(rng, 3 * teams + 20)
    bundles = [rng.permutation(_SERVICES)[: rng.integers(2, 8)] for _ in range(int(rng.integers(3, 9)))]
    templates = [str(t) for t in rng.permutation(_TEMPLATES)[: rng.integers(1, 5)]]
    opaque = rng.random(_SERVICES) < rng.uniform(0.0, 0.6)
    layout = str(rng.choice(["one", "environment", "unit", "team", "unit_environment"]))
    rows: list[tuple] = []
    links: list[tuple[int, str, str]] = []
    has = {
        kind: rng.random() < odds
        for kind, odds in (
            ("stack", 0.6),
            ("creator", 0.55),
            ("cluster", 0.5),
            ("other_tag", 0.6),
            ("attachment", 0.4),
            ("co_start", 0.7),
            ("iam_principal", 0.25),
            ("actor", 0.3),
            ("network", 0.3),
            ("vpc", 0.25),
            ("account_tag", 0.15),
        )
    }
    cover = {kind: rng.beta(2, 1.5) for kind in has}
    people, platform, sweep = int(rng.integers(1, 6)), int(rng.integers(1, 8)), rng.uniform(0, 0.5)
    hard = rng.dirichlet([6, 1, 1, 1, 1]) * rng.choice([0.3, 1.0])
    text, product, day0 = [], 0, int(rng.integers(0, 40))
    while len(rows) < wanted:
        team = int(rng.choice(teams, p=weight / weight.sum()))
        unit, bundle = team % units, bundles[int(rng.integers(0, len(bundles)))]
        template, title = str(rng.choice(templates)), str(rng.choice(vocabulary))
        kind = str(
            rng.choice(["clean", "shared", "crossed", "moved", "none"], p=np.append(1 - hard[1:].sum(), hard[1:]))
        )
        owner = {"moved": int(rng.integers(0, teams)), "none": -1}.get(kind, team)
        begun = int(rng.integers(0, 90))
        for environment in rng.permutation(["prod", "dev", "staging", "test"])[: rng.integers(1, 4)]:
            account = {
                "one": "a",
                "environment": environment,
                "unit": f"u{unit}",
                "team": f"t{team}",
                "unit_environment": f"u{unit}{environment}",
            }[layout]
            for service in bundle:
                for copy in range(1 + int(rng.geometric(0.6)) % 4):
                    i = len(rows)
                    mine = owner if kind != "shared" or rng.random() < 0.4 else int(rng.integers(0, teams))
                    hand = int(rng.integers(0, teams)) if kind == "crossed" and rng.random() < 0.5 else team
                    role = _ROLES[service]
                    said = template.format(
                        p=title,
                        P=title.title(),
                        s=role,
                        S=role.title(),
                        e=environment,
                        u=vocabulary[unit],
                        t=vocabulary[teams + team],
                        h="".join(rng.choice(list("0123456789abcdef"), 8)),
                    )
                    text.append("i-" + "".join(rng.choice(list("0123456789abcdef"), 17)) if opaque[service] else said)
                    first = begun if rng.random() < 0.6 else min(89, begun + int(rng.integers(0, 40)))
                    rows.append((mine, team, product, int(service), environment, first))
                    bond = f"{product}{environment}"
                    maybe = {
                        "stack": bond, "cluster": f"{account}c{service % 3}" if rng.random() < 0.3 else f"{product}c", "creator": f"h{hand * people + int(rng.geometric(0.6)) % people}",
                        "other_tag": f"{title}" if product % 2 else f"w{unit}", "attachment": f"{bond}{service // 2}{copy}", "co_start": f"{first}{account}", "iam_principal": f"r{hand}" if product % 3 else f"r{bond}",
                        "actor": f"h{hand * people + int(rng.integers(0, people))}", "network": f"{account}n{product % 4}", "vpc": f"{account}v{int(rng.random() < 0.2)}", "account_tag": f"u{unit}",
                    }  # fmt: skip
                    for name, value in maybe.items():
                        if has[name] and rng.random() < cover[name]:
                            if name in ("creator", "actor") and rng.random() < sweep:
                                value = f"p{int(rng.integers(0, platform))}"
                            links.append((i, name, value))
                    links += [
                        (i, "account", account),
                        (i, "service", f"s{service}"),
                        (i, "usage_type", f"s{service}k{copy % 2}"),
                        (i, "environment", environment),
                        (i, "resource_type", f"s{service // 2}"),
                    ]
        product += 1
    n = min(len(rows), wanted)
    owner, team, product_of, service, first = (
        np.array([row[k] for row in rows[:n]], dtype=np.int64) for k in (0, 1, 2, 3, 5)
    )
    frame = pd.DataFrame(
        {
            "x_OwnableId": np.arange(n),
            "ResourceName": text[:n],
            "x_NameTokens": [list(dict.fromkeys(names.words(t))) for t in text[:n]],
        }
    )
    links = [link for link in links if link[0] < n] + by_name(frame)
    gone = {kind for kind in sorted({link[1] for link in links}) if rng.random() < 0.08}
    node, group, kind = _number([link for link in links if link[1] not in gone])
    if rng.random() < 0.1:
        owner = rng.permutation(owner)
    support, written = _tagged(rng, owner, team, product_of, service, first, day0)
    if support.sum() < 3 or len(np.unique(written[support])) < 2 or (~support).sum() < 5:
        return None
    return pack(_numbers(rng, team, product_of, service), node, group, kind, owner, support, written)


def _tagged(rng, owner, team, product, service, first, policy) -> tuple[np.ndarray, np.ndarray]:
    n = len(owner)
    odds = (
        np.log(rng.beta(1, 1, _SERVICES) + 0.02)[service]
        + np.log(rng.beta(1.2, 1.2, int(team.max()) + 1) + 0.01)[team]
        - np.where(first < policy, rng.uniform(0, 2), 0.0)
    )
    noise = (
        rng.gumbel(size=n)
        if rng.random() < 0.6
        else rng.gumbel(size=int(product.max()) + 1)[product] * 2 + rng.gumbel(size=n) * 0.3
    )
    score = np.where(owner >= 0, odds + noise, -np.inf)
    if rng.random() < 0.35:
        score = np.where((rng.random(int(team.max()) + 1) < rng.uniform(0.05, 0.5))[team], -np.inf, score)
    share = float(np.exp(rng.uniform(np.log(0.03), np.log(0.7))))
    support = np.zeros(n, dtype=bool)
    support[np.argsort(-score, kind="stable")[: max(4, int(share * n))]] = True
    support &= np.isfinite(score)
    written = owner.copy()
    if rng.random() < 0.3 and support.any():
        written = np.where(support & (rng.random(n) < rng.uniform(0, 0.3)), rng.choice(owner[support], n), written)
    return support, written


def _numbers(rng, team, product, service) -> np.ndarray:
    n, width = len(team), len(BILL_FEATURES)
    x = np.zeros((n, X_WIDTH), dtype=np.float32)
    if rng.random() < 0.25:
        return x
    z = rng.normal(size=(n, width)) * rng.uniform(0.4, 1.5) + rng.normal(size=(_SERVICES, width))[
        service
    ] * rng.uniform(0.3, 2.0)
    z += rng.normal(size=(int(product.max()) + 1, width))[product] * rng.uniform(0, 0.7) + rng.normal(
        size=(int(team.max()) + 1, width)
    )[team] * rng.uniform(0, 0.3)
    x[:, :width] = rank_gauss(z)
    x[:, X_WIDTH - 2] = 1.0
    return x
