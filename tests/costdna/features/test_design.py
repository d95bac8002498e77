"""What the model sees of a resource: ranks, not amounts; absent is nought and flagged."""

import numpy as np
import pandas as pd
import pytest

from costdna.features import BEHAVIOUR_FEATURES, BILL_FEATURES, bill_block, design, features_hash, rank_gauss


def test_the_doors_are_as_wide_as_declared():
    assert len(BILL_FEATURES) == 24
    assert len(BEHAVIOUR_FEATURES) == 17
    assert len(set(BILL_FEATURES + BEHAVIOUR_FEATURES)) == 41
    assert len(features_hash()) == 64


def test_rank_gauss_is_blind_to_scale_and_keeps_ties():
    value = np.array([[1.0], [2.0], [2.0], [5.0], [np.nan]])
    score = rank_gauss(value)
    np.testing.assert_array_equal(score, rank_gauss(value * 1000 + 7))
    assert score[0] < score[1] == score[2] < score[3] and score[4] == 0
    np.testing.assert_array_equal(rank_gauss(np.full((4, 1), 3.0)), 0)


def test_rank_gauss_ignores_differences_below_a_billionth():
    np.testing.assert_array_equal(
        rank_gauss(np.array([[0.1 + 0.2], [0.3], [1.0]])), rank_gauss(np.array([[0.3], [0.3], [1.0]]))
    )


def test_normal_scores_match_the_normal_curve():
    scipy = pytest.importorskip("scipy.stats")
    n = 999
    expected = scipy.norm.ppf((np.arange(n) + 0.5) / n)
    np.testing.assert_allclose(rank_gauss(np.arange(n, dtype=np.float64)[:, None])[:, 0], expected, atol=1e-5)


def tables():
    things = pd.DataFrame(
        {
            "x_OwnableId": np.array([1, 2, 3], dtype=np.int64), "BilledCost": [100, -50, 10**15], "EffectiveCost": [100, -50, 10**15],
            "x_FirstSeen": pd.to_datetime(["2026-01-01", "2026-01-03", "2026-01-01"]), "x_LastSeen": pd.to_datetime(["2026-01-10", "2026-01-03", "2026-01-31"]),
            "x_NameTokens": [["a", "b"], [], ["c"]],
        }
    )  # fmt: skip
    charges = pd.DataFrame(
        {
            "x_OwnableId": [1, 1, 2, 77], "x_UsageType": ["a", "b", "a", "z"], "x_Operation": ["r", "r", "s", "z"], "BilledCost": [10, 30, 5, 9],
            "ChargePeriodStart": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-01", "2026-01-01"]), "x_RowCount": [24, 24, 1, 1],
        }
    )  # fmt: skip
    rhythm = pd.DataFrame(
        {
            "x_OwnableId": [1, 1, 2],
            "x_UsageClass": ["compute", "storage", "compute"],
            "x_HourOfWeek": [10, 130, 3],
            "x_Cost": [3.0, 1.0, 2.0],
            "x_HoursSeen": [4, 4, 4],
        }
    )
    return things, charges, rhythm


def test_bill_block_counts_what_the_bill_says():
    block = pd.DataFrame(bill_block(*tables()), columns=list(BILL_FEATURES))
    assert list(block["days_alive"]) == [10, 1, 31] and list(block["name_words"]) == [2, 0, 1]
    assert list(block["usage_types"]) == [2, 1, 0] and list(block["operations"]) == [1, 1, 0]
    np.testing.assert_allclose(block["charge_rows"], np.log1p([48, 1, 0]))
    np.testing.assert_allclose(block["day_to_day_variation"][0], 0.5)
    np.testing.assert_allclose(block["share_compute"][:2], [0.75, 1.0])
    np.testing.assert_allclose(block["share_office_hours"][:2], [0.75, 0.0])
    np.testing.assert_allclose(block["share_weekend"][:2], [0.25, 0.0])
    assert np.isnan(block["share_compute"][2])  # no rhythm: not known, not nought


def test_an_absent_block_is_nought_and_flagged():
    x = design(*tables())
    assert x.shape == (3, 43) and x.dtype == np.float32 and np.isfinite(x).all()
    assert (x[:, 24:41] == 0).all() and (x[:, 41] == 1).all() and (x[:, 42] == 0).all()
    assert design(tables()[0].head(0), pd.DataFrame(), pd.DataFrame()).shape == (0, 43)
