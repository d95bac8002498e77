"""CloudTrail's own event history (LookupEvents) → files in a trail's layout, one a window of time. Fetching only.

Two requests a second for an account and Region, 50 events each, 90 days, management events only. A window's file is
written when the window is complete, so an interrupted collection goes on with the windows that have none. Writes come
first: they say who changes what. The files are read like any trail (`collect.trail`).
"""

import datetime as dt
import gzip
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from costdna.errors import CostDNAError
from costdna.export.principals import unnamed

PACE = 0.5
"""Seconds between two requests to one account and Region: AWS allows two a second, shared with everybody else there."""

DAYS = 90
SETTLED = dt.timedelta(minutes=20)
"""After this an event has arrived; a window that ended later is fetched again in the next run."""

WINDOW = dt.timedelta(hours=6)
DENIED = (
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "OptInRequired",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "AuthFailure",
)
_THROTTLED = ("ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded")

PERMISSIONS = ("cloudtrail:LookupEvents",)


def lookup(
    client,
    account: str,
    region: str,
    start: dt.datetime,
    end: dt.datetime,
    folder: Path,
    reads: bool = False,
    tell: Callable[[int, int, int], None] = lambda done, total, events: None,
    stop: Callable[[], bool] = lambda: False,
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> dict:
    """Fetch [start, end) of one account and Region into `folder`; returns a row of COVERAGE.

    client: a boto3 CloudTrail client. start, end: UTC, cut to whole windows and to the 90 days that AWS keeps. reads:
    also events that only read, after all writes. Windows that touch the present are fetched, and fetched again next
    time.
    """
    windows = _windows(start, end)
    jobs = [(w, "false") for w in windows] + ([(w, "true") for w in windows] if reads else [])
    row = {
        "x_Source": "cloudtrail lookup",
        "SubAccountId": account,
        "RegionId": region,
        "x_Status": "complete",
        "x_Detail": "",
    }
    pace, events = _Pace(wait, clock), 0
    for done, ((first, last), read_only) in enumerate(jobs):
        path = _path(folder, account, region, first, read_only)
        if path.exists():
            continue
        if stop():
            return {
                **row,
                "x_Status": "partial",
                "x_Detail": f"stopped after {done} of {len(jobs)} windows; the next run goes on",
            }
        try:
            records = _window(client, first, last, read_only, pace)
        except _Refused as error:
            status = "denied" if error.code in DENIED else "partial"
            return {**row, "x_Status": status, "x_Detail": unnamed(f"{error.code}: {error.message}")}
        events += len(records)
        still_open = path.with_name("open-" + path.name)
        settled = last <= _now() - SETTLED
        _write(path if settled else still_open, records)
        if settled:
            still_open.unlink(missing_ok=True)
        tell(done + 1, len(jobs), events)
    return row


def between(client, first: dt.datetime, last: dt.datetime, wait: Callable[[float], None] = time.sleep) -> list[dict]:
    """Records of what was written in [first, last), newest first. Raises CostDNAError with AWS's own code where it
    refuses.
    """
    return _window(client, first, last, "false", _Pace(wait, time.monotonic))


class _Refused(CostDNAError):
    """AWS said no: `code` is AWS's own."""


class _Pace:
    """Lets `PACE` seconds pass between two calls, whatever the calls themselves took."""

    def __init__(self, wait, clock):
        self._wait, self._clock, self._next = wait, clock, 0.0

    def __call__(self) -> None:
        left = self._next - self._clock()
        if left > 0:
            self._wait(left)
        self._next = max(self._clock(), self._next) + PACE

    def slower(self, turn: int) -> None:
        self._wait(min(60.0, 2.0**turn))


def _window(client, first: dt.datetime, last: dt.datetime, read_only: str, pace: _Pace) -> list[dict]:
    from botocore.exceptions import BotoCoreError, ClientError

    out, token, turn, again = [], None, 0, 0
    while True:
        pace()
        try:
            page = client.lookup_events(
                LookupAttributes=[{"AttributeKey": "ReadOnly", "AttributeValue": read_only}],
                StartTime=first,
                EndTime=last - dt.timedelta(seconds=1),
                MaxResults=50,
                **({"NextToken": token} if token else {}),
            )
        except ClientError as error:
            told = error.response.get("Error", {})
            code = told.get("Code", "ClientError")
            if code in _THROTTLED and turn < 8:
                turn += 1
                pace.slower(turn)
                continue
            if code == "InvalidNextTokenException" and token and again < 3:
                # a token that grew old: the window is asked for again from its start
                out, token, again = [], None, again + 1
                continue
            raise _Refused(told.get("Message", ""), code=code) from None
        # no such Region, no network: the other accounts and Regions are asked all the same
        except BotoCoreError as error:
            raise _Refused(str(error)[:300], code=type(error).__name__) from None
        turn = 0
        out += [
            json.loads(event["CloudTrailEvent"]) for event in page.get("Events", []) if event.get("CloudTrailEvent")
        ]
        token = page.get("NextToken")
        if not token:
            return out


def _windows(start: dt.datetime, end: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """Whole windows, newest first, from the day's beginning on: the same times give the same windows in every run."""
    now = _now()
    start, end = max(start, now - dt.timedelta(days=DAYS)), min(end, now)
    first = start.replace(hour=start.hour // 6 * 6, minute=0, second=0, microsecond=0)
    out = []
    while first < end:
        out.append((first, first + WINDOW))
        first += WINDOW
    return out[::-1]


def _path(folder: Path, account: str, region: str, first: dt.datetime, read_only: str) -> Path:
    kind = "reads" if read_only == "true" else "writes"
    return (
        folder
        / "AWSLogs"
        / account
        / "CloudTrail"
        / region
        / f"{first:%Y/%m/%d}"
        / f"{account}_CloudTrail_{region}_{first:%Y%m%dT%H%M}Z_lookup{kind}.json.gz"
    )


def _write(path: Path, records: list[dict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.touch(mode=0o600)
    beside.write_bytes(
        gzip.compress(json.dumps({"Records": records}, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)
    )
    os.replace(beside, path)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
