"""The figures on the card are computed as their names say, on cases worked out by hand."""

import numpy as np
import pytest

from costdna_companion.train.evaluate import area_under_risk, auroc, calibration_error, coverage_at

RIGHT = np.array([True, True, False, True])
SURE = np.array([0.9, 0.8, 0.7, 0.6])


def test_area_under_risk_is_the_mean_error_of_the_surest_k():
    assert area_under_risk(SURE, RIGHT) == pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4)


def test_coverage_is_the_largest_share_at_the_precision():
    assert coverage_at(SURE, RIGHT, 0.95) == 0.5
    assert coverage_at(SURE, RIGHT, 0.75) == 1.0
    assert coverage_at(SURE, ~RIGHT, 0.95) == 0.0


def test_calibration_error_is_nought_when_confidence_is_the_hit_rate():
    assert calibration_error(np.full(4, 0.75), RIGHT) == pytest.approx(0)
    assert calibration_error(np.full(4, 0.95), RIGHT) == pytest.approx(0.2)


def test_auroc_counts_ties_half():
    assert auroc(np.array([3.0, 2.0, 1.0]), np.array([True, False, False])) == 1.0
    assert auroc(np.array([1.0, 1.0]), np.array([True, False])) == 0.5
    assert np.isnan(auroc(np.array([1.0]), np.array([True])))


def test_the_shipped_card_is_strict_json_with_its_cost_figures_and_limits():
    import json
    from pathlib import Path

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    card = json.loads((Path(__file__).parents[3] / "models/attributor.json").read_text(), parse_constant=refuse)
    assert card["training"]["accounts"] > 0 and card["training"]["seconds"] > 0 and len(card["limits"]) >= 5
    assert card["evaluation"]["report simulator, owners permuted"]["passed_gate"] == 0
    assert card["evaluation"]["report simulator"]["20% tagged"]["accounts"] >= 20
