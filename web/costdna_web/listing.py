"""The list of resources: filter, sort and page over the report's frame, so that only one page of rows ever leaves
Python.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from costdna.export.certainty import LABEL
from costdna.ledger import METRICS
from costdna.once import once

from .state import Query

PAGE = 50


@dataclass(frozen=True)
class Listing:
    """One page. rows: positions in the report's resources, in order; found: how many match; cost: their sum in units."""

    rows: np.ndarray
    found: int
    cost: int
    page: int
    pages: int


def parts_of(resources: pd.DataFrame) -> np.ndarray:
    """proved, inferred, shared, aside or unknown per resource. Shape (n,) object."""
    return once(resources, "parts", _parts)


def _parts(resources: pd.DataFrame) -> np.ndarray:
    verdict = resources["x_Verdict"].to_numpy(dtype=object)
    owned = np.where((resources["x_Basis"] == "inferred").to_numpy(), "inferred", "proved")
    other = (
        pd.Series(verdict)
        .map({"shared": "shared", "vendor": "aside", "ownerless": "aside"})
        .fillna("unknown")
        .to_numpy(dtype=object)
    )
    return np.where(verdict == "owned", owned, other)


def word(verdict: str, part: str) -> str:
    """What a resource without a team is called."""
    return {"unallocatable": "no resource", "vendor": "a vendor's", "ownerless": "nobody's"}.get(verdict, LABEL[part])


def listing(resources: pd.DataFrame, query: Query, metric: str) -> Listing:
    """The page a query asks for."""
    keep = np.ones(len(resources), dtype=bool)
    if query.team:
        keep &= (resources["x_Team"] == query.team).to_numpy()
    if query.part:
        keep &= (parts_of(resources) == query.part) | (resources["x_Verdict"] == query.part).to_numpy()
    for word in query.text.casefold().split():
        hit = np.zeros(len(resources), dtype=bool)
        for name in (
            "ResourceId",
            "ResourceName",
            "ServiceName",
            "ResourceType",
            "SubAccountId",
            "RegionId",
            "x_Team",
            "Tags",
        ):
            texts = resources[name].astype(str)
            seen = {t: word in t.casefold() for t in pd.unique(texts)}
            hit |= texts.map(seen).to_numpy(dtype=bool)
        keep &= hit
    cost = resources[METRICS[metric]].to_numpy()[keep]
    total = sum(int(c) for c in cost) if cost.dtype == object else int(cost.sum(dtype="int64"))
    # The order of all is worked out once; what is kept of it stands in the same order.
    order = once(
        resources, ("order", query.sort, query.down, metric), lambda r: _order(r, r[METRICS[metric]].to_numpy(), query)
    )
    rows = order[keep[order]]
    pages = max(1, -(-len(rows) // PAGE))
    page = min(query.page, pages - 1)
    return Listing(rows[page * PAGE : (page + 1) * PAGE], len(rows), total, page, pages)


def _order(rows: pd.DataFrame, cost: np.ndarray, query: Query) -> np.ndarray:
    """Positions in the order that is asked for; ties by cost, then as in the bill."""
    money = -cost.astype("float64")
    if query.sort == "cost":
        return np.argsort(money if query.down else -money, kind="stable").astype("int64")
    if query.sort == "sure":
        known = rows["x_Probability"].to_numpy(dtype="float64")
        key = np.where(_parts(rows) == "proved", 1.0, np.nan_to_num(known, nan=-1.0))
    else:
        name = {"resource": "ResourceName", "service": "ServiceName", "owner": "x_Team"}.get(query.sort, "ResourceName")
        _, key = (
            np.unique(rows[name].astype(str).to_numpy(dtype=str), return_inverse=True)
            if len(rows)
            else (None, np.array([]))
        )
        key = np.asarray(key).astype("int64")
    return np.lexsort((np.arange(len(rows), dtype="int64"), money, -key if query.down else key))
