"""The columns of a part say of each event what the event says."""

import json

import numpy as np
import pytest

from costdna.errors import BillError
from costdna_companion.collect.trail.rows import Rows, key_hash

BUCKET = {
    "eventTime": "2026-01-02T00:00:00Z",
    "eventName": "PutBucketPolicy",
    "eventSource": "s3.amazonaws.com",
    "awsRegion": "eu-west-1",
    "recipientAccountId": "111122223333",
    "readOnly": False,
    "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "userName": "ana", "accessKeyId": "AKIA1"},
    "requestParameters": {"bucketName": "logs"},
}


def columns(*events: dict) -> dict[str, list]:
    rows = Rows()
    assert rows.read(json.dumps({"Records": events}).encode(), "f") == len(events) == len(rows)
    return {name: values.tolist() for name, values in rows.columns().items()}


def test_each_column_is_of_its_own_event():
    found = columns({**BUCKET, "eventID": "e1"}, {**BUCKET, "eventID": "e2", "eventName": "GetBucketPolicy", "readOnly": True, "errorCode": "AccessDenied", "requestParameters": {"bucketName": "other"}},
                    {**BUCKET, "eventID": None, "awsRegion": None, "recipientAccountId": None, "userIdentity": None, "requestParameters": None})  # fmt: skip
    assert found["x_EventId"] == ["e1", "e2", ""] and found["x_ActorKind"] == ["human", "human", "unknown"]
    assert (
        found["x_EventName"] == ["PutBucketPolicy", "GetBucketPolicy", "PutBucketPolicy"]
        and found["x_EventSource"] == ["s3"] * 3
    )
    assert found["SubAccountId"] == ["111122223333", "111122223333", ""] and found["RegionId"] == [
        "eu-west-1",
        "eu-west-1",
        "",
    ]
    assert found["x_ReadOnly"] == [False, True, False] and found["x_Failed"] == [False, True, False]
    assert found["x_Resources"] == ["s3:logs", "s3:other", ""] and found["x_KeyHash"] == [key_hash("AKIA1")] * 2 + [0]


def test_an_event_that_does_not_say_whether_it_reads_is_known_by_its_name():
    silent = {name: value for name, value in BUCKET.items() if name != "readOnly"}
    assert columns({**silent, "eventName": "ListBuckets"}, silent)["x_ReadOnly"] == [True, False]


def test_one_identity_in_two_accounts_is_two_actors():
    service = {**BUCKET, "userIdentity": {"type": "Root"}}
    found = columns(service, {**service, "recipientAccountId": "444455556666"}, service)
    assert found["x_ActorId"] == ["root:111122223333:root", "root:444455556666:root", "root:111122223333:root"]


def test_the_answer_of_a_write_counts_that_of_a_read_does_not():
    answer = {
        "responseElements": {"volumeId": "vol-0a1b2c3d"},
        "eventSource": "ec2.amazonaws.com",
        "requestParameters": {"size": 8},
    }
    listed = {"resources": [{"ARN": "arn:aws:s3:::listed"}], "requestParameters": None}
    found = columns(
        {**BUCKET, **answer, "eventName": "CreateVolume"},
        {**BUCKET, **answer, "eventName": "DescribeVolumes", "readOnly": True},
        {**BUCKET, **listed},
        {**BUCKET, "requestParameters": "arn:aws:s3:::text"},
    )
    assert found["x_Resources"] == ["vol-0a1b2c3d", "", "arn:aws:s3:::listed", ""]


def test_a_handed_key_is_kept_as_a_hash_with_who_got_it():
    rows = Rows()
    rows.read(
        json.dumps(
            [
                {
                    **BUCKET,
                    "eventSource": "sts.amazonaws.com",
                    "eventName": "AssumeRole",
                    "readOnly": True,
                    "responseElements": {"credentials": {"accessKeyId": "ASIA1"}},
                }
            ]
        ).encode(),
        "f",
    )
    assert {key: (actor.id, used) for key, (actor, used) in rows.handed.items()} == {
        key_hash("ASIA1"): ("human:111122223333:ana", key_hash("AKIA1"))
    }


def test_nothing_read_gives_empty_columns_of_the_right_kind():
    found = Rows().columns()
    assert {len(values) for values in found.values()} == {0}
    assert found["x_KeyHash"].dtype == np.int64 and found["x_Failed"].dtype == bool


@pytest.mark.parametrize(
    "event",
    [{**BUCKET, "eventName": None}, {**BUCKET, "awsRegion": 3}, {**BUCKET, "readOnly": [1]}],
    ids=["no-name", "a-number-for-a-text", "a-list-for-a-flag"],
)
def test_an_event_that_is_none_of_cloudtrails_names_its_file(event):
    with pytest.raises(BillError) as error:
        Rows().read(json.dumps([event]).encode(), "the-file")
    assert error.value.where == "the-file" and error.value.next_step
