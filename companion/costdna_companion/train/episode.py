"""One training example: a simulated account with some owners known and the rest to be found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Episode:
    """An account as the model's doors see it, plus the truth.

    ``x`` f32[N,43]; ``member_node``/``member_group`` i64[K]; ``group_kind`` i64[G]; ``y_support`` f32[N,C] one-hot for
    known rows, zero rows elsewhere; ``target`` i64[N] in 0..C (C = none of these), only meaningful where ``query``.
    """

    x: np.ndarray
    member_node: np.ndarray
    member_group: np.ndarray
    group_kind: np.ndarray
    y_support: np.ndarray
    target: np.ndarray
    query: np.ndarray

    def feeds(self) -> dict[str, np.ndarray]:
        """The five named inputs of the model."""
        return {
            "x": self.x,
            "member_node": self.member_node,
            "member_group": self.member_group,
            "group_kind": self.group_kind,
            "y_support": self.y_support,
        }


def pack(
    x: np.ndarray,
    member_node: np.ndarray,
    member_group: np.ndarray,
    group_kind: np.ndarray,
    owner: np.ndarray,
    support: np.ndarray,
    support_label: np.ndarray,
) -> Episode:
    """Number the labelled teams 0..C-1 and call every other owner "none of these".

    ``owner`` i64[N] true team or -1; ``support`` bool[N]; ``support_label`` i64[N] the team as *written* (it may be
    wrong). Teams without one label get no column: the model is never given an empty class.
    """
    classes = np.unique(support_label[support])
    column = {int(team): index for index, team in enumerate(classes)}
    none = len(classes)
    target = np.array([column.get(int(team), none) for team in owner], dtype=np.int64)
    y = np.zeros((len(owner), max(none, 1)), dtype=np.float32)
    for row in np.flatnonzero(support):
        y[row, column[int(support_label[row])]] = 1.0
    return Episode(
        x.astype(np.float32),
        member_node.astype(np.int64),
        member_group.astype(np.int64),
        group_kind.astype(np.int64),
        y,
        target,
        ~support,
    )
