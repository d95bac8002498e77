"""Team names worth offering: known teams nearby, and where none is known, the words a cluster's own names agree on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from costdna import names
from costdna.baselines import Memberships
from costdna.relations.kinds import KINDS

_SPEAKING = {
    "name_prefix": 3.0,
    "stack": 2.0,
    "other_tag": 2.0,
    "cost_category": 3.0,
    "account_tag": 2.0,
    "name_token": 1.5,
    "role": 1.5,
    "repository": 2.0,
    "cluster": 1.0,
    "name_stem": 0.5,
    "account": 0.5,
}
_BARE = {"api", "app", "apps", "svc", "service", "web", "db", "data", "job", "jobs", "worker", "workers", "cache", "queue", "bucket", "logs", "log", "lambda", "function", "role", "stack",
         "cluster", "server", "node", "nodes", "instance", "volume", "backup", "backups", "system", "cdk", "helm", "nodegroup", "table", "stream", "events", "shared", "account", "vpc", "subnet", "eks", "ecs", "rds", "vol", "snap", "nat", "network", "prod", "restapis", "stages", "set", "stackset", "flow", "export", "training"}  # fmt: skip
MOST = 3


def from_words(members: Memberships, group_names: list[str], rows: np.ndarray, account_name: str = "") -> list[str]:
    """Up to three names that most of ``rows`` i64[n] (one cluster) agree on and few others have.

    Words of prefixes, stacks, tags, roles.

    Words of what a thing is ("bucket", "worker") are no team. Sorted by agreement × rarity, then text.
    """
    inside = np.zeros(members.nodes, dtype=bool)
    inside[rows] = True
    use = inside[members.node]
    count = np.bincount(members.group[use], minlength=members.groups)
    score: dict[str, float] = {}
    for group in np.flatnonzero(count).tolist():
        kind = KINDS[int(members.kind[group])].name
        if kind not in _SPEAKING:
            continue
        agree = count[group] / len(rows)
        rare = np.log((1.0 + members.nodes) / (1.0 + members.size[group])) / np.log(1.0 + members.nodes)
        text = (
            group_names[group].rpartition("=")[2]
            if kind in ("other_tag", "cost_category", "account_tag")
            else group_names[group]
        )
        for word in names.words(text)[:2]:
            if len(word) > 2 and word not in _BARE:
                score[word] = max(score.get(word, 0.0), _SPEAKING[kind] * agree * (0.2 + rare))
    for word in names.words(account_name):
        if word not in _BARE:
            score[word] = max(score.get(word, 0.0), 0.3)
    return sorted(score, key=lambda word: (-round(score[word], 9), word))[:MOST]


def nearby(likeness: np.ndarray, teams: np.ndarray) -> list[str]:
    """Up to three known teams by summed likeness of their resources.

    ``likeness`` f64[m] above chance, ``teams`` text[m].
    """
    if not len(likeness):
        return []
    total = pd.Series(np.round(likeness, 9)).groupby(np.asarray(teams, dtype=object), sort=True).sum()
    total = total[total > 0]
    return [str(team) for team in total.sort_values(ascending=False, kind="stable").index[:MOST]]
