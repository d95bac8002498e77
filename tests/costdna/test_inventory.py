"""What an inventory adds to a bill: tags the bill lacks, groups it cannot know, and what it never charges."""

import json

import numpy as np
import pandas as pd
from costdna import schema
from costdna.inventory import found, memberships, tagged, unbilled

I, F = "i-0a1b2c3d4e5f60718", "arn:aws:lambda:eu-west-1:111:function:thumbs"


def things() -> pd.DataFrame:
    frame = schema.OWNABLES.empty().reindex(range(3))
    frame["x_OwnableId"], frame["SubAccountId"], frame["ResourceId"] = [1, 2, 3], "111", [I, F, "shop-logs"]
    return frame.astype({"x_OwnableId": "int64"})


def charges(*sets) -> pd.DataFrame:
    frame = schema.CHARGES.empty().reindex(range(len(sets)))
    frame["x_OwnableId"] = [n % 3 + 1 for n in range(len(sets))]
    frame["x_ServiceCode"] = ["AmazonEC2", "AWSLambda", "AmazonS3"] * (len(sets) // 3)
    frame["x_TagSet"] = list(sets)
    return frame.astype({"x_OwnableId": "int64"})


def seen(*rows) -> pd.DataFrame:
    made = [
        (
            "AWS",
            "111",
            "eu-west-1",
            resource,
            "",
            "",
            json.dumps([["inventory", k, v] for k, v in tags.items()]),
            pd.NaT,
            "",
            "test",
        )
        for resource, tags in rows
    ]
    return schema.INVENTORY.check(
        pd.DataFrame(made, columns=schema.INVENTORY.names()).astype({"x_Created": "datetime64[ns]"})
    )


BILL = charges("[]", '[["resource","user:Team","web"]]', "[]")
SEEN = seen(
    (f"arn:aws:ec2:eu-west-1:111:instance/{I}", {"team": "search"}),
    (F, {"team": "thumbs", "stage": "prod"}),
    ("arn:aws:s3:::shop-logs", {}),
    ("arn:aws:sns:eu-west-1:111:alerts", {"team": "ops"}),
)


def test_each_resource_is_found_in_the_form_the_bill_writes_it():
    assert found(SEEN, things(), BILL).tolist() == [1, 2, 3, 0]
    assert unbilled(SEEN, found(SEEN, things(), BILL))["ResourceId"].tolist() == ["arn:aws:sns:eu-west-1:111:alerts"]


def test_a_tag_that_the_bill_lacks_is_added_and_one_that_it_has_stays():
    made = tagged(BILL, SEEN, found(SEEN, things(), BILL))
    assert [json.loads(t) for t in made["x_TagSet"]] == [
        [["inventory", "team", "search"]],
        [["resource", "user:Team", "web"], ["inventory", "stage", "prod"]],
        [],
    ]
    assert BILL["x_TagSet"].tolist()[0] == "[]" and made.drop(columns="x_TagSet").equals(BILL.drop(columns="x_TagSet"))


def test_a_key_that_any_day_of_the_bill_carries_is_left_to_the_bill():
    # the first resource was tagged during the month
    bill = charges("[]", "[]", "[]", '[["resource","user:Team","web"]]', "[]", "[]")
    made = tagged(bill, SEEN, found(SEEN, things(), bill))
    assert made["x_TagSet"].tolist()[0] == "[]"
    assert json.loads(made["x_TagSet"].tolist()[1])[0] == [
        "inventory",
        "team",
        "thumbs",
    ]


def test_nothing_known_changes_nothing():
    assert tagged(BILL, SEEN, np.zeros(4, dtype="int64")) is BILL


def test_members_become_groups_of_the_bills_resources():
    rows = pd.DataFrame(
        [
            ("111", I, "cluster", "web-asg", "t"),
            ("111", "s3:shop-logs", "stack", "web", "t"),
            ("111", F, "stack", "web", "t"),
            ("222", I, "stack", "other", "t"),
            ("111", "sqs:jobs", "stack", "web", "t"),
        ],
        columns=schema.MEMBERSHIPS.names(),
    )
    assert memberships(rows, things(), BILL) == [(1, "cluster", "web-asg"), (2, "stack", "web"), (3, "stack", "web")]


def test_an_id_that_stands_for_nothing_joins_nobody():
    rows = pd.DataFrame(
        [
            ("111", I, "attachment", "vol-ffffffff", "t"),
            ("111", F, "attachment", "vol-ffffffff", "t"),
            ("111", F, "attachment", "vol-0a1b2c3d", "t"),
        ],
        columns=schema.MEMBERSHIPS.names(),
    )
    assert memberships(rows, things(), BILL) == [(2, "attachment", "vol-0a1b2c3d")]
