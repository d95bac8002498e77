"""The groups of a bill that a person can answer for as a whole, and how likely one owner has all of a group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna import names
from costdna.relations.kinds import reason

from .proposals import _BARE

WORD = "word"
"""Kind of a group by a word in whatever the bill calls its things: names, stacks, scaling groups, roles. Not a kind the
model knows.
"""
_WORDED = ("name_token", "name_prefix", "stack", "cluster", "role", "repository")
_ACTS = {"consumer", "scheduler", "cron", "ingest", "export", "exports", "sync", "handler", "proxy", "indexer", "resize", "notify", "fetch", "enrich", "validate", "publish", "cleanup", "rotate",
         "score", "index", "import", "archive", "asg", "build", "deploy", "runner", "master", "public", "private", "internal", "external", "test", "lb", "elb", "alb", "nlb", "ebs", "ec2", "managed"}  # fmt: skip
"""What any team's thing may do or be: a word that tells no team from another."""
PURE = {
    "repository": 0.95,
    "stack": 0.95,
    "name_stem": 0.9,
    WORD: 0.9,
    "cluster": 0.8,
    "cost_category": 0.8,
    "other_tag": 0.7,
    "name_prefix": 0.8,
    "account_tag": 0.7,
    "iam_principal": 0.7,
    "creator": 0.7,
    "role": 0.7,
    "account": 0.6,
}
"""How often one owner has a whole group of the kind that is about one thing."""
_FEW, _WIDE = 4.0, 8.0
_MOST = 0.6
"""No question is about more than this share of all resources."""
KNOWN, MIXED = 0.5, 0.05
"""What is left of a group's worth where one owner in it is known already (what follows can be inferred), and where two
are.
"""


@dataclass(frozen=True)
class Groups:
    """Memberships of resources in groups worth asking about.

    ``node``, ``group`` i64[M]; per group its key ("kind:name"), kind, name, ``pure`` f64[G] in 0..1.
    """

    node: np.ndarray
    group: np.ndarray
    kind: np.ndarray
    name: np.ndarray
    pure: np.ndarray

    def key(self, at: int) -> str:
        return f"{self.kind[at]}:{self.name[at]}"

    def members(self, at: int) -> np.ndarray:
        return self.node[self.group == at]


def called(kind: str, name: str) -> str:
    """A group in words.

    >>> called("word", "otter"), called("stack", "web-prod")
    ('called “otter”, by name, stack or role', 'created by stack web-prod')
    """
    return f"called “{name}”, by name, stack or role" if kind == WORD else reason(kind, name)


def telling(word: str) -> bool:
    """Whether a word may tell one team's things from another's.

    >>> telling("otter"), telling("worker"), telling("prod"), telling("42")
    (True, False, False, False)
    """
    return (
        len(word) > 2
        and not word.isdigit()
        and word not in _BARE
        and word not in _ACTS
        and word not in names.ENVIRONMENTS
    )


def by_word(relations: pd.DataFrame) -> pd.DataFrame:
    """x_OwnableId, x_Kind ("word"), x_Group: which resources are called by a telling word, whatever carries it."""
    worded = relations.loc[relations["x_Kind"].isin(_WORDED), ["x_OwnableId", "x_Group"]]
    texts = pd.Series(worded["x_Group"].unique(), dtype=object)
    spoken = (
        pd.DataFrame(
            {"x_Group": texts, "word": [[w for w in names.words(text) if telling(w)] for text in texts]}, dtype=object
        )
        .explode("word")
        .dropna()
    )
    found = worded.merge(spoken, on="x_Group")[["x_OwnableId", "word"]].drop_duplicates()
    return pd.DataFrame(
        {
            "x_OwnableId": found["x_OwnableId"].to_numpy(dtype=np.int64),
            "x_Kind": WORD,
            "x_Group": found["word"].to_numpy(dtype=object),
        }
    )


def groups(relations: pd.DataFrame, nodes: np.ndarray) -> Groups:
    """The groups of two or more of ``nodes`` i64[N] (x_OwnableId) that one answer may settle; node i is ``nodes[i]``.
    Any order of rows gives the same.
    """
    words = by_word(relations)
    rows = pd.concat(
        [relations.loc[relations["x_Kind"].isin(PURE), ["x_OwnableId", "x_Kind", "x_Group"]], words], ignore_index=True
    ).drop_duplicates()
    node = pd.Index(nodes).get_indexer(rows["x_OwnableId"])
    rows = rows.assign(node=node)[node >= 0].sort_values(["x_Kind", "x_Group", "node"], kind="stable")
    at = rows.groupby(["x_Kind", "x_Group"], sort=True).ngroup().to_numpy(dtype=np.int64)
    size = np.bincount(at) if len(at) else np.zeros(0, dtype=np.int64)
    first = np.searchsorted(at, np.arange(len(size)))
    kind, name = rows["x_Kind"].to_numpy(dtype=object)[first], rows["x_Group"].to_numpy(dtype=object)[first]
    bare = np.array(
        [k == "name_prefix" and not any(telling(w) for w in names.words(n)) for k, n in zip(kind, name)], dtype=bool
    )
    good = (size >= 2) & (size <= max(_MOST * len(nodes), 2)) & ~bare
    place = np.where(good, np.cumsum(good) - 1, -1)
    group = place[at] if len(at) else at
    inside = group >= 0
    node, group = rows["node"].to_numpy(dtype=np.int64)[inside], group[inside].astype(np.int64)
    kind, name = kind[good], name[good]
    base = np.array([PURE[k] for k in kind], dtype=np.float64)
    spread = _spread(node, group, len(kind), words, nodes)
    return Groups(node, group, kind, name, np.round(base / (1.0 + (np.maximum(spread - _FEW, 0.0) / _WIDE) ** 2), 9))


