"""Reasons name the groups that speak for and against, with counts that add up."""

import numpy as np

from costdna.attribute.evidence import kind_trust, sentences, weigh
from costdna.baselines import Memberships
from costdna.relations.kinds import KIND_ID

STACK, REGION = KIND_ID["stack"], KIND_ID["region"]


def account():
    """Ten resources of team 0 in stack 0, ten of team 1 in stack 1, all in one region; the last of each is open."""
    node = np.concatenate([np.arange(20), np.arange(20), [9]])
    group = np.concatenate([np.repeat([0, 1], 10), np.full(20, 2), [1]])
    support = np.zeros((20, 2))
    support[:9, 0] = support[10:19, 1] = 1
    return Memberships(node, group, np.array([STACK, STACK, REGION]), 20), support


def test_trust_follows_agreement_within_groups():
    members, support = account()
    trust = kind_trust(members, members.to_groups(support))
    assert trust[STACK] > 0.7 and trust[REGION] < 0.1
    shuffled = np.random.default_rng(0).permutation(support[support.sum(1) > 0])
    mixed = support.copy()
    mixed[support.sum(1) > 0] = shuffled
    assert kind_trust(members, members.to_groups(mixed))[STACK] < 0.3


def test_the_stack_speaks_for_the_other_stack_against_the_region_is_silent():
    members, support = account()
    weighed = weigh(members, support, np.array([9, 19]), np.array([0, 1]))
    first = weighed[weighed["row"] == 0]
    assert list(first["group"]) == [0, 1] and first["weight"].iloc[0] > 0 > first["weight"].iloc[1]
    assert list(first["team"]) == [0, 1] and list(first["hits"]) == [9, 9] and list(first["known"]) == [9, 9]
    speak_for, against, digest = sentences(weighed, members, ["web-a", "web-b", "eu"], ["Red", "Blue"], 2)
    assert speak_for[0] == "created by stack web-a (9 of 9 known owners there: Red)"
    assert against[0] == "created by stack web-b (9 of 9 known owners there: Blue)" and against[1] == ""
    assert len(set(digest)) == 2


def test_a_resource_whose_groups_hold_nobody_known_has_no_reason():
    members, support = account()
    support[10:] = 0
    weighed = weigh(members, support, np.array([19]), np.array([0]))
    assert not (weighed["group"] == 1).any()
