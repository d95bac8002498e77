"""Team names met among a resource's own words: exact, nearly so, rare ones more, and never across groups that name
nothing.
"""

import numpy as np

from costdna.attribute.affinity import Affinity
from costdna.baselines import Memberships
from costdna.relations.kinds import KIND_ID


def affinity(groups, teams, nodes=4):
    """``groups``: (node, kind, text)."""
    keys = sorted({(KIND_ID[k], t) for _, k, t in groups})
    place = {key: index for index, key in enumerate(keys)}
    links = sorted({(n, place[(KIND_ID[k], t)]) for n, k, t in groups})
    node, group = np.array([n for n, _ in links], dtype=np.int64), np.array([g for _, g in links], dtype=np.int64)
    members = Memberships(node, group, np.array([k for k, _ in keys], dtype=np.int64), nodes)
    return Affinity(members, [t for _, t in keys], teams)


TEAMS = ["payments-team", "search-team", "Platform Team"]


def test_a_teams_word_in_a_stack_or_name_counts_for_that_team():
    got = affinity([(0, "stack", "payments-prod"), (1, "name_token", "search"), (2, "region", "payments")], TEAMS).rows(
        np.arange(4)
    )
    assert got[0].argmax() == 0 and got[0, 0] > 0.5 and got[0, 1] < 0.2
    assert got[1].argmax() == 1
    assert not got[2].any() and not got[3].any()  # a region is no name


def test_nearly_the_same_word_counts_a_little_less():
    got = affinity(
        [(0, "name_token", "payment"), (1, "name_token", "payments"), (2, "name_token", "payroll")], TEAMS
    ).rows(np.arange(3))
    assert 0 < got[0, 0] < got[1, 0] and got[2, 0] == 0


def test_words_all_teams_share_say_little():
    got = affinity([(0, "name_token", "team"), (1, "name_token", "search")], TEAMS).rows(np.arange(2))
    assert got[0].max() < 0.25 < got[1].max()


def test_rows_may_be_any_and_hostile_or_empty_names_are_only_text():
    one = affinity([(0, "stack", "search"), (2, "stack", "=cmd()|<script>")], ["search", "", "(((", "日本"])
    np.testing.assert_array_equal(one.rows(np.array([2, 0, 0])), one.rows(np.arange(3))[[2, 0, 0]])
    assert one.rows(np.array([0]))[0].tolist()[0] == 1.0
    assert affinity([], TEAMS).rows(np.arange(4)).shape == (4, 3)
