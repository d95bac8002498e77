"""Training (needs torch): it learns, and a killed run goes on where its checkpoint was."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch", reason="torch is not installed (extra `train`)")

from costdna_companion.train.loop import CHECKPOINT, Recipe, train  # noqa: E402
from costdna_companion.train.prior import load_prior  # noqa: E402

MODELS = Path(__file__).parents[3] / "models"


def test_a_second_run_continues_the_first(tmp_path):
    said = []
    prior = load_prior(MODELS)
    path = train(prior, tmp_path, Recipe(minutes=0.1, checkpoint_minutes=10), said.append)
    first = torch.load(path, weights_only=True)
    assert path == tmp_path / CHECKPOINT and first["episodes"] > 0 and len(first["history"]) == 1
    train(prior, tmp_path, Recipe(minutes=first["seconds"] / 60 + 0.1, checkpoint_minutes=10), said.append)
    second = torch.load(path, weights_only=True)
    assert second["episodes"] > first["episodes"] and second["seconds"] > first["seconds"] and len(second["history"]) == 2
    assert any("continuing" in line for line in said)
    moved = [name for name in first["model"] if not torch.equal(first["model"][name], second["model"][name])]
    assert len(moved) > 20