def _spread(node: np.ndarray, group: np.ndarray, count: int, words: pd.DataFrame, nodes: np.ndarray) -> np.ndarray:
    """By how many telling words a group's resources are called, the rare ones counting less (e to the entropy), f64[G]:
    many words, many things, many owners.
    """
    code = pd.factorize(words["x_Group"], sort=True)[0].astype(np.int64)
    where = pd.Index(nodes).get_indexer(words["x_OwnableId"])
    pairs = pd.DataFrame({"node": where[where >= 0], "word": code[where >= 0]}).merge(
        pd.DataFrame({"node": node, "group": group}), on="node"
    )
    if pairs.empty:
        return np.ones(count)
    tally = pairs.groupby(["group", "word"], sort=True).size()
    at, n = tally.index.get_level_values(0).to_numpy(dtype=np.int64), tally.to_numpy(dtype=np.float64)
    share = n / np.bincount(at, weights=n, minlength=count)[at]
    return np.exp(np.bincount(at, weights=-share * np.log(share), minlength=count))


def by_groups(
    found: Groups,
    open_rows: np.ndarray,
    stake: np.ndarray,
    team: np.ndarray,
    count: int,
    apart: frozenset[str] = frozenset(),
) -> list[tuple[int, int]]:
    """Greedy: rows to ask about, each promising the most stake that no earlier one does.

    Up to ``count`` of (row, group it speaks for or −1).

    ``open_rows`` i64[n] nodes without a settled owner; ``stake`` f64[n]; ``team`` object[N] the settled owner, None
    where none. ``apart``: keys of groups known not to be one owner's. A group promises the stake of all its open
    resources if one owner has it, else that of the dearest, which stands for it.
    """
    left = np.zeros(len(team))
    left[open_rows] = stake
    open_ = np.zeros(len(team), dtype=bool)
    open_[open_rows] = True
    pure = found.pure * _told(found, team)
    for kind, name in (key.split(":", 1) for key in sorted(apart)):
        pure[(found.kind == kind) & (found.name == name)] = 0.0
    dearest_first = open_rows[np.lexsort((open_rows, -stake))]
    use = open_[found.node]
    node, group = found.node[use], found.group[use]
    out: list[tuple[int, int]] = []
    for _ in range(count):
        whole = np.bincount(group, weights=left[node], minlength=len(pure))
        top = np.zeros(len(pure))
        np.maximum.at(top, group, left[node])
        gain = np.round(pure * whole + (1.0 - pure) * top, 9)
        single = dearest_first[int(left[dearest_first].argmax())] if len(dearest_first) else -1
        best = int(gain.argmax()) if len(gain) else -1
        if best >= 0 and gain[best] > 0 and gain[best] > left[single] and pure[best] > 0.1:
            mine = node[group == best]
            row = int(mine[np.lexsort((mine, -left[mine]))[0]])
            # if it is not one owner's after all, that is known before the next questions are asked for
            left[mine] = 0.0
            out.append((row, best))
        elif single >= 0 and left[single] > 0:
            row = int(single)
            out.append((row, -1))
        else:
            break
        left[row] = 0.0
    return out


def _told(found: Groups, team: np.ndarray) -> np.ndarray:
    """What settled owners inside say of each group: 1 none, :data:`KNOWN` one, :data:`MIXED` several. f64[G]."""
    known = np.array([t is not None for t in team], dtype=bool)
    code = pd.factorize(np.array(["" if t is None else str(t) for t in team], dtype=object), sort=True)[0].astype(
        np.int64
    )
    use = known[found.node]
    pairs = pd.DataFrame({"group": found.group[use], "team": code[found.node[use]]}).drop_duplicates()
    owners = np.bincount(pairs["group"].to_numpy(dtype=np.int64), minlength=len(found.pure))
    return np.where(owners == 0, 1.0, np.where(owners == 1, KNOWN, MIXED))
