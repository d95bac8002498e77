"""Likeness without owners: sharing what tells counts, sharing what a thing is hardly does."""

import numpy as np

from costdna.baselines import Memberships
from costdna.questions.likeness import sketch
from costdna.relations.kinds import KIND_ID


def test_same_stack_is_likeness_and_same_region_is_not():
    # 40 resources in 10 stacks, all in one of two regions
    node = np.concatenate([np.arange(40), np.arange(40)])
    group = np.concatenate([np.arange(40) // 4, 10 + np.arange(40) % 2])
    kind = np.array([KIND_ID["stack"]] * 10 + [KIND_ID["region"]] * 2)
    s = sketch(Memberships(node, group, kind, 40))
    like = s @ s.T
    assert like[0, 1] > 0.25
    assert abs(like[0, 6]) < 0.1  # same region, other stack


def test_a_snapshot_among_snapshots_is_hardly_like_another():
    # 40 resources share one common word; two of them also a rare stack and name
    node = np.concatenate([np.arange(40), [0, 1], [0, 1]])
    group = np.concatenate([np.zeros(40, dtype=np.int64), [1, 1], [2, 2]])
    kind = np.array([KIND_ID["name_token"], KIND_ID["stack"], KIND_ID["name_stem"]])
    s = sketch(Memberships(node, group, kind, 42))
    like = s @ s.T
    assert like[0, 1] > 0.4 and like[10, 11] < 0.05


def test_alone_is_like_nothing():
    s = sketch(Memberships(np.array([0, 1]), np.array([0, 1]), np.array([1, 1]), 3))
    assert not s.any()
    assert sketch(Memberships(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64), 2)).shape == (2, 256)
