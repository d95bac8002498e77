"""A drawn account made harder: which owners are known is drawn again, and what is written there is wrong more often.

Works on the account as the model sees it, so every training simulator can be made harder in the same ways, by a stage's
``redrawn`` in ``models/prior.json``. Each way befalls its own share of accounts; most keep true labels.
"""

from __future__ import annotations

import numpy as np

from costdna.relations.kinds import KIND_ID

from .episode import Episode, pack

_SIBLING = tuple(
    KIND_ID[name] for name in ("stack", "cluster", "name_prefix", "creator", "iam_principal", "attachment")
)
_ASKED_BY = tuple(
    KIND_ID[name]
    for name in (
        "stack",
        "cluster",
        "name_prefix",
        "name_token",
        "name_stem",
        "creator",
        "account",
        "actor",
        "other_tag",
        "repository",
    )
)


def redraw(episode: Episode, settings: dict, seed: int) -> Episode:
    """The account with its known owners redrawn, deterministic in ``seed``.

    ``settings``: ``few`` (labels of a handful of representatives), ``siblings`` (labels beside some resources taken
    away), ``wrong`` (labels moved to other teams), each with ``share_of_accounts``. A step that would leave nothing to
    learn from is left out.
    """
    rng = np.random.default_rng([seed, 43])
    few, siblings, wrong = (rng.random() < settings[name]["share_of_accounts"] for name in ("few", "siblings", "wrong"))
    if few:
        episode = _few(rng, episode, settings["few"])
    elif siblings:
        episode = _without_siblings(rng, episode, settings["siblings"])
    return _wrong(rng, episode, settings["wrong"]) if wrong else episode


def _written(episode: Episode) -> np.ndarray:
    """i64[N]: the team as written, -1 where none is."""
    return np.where(episode.query, -1, episode.y_support.argmax(1)).astype(np.int64)


def _packed(episode: Episode, written: np.ndarray) -> Episode:
    support = written >= 0
    if support.sum() < 3 or len(np.unique(written[support])) < 2 or (~support).sum() < 5:
        return episode
    owner = np.where(episode.target < episode.y_support.shape[1], episode.target, -1)
    return pack(episode.x, episode.member_node, episode.member_group, episode.group_kind, owner, support, written)


def _one_group(rng: np.random.Generator, episode: Episode, kinds: tuple[int, ...]) -> np.ndarray:
    """i64[N]: for a kind drawn from ``kinds`` one group of it per resource, -1 where it has none."""
    there = [kind for kind in kinds if (episode.group_kind == kind).any()]
    group = np.full(len(episode.x), -1, dtype=np.int64)
    if there:
        of_kind = episode.group_kind[episode.member_group] == int(rng.choice(there))
        group[episode.member_node[of_kind]] = episode.member_group[of_kind]
    return group


def _few(rng: np.random.Generator, episode: Episode, settings: dict) -> Episode:
    """A handful of answers, one per group; half the time an answer holds for all of its group, where that is nearly
    true.
    """
    count = int(np.exp(rng.uniform(*np.log(settings["labels"]))))
    group = _one_group(rng, episode, _ASKED_BY)
    owned = episode.target < episode.y_support.shape[1]
    spread = rng.random() < settings["for_whole_groups"]
    written, asked, answers = np.full(len(owned), -1, dtype=np.int64), set(), 0
    for node in rng.permutation(np.flatnonzero(owned)):
        if answers == count:
            break
        if group[node] >= 0 and group[node] in asked:
            continue
        asked.add(group[node])
        answers += 1
        together = group == group[node]
        right = together & (episode.target == episode.target[node])
        if spread and group[node] >= 0 and right.sum() >= 0.9 * together.sum():
            written[together] = episode.target[node]
        written[node] = episode.target[node]
    return _packed(episode, written)


def _without_siblings(rng: np.random.Generator, episode: Episode, settings: dict) -> Episode:
    """Around resources drawn one by one, every label in a shared stack, cluster, prefix, principal or attachment goes,
    until enough have.
    """
    written = _written(episode)
    n = len(written)
    close = np.isin(episode.group_kind[episode.member_group], _SIBLING)
    node, group = episode.member_node[close], episode.member_group[close]
    size = np.bincount(group, minlength=len(episode.group_kind))
    some = size[group] <= max(2, n // 3)
    node, group = node[some], group[some]
    left = (1.0 - rng.uniform(*settings["labels_gone"])) * (written >= 0).sum()
    for lonely in rng.permutation(n)[: n // 2]:
        if (written >= 0).sum() <= left:
            break
        near = np.append(node[np.isin(group, group[node == lonely])], lonely)
        kept = written.copy()
        kept[near] = -1
        if (kept >= 0).sum() >= 0.5 * left:
            written = kept
    return _packed(episode, written)


def _wrong(rng: np.random.Generator, episode: Episode, settings: dict) -> Episode:
    """Labels moved to another team: single resources, and whole groups to one team; to any team alike or to large ones."""
    written = _written(episode)
    support = written >= 0
    pool = np.unique(written[support]) if rng.random() < 0.5 else written[support]
    flip = support & (rng.random(len(written)) < rng.uniform(*settings["resources"]))
    moved = np.where(flip, rng.choice(pool, len(written)), written)
    group = _one_group(rng, episode, _ASKED_BY)
    of_group = rng.random(len(episode.group_kind) + 1) < rng.uniform(*settings["groups"])
    team = rng.choice(pool, len(episode.group_kind) + 1)
    return _packed(episode, np.where(support & (group >= 0) & of_group[group], team[group], moved))
