"""The native runner gives the same numbers every time, on one thread, whatever order the feeds come in."""

import asyncio
import shutil
from pathlib import Path

import numpy as np
import pytest

from costdna.attribute.card import read_golden
from costdna.attribute.card import ModelRefused
from costdna_companion.native.session import OrtSession, open_model

MODELS = Path(__file__).parents[3] / "models"


def test_runs_are_repeatable_and_feeds_are_taken_by_name():
    feeds, expected = read_golden((MODELS / "golden/duplicates.npz").read_bytes())
    runner = OrtSession(MODELS / "attributor.onnx")
    first = asyncio.run(runner.run(feeds))
    second = asyncio.run(OrtSession((MODELS / "attributor.onnx").read_bytes()).run(dict(reversed(feeds.items()))))
    for name in ("logits", "none_logit"):
        np.testing.assert_array_equal(first[name], second[name])
        np.testing.assert_allclose(first[name], expected[name], atol=1e-4)


def test_empty_team_columns_and_the_order_of_teams_change_nothing():
    feeds, expected = read_golden((MODELS / "golden/duplicates.npz").read_bytes())
    runner, y = OrtSession(MODELS / "attributor.onnx"), feeds["y_support"]
    teams = y.shape[1]
    turn = np.roll(np.arange(teams), 2)
    wider = np.insert(y[:, turn], [0, 3, teams], 0.0, axis=1)
    out = asyncio.run(runner.run(feeds | {"y_support": wider}))
    there = np.insert(np.ones(teams, dtype=bool), [0, 3, teams], False)
    np.testing.assert_allclose(out["logits"][:, there], expected["logits"][:, turn], atol=1e-5)
    np.testing.assert_allclose(out["none_logit"], expected["none_logit"], atol=1e-5)
    assert (out["logits"][:, ~there] == -1e4).all()


def test_the_shipped_model_is_vetted_before_use_and_a_changed_golden_pass_is_refused(tmp_path):
    assert open_model(MODELS / "attributor.onnx").model_id.startswith("attributor ")
    copy = shutil.copytree(MODELS, tmp_path / "models")
    golden = copy / "golden/no_groups.npz"
    golden.write_bytes(golden.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelRefused, match="golden"):
        open_model(copy / "attributor.onnx")
