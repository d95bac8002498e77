"""From tables to inferred owners: gate, held-out rules, canonical order, reasons, and the shipped model's doors."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from costdna.attribute import finish, prepare
from costdna.attribute.answers import EVIDENCE_COLUMNS, OWNERSHIP_COLUMNS
from costdna.attribute.card import ModelRefused, check_card, check_golden, model_id, read_golden

MODELS = Path(__file__).parents[2] / "models"
NO_CHARGES = pd.DataFrame({"x_OwnableId": np.zeros(0, dtype=np.int64)})
NO_RHYTHM = pd.DataFrame()


def account(apps=12, per_app=12, teams=4, seed=0, informative=True):
    """Tables of an account in which an app's stack, prefix and words follow its team; half of each app is tagged."""
    rng = np.random.default_rng(seed)
    rows, links, known = [], [], []
    for app in range(apps):
        team = f"team-{app % teams}"
        for copy in range(per_app):
            index = len(rows)
            identity = 1000 + index
            rows.append((identity, f"arn:aws:ec2::{index:05d}", 1_000_000 + int(rng.integers(0, 10**6)), False))
            group = app if informative else int(rng.integers(0, apps))
            links += [
                (identity, "stack", f"stack-{group}"),
                (identity, "name_token", f"app{group}"),
                (identity, "region", "eu-west-1"),
            ]
            links += [
                (identity, "account", f"acct-{group % 3}"),
                (identity, "name_prefix", f"t{group % teams}" if informative else "x"),
            ]
            if copy % 2 == 0:
                known.append((identity, team, "tag"))
    rows.append((9_999_999, "", 5_000_000, True))
    things = pd.DataFrame(rows, columns=["x_OwnableId", "ResourceId", "BilledCost", "x_IsSynthetic"])
    things["EffectiveCost"] = things["BilledCost"]
    things["x_FirstSeen"], things["x_LastSeen"] = pd.Timestamp("2026-01-01"), pd.Timestamp("2026-01-30")
    things["x_NameTokens"] = [["app"]] * len(things)
    relations = pd.DataFrame(links, columns=["x_OwnableId", "x_Kind", "x_Group"]).assign(x_Reason="")
    return things, relations, NO_CHARGES, NO_RHYTHM, pd.DataFrame(known, columns=["x_OwnableId", "x_Team", "x_Basis"])


