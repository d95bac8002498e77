"""A membership list that can be summed quickly both ways, resource → group and group → resource."""

from __future__ import annotations

import numpy as np
import pandas as pd

from costdna.relations.kinds import KIND_ID


class Memberships:
    """Which resource is in which group: K distinct pairs.

    ``node`` i64[K] and ``group`` i64[K] over ``nodes`` resources and ``groups`` groups; ``kind`` i64[groups].
    """

    def __init__(self, node: np.ndarray, group: np.ndarray, kind: np.ndarray, nodes: int) -> None:
        self.node = node.astype(np.int64)
        self.group = group.astype(np.int64)
        self.kind = kind.astype(np.int64)
        self.nodes, self.groups = int(nodes), len(kind)
        self.size = np.bincount(self.group, minlength=self.groups).astype(np.float64)
        self._by_group = _Sorter(self.group, self.groups)
        self._by_node = _Sorter(self.node, self.nodes)

    def to_groups(self, value: np.ndarray) -> np.ndarray:
        """Sum of members' rows: [nodes, C] → [groups, C]."""
        return self._by_group.total(value, self.node)

    def to_nodes(self, value: np.ndarray) -> np.ndarray:
        """Sum of a resource's groups' rows: [groups, C] → [nodes, C]."""
        return self._by_node.total(value, self.group)

    def only(self, keep: np.ndarray) -> Memberships:
        """The same list without the memberships where ``keep`` bool[groups] is False; groups keep their numbers."""
        mask = keep[self.group]
        return Memberships(self.node[mask], self.group[mask], self.kind, self.nodes)


def membership_list(relations: pd.DataFrame, nodes: np.ndarray) -> tuple[Memberships, list[str]]:
    """RELATIONS over ``nodes`` i64[N] (x_OwnableId in node order) as numbers, and the groups' texts.

    Distinct (resource, kind, group), groups numbered by (kind id, text). Kinds the registry lacks are left out.
    """
    position = pd.Series(np.arange(len(nodes), dtype=np.int64), index=nodes)
    node = position.reindex(relations["x_OwnableId"].to_numpy(dtype=np.int64)).to_numpy(dtype=np.float64)
    kind = relations["x_Kind"].astype(str).map(KIND_ID).to_numpy(dtype=np.float64)
    keep = np.isfinite(node) & np.isfinite(kind)
    frame = pd.DataFrame(
        {
            "node": node[keep].astype(np.int64),
            "kind": kind[keep].astype(np.int64),
            "group": relations["x_Group"].astype(str).to_numpy()[keep],
        }
    ).drop_duplicates()
    names = (
        frame[["kind", "group"]].drop_duplicates().sort_values(["kind", "group"], kind="stable").reset_index(drop=True)
    )
    of_name = (
        pd.Series(np.arange(len(names), dtype=np.int64), index=pd.MultiIndex.from_frame(names))
        if len(names)
        else pd.Series(dtype=np.int64)
    )
    group = (
        of_name.reindex(pd.MultiIndex.from_frame(frame[["kind", "group"]])).to_numpy(dtype=np.int64)
        if len(frame)
        else np.zeros(0, np.int64)
    )
    at = frame["node"].to_numpy(dtype=np.int64)
    order = np.lexsort((group, at))
    return Memberships(at[order], group[order], names["kind"].to_numpy(dtype=np.int64), len(nodes)), names[
        "group"
    ].tolist()


_CELLS = 400_000


class _Sorter:
    def __init__(self, index: np.ndarray, count: int) -> None:
        self.order = np.argsort(index, kind="stable")
        self.where, self.start = np.unique(index[self.order], return_index=True)
        self.count = count

    def total(self, value: np.ndarray, source: np.ndarray) -> np.ndarray:
        """Sum of ``value[source]`` by index.

        A slice of columns at a time: what is gathered stays in the processor's cache.
        """
        out = np.zeros((self.count, value.shape[1]), dtype=np.float64)
        if len(self.where):
            taken = source[self.order]
            step = max(1, _CELLS // max(len(taken), 1))
            for start in range(0, value.shape[1], step):
                out[self.where, start : start + step] = np.add.reduceat(
                    np.ascontiguousarray(value[:, start : start + step])[taken], self.start, axis=0
                )
        return out
