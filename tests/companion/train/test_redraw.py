"""Accounts made harder: which owners are known, and how true they are; the truth itself never changes."""

from pathlib import Path

import numpy as np
import pytest

from costdna_companion.train import mixture, prior
from costdna_companion.train.redraw import _SIBLING, redraw

MODELS = Path(__file__).parents[3] / "models"
NEVER = {"few": {"share_of_accounts": 0.0}, "siblings": {"share_of_accounts": 0.0}, "wrong": {"share_of_accounts": 0.0}}
SEEDS = range(40)


def only(name, **settings):
    return NEVER | {name: {"share_of_accounts": 1.0} | settings}


@pytest.fixture(scope="module")
def drawn():
    config = prior.load_prior(MODELS)
    return [mixture.draw(config, {"prior": 1.0, "bundle_prior": 1.0}, 70_000 + seed) for seed in SEEDS]


def known(episode):
    return ~episode.query


def wrong(episode):
    return float((episode.y_support.argmax(1) != episode.target)[known(episode)].mean())


def test_the_same_seed_redraws_the_same_and_no_step_leaves_the_account_alone(drawn):
    some = only("wrong", resources=[0.3, 0.3], groups=[0.0, 0.2])
    for name, value in redraw(drawn[3], some, 5).feeds().items():
        np.testing.assert_array_equal(value, redraw(drawn[3], some, 5).feeds()[name])
    assert redraw(drawn[3], NEVER, 5) is drawn[3]


def test_a_redrawn_account_still_fits_the_doors(drawn):
    everything = {"few": {"share_of_accounts": 0.4, "labels": [5, 20], "for_whole_groups": 0.5}, "siblings": {"share_of_accounts": 1.0, "labels_gone": [0.2, 0.7]},
                  "wrong": {"share_of_accounts": 0.7, "resources": [0.0, 0.4], "groups": [0.0, 0.2]}}  # fmt: skip
    for seed, before in zip(SEEDS, drawn, strict=True):
        episode = redraw(before, everything, seed)
        assert (episode.y_support.sum(0) > 0).all() and episode.y_support.shape[1] >= 2
        assert (episode.y_support.sum(1) == known(episode)).all() and episode.query.sum() >= 5
        assert 0 <= episode.target.min() and episode.target.max() <= episode.y_support.shape[1]
        np.testing.assert_array_equal(episode.member_group, before.member_group)


def test_labels_are_moved_as_often_as_asked_and_stay_where_they_were(drawn):
    more = []
    for seed, before in zip(SEEDS, drawn, strict=True):
        episode = redraw(before, only("wrong", resources=[0.4, 0.4], groups=[0.0, 0.0]), seed)
        np.testing.assert_array_equal(episode.query, before.query)
        more.append(wrong(episode) - wrong(before))
    assert 0.15 < np.mean(more) < 0.4  # some draws hit the team that was there


def test_whole_groups_are_moved_to_one_team(drawn):
    moved = [
        wrong(redraw(before, only("wrong", resources=[0.0, 0.0], groups=[0.2, 0.2]), seed)) - wrong(before)
        for seed, before in zip(SEEDS, drawn, strict=True)
    ]
    assert 0.03 < np.mean(moved) < 0.25


def test_a_handful_of_answers_is_true_and_small(drawn):
    for seed, before in zip(SEEDS, drawn, strict=True):
        episode = redraw(before, only("few", labels=[5, 20], for_whole_groups=0.0), seed)
        if episode is not before:
            assert known(episode).sum() <= 20 and wrong(episode) == 0.0


def test_siblings_taken_away_leave_more_resources_without_one(drawn):
    def alone(episode):
        close = np.isin(episode.group_kind[episode.member_group], _SIBLING)
        told = np.unique(episode.member_group[close & known(episode)[episode.member_node]])
        beside = np.unique(episode.member_node[close & np.isin(episode.member_group, told)])
        return 1.0 - np.isin(np.flatnonzero(episode.query), beside).mean()

    before = [alone(episode) for episode in drawn]
    after = [
        alone(redraw(episode, only("siblings", labels_gone=[0.5, 0.7]), seed))
        for seed, episode in zip(SEEDS, drawn, strict=True)
    ]
    assert np.mean(after) > np.mean(before) + 0.05
