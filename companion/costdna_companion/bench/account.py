"""An account with known truth, as product and rivals both see it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import scipy.sparse as sp

from costdna.relations.kinds import KIND_ID

DESCRIBES = ("service", "usage_type", "operation", "resource_type", "region", "environment", "commitment")
"""Kinds that say what a thing is, not whose: labels are not spread along them."""
SIBLING = ("stack", "cluster", "name_prefix", "creator", "iam_principal", "attachment")
"""A resource that shares one of these with a known owner has a sibling among the known."""


@dataclass(frozen=True)
class Account:
    """The product's tables of one account, with what is true.

    Row i of ``ownables`` is node i; ``truth`` object[N] (team, "" for none), ``unit`` object[N] (app).

    ``x`` f32[N,43] overrides what the product would compute from the tables (accounts that have no tables of charges).
    ``spread_all``: labels spread along every kind of group, as in the real data set's own baselines.
    """

    ownables: pd.DataFrame
    relations: pd.DataFrame
    charges: pd.DataFrame
    rhythm: pd.DataFrame
    truth: np.ndarray
    unit: np.ndarray
    x: np.ndarray | None = None
    spread_all: bool = False

    @property
    def money(self) -> np.ndarray:
        """Billed cost, f64[N], for weighing."""
        return np.abs(self.ownables["BilledCost"].to_numpy().astype(np.float64))

    def without(
        self, *, kinds: tuple[str, ...] = (), numerics: bool = False, keep: float = 1.0, seed: int = 0
    ) -> Account:
        """The account with relation ``kinds`` dropped, numbers blanked, or only a random ``keep`` of its memberships."""
        links = self.relations.loc[~self.relations["x_Kind"].isin(kinds)]
        if keep < 1.0:
            links = links.loc[np.random.default_rng([seed, 1502]).random(len(links)) < keep]
        x = np.zeros((len(self.truth), self.table.x.shape[1]), dtype=np.float32) if numerics else self.x
        return Account(
            self.ownables,
            links.reset_index(drop=True),
            self.charges,
            self.rhythm,
            self.truth,
            self.unit,
            x,
            self.spread_all,
        )

    def known(self, shown: np.ndarray, label: np.ndarray | None = None) -> pd.DataFrame:
        """The product's table of known owners: nodes ``shown`` i64, by tag, under ``label`` (the truth when not given)."""
        label = self.truth[shown] if label is None else label
        return pd.DataFrame(
            {
                "x_OwnableId": self.ownables["x_OwnableId"].to_numpy(dtype=np.int64)[shown],
                "x_Team": label,
                "x_Basis": "tag",
            }
        )

    @cached_property
    def table(self) -> Table:
        """What rivals learn from, built once."""
        return Table(self)

    def without_sibling(self, shown: np.ndarray) -> np.ndarray:
        """bool[N]: shares no stack, cluster, name prefix, principal or attachment with any known owner."""
        node = pd.Series(np.arange(len(self.truth)), index=self.ownables["x_OwnableId"].to_numpy())
        close = self.relations.loc[self.relations["x_Kind"].isin(SIBLING), ["x_OwnableId", "x_Kind", "x_Group"]]
        at = node.reindex(close["x_OwnableId"].to_numpy()).to_numpy().astype(np.int64)
        group = close.groupby(["x_Kind", "x_Group"], sort=False).ngroup().to_numpy()
        lit = np.isin(group, np.unique(group[np.isin(at, shown)]))
        free = np.ones(len(self.truth), dtype=bool)
        free[at[lit]] = False
        return free


class Table:
    """One account as the rivals read it.

    Groups of two or more as a sparse matrix ``members`` [N,G]; ``text``: the same weighted by rarity and scaled to unit
    rows; ``x``: numbers.

    Weights as in the real data set's own baselines: log(N / size), rows to length 1; ``pull`` [G] = rarity / size
    spreads labels.
    """

    def __init__(self, account: Account) -> None:
        self.n = len(account.truth)
        place = pd.Series(np.arange(self.n), index=account.ownables["x_OwnableId"].to_numpy())
        links = account.relations[["x_OwnableId", "x_Kind", "x_Group"]].drop_duplicates()
        row = place.reindex(links["x_OwnableId"].to_numpy()).to_numpy().astype(np.int64)
        column, keys = pd.factorize(
            (links["x_Kind"].astype(str) + "\x1f" + links["x_Group"].astype(str)).to_numpy(dtype=object), sort=True
        )
        kind = np.array([KIND_ID.get(key.split("\x1f", 1)[0], 0) for key in keys], dtype=np.int64)
        everything = sp.csr_matrix((np.ones(len(row)), (row, column)), shape=(self.n, len(keys)))
        size = np.asarray(everything.sum(0)).ravel()
        wide = size > 1
        self.members, self.kind, self.size = everything[:, wide].tocsr(), kind[wide], size[wide]
        rarity = np.log(self.n / self.size)
        spreads = (
            np.ones(len(self.size), dtype=bool)
            if account.spread_all
            else ~np.isin(self.kind, [KIND_ID[name] for name in DESCRIBES])
        )
        self.pull = np.where(spreads, np.maximum(rarity, 1e-6) / self.size, 0.0)
        weighted = self.members @ sp.diags(rarity)
        length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(1)).ravel())
        self.text = (sp.diags(1.0 / np.maximum(length, 1e-9)) @ weighted).tocsr()
        self.x = self._numbers(account)

    def _numbers(self, account: Account) -> np.ndarray:
        if account.x is not None:
            return np.asarray(account.x, dtype=np.float64)
        if account.charges.empty and account.rhythm.empty:
            return np.zeros((self.n, 43))
        from costdna.features import design

        return design(account.ownables, account.charges, account.rhythm).astype(np.float64)

    @cached_property
    def both(self) -> sp.csr_matrix:
        """``text`` beside the numbers that vary, scaled so that together they weigh half as much as the groups."""
        varies = self.x.std(0) > 1e-9
        if not varies.any():
            return self.text
        return sp.hstack([self.text, sp.csr_matrix(self.x[:, varies] * (0.5 / np.sqrt(varies.sum())))]).tocsr()

    @cached_property
    def dense(self) -> np.ndarray:
        """For methods that want few dense columns: 32 principal directions of ``text`` (seeded), beside the numbers."""
        from sklearn.decomposition import TruncatedSVD

        width = min(32, min(self.text.shape) - 1)
        parts = [TruncatedSVD(width, random_state=0).fit_transform(self.text)] if width >= 1 else []
        varies = self.x.std(0) > 1e-9
        return np.concatenate([*parts, self.x[:, varies]], axis=1) if parts or varies.any() else np.zeros((self.n, 1))

    @cached_property
    def degree(self) -> np.ndarray:
        """Total pull on each node, f64[N]."""
        return np.asarray(self.members @ (self.pull * self.size)).ravel() + 1e-9

    def neighbours(self, value: np.ndarray) -> np.ndarray:
        """Weighted mean of ``value`` [N,C] over the nodes one shares groups with."""
        return (
            np.asarray(self.members @ (self.pull[:, None] * np.asarray(self.members.T @ value))) / self.degree[:, None]
        )
