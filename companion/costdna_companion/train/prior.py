"""The training simulator: accounts drawn from a broad prior over "which relation follows ownership, and how well".

An account has a hidden tree (unit → team → app → component) and cross-cutting latents (environment, account, function,
region, person, deployment cohort). Every group kind follows one of these latents, drawn per account from
``models/prior.json``, with its own coverage, noise, splitting and merging; so a stack is *usually* an app, but the
model has to look at the labels to know. Names are slots of tokens in a convention of the account or of the team.
Nothing is a string: groups are anonymous numbers, as they are for the model. :mod:`report_world` is written
independently, with real strings, and is never trained on.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from costdna.features import BEHAVIOUR_FEATURES, BILL_FEATURES, rank_gauss
from costdna.relations.kinds import KIND_COUNT, KIND_ID

from .episode import Episode, pack

PRIOR_FILE = "prior.json"


def load_prior(models: Path) -> dict:
    """The prior's configuration as committed beside the model."""
    return json.loads((models / PRIOR_FILE).read_text())


def draw(prior: dict, seed: int) -> Episode:
    """One account. Deterministic in ``seed``; redrawn when it has fewer than two known owners or nobody to ask about."""
    for attempt in range(50):
        rng = np.random.default_rng([seed, attempt])
        episode = _account(prior, rng)
        if episode is not None:
            return episode
    raise RuntimeError(f"the prior gave no usable account for seed {seed}")


def _uniform(rng: np.random.Generator, low_high: list[float]) -> float:
    return float(rng.uniform(low_high[0], low_high[1]))


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _integer(rng: np.random.Generator, low_high: list[int]) -> int:
    return int(rng.integers(low_high[0], low_high[1] + 1))


