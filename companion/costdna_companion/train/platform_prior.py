"""The second training simulator: organisations that run a shared platform, seen as environments of apps, with few
groups each.

Independent of :mod:`prior`: real strings, put through the product's own tokeniser, and people who commit. A node is one
environment of one app. Names are typed: a programme, a product, a part, in the habit of whoever made the product.
Labels are typed too: one team is spelled in two ways, environments of one app disagree, many labels occur once. People
mostly serve one team; a few platform people touch everything. There are hardly ever numbers. 2 to 300 teams, long
tails.
"""

from __future__ import annotations

import numpy as np

from costdna.features import X_WIDTH
from costdna.names import words
from costdna.relations.kinds import KIND_ID

from .episode import Episode, pack

_SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu zan bel cor dun fal gor hin jas kel lor mer nov pol ras sol tur van".split()
_PARTS = "api ui web app db worker service frontend backend admin gateway jobs data sync auth batch proxy monitoring docs tools".split()
_ENVIRONMENTS = "dev test staging preprod prod uat demo".split()
MOST_NODES = 420


def draw(seed: int) -> Episode:
    """One account, deterministic in ``seed``; redrawn when it has nothing to learn from or nobody to ask about."""
    for attempt in range(50):
        episode = _organisation(np.random.default_rng([seed, attempt, 31]))
        if episode is not None:
            return episode
    raise RuntimeError(f"no usable organisation for seed {seed}")


def _vocabulary(rng: np.random.Generator, count: int) -> list[str]:
    return [
        "".join(rng.choice(_SYLLABLES, rng.integers(1, 4))) + ("" if rng.random() < 0.9 else "s") for _ in range(count)
    ]


def _organisation(rng: np.random.Generator) -> Episode | None:
    teams = int(np.exp(rng.uniform(np.log(2), np.log(300 if rng.random() < 0.4 else 60))))
    wanted = int(min(MOST_NODES, max(60, teams * rng.uniform(2.0, 9.0))))
    weight = (1.0 + np.arange(teams)) ** -rng.uniform(0.2, 1.4)
    programmes = max(1, int(teams / rng.uniform(2, 12)))
    units = max(1, int(programmes / rng.uniform(1, 4)))
    programme_of, unit_of = rng.integers(0, programmes, teams), rng.integers(0, units, programmes)
    vocabulary = _vocabulary(rng, int(rng.uniform(0.5, 3.0) * teams) + 25)
    popularity = (1.0 + np.arange(len(vocabulary))) ** -rng.uniform(0.0, 1.0)
    popularity /= popularity.sum()

    def word() -> str:
        return str(vocabulary[rng.choice(len(vocabulary), p=popularity)])

    programme_word, team_word = [word() for _ in range(programmes)], [word() for _ in range(teams)]
    says_programme, says_team = rng.choice([0.0, 0.3, 0.7, 0.95]), rng.choice([0.0, 0.05, 0.2, 0.6])
    moved, strayed = rng.choice([0.0, rng.uniform(0, 0.3)]), rng.choice([0.0, rng.uniform(0, 0.15)])
    mean_parts, mean_environments = rng.uniform(1.0, 4.0), rng.uniform(1.0, 3.5)
    second_spelling = np.where(
        rng.random(teams) < rng.choice([0.0, rng.uniform(0, 0.4)]), teams + np.arange(teams), np.arange(teams)
    )
    conflict, once = rng.choice([0.0, rng.uniform(0, 0.3)]), rng.choice([0.0, rng.uniform(0, 0.25)])
    per_app_conflict = rng.beta(1.0, 2.0)

    name, app, team, label, environment, product_of = [], [], [], [], [], []
    product, apps = 0, 0
    while len(name) < wanted:
        maker = int(rng.choice(teams, p=weight / weight.sum()))
        front = ([programme_word[programme_of[maker]]] if rng.random() < says_programme else []) + (
            [team_word[maker]] if rng.random() < says_team else []
        )
        stem = [word() for _ in range(1 + int(rng.random() < 0.5) + int(rng.random() < 0.15))]
        for number in range(int(rng.geometric(1.0 / mean_parts))):
            owner = int(rng.integers(0, teams)) if rng.random() < moved else maker
            part = (
                []
                if number == 0 and rng.random() < 0.6
                else [str(rng.choice(_PARTS)) if rng.random() < 0.7 else word()]
            )
            lead = front if rng.random() > strayed else []
            spelled = int(second_spelling[owner]) if rng.random() < 0.3 else owner
            unsettled = rng.random() < conflict
            for which in rng.permutation(len(_ENVIRONMENTS))[: min(7, int(rng.geometric(1.0 / mean_environments)))]:
                written = spelled
                if unsettled and rng.random() < per_app_conflict:
                    written = int(rng.choice([int(second_spelling[owner]), owner, int(rng.integers(0, teams)), maker]))
                elif rng.random() < once:
                    written = 3 * teams + len(name)  # a label nobody else wrote
                name.append("-".join([*lead, *stem, *part, _ENVIRONMENTS[which]]))
                app.append(apps)
                team.append(owner)
                label.append(written)
                environment.append(int(which))
                product_of.append(product)
            apps += 1
        product += 1
    n = min(len(name), wanted)
    app, team, label, environment, product_of = (
        np.array(v[:n], dtype=np.int64) for v in (app, team, label, environment, product_of)
    )
    owner = np.where(rng.random(n) < rng.choice([0.0, rng.uniform(0, 0.15)]), -1, label)
    if rng.random() < 0.08:
        owner = rng.permutation(owner)
    links = _links(rng, name[:n], team, unit_of[programme_of[team]], product_of, app, environment)
    if rng.random() < 0.05 and links:  # one relation decides, the rest is noise
        owner = _decided(rng, owner, links)
    node, group, kind = _number(links)
    support, written = _shown(rng, owner, app, team)
    if support.sum() < 3 or len(np.unique(written[support])) < 2 or (~support).sum() < 5:
        return None
    return pack(_numbers(rng, n, team), node, group, kind, owner, support, written)


