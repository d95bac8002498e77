"""The simulated accounts: repeatable, within the doors, and varied in the ways the recipe promises."""

from pathlib import Path

import numpy as np
import pytest

from costdna.features import X_WIDTH
from costdna_companion.train import prior as simulator
from costdna_companion.train import report_world

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def episodes():
    prior = simulator.load_prior(ROOT / "models")
    return [simulator.draw(prior, seed) for seed in range(60)]


def test_the_same_seed_draws_the_same_account(episodes):
    again = simulator.draw(simulator.load_prior(ROOT / "models"), 7)
    for name, value in episodes[7].feeds().items():
        np.testing.assert_array_equal(value, again.feeds()[name])


def test_every_account_fits_the_doors(episodes):
    for episode in episodes:
        n, classes = episode.y_support.shape
        assert episode.x.shape == (n, X_WIDTH) and episode.x.dtype == np.float32 and np.isfinite(episode.x).all()
        assert classes >= 2 and (episode.y_support.sum(0) > 0).all()
        assert (episode.y_support.sum(1) == (~episode.query)).all()
        assert episode.target.min() >= 0 and episode.target.max() <= classes
        if len(episode.member_node):
            pairs = np.stack([episode.member_node, episode.member_group])
            assert len(np.unique(pairs, axis=1).T) == len(pairs.T)
            assert episode.member_node.max() < n and episode.member_group.max() < len(episode.group_kind)
            assert episode.group_kind.min() >= 0 and episode.group_kind.max() <= 28


def test_the_prior_is_broad(episodes):
    bill, behaviour = np.array([e.x[0, -2] for e in episodes]), np.array([e.x[0, -1] for e in episodes])
    assert 0.4 < bill.mean() < 0.9 and 0.2 < behaviour.mean() < 0.7
    assert min(e.y_support.shape[1] for e in episodes) <= 3 and max(e.y_support.shape[1] for e in episodes) >= 20
    assert (
        max(len(np.unique(e.group_kind)) for e in episodes) >= 20
        and min(len(np.unique(e.group_kind)) for e in episodes) <= 5
    )
    none = np.array([(e.target[e.query] == e.y_support.shape[1]).mean() for e in episodes])
    assert (none > 0.05).mean() > 0.5


def test_training_never_opens_the_report_simulator_or_real_labels():
    folder = ROOT / "companion/costdna_companion/train"
    for name in (
        "loop.py",
        "mixture.py",
        "prior.py",
        "platform_prior.py",
        "bundle_prior.py",
        "redraw.py",
        "network.py",
        "episode.py",
        "export.py",
    ):
        text = (folder / name).read_text()
        assert "import report_world" not in text and "ownership" not in text.replace("follows ownership", "").replace(
            "agree with ownership", ""
        ), name


def test_report_world_hides_owners_unevenly_and_never_invents_them():
    world = report_world.build(3)
    assert (world.truth == "").any() and len(set(world.truth)) >= 4
    known = report_world.hide(world, 0.3, 3)
    truth = dict(zip(world.ownables["x_OwnableId"], world.truth, strict=True))
    assert all(truth[row.x_OwnableId] == row.x_Team for row in known.itertuples())
    assert abs(len(known) - 0.3 * (world.truth != "").sum()) <= 1
    wrong = report_world.hide(world, 0.3, 3, mislabelled=0.3)
    assert 0.1 < np.mean([truth[row.x_OwnableId] != row.x_Team for row in wrong.itertuples()]) < 0.35
