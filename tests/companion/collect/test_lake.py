"""An event data store: a query a day, paid once, read like any trail; every request and answer is held against
botocore's model.
"""

import datetime as dt
import gzip
import json

import boto3
import pytest
from botocore.stub import Stubber
from costdna.errors import UsageError
from costdna_companion.collect.lake import lake, parse
from costdna_companion.collect.trail.load import load

ARN = "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/0a1b2c3d-0000-4000-8000-000000000000"
START = dt.datetime(2026, 11, 18, tzinfo=dt.UTC)
QUERY = "00000000-0000-4000-8000-00000000000a"


def event(number: int) -> dict:
    return {
        "eventID": f"e{number}",
        "eventTime": "2026-11-18T01:00:00Z",
        "eventName": "RunInstances",
        "readOnly": False,
        "eventSource": "ec2.amazonaws.com",
        "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
        "userIdentity": {"type": "IAMUser", "userName": "ana", "accountId": "111122223333"},
        "requestParameters": {"instanceId": f"i-{number:017x}"},
    }


@pytest.fixture
def client():
    made = boto3.client("cloudtrail", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(made) as stub:
        made.stub = stub
        yield made
        stub.assert_no_pending_responses()


def a_day(client, day: int, *pages, states=("RUNNING",)):
    statement = f"SELECT eventJson FROM {ARN[-36:]} WHERE eventTime >= '2026-11-{day} 00:00:00' AND eventTime < '2026-11-{day + 1} 00:00:00' AND readOnly = false"
    client.stub.add_response("start_query", {"QueryId": QUERY}, {"QueryStatement": statement})
    for state in states:
        client.stub.add_response(
            "get_query_results", {"QueryStatus": state}, {"QueryId": QUERY, "MaxQueryResults": 1000}
        )
    for number, rows in enumerate(pages):
        answer = {
            "QueryStatus": "FINISHED",
            "QueryStatistics": {"BytesScanned": 2_000_000_000},
            "QueryResultRows": [[{"eventJson": json.dumps(e)}] for e in rows],
            **({"NextToken": "next"} if number + 1 < len(pages) else {}),
        }
        client.stub.add_response(
            "get_query_results",
            answer,
            {"QueryId": QUERY, "MaxQueryResults": 1000, **({"NextToken": "next"} if number else {})},
        )


def test_days_are_fetched_paid_once_and_read_like_a_trail(client, tmp_path):
    waits = []
    a_day(client, 18, [event(1), event(2)], [event(3)])
    a_day(client, 19, [event(4)], states=())
    row = lake(
        client, ARN, START, START + dt.timedelta(days=2, hours=1), tmp_path / "t", stop=stops(2), wait=waits.append
    )
    assert row["x_Status"] == "partial" and "4.00 GB scanned" in row["x_Detail"] and waits == [2.0]
    assert load(tmp_path / "t", tmp_path / "o", processes=1).events == 4
    a_day(client, 20, [event(5)], states=())  # only the day that was not paid for
    row = lake(client, ARN, START, START + dt.timedelta(days=2, hours=1), tmp_path / "t", wait=waits.append)
    assert (
        row["x_Status"] == "complete"
        and "2.00 GB scanned" in row["x_Detail"]
        and load(tmp_path / "t", tmp_path / "o", processes=1).events == 5
    )


def stops(after: int):
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > after

    return stop


def test_a_failed_query_and_a_refusal_are_said(client, tmp_path):
    client.stub.add_response("start_query", {"QueryId": QUERY})
    client.stub.add_response("get_query_results", {"QueryStatus": "TIMED_OUT", "ErrorMessage": "too long"})
    row = lake(client, ARN, START, START + dt.timedelta(days=1), tmp_path)
    assert row["x_Status"] == "partial" and "TIMED_OUT: too long" in row["x_Detail"]
    client.stub.add_client_error("start_query", "AccessDeniedException", "no")
    assert lake(client, ARN, START, START + dt.timedelta(days=1), tmp_path)["x_Status"] == "denied" and not list(
        tmp_path.rglob("*.gz")
    )


def test_today_is_asked_again(client, tmp_path):
    for events in ([event(1)], [event(1), event(2)]):
        a_day(client, 18, events, states=())
        lake(client, ARN, START, START + dt.timedelta(hours=12), tmp_path)
    (path,) = tmp_path.rglob("*.gz")
    assert len(json.loads(gzip.decompress(path.read_bytes()))["Records"]) == 2


def test_only_a_store_is_one():
    assert parse(ARN)[:2] == ("eu-west-1", "111122223333")
    with pytest.raises(UsageError, match="no event data store"):
        parse("arn:aws:cloudtrail:eu-west-1:111122223333:trail/x'; DROP")
