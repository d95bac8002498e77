"""The gate's words and its four ways to stay shut."""

import pytest

from costdna.attribute.gate import judge


@pytest.mark.parametrize(
    ("figures", "passed", "words"),
    [
        (
            {"owners": 200, "teams": 5, "majority": 0.3, "random_folds": 0.8, "unit_folds": 0.6},
            True,
            "80% of trials (60% where whole stacks",
        ),
        (
            {"owners": 200, "teams": 5, "majority": 0.3, "random_folds": 0.44, "unit_folds": 0.4},
            False,
            "does not identify teams",
        ),
        ({"owners": 14, "teams": 5, "majority": 0.3, "random_folds": 0.9, "unit_folds": None}, False, "15 are needed"),
        ({"owners": 50, "teams": 1, "majority": 1.0, "random_folds": 1.0, "unit_folds": None}, False, "Only one team"),
        (
            {"owners": 0, "teams": 0, "majority": 0.0, "random_folds": None, "unit_folds": None},
            False,
            "No team is named",
        ),
        (
            {"owners": 20, "teams": 2, "majority": 0.5, "random_folds": None, "unit_folds": None},
            False,
            "could not be split",
        ),
    ],
)
def test_verdict(figures, passed, words):
    verdict = judge(**figures)
    assert verdict["passed"] is passed and words in verdict["reason"]
    assert verdict["tags"] == figures["owners"] and verdict["majority_share"] == figures["majority"]


def test_where_one_team_has_nearly_all_finding_the_others_counts():
    def judged(accuracy, owners):
        return judge(owners=owners, teams=3, majority=0.9, random_folds=accuracy, unit_folds=None)["passed"]

    assert judged(0.97, 200) and not judged(0.97, 30)  # 7 points: certain with 200 owners, chance with 30
    assert not judged(0.92, 2000)  # certain, but hardly any of the others
    assert not judge(owners=500, teams=2, majority=1.0, random_folds=1.0, unit_folds=None)["passed"]


def test_far_from_accidental_is_enough():
    account = dict(owners=90, teams=9, majority=0.45, random_folds=0.52, unit_folds=None)

    def judged(chance, **kind):
        return judge(**account, chance=chance, **kind)["passed"]

    assert judged(3.6) and not judged(3.4) and not judged(None)
    assert not judged(3.6, by_model=False) and judged(4.1, by_model=False)
    assert not judge(owners=14, teams=3, majority=0.4, random_folds=1.0, unit_folds=None, chance=9.0)["passed"]
