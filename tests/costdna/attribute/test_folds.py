"""Trials: who is hidden, who is shown, and that units and silent teams are hidden whole."""

import numpy as np

from costdna.attribute.folds import make_folds, units
from costdna.baselines import Memberships
from costdna.relations.kinds import KIND_ID


def account(apps=20, per_app=5, teams=5):
    n = apps * per_app
    app = np.repeat(np.arange(apps), per_app)
    node = np.concatenate([np.arange(n), np.arange(n)])
    group = np.concatenate([app, np.full(n, apps)])
    kind = np.array([KIND_ID["stack"]] * apps + [KIND_ID["region"]])
    return Memberships(node, group, kind, n), app % teams, app


def test_random_trials_hide_everyone_twice_and_never_show_the_hidden():
    members, truth, _ = account()
    held = np.ones(100, dtype=bool)
    folds = make_folds(members, truth, held)
    random = [fold for fold in folds if not fold.by_unit]
    np.testing.assert_array_equal(sum(fold.hidden.astype(int) for fold in random), 2)
    for fold in folds:
        assert not (fold.hidden & fold.visible).any() and ((fold.hidden | fold.visible) == held).all()


def test_unit_trials_hide_whole_stacks_and_some_teams_entirely():
    members, truth, app = account()
    folds = [fold for fold in make_folds(members, truth, np.ones(100, dtype=bool)) if fold.by_unit]
    assert folds
    for fold in folds:
        for one in range(20):
            assert len(set(fold.hidden[app == one])) == 1
    assert any(len(set(truth[fold.visible])) < 5 for fold in folds)


def test_units_are_connected_through_stacks_but_not_through_a_region():
    members, _, app = account()
    piece = units(members)
    assert len(set(piece)) == 20 and all(len(set(piece[app == one])) == 1 for one in range(20))


def test_the_same_account_gives_the_same_trials():
    members, truth, _ = account()
    for a, b in zip(
        make_folds(members, truth, np.ones(100, dtype=bool)),
        make_folds(members, truth, np.ones(100, dtype=bool)),
        strict=True,
    ):
        np.testing.assert_array_equal(a.hidden, b.hidden)


def test_too_little_known_gives_no_trials():
    members, truth, _ = account()
    few = np.zeros(100, dtype=bool)
    few[:5] = True
    assert make_folds(members, truth, few) == []
    assert make_folds(members, np.zeros(100, dtype=np.int64), np.ones(100, dtype=bool)) == []