def _tree(prior: dict, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Latent values of every resource, i64[N] each; ``owner`` is -1 for none of these."""
    teams_cfg, size_cfg = prior["teams"], prior["resources"]
    if rng.random() < teams_cfg["many_share"]:
        teams = int(_log_uniform(rng, *teams_cfg["many"]))
        n = int(min(size_cfg["most"], max(60, teams * _uniform(rng, size_cfg["per_team_when_many"]))))
    else:
        teams = int(_log_uniform(rng, *teams_cfg["usual"]))
        n = int(max(_log_uniform(rng, *size_cfg["usual"]), 3 * teams))
    weight = (1.0 + np.arange(teams)) ** -_uniform(rng, teams_cfg["zipf"]) * rng.gamma(2.0, 0.5, teams)
    apps_of_team = rng.integers(1, _integer(rng, prior["apps_per_team"]) + 1, teams)
    app_team = np.repeat(np.arange(teams), apps_of_team)
    app_weight = (weight / apps_of_team)[app_team] * rng.gamma(_log_uniform(rng, 0.3, 3.0), 1.0, len(app_team)) + 1e-9
    app = rng.choice(len(app_team), n, p=app_weight / app_weight.sum())
    most_components = _integer(rng, prior["components_per_app"])
    component = app * most_components + rng.integers(0, most_components, n)
    team = app_team[app]
    units = max(1, int(teams / _uniform(rng, [1.5, 8.0])))
    unit = rng.integers(0, units, teams)[team]
    environments = _integer(rng, [1, 4])
    environment = rng.choice(environments, n, p=rng.dirichlet(np.ones(environments)))
    layout = rng.choice(
        ["one", "team", "unit", "environment", "unit_environment", "random"], p=[0.15, 0.15, 0.2, 0.2, 0.2, 0.1]
    )
    account = {
        "one": np.zeros(n, dtype=np.int64),
        "team": team,
        "unit": unit,
        "environment": environment,
        "unit_environment": unit * environments + environment,
        "random": rng.integers(0, 1 + n // 40, n),
    }[layout]
    functions = _integer(rng, [3, 25])
    taste = rng.dirichlet(np.full(functions, _log_uniform(rng, 0.1, 3.0)), len(app_team))
    function = (taste[app].cumsum(1) > rng.random((n, 1))).argmax(1)
    regions = _integer(rng, [1, 5])
    home = rng.choice(regions, teams, p=rng.dirichlet(np.full(regions, 0.5)))
    region = np.where(rng.random(n) < rng.uniform(0.4, 1.0), home[team], rng.integers(0, regions, n))
    owner = team.copy()
    reorganised = prior["reorganised_apps"]
    if rng.random() < reorganised["share_of_accounts"]:
        moved = rng.random(len(app_team)) < _uniform(rng, reorganised["share_of_apps"])
        new_team = np.where(moved, rng.integers(0, teams, len(app_team)), app_team)
        owner = new_team[app]
    none_cfg = prior["none"]
    if rng.random() < none_cfg["share_of_accounts"]:
        share = _uniform(rng, none_cfg["share_of_resources"])
        roll = rng.random()
        if roll < none_cfg["as_vendor_blocks"]:  # what comes from outside clusters by function and account
            block = function * 7 + account % 3
            hit = np.isin(block, rng.permutation(np.unique(block))[: max(1, int(share * len(np.unique(block))))])
        elif roll < none_cfg["as_vendor_blocks"] + none_cfg["as_shared_apps"]:
            hit = (rng.random(len(app_team)) < share)[app]
        else:
            hit = rng.random(n) < share
        owner = np.where(hit, -1, owner)
    started = np.floor(rng.random(len(app_team)) * 60)[app] + np.where(rng.random(n) < 0.5, 0, rng.integers(0, 30, n))
    if rng.random() < 0.4:  # one day on which half the account was migrated
        started = np.where(rng.random(n) < rng.uniform(0.1, 0.6), 25, started)
    return {
        "team": team, "app": app, "component": component, "unit": unit, "environment": environment, "account": account,
        "function": function, "region": region, "cohort": started.astype(np.int64), "noise": rng.integers(0, 1 + n // 6, n),
        "owner": owner, "person": _people(rng, team, app, n),
    }  # fmt: skip


def _people(rng: np.random.Generator, team: np.ndarray, app: np.ndarray, n: int) -> np.ndarray:
    """One person per resource: mostly of the team, with platform people and robots who touch everything."""
    per_team = int(rng.integers(1, 7))
    person = team * per_team + np.minimum(rng.geometric(0.5, n) - 1, per_team - 1)
    if rng.random() < 0.5:  # people specialise on apps
        person = team * per_team + (app * 7 + rng.integers(0, 2, n)) % per_team
    everyone = rng.random(n) < rng.uniform(0.0, 0.4)
    return np.where(everyone, (team.max() + 1) * per_team + np.minimum(rng.geometric(0.4, n) - 1, 5), person)


class _Groups:
    """Collects memberships, giving each distinct (kind, value) a number; single-member groups stay, as they do in
    bills.
    """

    def __init__(self) -> None:
        self.node: list[np.ndarray] = []
        self.key: list[np.ndarray] = []
        self.kind: list[np.ndarray] = []
        self.copies = 0

    def add(self, kind: int, nodes: np.ndarray, value: np.ndarray, same: int | None = None) -> None:
        """``value`` i64 per node; two calls share groups only when they pass the same ``same``."""
        if len(nodes) == 0:
            return
        salt = same if same is not None else 1000 + self.copies
        self.copies += 1
        self.node.append(nodes)
        self.key.append(value.astype(np.int64) + salt * 10_000_000)
        self.kind.append(np.full(len(nodes), kind, dtype=np.int64))

    def done(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if not self.node:
            empty = np.zeros(0, dtype=np.int64)
            return empty, empty, empty
        node, key, kind = np.concatenate(self.node), np.concatenate(self.key), np.concatenate(self.kind)
        triple = np.unique(np.stack([kind, key, node]), axis=1)
        pair, group = np.unique(triple[:2], axis=1, return_inverse=True)
        return triple[2], group.reshape(-1), pair[0]


def _relations(
    prior: dict, rng: np.random.Generator, latent: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = len(latent["team"])
    cfg = prior["kinds"]
    names = list(prior["kind_prior"])
    if rng.random() < cfg["sparse_account"]:
        chosen = set(rng.choice(names, _integer(rng, cfg["sparse_kinds"]), replace=False))
        if rng.random() < 0.7:
            chosen |= {"name_token", "name_prefix"}
    else:
        drop = _uniform(rng, cfg["dropped"])
        chosen = {name for name in names if rng.random() >= drop}
    kind_id = {name: KIND_ID[name] for name in names}
    if rng.random() < cfg["meanings_swapped"]:
        some = [name for name in names if rng.random() < 0.5]
        for name, other in zip(some, rng.permutation(some), strict=True):
            kind_id[name] = KIND_ID[str(other)]
    groups = _Groups()
    for name in names:
        setting = prior["kind_prior"][name]
        if name not in chosen or setting.get("names"):
            continue
        for _ in range(_integer(rng, setting["copies"])):
            levels = list(setting["levels"])
            odds = np.array([setting["levels"][level] for level in levels])
            level = (
                str(rng.choice(levels, p=odds / odds.sum()))
                if rng.random() < 0.92
                else str(rng.choice(prior["levels"]))
            )
            value = (
                _people(rng, latent["team"], latent["app"], n)
                if level == "person" and name == "actor"
                else latent[level]
            )
            if "split" in setting:
                value = value * setting["split"] + rng.integers(0, setting["split"], n)
            if "pieces" in setting:  # many small groups within one latent value
                value = (
                    value * 64
                    + rng.integers(0, max(2, n // (setting["pieces"] * max(1, len(np.unique(value))) + 1)), n) % 64
                )
            if rng.random() < 0.15:  # merged: several values share one group
                value = value % max(2, int(len(np.unique(value)) / rng.uniform(1.5, 4.0)))
            value = np.where(rng.random(n) < _uniform(rng, setting["noise"]), rng.permutation(value), value)
            keep = np.flatnonzero(_covered(rng, latent, _uniform(rng, setting["coverage"])))
            groups.add(kind_id[name], keep, value[keep])
    if chosen & {"name_token", "name_prefix", "name_stem", "name_ngram"}:
        _names(rng, latent, groups, kind_id, chosen)
    return groups.done()


def _covered(rng: np.random.Generator, latent: dict[str, np.ndarray], coverage: float) -> np.ndarray:
    """Which resources carry a relation: by chance, by function (opaque services), or by app."""
    n = len(latent["team"])
    style = rng.integers(0, 3)
    if coverage >= 1.0 or style == 0:
        return rng.random(n) < coverage
    by = latent["function"] if style == 1 else latent["app"]
    odds = rng.beta(4 * coverage + 0.1, 4 * (1 - coverage) + 0.1, int(by.max()) + 1)
    return rng.random(n) < odds[by]


def _names(
    rng: np.random.Generator, latent: dict[str, np.ndarray], groups: _Groups, kind_id: dict[str, int], chosen: set[str]
) -> None:
    """Token slots in a convention; tokens collide across teams, letters (n-grams) are shared by related tokens."""
    n = len(latent["team"])
    words = max(20, int(n * rng.uniform(0.1, 1.0)))  # a small vocabulary means collisions
    of_level = {
        level: rng.integers(0, words, int(latent[level].max()) + 1) + 100
        for level in ("team", "app", "component", "unit", "person")
    }
    of_level["environment"] = np.arange(50)
    of_level["function"] = 50 + np.arange(int(latent["function"].max()) + 1) % 40
    presence = {
        "unit": rng.choice([0.0, 0.0, 0.3, 0.9]), "team": rng.choice([0.0, 0.0, 0.1, 0.5, 0.9]), "app": rng.choice([0.3, 0.7, 0.95]),
        "component": rng.choice([0.0, 0.4, 0.8]), "environment": rng.choice([0.0, 0.5, 0.9]), "function": rng.choice([0.0, 0.3, 0.8]),
    }  # fmt: skip
    slots = [str(slot) for slot in rng.permutation(list(presence))]
    opaque = rng.random(int(latent["function"].max()) + 1) < rng.uniform(0.0, 0.6)
    readable = ~opaque[latent["function"]] | (rng.random(n) < 0.1)
    same_order = rng.random() < 0.6
    shift = (
        np.zeros(n, dtype=np.int64)
        if same_order
        else rng.integers(0, len(slots), int(latent["team"].max()) + 1)[latent["team"]]
    )
    second_app_word = rng.integers(0, words, int(latent["app"].max()) + 1) + 100
    columns = np.full((n, len(slots) + 2), -1, dtype=np.int64)
    for index, slot in enumerate(slots):
        source = latent[slot]
        if rng.random() < 0.15:
            source = np.where(rng.random(n) < 0.1, rng.permutation(source), source)  # copy and paste
        present = readable & (rng.random(n) < presence[slot])
        columns[np.arange(n), (index + shift) % len(slots)] = np.where(present, of_level[slot][source], -1)
    columns[:, len(slots)] = np.where(
        readable & (rng.random(n) < rng.choice([0.0, 0.6])), second_app_word[latent["app"]], -1
    )
    columns[:, len(slots) + 1] = np.where(rng.random(n) < 0.5, 90, -1)  # "the", "aws", "svc": says nothing
    token_node, token_slot = np.nonzero(columns >= 0)
    token = columns[token_node, token_slot]
    if "name_token" in chosen:
        groups.add(kind_id["name_token"], token_node, token, same=1)
        unique = np.flatnonzero(rng.random(n) < rng.uniform(0.0, 0.4))
        groups.add(kind_id["name_token"], unique, 5_000_000 + unique, same=1)  # an id nobody else has
    first_index = (
        np.flatnonzero(np.concatenate([[True], token_node[1:] != token_node[:-1]]))
        if len(token_node)
        else np.zeros(0, np.int64)
    )
    has = token_node[first_index]
    padded = np.concatenate([token, [0, 0]])
    owner_of = np.concatenate([token_node, [-1, -1]])
    second = np.where(owner_of[first_index + 1] == has, padded[first_index + 1], 0)
    third = np.where(owner_of[first_index + 2] == has, padded[first_index + 2], 0)
    if "name_prefix" in chosen:
        groups.add(kind_id["name_prefix"], has, padded[first_index] * 1000 + second % 1000, same=2)
        if rng.random() < 0.5:
            groups.add(
                kind_id["name_prefix"],
                has,
                ((padded[first_index] * 131 + second) * 131 + third) % 4_000_000 + 5_000_000,
                same=2,
            )
    if "name_stem" in chosen:
        mixed = np.zeros(n, dtype=np.int64)
        np.add.at(mixed, token_node, (token * 7919 + 13) % 1_000_003)
        some = np.flatnonzero(mixed > 0)
        groups.add(kind_id["name_stem"], some, mixed[some] % 9_000_000, same=3)
    if "name_ngram" in chosen:
        grams = int(rng.integers(1, 4))
        alphabet = max(30, int(words * rng.uniform(0.3, 1.5)))
        for gram in range(grams):
            groups.add(kind_id["name_ngram"], token_node, (token * (31 + gram * 17) + gram * 101) % alphabet, same=4)


def _numerics(prior: dict, rng: np.random.Generator, latent: dict[str, np.ndarray]) -> np.ndarray:
    """f32[N,43]: bill block, behaviour block, the two presence flags. Columns follow a random mix of latents."""
    n = len(latent["team"])
    bill, behaviour = len(BILL_FEATURES), len(BEHAVIOUR_FEATURES)
    x = np.zeros((n, bill + behaviour + 2), dtype=np.float32)
    blocks = [(0, bill, prior["bill_block_absent"]), (bill, behaviour, prior["behaviour_block_absent"])]
    for flag, (start, width, absent) in enumerate(blocks):
        if rng.random() < absent:
            continue
        x[:, bill + behaviour + flag] = 1.0
        z = rng.normal(size=(n, width)) * _log_uniform(rng, 0.3, 2.0)
        for level, strength in (
            ("team", [0.0, 0.8]),
            ("app", [0.0, 1.0]),
            ("function", [0.2, 2.0]),
            ("environment", [0.0, 0.5]),
        ):
            effect = rng.normal(size=(int(latent[level].max()) + 1, width)) * _uniform(rng, strength)
            z += effect[latent[level]] * (rng.random(width) < 0.6)
        z = np.where(rng.random(width) < rng.uniform(0.0, 0.4), np.round(z), z)
        block = rank_gauss(z)
        block[:, rng.random(width) < rng.uniform(0.0, 0.5)] = 0.0
        x[:, start : start + width] = block
    return x


def _account(prior: dict, rng: np.random.Generator) -> Episode | None:
    latent = _tree(prior, rng)
    node, group, kind = _relations(prior, rng, latent)
    owner = latent["owner"].copy()
    n = len(owner)
    roll = rng.random()
    if roll < prior["permuted_labels"]:
        owner = rng.permutation(owner)
    elif roll < prior["permuted_labels"] + prior["one_relation_decides"] and len(kind):
        decisive = int(rng.choice(np.unique(kind)))
        of_kind = kind[group] == decisive
        number = np.full(n, -1, dtype=np.int64)
        number[node[of_kind]] = group[of_kind]
        team_of_group = rng.permutation(owner[rng.integers(0, n, len(kind))])
        owner = np.where(number >= 0, team_of_group[number], rng.permutation(owner))
    x = _numerics(prior, rng, latent)
    support, written = _support(prior, rng, latent, owner)
    if support.sum() < 2 or len(np.unique(written[support])) < 2 or (~support).sum() < 5:
        return None
    assert kind.size == 0 or int(kind.max()) < KIND_COUNT
    return pack(x, node, group, kind, owner, support, written)


def _support(
    prior: dict, rng: np.random.Generator, latent: dict[str, np.ndarray], owner: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which owners are known, not at random, and what is written there, not always true."""
    cfg = prior["support"]
    n = len(owner)
    scale = _uniform(rng, cfg["propensity_scale"])
    logit = np.zeros(n)
    for level in ("team", "function", "app", "cohort"):
        logit += scale * rng.normal(size=int(latent[level].max()) + 1)[latent[level]] * rng.uniform(0, 1)
    if rng.random() < cfg["whole_apps"]:
        noise = rng.gumbel(size=int(latent["app"].max()) + 1)[latent["app"]] * 3 + rng.gumbel(size=n) * 0.02
    else:
        noise = rng.gumbel(size=n)
    score = np.where(owner >= 0, logit + noise, -np.inf)
    teams = int(max(latent["team"].max(), owner.max())) + 1
    hidden = cfg["teams_without_label"]
    if rng.random() < hidden["share_of_accounts"]:
        silent = rng.random(teams) < _uniform(rng, hidden["share_of_teams"])
        score = np.where((owner >= 0) & silent[np.maximum(owner, 0)], -np.inf, score)
    low, high = cfg["coverage"]
    share = _log_uniform(rng, low, high) if rng.random() < 0.5 else _uniform(rng, [0.1, high])
    wanted = int(np.ceil(n * share))
    order = np.argsort(-score, kind="stable")[: max(wanted, 3)]
    support = np.zeros(n, dtype=bool)
    support[order] = True
    support &= np.isfinite(score)
    written = owner.copy()
    wrong = prior["mislabelled"]
    if rng.random() < wrong["share_of_accounts"] and support.any():
        pool = owner[support]
        flip = rng.random(n) < _uniform(rng, wrong["resources"])
        app_flip = rng.random(int(latent["app"].max()) + 1) < _uniform(rng, wrong["apps"])
        app_team = rng.choice(pool, len(app_flip))
        written = np.where(flip & support, rng.choice(pool, n), written)
        written = np.where(app_flip[latent["app"]] & support, app_team[latent["app"]], written)
    return support, written