def _links(rng, name, team, unit, product, app, environment) -> list[tuple[int, str, str]]:
    """(node, kind, group): names, unit, resource types, people, and what else an organisation may have."""
    n, out = len(name), []
    own_tokeniser, all_prefixes, drop = rng.random() < 0.5, rng.random() < 0.7, rng.random() < 0.4
    for i, text in enumerate(name):
        parts = list(words(text)) if own_tokeniser else text.split("-")[:-1]
        out += [(i, "name_token", part) for part in set(parts)]
        if all_prefixes:
            out += [(i, "name_prefix", "-".join(parts[:k])) for k in range(1, len(parts) + 1)]
        elif len(parts) > 1:
            out.append((i, "name_prefix", "-".join(parts[:2])))
        if not all_prefixes and len(parts) > 2:
            out.append((i, "name_stem", "-".join(parts)))
    typed = rng.choice([0.0, 0.05, 0.2])
    holder = "account" if rng.random() < 0.7 else str(rng.choice(["cost_category", "account_tag", "other_tag"]))
    out += [(i, holder, f"u{rng.integers(0, 1 + unit.max()) if rng.random() < typed else unit[i]}") for i in range(n)]
    if rng.random() < 0.85:
        kinds = int(rng.integers(6, 45))
        taste = rng.dirichlet(np.full(kinds, 0.3), int(product.max()) + 1)
        common = rng.dirichlet(np.full(kinds, 0.5))
        blend = rng.uniform(0.1, 0.8)
        for i in range(n):
            some = rng.choice(kinds, int(rng.integers(0, 8)), p=blend * taste[product[i]] + (1 - blend) * common)
            out += [(i, "resource_type", f"t{k}") for k in set(some.tolist())]
    if rng.random() < 0.65:
        out += _people(
            rng, team, product, app, str(rng.choice(["actor", "actor", "actor", "iam_principal", "creator"]))
        )
    if rng.random() < 0.3:
        out += [(i, "environment", f"e{environment[i]}") for i in range(n)]
    if rng.random() < 0.15:
        out += [(i, "repository", f"r{product[i] if rng.random() < 0.8 else app[i] + 10_000}") for i in range(n)]
    if drop:
        names = sorted({kind for _, kind, _ in out})
        lost = {kind for kind in names if rng.random() < 0.3}
        out = [link for link in out if link[1] not in lost]
    return out


