"""What gives the label away is named, what merely never repeats is not, and the honest figure is the lower one."""

import json

import numpy as np
import pandas as pd
import pytest

from costdna import schema
from costdna.audit import audit, audit_bill, measure
from costdna.errors import UsageError


def table(n=400, seed=0):
    rng = np.random.default_rng(seed)
    deployment = rng.integers(0, 60, n)
    team = np.array(["ads", "search", "maps", "ml"])[deployment % 4]
    noisy = np.where(rng.random(n) < 0.92, team, rng.permutation(team))
    return pd.DataFrame(
        {
            "team": team, "deployment": [f"d{d}" for d in deployment], "row_id": [f"r{i}" for i in range(n)], "owner_mail": [f"{t}@x" for t in noisy],
            "size": rng.choice(["s", "m", "l"], n), "load": rng.normal(size=n) + (deployment % 4) * 0.4, "constant": "eu",
            "almost_id": [f"a{i // 2 if i < 8 else i}" for i in range(n)],
        }
    )  # fmt: skip


def verdicts(result):
    return dict(zip(result.keys["x_Key"], result.keys["x_Verdict"], strict=True))


def test_a_key_that_determines_and_one_that_nearly_does_are_accused():
    result = audit(table(), "team")
    assert result.leaks == ["deployment", "owner_mail"]  # what a join decides comes first
    row = result.keys.set_index("x_Key").loc["deployment"]
    assert row["x_Pure"] == 1.0 and row["x_PureByChance"] < 0.1 and row["x_JoinSolvable"] == row["x_Coverage"] > 0.95
    mail = result.keys.set_index("x_Key").loc["owner_mail"]
    assert mail["x_Pure"] == 0.0 and 0.85 < mail["x_Vote"] < 1.0  # no value is pure, yet its majority names the team


def test_near_unique_constant_and_unrelated_columns_are_not():
    got = verdicts(audit(table(), "team"))
    assert got["row_id"] == got["almost_id"] == "near-unique"
    assert got["size"] == got["constant"] == "clean"
    row = audit(table(), "team").keys.set_index("x_Key").loc["row_id"]
    # what fools a count without chance
    assert row["x_Determines"] == 1.0 and row["x_Coverage"] == 0.0 and row["x_JoinSolvable"] == 0.0


def test_permuted_labels_accuse_nobody():
    frame = table()
    for seed in range(5):
        frame["team"] = np.random.default_rng(seed).permutation(frame["team"])
        assert audit(frame, "team").leaks == []


def test_a_lopsided_label_makes_no_leak():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "team": np.where(rng.random(600) < 0.93, "platform", "ads"),
            "host": rng.integers(0, 250, 600).astype(str),
            "zone": rng.choice(["a", "b"], 600),
        }
    )
    assert audit(frame, "team").leaks == []  # 9 of 10 values are pure here by chance alone


def test_honest_is_below_inflated_and_leads():
    result = audit(table(), "team")
    assert result.unit == "deployment"  # the finest accused key: its rows are held out together
    assert result.inflated > 0.9 > result.honest and result.honest < result.random + 0.1
    assert list(result.to_dict())[4] == "honest_accuracy"
    json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert audit(table(), "team", unit="size").unit == "size"


def test_relations_are_audited_by_kind():
    frame = table()
    row = np.arange(len(frame), dtype=np.int64)
    relations = pd.DataFrame({"x_Row": np.concatenate([row, row, row]), "x_Kind": np.repeat(["flow", "vpc", "rack"], len(row)),
                              "x_Group": np.concatenate([frame["team"] + (row % 9).astype(str), frame["team"], (row % 7).astype(str)])})  # fmt: skip
    result = audit(frame[["team"]], "team", relations=relations)
    assert set(result.leaks) == {"flow", "vpc"} and set(result.keys["x_Source"]) == {"relation"}
    assert result.join_solvable == 1.0


def test_vote_against_a_plain_count():
    rng = np.random.default_rng(5)
    group, label = rng.integers(0, 12, 120), rng.integers(0, 3, 120)
    want = []
    for i in range(120):
        fellows = np.bincount(label[(group == group[i]) & (np.arange(120) != i)], minlength=3)
        mine, others = fellows[label[i]], max(fellows[t] for t in range(3) if t != label[i])
        want.append(1.0 if mine > others else 0.5 if mine == others and mine > 0 else 0.0)
    assert measure(np.arange(120), group, label)["x_Vote"] == pytest.approx(np.mean(want))


def test_unlabelled_rows_are_left_out_and_bad_questions_are_refused():
    frame = table()
    frame.loc[:99, "team"] = ""
    frame.loc[100:149, "team"] = None
    assert audit(frame, "team").rows == len(frame) - 150
    with pytest.raises(UsageError, match="owner"):
        audit(frame, "owner")
    with pytest.raises(UsageError, match="tell rows apart"):
        audit(frame.assign(team="one"), "team")


def test_a_bills_own_tag_keys():
    n = 90
    team = np.array(["ads", "search", "maps"])[np.arange(n) % 3]
    ids = np.arange(n, dtype=np.int64) * 11
    ownables = pd.DataFrame({"x_OwnableId": ids, "x_IsSynthetic": False, "SubAccountId": "111", "RegionId": "eu-west-1", "ServiceName": "EC2", "ResourceType": "ec2:instance",
                             "Tags": [json.dumps([["resource", "Team", t], ["resource", "CostCenter", f"cc-{t}"], ["resource", "Stage", ("dev", "prod")[i // 3 % 2]]]) for i, t in enumerate(team)]})  # fmt: skip
    relations = pd.DataFrame(
        {"x_OwnableId": ids, "x_Kind": "stack", "x_Group": [f"{t}-{i % 6}" for i, t in enumerate(team)], "x_Reason": ""}
    )
    labels = pd.DataFrame({"x_OwnableId": ids, "x_Team": team, "x_Basis": "tag"})
    result = audit_bill(ownables, relations, labels, {("resource", "Team")})
    assert set(result.leaks) == {"tag CostCenter", "stack"} and "tag Team" not in set(result.keys["x_Key"])
    assert set(relations.columns) == set(schema.RELATIONS.names())
