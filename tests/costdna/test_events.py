"""An event finds its resource in the form the bill writes it, or none at all."""

import doctest

import pandas as pd

from costdna import events as module
from costdna import schema
from costdna.events import WROTE, events
from costdna.relations.by_event import by_event


def wrote(*rows) -> pd.DataFrame:
    frame = pd.DataFrame(
        [
            ("2026-01-02T03:04:05", actor, kind, name, account, read, failed, "\n".join(resources), "cloudtrail")
            for actor, kind, name, account, read, failed, resources in rows
        ],
        columns=WROTE,
    )
    return frame.astype({"x_At": "datetime64[ns]"})


def things(*rows) -> pd.DataFrame:
    frame = schema.OWNABLES.empty().reindex(range(len(rows)))
    for name in ("x_OwnableId", "SubAccountId", "ResourceId"):
        frame[name] = [row[("x_OwnableId", "SubAccountId", "ResourceId").index(name)] for row in rows]
    return frame.astype({"x_OwnableId": "int64"})


THINGS = things(
    (1, "111", "i-0a1b2c3d4e5f60718"),
    (2, "111", "arn:aws:lambda:eu-west-1:111:function:thumbs"),
    (3, "111", "shop-logs"),
    (4, "222", "shop-logs"),
    (5, "111", ""),
    (6, "111", "arn:aws:elasticloadbalancing:eu-west-1:111:loadbalancer/app/front/50dc6c495c0c9188"),
)
CODES = {3: "AmazonS3", 4: "AmazonS3"}


def found(*resources, account="111", kind="human") -> list[int]:
    return events(wrote(("human:1:ana", kind, "X", account, False, False, resources)), THINGS, CODES)[
        "x_OwnableId"
    ].tolist()


def test_the_examples_hold():
    assert doctest.testmod(module).attempted and doctest.testmod(module).failed == 0


def test_each_form_of_an_id_finds_its_resource():
    assert found("i-0a1b2c3d4e5f60718") == [1]
    assert found("lambda:thumbs") == [2]
    assert found("arn:aws:lambda:eu-west-1:111:function:thumbs:7") == [2]
    assert found("s3:shop-logs") == [3] and found("s3:shop-logs", account="222") == [4]
    assert found("elasticloadbalancing:front") == [6]
    assert found("i-0a1b2c3d4e5f60718", "lambda:thumbs", "arn:aws:lambda:eu-west-1:111:function:thumbs") == [1, 2]


def test_another_account_service_or_unknown_id_finds_nothing():
    assert found("i-0a1b2c3d4e5f60718", account="222") == []
    assert found("rds:thumbs") == []
    assert found("i-00000000000000000") == []
    assert found("arn:short") == []
    assert found("") == []


def test_a_key_that_two_resources_share_finds_neither():
    twice = things((1, "111", "arn:aws:rds:eu-west-1:111:db:main"), (2, "111", "arn:aws:rds:us-east-1:111:db:main"))
    rows = wrote(
        ("a", "human", "X", "111", False, False, ["rds:main"]),
        ("a", "human", "X", "111", False, False, ["arn:aws:rds:us-east-1:111:db:main"]),
    )
    assert events(rows, twice)["x_OwnableId"].tolist() == [2]


def test_failed_calls_and_events_without_resources_are_left_out():
    rows = wrote(
        ("a", "human", "X", "111", False, True, ["lambda:thumbs"]), ("a", "human", "X", "111", False, False, [])
    )
    assert events(rows, THINGS).empty


def test_relations_come_from_writing_and_name_the_kind_of_actor():
    rows = wrote(
        ("human:111:ana", "human", "CreateFunction20150331", "111", False, False, ["lambda:thumbs"]),
        ("human:111:bo", "human", "GetFunction", "111", True, False, ["lambda:thumbs"]),
        ("pipeline:acme/shop", "pipeline", "UpdateFunctionCode", "111", False, False, ["lambda:thumbs"]),
        ("role:111:web", "role", "PutBucketPolicy", "111", False, False, ["s3:shop-logs"]),
        ("service:rds.amazonaws.com", "service", "CreateX", "111", False, False, ["lambda:thumbs"]),
    )
    assert by_event(events(rows, THINGS, CODES)) == [
        (2, "actor", "human:111:ana"),
        (2, "creator", "human:111:ana"),
        (2, "deploy", "pipeline:acme/shop"),
        (3, "role", "role:111:web"),
    ]
