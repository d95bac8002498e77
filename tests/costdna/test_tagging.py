"""Every owned resource is proposed a tag, or told why not."""

import doctest

import bills
import numpy as np
import pytest
from costdna import tagging
from costdna.events import codes
from costdna.tagging import arn_of, tag_plan
from costdna.workspace import Workspace
from readings import reading


@pytest.fixture(scope="module")
def run():
    space = Workspace([reading(bills.company(teams=4, per_team=10))])
    space.prove()
    return space.result


def test_the_examples_hold():
    assert doctest.testmod(tagging).attempted and doctest.testmod(tagging).failed == 0


def test_each_resource_with_one_owner_is_in_exactly_one_table(run):
    planned, passed = tag_plan(run.ownables, run.ownership, codes(run.charges), "team")
    owned = run.ownership[(run.ownership["x_Verdict"] == "owned") & run.ownership["x_ValidTo"].isna()][
        "x_OwnableId"
    ].nunique()
    assert len(planned) + len(passed) == owned > 0
    assert (passed["x_Reason"] == "its own tags name the owner already").any()


def test_an_inferred_owner_is_proposed_from_the_least_probability_on(run):
    ownership = run.ownership.copy()
    inferred = ownership["x_Verdict"] == "owned"
    ownership.loc[inferred, "x_Basis"] = "inferred"
    ownership.loc[inferred, "x_Probability"] = np.where(np.arange(inferred.sum()) % 2, 0.95, 0.7)
    things = run.ownables.assign(
        Tags="[]", ResourceId=[f"i-{n:08x}" for n in range(len(run.ownables))], RegionId="eu-west-1"
    )
    planned, passed = tag_plan(things, ownership, codes(run.charges), "owner-of-it", 0.9)
    assert len(planned) and (planned["x_Probability"] >= 0.9).all() and (planned["x_OldValue"] == "").all()
    assert passed["x_Reason"].str.startswith("probability 0.70 is below 0.90").any()
    costs = planned["BilledCost"].abs().tolist()
    assert costs == sorted(costs, reverse=True)


def test_ids_of_other_partitions_and_unknown_ids():
    assert arn_of("i-0a1b2c3d", "AmazonEC2", "cn-north-1", "1") == "arn:aws-cn:ec2:cn-north-1:1:instance/i-0a1b2c3d"
    assert arn_of("logs", "AmazonS3", "us-gov-west-1", "1") == "arn:aws-us-gov:s3:::logs"
    assert arn_of("", "AmazonEC2", "eu-west-1", "1") == ""
    assert arn_of("arn:aws:short", "AmazonEC2", "eu-west-1", "1") == ""
