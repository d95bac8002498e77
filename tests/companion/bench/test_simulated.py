"""Simulated accounts: figures against hand counts, what is taken away is away, and a platform that names no team is not
answered.
"""

import json

import numpy as np
import pandas as pd
import pytest

from costdna.errors import UsageError
from costdna_companion.bench import calibration, perturb, product, simulated, worlds
from costdna_companion.bench.account import Account
from costdna_companion.bench.answer import Answer

pytest.importorskip("sklearn")


def account(n=60, teams=3, seed=0):
    """Stacks tell the team; names do not."""
    rng = np.random.default_rng(seed)
    team = np.arange(n) % teams
    ids = np.arange(n, dtype=np.int64) * 3
    links = [(i, "stack", f"s{team[i]}-{i // 15}") for i in range(n)] + [
        (i, "name_token", f"w{rng.integers(0, 9)}") for i in range(n)
    ]
    relations = pd.DataFrame(
        [(ids[i], kind, group, "") for i, kind, group in links],
        columns=["x_OwnableId", "x_Kind", "x_Group", "x_Reason"],
    )
    ownables = pd.DataFrame({"x_OwnableId": ids, "x_IsSynthetic": False, "BilledCost": np.arange(1, n + 1), "EffectiveCost": 1, "x_NameTokens": [[]] * n,
                             "x_FirstSeen": pd.Timestamp("2026-01-01"), "x_LastSeen": pd.Timestamp("2026-01-02")})  # fmt: skip
    truth = np.array([f"team {t}" for t in team], dtype=object)
    truth[-3:] = ""
    return Account(
        ownables, relations, pd.DataFrame(), pd.DataFrame(), truth, np.array([f"s{t}" for t in team], dtype=object)
    )


def world(teams=3):
    def case(seed, coverage, mislabelled):
        made = account(teams=teams, seed=seed)
        owned = np.flatnonzero(made.truth != "")
        shown = np.sort(
            np.random.default_rng([seed, 5]).permutation(owned)[: int(len(made.truth) * max(coverage, 0.5))]
        )
        return worlds.Case(made, shown, made.truth[shown])

    return worlds.World("toy", "train", case)


def test_figures_of_one_account_by_hand():
    made = account(6)
    p = np.array([[0.9, 0.05, 0.05], [0.2, 0.7, 0.1], [0.05, 0.05, 0.1]])
    answer = Answer(p, np.array([0.0, 0.1, 0.8]), 0.5, True, {"given": np.array([True, False, False])})
    query, teams = np.array([0, 2, 3]), np.array(["team 0", "team 1", "team 2"])  # truth: team 0, team 2, nobody
    line, pooled = simulated.measure(answer, made, query, teams, np.array([1]))
    assert line["accuracy"] == 0.5 and line["money_accuracy"] == pytest.approx(1 / 4)  # resources cost 1 and 3
    assert line["unknown_auroc"] == 1.0
    assert line["cov95_inaccount"] == pytest.approx(2 / 3)
    assert line["precision_inaccount"] == 0.5
    assert line["answered"] == pytest.approx(1 / 3) and line["answered_precision"] == 1.0 and line["wrong_money"] == 0.0
    np.testing.assert_allclose(pooled["joint_sure"], [0.9, 0.7, 0.8])
    assert pooled["joint_right"].tolist() == [True, False, True]  # "none of these" is right for the third


def test_no_sibling_means_no_shared_stack():
    made = account(12)
    free = made.without_sibling(np.array([0]))
    assert not free[[0, 3, 6, 9]].any() and free[[1, 2, 4, 5]].all()


