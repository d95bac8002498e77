"""What is asked: never what is settled, dear clusters first, each cent under one question, the same on every run."""

import numpy as np
import pandas as pd
import pytest

from costdna import schema
from costdna.questions import STRATEGIES, ask


def account(apps=6, per_app=5, seed=0):
    """Resources of apps: an app's stack and first word are its own; app k costs 10^k per resource; one line without an
    id.
    """
    rows, links = [], []
    for app in range(apps):
        for _ in range(per_app):
            identity = 5000 + len(rows)
            rows.append((identity, False, "111", "acct", 10**app + len(rows)))
            links += [
                (identity, "stack", f"word{'abcdefgh'[app]}-prod"),
                (identity, "name_token", f"word{'abcdefgh'[app]}"),
                (identity, "service", "EC2"),
                (identity, "name_token", "bucket"),
            ]
    rows.append((1, True, "111", "acct", 10**9))
    things = pd.DataFrame(
        rows, columns=["x_OwnableId", "x_IsSynthetic", "SubAccountId", "SubAccountName", "BilledCost"]
    )
    return things, pd.DataFrame(links, columns=["x_OwnableId", "x_Kind", "x_Group"])


def owned(rows):
    """OWNERSHIP of (id, team, basis, probability)."""
    frame = schema.OWNERSHIP.empty().reindex(range(len(rows)))
    for name, values in zip(("x_OwnableId", "x_Team", "x_Basis", "x_Probability"), zip(*rows), strict=False):
        frame[name] = list(values)
    return frame


def test_without_any_tag_each_app_is_asked_once_and_the_dearest_first():
    things, links = account()
    asked = ask(things, links, owned([]), limit=6)
    apps = [(identity - 5000) // 5 for identity in asked["x_OwnableId"]]
    assert apps == [5, 4, 3, 2, 1, 0]
    assert asked["x_Resources"].tolist() == [5] * 6
    assert asked["x_Teams"].tolist()[0][0] == "wordf"


def test_money_counts_once_and_adds_up():
    things, links = account()
    asked = ask(things, links, owned([]), limit=6)
    real = things.loc[~things["x_IsSynthetic"], "BilledCost"]
    assert asked["x_SettledSoFar"].iloc[-1] == real.sum() == asked["x_Settles"].sum()
    assert (asked["x_Settles"] >= asked["BilledCost"]).all()


def test_what_is_proved_is_never_asked_and_covers_its_like():
    things, links = account()
    asked = ask(things, links, owned([(5025, "payments", "tag", np.nan), (5020, "", "human", np.nan)]), limit=30)
    assert not set(asked["x_OwnableId"]) & {5025, 5020, 1}
    assert len(asked) <= 28 and asked["x_OwnableId"].is_unique
    # with equal money the apps without a known owner come first
    equal = ask(
        things.assign(BilledCost=100),
        links,
        owned([(5025, "payments", "tag", np.nan), (5020, "", "human", np.nan)]),
        limit=5,
    )
    assert ((equal["x_OwnableId"] - 5000) // 5).tolist()[:4] == [0, 1, 2, 3]
    like_payments = asked.loc[asked["x_OwnableId"].between(5025, 5029)]
    assert all(teams[0] == "payments" for teams in like_payments["x_Teams"])


def test_what_is_nearly_certain_waits():
    things, links = account()
    sure = owned([(identity, "payments", "inferred", 0.999) for identity in range(5025, 5030)])
    assert (ask(things, links, sure, limit=1)["x_OwnableId"].iloc[0] - 5000) // 5 == 4


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_any_row_order_asks_the_same(strategy):
    things, links = account()
    know = owned([(5000 + i, "t", "inferred", 0.3 + 0.01 * (i % 17)) for i in range(0, 30, 2)])
    expected = ask(things, links, know, limit=9, strategy=strategy)
    again = ask(
        things, links.sample(frac=1, random_state=3), know.sample(frac=1, random_state=4), limit=9, strategy=strategy
    )
    pd.testing.assert_frame_equal(expected, again)


def test_nothing_open_or_nothing_at_all_gives_no_question():
    things, links = account(apps=1, per_app=1)
    assert len(ask(things, links, owned([(5000, "a", "tag", np.nan)]))) == 0
    assert len(ask(things.iloc[:0], links.iloc[:0], owned([]))) == 0
    lonely = ask(things, links.iloc[:0], owned([]))
    assert lonely["x_Resources"].tolist() == [1] and "settles itself" in lonely["x_Reason"][0]


def test_a_strategy_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="money"):
        ask(*account(), owned([]), strategy="luck")


def test_huge_amounts_stay_exact():
    things, links = account(apps=2)
    things["BilledCost"] = [10**20 + i for i in range(len(things))]
    asked = ask(things, links, owned([]), limit=2)
    assert int(asked["x_SettledSoFar"].iloc[-1]) == sum(10**20 + i for i in range(10))
