"""An event data store of CloudTrail Lake, where one exists already (closed to new customers since May 2026) → files in
a trail's layout, one a day. Queries are billed by the bytes they scan.

A day's file is written when its query is through, so that an interrupted collection goes on, and no day is paid for
twice. Source: CloudTrail API reference, StartQuery and GetQueryResults; user guide, "CloudTrail Lake queries".
"""

import datetime as dt
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from costdna.errors import UsageError
from costdna.export.principals import unnamed
from costdna_companion.collect.lookup import DENIED, _write

PERMISSIONS = ("cloudtrail:StartQuery", "cloudtrail:GetQueryResults")
PRICE = "$0.005 a GB scanned"
_STORE = re.compile(r"^arn:aws[\w-]*:cloudtrail:([\w-]+):(\d{12}):eventdatastore/([0-9a-fA-F-]{36})$")
_BUSY = ("QUEUED", "RUNNING")
PATIENCE = 600
"""Seconds that a query may take."""


def parse(arn: str) -> tuple[str, str, str]:
    """(Region, account, id) of an event data store. Raises UsageError where the ARN is none."""
    found = _STORE.match(arn)
    if not found:
        raise UsageError(
            "This is no event data store.",
            found=arn,
            next_step="Give its ARN, arn:aws:cloudtrail:REGION:ACCOUNT:eventdatastore/ID.",
            code="lake",
        )
    return found[1], found[2], found[3]


def lake(
    client,
    arn: str,
    start: dt.datetime,
    end: dt.datetime,
    folder: Path,
    tell: Callable[[int, int, int], None] = lambda done, total, scanned: None,
    stop: Callable[[], bool] = lambda: False,
    wait: Callable[[float], None] = time.sleep,
) -> dict:
    """Fetch the writes of whole UTC days in [start, end) of one store into `folder`; a row of COVERAGE that says what
    was scanned.

    client: boto3's CloudTrail of the store's Region. tell: days done, days in all, bytes scanned so far.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    region, account, ident = parse(arn)
    first = start.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [first + dt.timedelta(days=n) for n in range(max(0, -(-int((end - first).total_seconds()) // 86400)))]
    row, scanned = (
        {
            "x_Source": "cloudtrail lake",
            "SubAccountId": account,
            "RegionId": region,
            "x_Status": "complete",
            "x_Detail": "",
        },
        0,
    )
    for done, day in enumerate(days):
        path = (
            folder
            / "AWSLogs"
            / account
            / "CloudTrail"
            / region
            / f"{day:%Y/%m/%d}"
            / f"{account}_CloudTrail_{region}_{day:%Y%m%dT%H%M}Z_lake{ident[:8]}.json.gz"
        )
        if path.exists():
            continue
        if stop():
            return {
                **row,
                "x_Status": "partial",
                "x_Detail": f"stopped after {done} of {len(days)} days; {_size(scanned)} scanned; the next run goes on",
            }
        try:
            events, cost, why = _day(client, ident, day, wait)
        except ClientError as error:
            told = error.response.get("Error", {})
            return {
                **row,
                "x_Status": "denied" if told.get("Code") in DENIED else "partial",
                "x_Detail": unnamed(f"{told.get('Code', 'ClientError')}: {told.get('Message', '')}")[:300],
            }
        except BotoCoreError as error:
            return {**row, "x_Status": "partial", "x_Detail": str(error)[:300]}
        scanned += cost
        if why:
            return {**row, "x_Status": "partial", "x_Detail": f"{day:%Y-%m-%d}: {why}; {_size(scanned)} scanned"}
        if day + dt.timedelta(days=1, minutes=20) <= end:
            _write(path, events)
            path.with_name("open-" + path.name).unlink(missing_ok=True)
        else:  # today goes on: fetched again next time, under a name that the next run replaces
            _write(path.with_name("open-" + path.name), events)
        tell(done + 1, len(days), scanned)
    return {**row, "x_Detail": f"{_size(scanned)} scanned, at {PRICE}"}


def _day(client, store: str, day: dt.datetime, wait) -> tuple[list[dict], int, str]:
    """(events, bytes scanned, why it did not end well or "")."""
    until = day + dt.timedelta(days=1)
    statement = f"SELECT eventJson FROM {store} WHERE eventTime >= '{day:%Y-%m-%d %H:%M:%S}' AND eventTime < '{until:%Y-%m-%d %H:%M:%S}' AND readOnly = false"
    query, out, token, waited = client.start_query(QueryStatement=statement)["QueryId"], [], "", 0
    while True:
        page = client.get_query_results(QueryId=query, MaxQueryResults=1000, **({"NextToken": token} if token else {}))
        status, scanned = page.get("QueryStatus", ""), int((page.get("QueryStatistics") or {}).get("BytesScanned", 0))
        if status in _BUSY:
            if waited >= PATIENCE:
                return [], scanned, f"the query is not done after {PATIENCE} seconds"
            wait(2.0)
            waited += 2
            continue
        if status != "FINISHED":
            return (
                [],
                scanned,
                f"the query ended as {status or 'nothing known'}: {page.get('ErrorMessage', '')}".rstrip(": "),
            )
        out += [
            json.loads(text)
            for found in page.get("QueryResultRows", [])
            for column in found
            for name, text in column.items()
            if name.lower() == "eventjson" and text
        ]
        token = page.get("NextToken") or ""
        if not token:
            return out, scanned, ""


def _size(count: int) -> str:
    return f"{count / 1e9:,.2f} GB"