def test_rows_pairs_and_controls():
    session = product.shipped()
    result = simulated.run(
        world(), session=session, methods=["costdna", "majority", "logreg"], accounts=2, coverages=(0.5,)
    )
    rows = {r["method"]: r for r in result["rows"]}
    assert rows["costdna"]["accuracy"] > 0.9 > rows["majority"]["accuracy"] + 0.3
    assert rows["majority"]["answered"] is None and rows["costdna"]["gate"] == 1.0
    assert next(p for p in result["pairs"] if p["against"] == "majority")["accuracy_wins"] == 2
    checks = result["checks"]
    assert checks["permuted owners"]["passed the gate"] == 0 and checks["permuted owners"]["accounts"] == 2
    assert checks["informative accounts"]["share"] == 1.0 and checks["one rule, no tags"]["gate passed"] == 0.0
    json.loads(json.dumps(result, allow_nan=False))


def test_the_prior_is_a_world_and_unknown_ones_are_listed():
    assert {"prior", "bundle", "platform"} <= {
        name for name, each in worlds.all_worlds().items() if each.role == "train"
    }
    found = worlds.find("prior")
    case = found.case(0, 0.2, 0.0)
    assert found.fixed
    assert not found.reported
    assert len(case.shown) == len(case.written)
    assert case.account.x.shape[0] == len(case.account.truth)
    with pytest.raises(UsageError, match="prior"):
        worlds.find("nowhere")
    assert worlds.find(worlds.for_choices()).role != "report"


def test_the_predecessors_world_is_broken_down_by_kind():
    from costdna_companion.bench import classic

    result = classic.run(worlds.find("classic"), session=None, methods=["majority", "logreg+lp"], accounts=2)
    rows = {r["method"]: r for r in result["rows"]}
    assert rows["logreg+lp"]["clean"] > 0.8 > rows["majority"]["accuracy"]
    assert set(classic.KINDS) <= set(rows["majority"])
    assert worlds.find("report").first == 1000 and worlds.find("classic").role == "smoke"


def test_ablation_names_what_carries_the_answer():
    rows = {
        r["removed"]: r
        for r in perturb.ablate(world(), session=None, methods=["logreg"], accounts=2, coverage=0.5)["rows"]
    }
    assert rows["stack and cluster"]["logreg change"] < -0.3 < rows["names"]["logreg change"] + 0.2
    assert "principals" not in rows  # nobody has any


def test_robustness_falls_with_noise_and_with_lost_memberships():
    rows = {
        r["change"]: r["logreg"]
        for r in perturb.robustness(world(), session=None, methods=["logreg"], accounts=2, coverage=0.5)["rows"]
    }
    assert rows["0% of labels wrong"] >= rows["40% of labels wrong"]
    assert rows["0% of memberships kept"] < rows["75% of memberships kept"]
    case = world().case(0, 0.5, 0.0)
    wrong = [perturb.mislabel(case, share, 1).written != case.written for share in (0.1, 0.3)]
    # nested: more noise, never other noise
    assert wrong[0].sum() == round(0.1 * len(case.written)) and (wrong[1] | ~wrong[0]).all()
    kept = perturb.without_wrong(case, 0.3, 1)
    np.testing.assert_array_equal(kept.shown, case.shown[~wrong[1]])
    np.testing.assert_array_equal(kept.written, case.written[~wrong[1]])
    assert perturb.TAKEN_OUT in rows


def test_reliability_holds_confidence_against_hidden_owners():
    made = account(120)
    owned = np.flatnonzero(made.truth != "")
    result = calibration.reliability(made, made.known(owned), product.shipped())
    figures = {f["diagram"]: f for f in result["figures"]}
    assert set(figures) == {"out of fold, whole units", "out of fold, random", "in fold (owners that were shown)"}
    assert figures["out of fold, random"]["rows"] == len(owned) and figures["out of fold, random"]["accuracy"] > 0.9
    assert figures["in fold (owners that were shown)"]["accuracy"] == 1.0  # which is why it says nothing
    assert sum(r["rows"] for r in result["rows"] if r["diagram"] == "out of fold, random") == len(owned)
    with pytest.raises(UsageError, match="Too few"):
        calibration.reliability(made, made.known(owned[:4]), None)
