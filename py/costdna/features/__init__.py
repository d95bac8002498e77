"""The numbers the model sees of each resource: a bill block (24), a behaviour block (17) and a presence flag for each.

Every column is replaced by its rank within the account, mapped to a normal curve ("rank-gauss"): the model never sees
an amount, only an order. Ranks are taken from values rounded to 1e-9, so the page and the command line agree to the
last place that matters. An absent block is 0 with flag 0.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from .behaviour import BEHAVIOUR_FEATURES, behaviour_block
from .bill import BILL_FEATURES, USAGE_CLASSES, bill_block
from .rank import rank_gauss

__all__ = [
    "BEHAVIOUR_FEATURES",
    "BILL_FEATURES",
    "USAGE_CLASSES",
    "X_WIDTH",
    "behaviour_block",
    "bill_block",
    "design",
    "features_hash",
    "rank_gauss",
    "without_numerics",
]

X_WIDTH = len(BILL_FEATURES) + len(BEHAVIOUR_FEATURES) + 2


def features_hash() -> str:
    """sha256 over the ordered names of both blocks: what a model card pins."""
    return hashlib.sha256("\n".join(BILL_FEATURES + BEHAVIOUR_FEATURES).encode()).hexdigest()


def design(
    ownables: pd.DataFrame, charges: pd.DataFrame, rhythm: pd.DataFrame, events: pd.DataFrame | None = None
) -> np.ndarray:
    """The model's ``x``, f32[N,43].

    Rank-gauss bill block, behaviour block (0 without ``events``), a flag 0 or 1 for each block.
    """
    x = np.zeros((len(ownables), X_WIDTH), dtype=np.float32)
    if len(ownables):
        bill = len(BILL_FEATURES)
        x[:, :bill] = rank_gauss(bill_block(ownables, charges, rhythm))
        x[:, X_WIDTH - 2] = 1.0
        if events is not None and len(events):
            x[:, bill : bill + len(BEHAVIOUR_FEATURES)] = rank_gauss(behaviour_block(ownables, charges, rhythm, events))
            x[:, X_WIDTH - 1] = 1.0
    return x


def without_numerics(x: np.ndarray) -> np.ndarray:
    """``x`` with both blocks and their flags absent: what the model sees when behaviour is not to be trusted."""
    return np.zeros_like(x)