def _people(rng, team, product, app, kind: str) -> list[tuple[int, str, str]]:
    """Who wrote to what: people of the team, some of them on one product, movers, and platform people who touch
    everyone's.
    """
    size = int(rng.integers(1, 9))
    platform, sweep, leave = int(rng.integers(0, 25)), rng.uniform(0.0, 0.7), rng.uniform(0.0, 0.3)
    focus, silent = rng.uniform(0, 1), rng.uniform(0.0, 0.5)
    new_team = np.where(
        rng.random(int(team.max()) * size + size) < leave,
        rng.integers(0, int(team.max()) + 1, int(team.max()) * size + size),
        -1,
    )
    helpers: dict[int, list[int]] = {}
    for person, to in enumerate(new_team):
        if to >= 0:
            helpers.setdefault(int(to), []).append(person)
    out = []
    for i in range(len(team)):
        if rng.random() < silent:
            continue
        for _ in range(int(rng.geometric(0.4))):
            roll = rng.random()
            if platform and roll < sweep:
                out.append((i, kind, f"p{min(int(rng.geometric(0.2)), platform)}"))
            elif roll > 0.9 and helpers.get(int(team[i])):
                out.append((i, kind, f"h{rng.choice(helpers[int(team[i])])}"))
            else:
                number = (
                    (int(product[i]) * 3 + int(rng.integers(0, 2))) % size
                    if rng.random() < focus
                    else int(rng.integers(0, size))
                )
                out.append((i, kind, f"h{team[i] * size + number}"))
    return out


def _decided(rng, owner: np.ndarray, links: list[tuple[int, str, str]]) -> np.ndarray:
    kind = str(rng.choice(sorted({link[1] for link in links})))
    value = np.array([""] * len(owner), dtype=object)
    for node, name, group in links:
        if name == kind:
            value[node] = group
    _, number = np.unique(value.astype(str), return_inverse=True)
    team = rng.choice(owner, int(number.max()) + 1)
    return np.where(value == "", rng.permutation(owner), team[number])


def _number(links: list[tuple[int, str, str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    groups: dict[tuple[str, str], int] = {}
    pairs = sorted({(node, groups.setdefault((kind, value), len(groups))) for node, kind, value in links})
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1], np.array([KIND_ID[kind] for kind, _ in groups], dtype=np.int64)


def _shown(rng, owner: np.ndarray, app: np.ndarray, team: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Half the time whole apps are shown or hidden together; diligence differs by team; few labels in many episodes."""
    n = len(owner)
    share = float(np.exp(rng.uniform(np.log(0.04), np.log(0.7)))) if rng.random() < 0.5 else rng.uniform(0.3, 0.7)
    diligence = rng.normal(size=int(team.max()) + 1)[team] * rng.choice([0.0, 0.0, 1.0, 3.0])
    noise = rng.gumbel(size=int(app.max()) + 1)[app] if rng.random() < 0.45 else rng.gumbel(size=n)
    score = np.where(owner >= 0, diligence + noise, -np.inf)
    if rng.random() < 0.3:
        silent = rng.random(int(team.max()) + 1) < rng.uniform(0.1, 0.6)
        score = np.where(silent[team], -np.inf, score)
    support = np.zeros(n, dtype=bool)
    support[np.argsort(-score, kind="stable")[: max(3, int(share * n))]] = True
    support &= np.isfinite(score)
    written = owner.copy()
    if rng.random() < 0.25 and support.any():
        written = np.where(support & (rng.random(n) < rng.uniform(0.0, 0.3)), rng.choice(owner[support], n), written)
    return support, written


def _numbers(rng, n: int, team: np.ndarray) -> np.ndarray:
    x = np.zeros((n, X_WIDTH), dtype=np.float32)
    roll = rng.random()
    if roll < 0.6:
        x[:, X_WIDTH - 2] = 1.0  # the block is there and says nothing
    if roll < 0.2:
        some = rng.permutation(X_WIDTH - 2)[: rng.integers(2, 12)]
        x[:, some] = rng.normal(size=(n, len(some))) + rng.normal(size=(int(team.max()) + 1, len(some)))[
            team
        ] * rng.uniform(0.0, 0.6)
    return x
