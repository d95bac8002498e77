"""The table's calls → files of raw pages, one a call, account and Region. Fetching only: nothing is read out of the
answers but what the next call needs.

A file is written whole when its call is through, so that an interrupted collection goes on with the calls that have
none; one that is older than `KEPT` is fetched again. What may hold a secret (`DROPPED`) never reaches the disk.
"""

import datetime as dt
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jmespath

from costdna.errors import CostDNAError
from costdna.export.principals import unnamed
from costdna_companion.collect.inventory.call import Call
from costdna_companion.collect.lookup import DENIED

KEPT = dt.timedelta(hours=24)
DROPPED = {
    "ResponseMetadata",
    "Environment",
    "Parameters",
    "Outputs",
    "DefaultArguments",
    "NonOverridableArguments",
    "MasterUserSecret",
    "DefinitionBody",
    "PolicyDocument",
    "AssumeRolePolicyDocument",
}
"""Members of answers that hold settings of people's programs: passwords have been seen there."""

THROTTLED = (
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "SlowDown",
    "RequestThrottled",
)
REFUSED = (
    *DENIED,
    "UnauthorizedException",
    "AuthorizationError",
    "ForbiddenException",
    "Forbidden",
    "AuthorizationErrorException",
    "NotAuthorizedException",
)
TURNS = 5
_MAKING = threading.Lock()  # boto3 makes clients one at a time


def path(folder: Path, account: str, region: str, call: Call) -> Path:
    """Where the pages of one call lie."""
    return folder / account / region / f"{call.key}.jsonl"


def fetch(
    calls: tuple[Call, ...],
    clients,
    account: str,
    region: str,
    folder: Path,
    source: str = "inventory",
    tell: Callable[[int, int, str], None] = lambda done, total, what: None,
    stop: Callable[[], bool] = lambda: False,
    wait: Callable[[float], None] = time.sleep,
    threads: int = 6,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> list[dict]:
    """Make every call of one account and Region; rows of COVERAGE: one for all that went through, one for each that did
    not.

    clients: `clients(service, account, region)` gives a boto3 client. A call that needs another's answers comes after
    it; where that one was refused, so is this. Refused, throttled to the end, or not offered in the Region: each is a
    row, never an error.
    """
    rows: dict[str, dict] = {}
    waves: list[list[Call]] = []
    for call in calls:  # parents stand before their children in the table
        depth = next(
            (n + 1 for n, wave in enumerate(waves) if call.each and any(c.key == call.each.call for c in wave)), 0
        )
        while len(waves) <= depth:
            waves.append([])
        waves[depth].append(call)
    done = 0
    with ThreadPoolExecutor(threads) as pool:
        for wave in waves:
            for call, row in zip(
                wave, pool.map(lambda c: _one(c, rows, clients, account, region, folder, stop, wait, now), wave)
            ):
                rows[call.key], done = row, done + 1
                tell(done, len(calls), f"{call.service} of {region}")
    base = {"x_Source": source, "SubAccountId": account, "RegionId": region}
    well = [r for r in rows.values() if r["x_Status"] == "complete"]
    out = [
        {**base, "x_Source": f"{source}: {key}", **row} for key, row in rows.items() if row["x_Status"] != "complete"
    ]
    summary = {**base, "x_Status": "complete", "x_Detail": f"{len(well)} of {len(rows)} calls answered"}
    return [summary, *out] if well else out


def _one(call: Call, rows: dict, clients, account: str, region: str, folder: Path, stop, wait, now) -> dict:
    target = path(folder, account, region, call)
    if target.exists() and now().timestamp() - target.stat().st_mtime < KEPT.total_seconds():
        return {"x_Status": "complete", "x_Detail": "fetched before"}
    if stop():
        row = {"x_Status": "partial", "x_Detail": "stopped; the next run goes on"}
    elif call.each and rows.get(call.each.call, {}).get("x_Status") != "complete":
        parent = rows.get(call.each.call, {"x_Status": "partial"})
        row = {"x_Status": parent["x_Status"], "x_Detail": f"it needs what {call.each.call} would have told"}
    else:
        row = _tried(
            call, lambda: _write(target, account, region, call, _pages(call, clients, account, region, folder)), wait
        )
    if row["x_Status"] != "complete" and target.exists():  # better old than nothing, but not in silence
        row["x_Detail"] += (
            f"; what was fetched on {dt.datetime.fromtimestamp(target.stat().st_mtime, dt.UTC):%Y-%m-%d} still counts"
        )
    return row


def _tried(call: Call, act: Callable[[], None], wait) -> dict:
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        EndpointConnectionError,
        OperationNotPageableError,
        UnknownServiceError,
    )

    for turn in range(TURNS + 1):
        try:
            act()
            return {"x_Status": "complete", "x_Detail": ""}
        except ClientError as error:
            told = error.response.get("Error", {})
            code = told.get("Code", "ClientError")
            if code in THROTTLED and turn < TURNS:
                wait(min(30.0, 2.0**turn))
                continue
            denied = (
                code in REFUSED
                or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 403
                and code not in THROTTLED
            )
            return {
                "x_Status": "denied" if denied else "partial",
                "x_Detail": unnamed(f"{code}: {told.get('Message', '')}")[:300]
                + (f"; needs {call.permission}" if denied else ""),
            }
        except CostDNAError as error:  # a role that can no longer be assumed
            return {"x_Status": "denied", "x_Detail": f"{error.message} {unnamed(error.found)}"[:300]}
        except _Nothing as reason:
            return {"x_Status": "partial", "x_Detail": str(reason)}
        except EndpointConnectionError:
            return {"x_Status": "partial", "x_Detail": "no answer: the service may not be offered in this Region"}
        except (BotoCoreError, OperationNotPageableError, UnknownServiceError) as error:
            return {"x_Status": "partial", "x_Detail": str(error)[:300]}
    raise AssertionError("unreachable")


