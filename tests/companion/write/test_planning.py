"""What a Terraform state manages is left out of a plan, with where it is written down."""

import dataclasses
import json

import bills
import numpy as np
import pytest
from costdna.export.iac.state import managed
from costdna.workspace import Workspace
from costdna_companion.write.planning import planned
from readings import reading


def state(*instances) -> str:
    return json.dumps(
        {
            "version": 4,
            "resources": [
                {
                    "mode": "managed",
                    "type": kind,
                    "name": name,
                    "instances": [{"attributes": {"arn": arn, "id": id_, "tags": {}}}],
                }
                for kind, name, arn, id_ in instances
            ],
        }
    )


@pytest.fixture(scope="module")
def run():
    space = Workspace([reading(bills.company(teams=2, per_team=6))])
    space.prove()
    found = space.result
    owned = found.ownership["x_Verdict"] == "owned"
    ownership = found.ownership.assign(x_Basis=np.where(owned, "rule", found.ownership["x_Basis"]))
    things = found.ownables.assign(
        Tags="[]", ResourceId=[f"i-{n:08x}" for n in range(len(found.ownables))], RegionId="eu-west-1"
    )
    return dataclasses.replace(found, ownership=ownership, ownables=things)


def test_arns_and_ids_that_aws_made_are_taken_and_names_are_not():
    files = {
        "a/terraform.tfstate": state(
            ("aws_s3_bucket", "logs", "arn:aws:s3:::shop-logs", "shop-logs"),
            ("aws_instance", "web", None, "i-0123456789abcdef0"),
        ),
        "b.json": "{}",
        "main.tf": state(("aws_iam_role", "x", "arn:aws:iam::1:role/web", "web")),
    }
    assert managed(files) == {"arn:aws:s3:::shop-logs": "aws_s3_bucket.logs", "i-0123456789abcdef0": "aws_instance.web"}


def test_what_a_state_manages_is_passed_over_with_its_place(run):
    whole = planned(run, "USD", "team", 0.9)
    first, second, *rest = [row["ResourceId"] for row in whole["rows"]]
    left = planned(
        run, "USD", "team", 0.9, managed={first: "aws_instance.web", second.rpartition("/")[2]: "aws_instance.api"}
    )
    assert [row["ResourceId"] for row in left["rows"]] == rest and rest
    why = {row["ResourceId"]: row["x_Reason"] for row in left["passed"]}
    assert (
        "(aws_instance.web;" in why[first.rpartition("/")[2]]
        and "(aws_instance.api;" in why[second.rpartition("/")[2]]
        and len(left["passed"]) == len(whole["passed"]) + 2
    )
    assert float(left["total"]) < float(whole["total"])
    assert planned(run, "USD", "team", 0.9, managed={"arn:aws:s3:::elsewhere": "aws_s3_bucket.x"}) == whole
