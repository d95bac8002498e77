"""The recipe: a further stage comes after the prior's own, and a trial never takes the shipped model's place."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.train
pytest.importorskip("torch", reason="torch is not installed (extra `train`)")

from costdna.errors import UsageError  # noqa: E402
from costdna_companion.cli.train import train  # noqa: E402
from costdna_companion.train import recipe  # noqa: E402
from costdna_companion.train.mixture import SIMULATORS  # noqa: E402

ROOT = Path(__file__).parents[3]


def test_a_further_stage_comes_last_and_the_prior_stays_as_it_was():
    further = json.loads((ROOT / "models/further_stage.json").read_text(encoding="utf-8"))
    alone, both = recipe.staged(ROOT / "models"), recipe.staged(ROOT / "models", further)
    assert both["stages"] == [*alone["stages"], further] and {**both, "stages": alone["stages"]} == alone
    assert set(further["simulators"]) <= set(SIMULATORS) and set(further["redrawn"]) == {"few", "siblings", "wrong"}
    assert further["redrawn"]["wrong"]["share_of_accounts"] < 0.5  # most accounts keep true labels


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"begin": Path("nowhere/weights.npz")}, "no such file"),
        ({"stage": ROOT / "models/further_stage.json"}, "continues from weights"),
        ({"models": Path("models"), "begin": ROOT / "models/weights.npz", "export_only": True}, "without a card"),
    ],
)
def test_what_would_train_or_write_the_wrong_thing_is_refused(wishes, said, monkeypatch):
    monkeypatch.chdir(ROOT)
    with pytest.raises(UsageError, match=said):
        train(
            **({"paths": None, "models": ROOT / "models", "begin": None, "stage": None, "export_only": False} | wishes)
        )
