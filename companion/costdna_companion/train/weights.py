"""The model's weights as torch wants them, beside the ONNX file: what fine-tuning starts from and a new export is made
from.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch

from .arrays import npz
from .network import Attributor

WEIGHTS_FILE = "weights.npz"


def save(model: Attributor, path: Path) -> None:
    """Every parameter under its own name, float32; the same weights give the same bytes."""
    path.write_bytes(
        npz({name: value.detach().cpu().numpy().astype(np.float32) for name, value in model.state_dict().items()})
    )


def sha256(models: Path) -> str:
    """What the card calls the weights by: it stays the same when only the graph around them is written anew."""
    return hashlib.sha256((models / WEIGHTS_FILE).read_bytes()).hexdigest()


def load(path: Path) -> Attributor:
    """The model with the weights in ``path``, ready to run. Raises ``RuntimeError`` where a name or shape is another
    model's.
    """
    with np.load(path, allow_pickle=False) as arrays:
        state = {name: torch.from_numpy(arrays[name].copy()) for name in arrays.files}
    return shaped(state).eval()


def shaped(state: dict[str, torch.Tensor]) -> Attributor:
    """The model of the shape these weights are of, with them in it."""
    model = Attributor(trusts=2 if any(name.startswith("trust.") for name in state) else 0)
    model.load_state_dict(state)
    return model