def _pages(call: Call, clients, account: str, region: str, folder: Path) -> Iterator[dict]:
    with _MAKING:
        client = clients(call.service, account, region)
    for request in _requests(call, account, region, folder):
        if client.can_paginate(call.operation):
            answers = client.get_paginator(call.operation).paginate(**request)
        else:
            answers = [getattr(client, call.operation)(**request)]
        for answer in answers:
            yield {"request": request, "response": _without(answer)}


def _requests(call: Call, account: str, region: str, folder: Path) -> Iterator[dict]:
    """What is asked: the table's request, or one for each value (or batch of them) of the earlier call."""
    if not call.each:
        yield dict(call.request)
        return
    each, pick = call.each, jmespath.compile(call.each.path)
    found = False
    parent = folder / account / region / f"{each.call}.jsonl"
    seen = set()
    for line in read(parent):
        values = [v for v in pick.search(line["response"]) or [] if v]
        handed = {here: line["request"][there] for there, here in each.also if there in line["request"]}
        for start in range(0, len(values), each.batch or 1):
            part = values[start : start + (each.batch or 1)]
            found = True
            request = {
                **call.request,
                **handed,
                **({each.parameter: part if each.batch else part[0]} if each.parameter else {}),
            }
            mark = json.dumps(request, sort_keys=True)
            if mark not in seen:
                seen.add(mark)
                yield request
    if not found and each.none:
        raise _Nothing(each.none)


class _Nothing(Exception):
    """The call makes no sense here, and that is worth saying."""


def read(file: Path) -> Iterator[dict]:
    """The pages of a file, as they were written."""
    with file.open(encoding="utf-8") as handle:
        for line in handle:
            yield json.loads(line)


def _without(value):
    if isinstance(value, dict):
        return {k: _without(v) for k, v in value.items() if k not in DROPPED}
    return [_without(v) for v in value] if isinstance(value, list) else value


def _write(target: Path, account: str, region: str, call: Call, pages: Iterator[dict]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            for page in pages:
                out.write(
                    json.dumps(
                        {"account": account, "region": region, "call": call.key, **page},
                        ensure_ascii=False,
                        separators=(",", ":"),
                        default=_text,
                    )
                    + "\n"
                )
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def _text(value) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
