"""Rows added up by index: the one scatter of the network, as onnxruntime-web likes it."""

from __future__ import annotations

import torch
from torch import Tensor


def segment_sum(values: Tensor, index: Tensor, count: int) -> Tensor:
    """Rows of ``values`` added up by ``index``: [K, …] → [count, …]."""
    return added(torch.zeros((count,) + values.shape[1:], dtype=values.dtype, device=values.device), index, values)


def added(out: Tensor, index: Tensor, values: Tensor) -> Tensor:
    """``out`` with every row of ``values`` added to its row ``index``."""
    if torch.compiler.is_exporting():  # becomes ScatterND(add), much faster than ScatterElements in onnxruntime-web
        return out.index_put((index,), values, accumulate=True)
    return out.index_add(0, index, values)
