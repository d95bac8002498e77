"""What a scan hands to the core: the events that changed or read something, in the order of time."""

import gzip
import json
from pathlib import Path

import pandas as pd
import pytest

from costdna.events import WROTE
from costdna_companion.collect.trail.load import load
from costdna_companion.collect.trail.wrote import rows


def table(folder: Path, *events: dict) -> Path:
    (folder / "trail").mkdir()
    (folder / "trail" / "1.json.gz").write_bytes(gzip.compress(json.dumps({"Records": events}).encode()))
    return load(folder / "trail", folder / "out", processes=1).path


def event(second: int, user: str = "ana", **more) -> dict:
    return {
        "eventID": f"e{9 - second}",
        "eventTime": f"2026-01-02T00:00:0{second}Z",
        "eventName": "PutBucketPolicy",
        "eventSource": "s3.amazonaws.com",
        "recipientAccountId": "111122223333",
        "readOnly": False,
        "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "userName": user},
        "requestParameters": {"bucketName": f"b{second}"},
        **more,
    }


def test_failed_calls_and_events_without_a_resource_are_left_out_and_the_rest_is_in_the_order_of_time(tmp_path):
    found = rows(
        table(
            tmp_path,
            event(3),
            event(1, "ben"),
            event(2, errorCode="AccessDenied"),
            event(4, requestParameters=None),
            event(5, readOnly=True, eventName="GetBucketPolicy"),
        )
    )
    assert list(found.columns) == list(WROTE) and found["x_At"].dtype == "datetime64[ns]"
    assert found["x_At"].tolist() == [pd.Timestamp(f"2026-01-02T00:00:0{second}") for second in (1, 3, 5)]
    assert found["x_ActorId"].tolist() == [
        "human:111122223333:ben",
        "human:111122223333:ana",
        "human:111122223333:ana",
    ] and set(found["x_ActorKind"]) == {"human"}
    assert found["x_EventName"].tolist() == ["PutBucketPolicy", "PutBucketPolicy", "GetBucketPolicy"] and found[
        "x_ReadOnly"
    ].tolist() == [False, False, True]
    assert (
        found["x_Resources"].tolist() == ["s3:b1", "s3:b3", "s3:b5"]
        and set(found["x_Origin"]) == {"cloudtrail"}
        and not found["x_Failed"].any()
    )


@pytest.mark.parametrize("many", [0, 3])
def test_the_kinds_of_the_columns_do_not_depend_on_what_is_there(tmp_path, many):
    found = rows(table(tmp_path, event(1, requestParameters=None), *[event(2 + n) for n in range(many)]))
    assert len(found) == many and {
        str(kind)
        for kind in found[["x_ActorId", "x_ActorKind", "x_EventName", "SubAccountId", "x_Resources", "x_Origin"]].dtypes
    } == {"object"}


def test_a_text_that_many_events_share_is_held_once(tmp_path):
    assert len({id(actor) for actor in rows(table(tmp_path, *[event(n) for n in range(8)]))["x_ActorId"]}) == 1
