"""The event history is fetched at AWS's own pace, window by window, and resumed where it stopped."""

import datetime as dt
import gzip
import json

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.validate import ParamValidator
from costdna_companion.collect import lookup as module
from costdna_companion.collect.lookup import lookup
from costdna_companion.collect.trail.load import load

NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
START = NOW - dt.timedelta(days=2)


class History:
    """An event history of one account: pages of 50, an attribute a call; every request and answer is held against
    botocore's model.
    """

    MODEL = (
        boto3.session.Session()
        .client("cloudtrail", region_name="eu-west-1")
        .meta.service_model.operation_model("LookupEvents")
    )

    def __init__(self, every: int = 3, fail: dict[int, str] | None = None):
        count = 2 * 24 * 60 // every
        self.events = [
            {
                "eventID": f"e{n}",
                "eventTime": f"{START + dt.timedelta(minutes=every * n):%Y-%m-%dT%H:%M:%SZ}",
                "eventName": "RunInstances" if n % 3 else "DescribeInstances",
                "readOnly": n % 3 == 0,
                "eventSource": "ec2.amazonaws.com",
                "awsRegion": "eu-west-1",
                "recipientAccountId": "111122223333",
                "userIdentity": {"type": "IAMUser", "userName": "ana", "accountId": "111122223333"},
                "requestParameters": {"instanceId": f"i-{n:017x}"},
            }
            for n in range(count)
        ]
        self.fail, self.calls = fail or {}, 0

    def lookup_events(self, **request):
        problems = ParamValidator().validate(request, self.MODEL.input_shape)
        assert not problems.has_errors(), problems.generate_report()
        number, self.calls = self.calls, self.calls + 1
        if number in self.fail:
            raise ClientError(
                {
                    "Error": {
                        "Code": self.fail[number],
                        "Message": "User: arn:aws:sts::111122223333:assumed-role/ops/ada.lovelace@planted.example may not",
                    }
                },
                "LookupEvents",
            )
        wanted = request["LookupAttributes"][0]["AttributeValue"] == "true"
        hits = [
            e
            for e in self.events
            if e["readOnly"] == wanted
            and f"{request['StartTime']:%Y-%m-%dT%H:%M:%SZ}"
            <= e["eventTime"]
            <= f"{request['EndTime']:%Y-%m-%dT%H:%M:%SZ}"
        ]
        at = int(request.get("NextToken", "0"))
        answer = {
            "Events": [
                {"EventId": e["eventID"], "EventName": e["eventName"], "CloudTrailEvent": json.dumps(e)}
                for e in hits[at : at + request["MaxResults"]]
            ]
        }
        if at + 50 < len(hits):
            answer["NextToken"] = str(at + 50)
        problems = ParamValidator().validate(answer, self.MODEL.output_shape)
        assert not problems.has_errors(), problems.generate_report()
        return answer


class Time:
    """A clock that moves only when somebody waits."""

    def __init__(self):
        self.now = 0.0

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(module, "_now", lambda: NOW)


def fetch(history, folder, **more) -> tuple[dict, Time]:
    time = Time()
    return lookup(
        history, "111122223333", "eu-west-1", START, NOW, folder, wait=time.wait, clock=time.clock, **more
    ), time


def ids(folder) -> list[str]:
    return sorted(
        e["eventID"]
        for path in folder.rglob("*.json.gz")
        for e in json.loads(gzip.decompress(path.read_bytes()))["Records"]
    )


def test_all_writes_come_and_reads_only_when_asked(tmp_path):
    history = History()
    row, _ = fetch(history, tmp_path / "w")
    assert row["x_Status"] == "complete" and ids(tmp_path / "w") == sorted(
        e["eventID"] for e in history.events if not e["readOnly"]
    )
    fetch(History(), tmp_path / "r", reads=True)
    assert ids(tmp_path / "r") == sorted(e["eventID"] for e in history.events)


def test_two_requests_a_second_at_most(tmp_path):
    history = History()
    _, time = fetch(history, tmp_path)
    assert history.calls > 10 and time.now >= (history.calls - 1) * module.PACE


@pytest.mark.parametrize("call", [0, 3, 9])
def test_throttling_is_waited_out(tmp_path, call):
    row, time = fetch(History(fail={call: "ThrottlingException", call + 1: "ThrottlingException"}), tmp_path)
    assert row["x_Status"] == "complete" and len(ids(tmp_path)) == 640 and time.now > 6


def test_denied_is_not_empty(tmp_path):
    row, _ = fetch(History(fail={0: "AccessDeniedException"}), tmp_path)
    assert row["x_Status"] == "denied" and "AccessDenied" in row["x_Detail"] and not ids(tmp_path)
    assert "ada.lovelace" not in row["x_Detail"] and "may not" in row["x_Detail"]  # COVERAGE is exported


def test_a_stopped_collection_goes_on_and_asks_for_no_window_twice(tmp_path):
    whole = History()
    fetch(whole, tmp_path / "whole")
    first, told = History(), []
    row, _ = fetch(first, tmp_path / "part", stop=lambda: first.calls >= 5, tell=lambda *news: told.append(news))
    assert row["x_Status"] == "partial" and 0 < len(ids(tmp_path / "part")) < 640 and told
    second = History()
    fetch(second, tmp_path / "part")
    # the window of this hour is still open
    assert ids(tmp_path / "part") == ids(tmp_path / "whole") and first.calls + second.calls == whole.calls + 2


def test_an_old_token_begins_its_window_again(tmp_path):
    fetch(History(fail={3: "InvalidNextTokenException"}), tmp_path)
    assert len(ids(tmp_path)) == len(set(ids(tmp_path))) == 640


def test_a_token_that_is_never_taken_ends_as_a_row(tmp_path):
    history = History(fail=dict.fromkeys(range(1, 400, 2), "InvalidNextTokenException"))
    row, _ = fetch(history, tmp_path)
    assert row["x_Status"] == "partial" and "InvalidNextToken" in row["x_Detail"] and history.calls < 20


def test_a_region_that_does_not_answer_is_a_row_and_no_error(tmp_path):
    class Nowhere:
        def lookup_events(self, **request):
            raise EndpointConnectionError(endpoint_url="https://cloudtrail.eu-west-9.amazonaws.com/")

    row, _ = fetch(Nowhere(), tmp_path)
    assert (
        row["x_Status"] == "partial" and "EndpointConnectionError" in row["x_Detail"] and "eu-west-9" in row["x_Detail"]
    )


def test_what_was_fetched_is_readable_by_its_owner_alone(tmp_path):
    fetch(History(every=60), tmp_path)
    assert {p.stat().st_mode & 0o777 for p in tmp_path.rglob("*.gz")} == {0o600}


def test_what_was_fetched_is_read_like_any_trail(tmp_path):
    fetch(History(), tmp_path / "trail", reads=True)
    assert load(tmp_path / "trail", tmp_path / "out", processes=1).events == 960
