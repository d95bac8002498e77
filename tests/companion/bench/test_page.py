"""The card for people says what the card and the log say, nothing else."""

import json
import shutil
from pathlib import Path

from costdna_companion.bench import log, page

MODELS = Path(__file__).parents[3] / "models"


def test_reported_runs_of_this_model_are_printed_and_others_only_listed(tmp_path):
    for name in ("attributor.json", "attributor.onnx"):
        shutil.copy(MODELS / name, tmp_path / name)
    (tmp_path / "other.onnx").write_bytes(b"earlier")
    rows = [{"method": "costdna", "setting": "bill", "top1": 0.61234, "top1_sd": 0.01, "aurc": None, "aurc_sd": None}]
    log.record("ownership", {"third": "report"}, rows, None, lambda text: None, tmp_path)
    log.record("simulated", {"world": "report"}, rows, tmp_path / "other.onnx", lambda text: None, tmp_path)
    text = page.page(tmp_path)
    card = json.loads((tmp_path / "attributor.json").read_text())
    assert "| method | setting | top1 |" in text and "| costdna | bill | .612 ±.010 |" in text
    assert "Reported runs of earlier models" in text and "simulated report" in text.split("earlier models")[1]
    assert all(limit in text for limit in card["limits"]) and card["model"]["sha256"] in text


def test_a_run_of_the_same_weights_in_an_earlier_graph_is_this_models(tmp_path):
    card = {"model": {"sha256": "new", "earlier_graphs": [{"sha256": "old"}]}}
    assert log.of_model(card, {"model_sha256": "new"}) and log.of_model(card, {"model_sha256": "old"})
    assert not log.of_model(card, {"model_sha256": "other"})


def test_without_reported_runs_the_page_says_so(tmp_path):
    shutil.copy(MODELS / "attributor.json", tmp_path / "attributor.json")
    assert "None yet" in page.page(tmp_path)