def session():
    """onnxruntime, one thread; the page's own suite has none and skips these (it runs the golden passes itself)."""
    runtime = pytest.importorskip("onnxruntime", reason="no onnxruntime here")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    return runtime.InferenceSession(
        (MODELS / "attributor.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
    )


def run(model, feeds):
    names = ["logits", "none_logit"]
    return dict(zip(names, model.run(names, feeds), strict=True))


def outputs_of(plan):
    model = session() if plan.feeds else None
    return [run(model, feed) for feed in plan.feeds]


@pytest.fixture(scope="module")
def with_model():
    tables = account()
    plan = prepare(*tables)
    return tables, plan, outputs_of(plan)


def test_every_open_resource_gets_one_row_and_synthetic_ones_none(with_model):
    (things, _, _, _, known), plan, outputs = with_model
    inferred = finish(plan, outputs)
    real = set(things.loc[~things["x_IsSynthetic"], "x_OwnableId"])
    assert list(inferred.ownership["x_OwnableId"]) == sorted(real - set(known["x_OwnableId"]))
    assert tuple(inferred.ownership.columns) == OWNERSHIP_COLUMNS
    assert tuple(inferred.evidence.columns) == EVIDENCE_COLUMNS
    assert inferred.ownership["x_OwnableId"].dtype == np.int64 and inferred.evidence["x_OwnableId"].dtype == np.int64


def test_model_finds_owners_that_follow_stacks_and_says_why(with_model):
    (things, _, _, _, _), plan, outputs = with_model
    inferred = finish(plan, outputs, model_id="attributor 0.1 abc")
    assert inferred.gate["passed"] and inferred.gate["promised"]
    assert inferred.gate["accuracy_random_folds"] > 0.95 > inferred.gate["majority_share"]
    given = inferred.ownership[inferred.ownership["x_Verdict"] == "owned"]
    truth = {identity: f"team-{index // 12 % 4}" for index, identity in enumerate(things["x_OwnableId"])}
    assert len(given) >= 0.5 * len(inferred.ownership)
    assert all(truth[row.x_OwnableId] == row.x_Team for row in given.itertuples())
    assert given["x_Reason"].str.contains("known owners there").all()
    assert (given["x_EvidenceHash"].str.len() == 16).all()
    assert given["x_Probability"].between(0.5, 1.0).all()
    best = inferred.evidence[inferred.evidence["x_OwnableId"] == given["x_OwnableId"].iloc[0]]
    assert (best["x_Weight"] > 0).any() and set(best["x_Kind"]) <= {"stack", "name_token", "name_prefix", "account"}


def test_without_a_model_the_simple_methods_answer(with_model):
    _, plan, _ = with_model
    inferred = finish(plan, None)
    assert inferred.gate["passed"]
    assert {entry["name"] for entry in inferred.candidates} == {
        "simple methods together",
        "logistic regression with label propagation",
        "naive Bayes",
    }
    assert sum(entry["chosen"] for entry in inferred.candidates) == 1


def test_owners_that_follow_nothing_shut_the_gate():
    for seed in range(3):
        things, relations, charges, rhythm, known = account(informative=False, seed=seed)
        plan = prepare(things, relations, charges, rhythm, known)
        inferred = finish(plan, outputs_of(plan))
        assert not inferred.gate["passed"] and "does not identify teams" in inferred.gate["reason"]
        assert (inferred.ownership["x_Verdict"] == "abstained").all()
        assert inferred.ownership["x_Probability"].isna().all()
        assert (inferred.ownership["x_Team"] == "").all() and (inferred.ownership["x_Reason"] != "").all()


@pytest.mark.parametrize(("keep", "words"), [(0, "No team"), (10, "15 are needed")])
def test_too_few_known_owners_shut_the_gate(keep, words):
    things, relations, charges, rhythm, known = account()
    few = known.iloc[:: max(1, len(known) // keep)].head(keep) if keep else known.head(0)
    inferred = finish(prepare(things, relations, charges, rhythm, few), None)
    assert not inferred.gate["passed"] and words in inferred.gate["reason"]


def test_one_team_is_nothing_to_choose_from():
    things, relations, charges, rhythm, known = account(teams=1)
    plan = prepare(things, relations, charges, rhythm, known)
    assert plan.feeds == [] and "Only one team" in finish(plan, []).gate["reason"]


def test_owners_by_rule_are_never_hidden_nor_counted():
    things, relations, charges, rhythm, known = account()
    by_rule = prepare(things, relations, charges, rhythm, known.assign(x_Basis="rule"))
    assert not by_rule.held.any() and by_rule.folds == []
    assert not finish(by_rule, outputs_of(by_rule)).gate["passed"]
    mixed = known.copy()
    mixed.loc[::2, "x_Basis"] = "rule"
    plan = prepare(things, relations, charges, rhythm, mixed)
    for fold in plan.folds:
        assert not (fold.hidden & ~plan.held).any() and not (fold.visible & ~plan.held).any()


def test_what_is_known_to_have_no_team_is_not_inferred_over():
    things, relations, charges, rhythm, known = account()
    vendor = int(things["x_OwnableId"].iloc[1])
    assert vendor not in set(known["x_OwnableId"])
    told = pd.concat([known, pd.DataFrame({"x_OwnableId": [vendor], "x_Team": [""], "x_Basis": ["human"]})])
    plan = prepare(things, relations, charges, rhythm, told)
    assert "" not in plan.teams and plan.settled.sum() == 1
    assert vendor not in set(finish(plan, None).ownership["x_OwnableId"])


def test_no_feed_has_an_empty_team_column_and_hidden_owners_are_not_shown(with_model):
    _, plan, _ = with_model
    assert {number for number, _ in plan.passes} == set(range(-1, len(plan.folds)))
    for feed, (number, _) in zip(plan.feeds, plan.passes, strict=True):
        assert feed["x"].dtype == np.float32 and feed["x"].shape == (len(plan.nodes), 43)
        assert feed["member_node"].dtype == feed["member_group"].dtype == feed["group_kind"].dtype == np.int64
        assert (feed["y_support"].sum(0) > 0).all() and feed["y_support"].dtype == np.float32
        if number >= 0:
            assert feed["y_support"][plan.folds[number].hidden].sum() == 0


def test_row_order_of_relations_and_known_owners_does_not_matter(with_model):
    (things, relations, charges, rhythm, known), plan, outputs = with_model
    shuffled = prepare(
        things, relations.sample(frac=1, random_state=3), charges, rhythm, known.sample(frac=1, random_state=4)
    )
    for a, b in zip(plan.feeds, shuffled.feeds, strict=True):
        for name in a:
            np.testing.assert_array_equal(a[name], b[name])
    pd.testing.assert_frame_equal(finish(plan, outputs).ownership, finish(shuffled, outputs).ownership)


def test_hostile_group_names_stay_text():
    things, relations, charges, rhythm, known = account()
    relations["x_Group"] = relations["x_Group"].str.replace("stack-0", "{group}<script>{0}")
    plan = prepare(things, relations, charges, rhythm, known)
    assert finish(plan, None).ownership["x_Reason"].str.contains("{group}<script>{0}", regex=False).any()


def test_shipped_model_fits_and_reproduces_its_golden_passes():
    card, model = json.loads((MODELS / "attributor.json").read_text()), (MODELS / "attributor.onnx").read_bytes()
    check_card(card, model)
    assert len(model) < 5_000_000 and b"ScatterElements" not in model and model_id(card).startswith("attributor ")
    runner = session()
    assert len(card["golden"]) >= 5
    for entry in card["golden"]:
        feeds, expected = read_golden((MODELS / entry["file"]).read_bytes())
        assert check_golden(run(runner, feeds), expected, entry["file"]) <= 1e-5


def test_another_model_is_refused():
    card, model = json.loads((MODELS / "attributor.json").read_text()), (MODELS / "attributor.onnx").read_bytes()
    with pytest.raises(ModelRefused, match="model file"):
        check_card(card, model + b" ")
    with pytest.raises(ModelRefused, match="group kinds, features"):
        check_card(card | {"kinds_sha256": "0", "features_sha256": "0"}, model)
    feeds, expected = read_golden((MODELS / card["golden"][0]["file"]).read_bytes())
    with pytest.raises(ModelRefused, match="something else"):
        check_golden(expected | {"none_logit": expected["none_logit"] + 1}, expected)
    with pytest.raises(ModelRefused):
        check_golden(expected | {"none_logit": expected["none_logit"] * np.nan}, expected)


def test_model_does_not_care_which_team_comes_first(with_model):
    _, plan, outputs = with_model
    feed = plan.feeds[0]
    order = np.array([2, 0, 3, 1])
    turned = run(session(), feed | {"y_support": feed["y_support"][:, order].copy()})
    np.testing.assert_allclose(turned["logits"], outputs[0]["logits"][:, order], atol=1e-4)
    np.testing.assert_allclose(turned["none_logit"], outputs[0]["none_logit"], atol=1e-4)
