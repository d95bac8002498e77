"""Teaching one account's own owners (needs torch): what is hidden stays hidden, a killed fit ends the same, worse is
not kept.
"""

import json
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.train
torch = pytest.importorskip("torch", reason="torch is not installed (extra `train`)")

from costdna import attribute  # noqa: E402
from costdna.attribute.folds import units  # noqa: E402
from costdna.errors import UsageError  # noqa: E402
from costdna_companion.bench import worlds  # noqa: E402
from costdna_companion.native.session import open_model  # noqa: E402
from costdna_companion.train import finetune, inside, own, weights  # noqa: E402

MODELS = Path(__file__).resolve().parents[3] / "models"
SHORT = finetune.Lesson(steps=3, batch=1)


@pytest.fixture(scope="module")
def plan():
    account = worlds.find(worlds.for_choices()).case(3, 0.3, 0.0).account
    return attribute.prepare(
        account.ownables,
        account.relations,
        account.charges,
        account.rhythm,
        account.known(np.flatnonzero(account.truth != "")[::2]),
    )


@pytest.fixture(scope="module")
def shipped():
    return weights.load(MODELS / weights.WEIGHTS_FILE)


def test_trials_hide_whole_units_and_every_owner_once(plan):
    unit = units(plan.members)
    hidden = [out for _, out in finetune.trials(plan)]
    assert sorted(np.concatenate(hidden)) == sorted(finetune.taught(plan))
    for shown, out in finetune.trials(plan):
        assert not set(unit[shown]) & set(unit[out])


def test_an_episode_never_shows_or_asks_what_was_held_out(plan):
    shown, out = finetune.trials(plan)[0]
    for seed in range(20):
        paper = finetune.episode(plan, shown, units(plan.members), np.random.default_rng(seed))
        assert not paper.query[out].any() and not paper.y_support[out].any()
        assert paper.query.any() and paper.y_support.any() and not (paper.query & (paper.y_support.sum(1) > 0)).any()


def test_a_killed_fit_goes_on_to_the_same_weights(plan, shipped, tmp_path):
    rows = finetune.taught(plan)
    lesson = finetune.Lesson(steps=22, batch=1)

    class Killed(Exception):
        pass

    def kill(step):
        if step == 21:
            raise Killed

    whole = finetune.fit(shipped, plan, rows, lesson)
    with pytest.raises(Killed):
        finetune.fit(shipped, plan, rows, lesson, tmp_path / "fit.pt", kill)
    resumed = finetune.fit(shipped, plan, rows, lesson, tmp_path / "fit.pt")
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], value, rtol=0, atol=2e-5)


def test_better_means_beyond_chance_and_no_fewer_right():
    unit = np.repeat(np.arange(10), 5)
    score = lambda nll, right: finetune.Score(
        np.full(50, nll) + np.tile([0, 0.01, -0.01, 0.02, -0.02], 10), np.arange(50) < right, unit
    )
    assert finetune.better(score(0.5, 40), score(0.7, 40))[0]
    assert (
        not finetune.better(score(0.5, 39), score(0.7, 40))[0]
        and not finetune.better(score(0.7, 40), score(0.5, 40))[0]
    )


def test_inside_the_product_nothing_of_the_hidden_owners_is_left(plan, shipped):
    for _, out in finetune.trials(plan):
        less, column = inside.without(plan, out)
        assert (
            (less.truth[out] == -1).all()
            and not less.support[out].any()
            and not less.held[out].any()
            and plan.held[out].all()
        )
        assert (less.truth >= 0).sum() == (plan.truth >= 0).sum() - len(out) and len(less.feeds) == 2 * (
            1 + len(less.folds)
        ) == len(less.passes)
        assert not any(fold.hidden[out].any() or fold.visible[out].any() for fold in less.folds)
        assert [less.teams[c] for c in column[column >= 0]] == [t for t, c in zip(plan.teams, column) if c >= 0]
        assert all(not given["y_support"][out].any() for given in less.feeds)
        one = inside.score(shipped, plan, out)
        assert (
            one.nll.shape == one.right.shape == out.shape
            and np.isfinite(one.nll).all()
            and one.right.mean() > 1 / len(plan.teams)
        )


def test_what_is_better_is_written_as_a_model_the_product_takes_and_what_is_not_leaves_none(
    plan, tmp_path, monkeypatch
):
    monkeypatch.setattr(finetune, "better", lambda tuned, was: (True, 0.1, 0.01))
    verdict = own.make(plan, MODELS, tmp_path / "kept", SHORT, say=lambda text: None)
    assert verdict["kept"] and verdict["owners"] == len(finetune.taught(plan)) == verdict["held_out"]
    session = open_model(tmp_path / "kept" / "attributor.onnx")  # signature, features and golden passes are checked
    assert session.model_id.startswith("attributor-account")
    card = json.loads((tmp_path / "kept" / "attributor.json").read_text())
    assert (
        "earlier_graphs" not in card["model"]
        and card["model"]["weights_sha256"]
        != json.loads((MODELS / "attributor.json").read_text())["model"]["weights_sha256"]
    )
    assert card["limits"][0] == own.LIMIT and not list((tmp_path / "kept").glob("*.pt"))
    monkeypatch.setattr(finetune, "better", lambda tuned, was: (False, -0.1, 0.01))
    assert not own.make(plan, MODELS, tmp_path / "not", SHORT, say=lambda text: None)["kept"]
    assert [file.name for file in (tmp_path / "not").iterdir()] == ["verdict.json"]


def test_a_handful_of_owners_teaches_nothing(tmp_path):
    account = worlds.find(worlds.for_choices()).case(3, 0.3, 0.0).account
    few = attribute.prepare(
        account.ownables,
        account.relations,
        account.charges,
        account.rhythm,
        account.known(np.flatnonzero(account.truth != "")[:12]),
    )
    with pytest.raises(UsageError, match="too few"):
        own.make(few, MODELS, tmp_path / "own", SHORT)
    assert not (tmp_path / "own").exists()
