"""Whose name a thing carries: words of a team's own name among the words of a resource's names, stacks and tags.

"laa-payments-team" and a resource in stack "payments-prod" need no labelled sibling to look related. What the words are
worth in an account is learned there (:mod:`.pool`); this only measures how many of them are met, rare ones counting
more.
"""

from __future__ import annotations

import re

import numpy as np

from costdna.baselines import Memberships
from costdna.relations.kinds import KIND_ID

_SPEAKING = np.array(
    [
        KIND_ID[name]
        for name in """
            name_token name_prefix name_stem stack cluster other_tag repository role account_tag cost_category
        """.split()
    ],
    dtype=np.int64,
)
LIKE = 0.6
"""Two words are alike from this share of common beginning on ("payment", "payments")."""
_CHUNK = 4_000_000


def words(text: str) -> list[str]:
    """Lower-case words of two letters and more, camelCase cut.

    >>> words("LAA-paymentsTeam 7")
    ['laa', 'payments', 'team']
    """
    return [
        word for word in re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text).lower()) if len(word) > 1
    ]


class Affinity:
    """Word overlap of resources with teams, for ``teams`` (C names) over ``members`` with the groups' texts."""

    def __init__(self, members: Memberships, group_names: list[str], teams: list[str]) -> None:
        self.nodes, self.teams = members.nodes, len(teams)
        said = [list(dict.fromkeys(words(name))) for name in teams]
        mine = sorted({word for name in said for word in name})
        place = {word: index for index, word in enumerate(mine)}
        node, word, vocabulary = _pairs(members, group_names)
        speaks, self._likeness = _alike(mine, vocabulary)
        number = np.full(max(len(vocabulary), 1), -1, dtype=np.int64)
        number[speaks] = np.arange(len(speaks), dtype=np.int64)
        use = number[word] >= 0 if len(word) else np.zeros(0, dtype=bool)
        self.node, self.word = node[use], number[word[use]] if len(word) else word
        met = np.bincount(self.word, minlength=len(speaks)).astype(np.float64)
        rarity = np.log((1.0 + self.nodes) / (1.0 + met)) / np.log(1.0 + max(self.nodes, 1))
        of_word = np.array(
            [
                (self._likeness[i] * rarity).max() if len(speaks) and self._likeness[i].any() else 0.5
                for i in range(len(mine))
            ]
        )
        shared = np.array([sum(word in name for name in said) for word in mine], dtype=np.float64)
        weight = np.maximum(np.log((1.0 + len(teams)) / (1.0 + shared)), 0.02) * np.maximum(of_word, 0.05)
        self._of_team = np.zeros((len(mine), len(teams)))
        for column, name in enumerate(said):
            at = [place[word] for word in name]
            if at:
                self._of_team[at, column] = weight[at] / weight[at].sum()
        self._first = np.searchsorted(self.node, np.arange(self.nodes + 1, dtype=np.int64))

    def rows(self, rows: np.ndarray) -> np.ndarray:
        """f64[n,C] in 0..1: the share of a team's words, by rarity, met among each of ``rows``' words."""
        out = np.zeros((len(rows), self.teams))
        if not len(self.node) or not self.teams or not len(rows):
            return out
        count = self._first[rows + 1] - self._first[rows]
        has = np.flatnonzero(count > 0)
        step = max(1, int(_CHUNK // max(len(self._likeness) * max(float(count.mean()), 1.0), 1.0)))
        for start in range(0, len(has), step):
            part = has[start : start + step]
            size = count[part]
            begin = np.cumsum(size) - size
            at = np.repeat(self._first[rows[part]] - begin, size.astype(np.intp)) + np.arange(
                int(size.sum()), dtype=np.int64
            )
            best = np.maximum.reduceat(self._likeness[:, self.word[at]], begin.astype(np.intp), axis=1)
            out[part] = best.T @ self._of_team
        return np.round(out, 9)


def _pairs(members: Memberships, group_names: list[str]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Distinct (node, word) i64 pairs sorted by node, and the words."""
    vocabulary: dict[str, int] = {}
    group, word = [], []
    for number in np.flatnonzero(np.isin(members.kind, _SPEAKING)).tolist():
        for text in dict.fromkeys(words(group_names[number])):
            group.append(number)
            word.append(vocabulary.setdefault(text, len(vocabulary)))
    if not group:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), []
    of_group, of_word = np.array(group, dtype=np.int64), np.array(word, dtype=np.int64)
    first = np.searchsorted(of_group, np.arange(members.groups + 1, dtype=np.int64))
    size = (first[1:] - first[:-1])[members.group]
    begin = np.cumsum(size) - size
    at = np.repeat(first[members.group] - begin, size.astype(np.intp)) + np.arange(int(size.sum()), dtype=np.int64)
    pair = np.unique(np.repeat(members.node, size.astype(np.intp)) * len(vocabulary) + of_word[at])
    return pair // len(vocabulary), pair % len(vocabulary), list(vocabulary)


def _alike(mine: list[str], others: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Which of ``others`` are like any of ``mine``, and how much.

    i64[k] ascending; f64[mine, k]: 1 for the same word, the share of common beginning from :data:`LIKE` on, else 0.

    Most words are like no team's: a bill with a unique id on every resource has hundreds of thousands of them.
    """
    begins: dict[str, list[int]] = {}
    for column, word in enumerate(others):
        begins.setdefault(word[:4], []).append(column)
    found: list[tuple[int, int, float]] = []
    for row, word in enumerate(mine):
        for column in begins.get(word[:4], ()):
            other = others[column]
            common = next((i for i, (a, b) in enumerate(zip(word, other)) if a != b), min(len(word), len(other)))
            share = 2.0 * common / (len(word) + len(other))
            if share >= LIKE:
                found.append((row, column, share))
    speaks = np.unique(np.array([column for _, column, _ in found], dtype=np.int64))
    out = np.zeros((len(mine), len(speaks)))
    if found:
        out[[row for row, _, _ in found], np.searchsorted(speaks, [column for _, column, _ in found])] = [
            share for _, _, share in found
        ]
    return speaks, out
