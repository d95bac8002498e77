"""The numpy rivals against scikit-learn where it has them, against hand counts where not."""

import numpy as np
import pytest

from costdna.baselines import Memberships, geometric, label_propagation, logistic_regression, naive_bayes
from costdna.relations.kinds import KIND_ID


def random_account(seed, nodes=120, groups=60, classes=4, labelled=50):
    rng = np.random.default_rng(seed)
    team = rng.integers(0, classes, nodes)
    pairs = {
        (int(n), int(g))
        for n in range(nodes)
        for g in np.where(
            rng.random(5) < 0.6,
            team[n] * (groups // classes) + rng.integers(0, groups // classes, 5),
            rng.integers(0, groups, 5),
        )
    }
    node, group = np.array(sorted(pairs)).T
    support = np.zeros((nodes, classes))
    support[np.arange(labelled), team[:labelled]] = 1.0
    return Memberships(node, group, np.full(groups, KIND_ID["stack"]), nodes), support, team


@pytest.mark.parametrize("seed", range(3))
def test_naive_bayes_equals_scikit_learn(seed):
    MultinomialNB = pytest.importorskip(
        "sklearn.naive_bayes", reason="scikit-learn is the yardstick, natively"
    ).MultinomialNB

    members, support, team = random_account(seed)
    dense = np.zeros((members.nodes, members.groups))
    dense[members.node, members.group] = 1
    rows = support.sum(1) > 0
    seen = dense[rows].sum(0) > 0
    other = MultinomialNB(alpha=0.1).fit(dense[rows][:, seen], team[rows])
    np.testing.assert_allclose(naive_bayes(members, support), other.predict_proba(dense[:, seen]), atol=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_logistic_regression_equals_scikit_learn(seed):
    LogisticRegression = pytest.importorskip(
        "sklearn.linear_model", reason="scikit-learn is the yardstick, natively"
    ).LogisticRegression

    members, support, team = random_account(seed)
    rows = np.flatnonzero(support.sum(1) > 0)
    each = min(np.bincount(team[rows]))  # same number per team, so that the offset is nought on both sides
    keep = np.concatenate([rows[team[rows] == c][:each] for c in range(4)])
    support[np.setdiff1d(rows, keep)] = 0
    weight = np.where(members.size >= 2, np.log((1 + members.nodes) / (1 + members.size)) + 1, 0)
    dense = np.zeros((members.nodes, members.groups))
    dense[members.node, members.group] = weight[members.group]
    dense /= np.sqrt((dense**2).sum(1, keepdims=True))
    other = LogisticRegression(C=10.0, fit_intercept=False, tol=1e-10, max_iter=2000).fit(dense[keep], team[keep])
    np.testing.assert_allclose(logistic_regression(members, support), other.predict_proba(dense), atol=2e-3)


def test_logistic_regression_does_not_depend_on_the_order_of_resources():
    members, support, _ = random_account(5)
    turn = np.random.default_rng(0).permutation(members.nodes)
    back = np.argsort(turn)
    other = Memberships(back[members.node], members.group, members.kind, members.nodes)
    np.testing.assert_allclose(
        logistic_regression(other, support[turn]), logistic_regression(members, support)[turn], atol=1e-9
    )


def test_labels_spread_along_a_chain_of_groups_and_stop_at_what_a_thing_is():
    node, group = np.array([0, 1, 1, 2, 3, 4, 5]), np.array([0, 0, 1, 1, 2, 2, 3])
    kinds = np.array([KIND_ID["stack"], KIND_ID["stack"], KIND_ID["service"], KIND_ID["stack"]])
    members = Memberships(node, group, kinds, 6)
    support = np.zeros((6, 2))
    support[0, 0] = support[3, 1] = 1
    p = label_propagation(members, support)
    np.testing.assert_allclose(p.sum(1), 1)
    assert p[0, 0] == 1 and p[3, 1] == 1  # what is known stays
    assert p[1, 0] > p[2, 0] > 0.5  # nearer is surer
    np.testing.assert_allclose(p[[4, 5]], 0.5)  # one service, or alone: nothing arrives


def test_no_relation_leaves_the_teams_shares():
    members = Memberships(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), 4)
    support = np.array([[1.0, 0], [1, 0], [0, 1], [0, 0]])
    for answer in (naive_bayes, label_propagation, logistic_regression):
        np.testing.assert_allclose(answer(members, support)[3], [2 / 3, 1 / 3], atol=1e-6)


def test_a_blend_is_not_vetoed_by_one_zero():
    sure, other = np.array([[1.0, 0.0]]), np.array([[0.2, 0.8]])
    both = geometric([(sure, 0.5), (other, 0.5)])
    np.testing.assert_allclose(both.sum(1), 1)
    assert 0 < both[0, 1] < both[0, 0]
