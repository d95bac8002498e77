"""The weights beside the model are the model's."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch", reason="torch is not installed (extra `train`)")

from costdna_companion.train import export, weights  # noqa: E402

MODELS = Path(__file__).resolve().parents[3] / "models"


def test_the_shipped_weights_compute_what_the_shipped_model_computes():
    assert export.difference(weights.load(MODELS / weights.WEIGHTS_FILE), MODELS / "attributor.onnx") <= 1e-5


def test_the_card_names_the_weights_and_the_graphs_they_were_in():
    model = json.loads((MODELS / "attributor.json").read_text(encoding="utf-8"))["model"]
    assert model["weights_sha256"] == weights.sha256(MODELS)
    assert model["sha256"] not in [entry["sha256"] for entry in model["earlier_graphs"]]
    assert all(entry["difference"] <= export.TOLERANCE and entry["why"] for entry in model["earlier_graphs"])


def test_saved_weights_come_back_to_the_bit_and_saving_again_gives_the_same_bytes(tmp_path):
    model = weights.load(MODELS / weights.WEIGHTS_FILE)
    weights.save(model, tmp_path / "w.npz")
    assert (tmp_path / "w.npz").read_bytes() == (MODELS / weights.WEIGHTS_FILE).read_bytes()


def test_weights_of_another_shape_are_refused(tmp_path):
    model = weights.load(MODELS / weights.WEIGHTS_FILE)
    model.query = torch.nn.Linear(3, 2)
    weights.save(model, tmp_path / "w.npz")
    with pytest.raises(RuntimeError, match="query"):
        weights.load(tmp_path / "w.npz")
