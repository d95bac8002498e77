"""Cost allocation tags: which keys the bill shows, switched on or off, and what a backfill of the past would add and
remove.

Only a management account, or one that stands alone, may ask. A key is offered up to a day after billing first saw it,
active up to a day later, and shows in bills from then on. A backfill takes the status that every key has now back to
the first of a
month: it also takes away keys that are off now. Sources: Cost Explorer API reference; AWS Billing, backfill cost
allocation tags.
"""

import datetime as dt
from dataclasses import dataclass

from costdna.errors import CostDNAError, UsageError

PERMISSIONS = (
    "ce:ListCostAllocationTags",
    "ce:UpdateCostAllocationTagsStatus",
    "ce:ListCostAllocationTagBackfillHistory",
    "ce:StartCostAllocationTagBackfill",
)
AT_ONCE, MONTHS, PAUSE = 20, 12, dt.timedelta(hours=24)


@dataclass(frozen=True)
class Key:
    """A tag key as billing knows it. `since`: when it was last switched, empty for never."""

    key: str
    kind: str
    active: bool
    since: str


def listed(client) -> dict[str, Key]:
    """Every key that billing has seen."""
    return {
        t["TagKey"]: Key(t["TagKey"], t["Type"], t["Status"] == "Active", t.get("LastUpdatedDate", ""))
        for t in _pages(client, "list_cost_allocation_tags", "CostAllocationTags")
    }


def switch(client, keys: list[str], on: bool = True) -> list[dict]:
    """Switch keys on or off, 20 a call; one outcome a key: key, status (switched, refused), code, detail."""
    out = []
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        answer = _call(
            client.update_cost_allocation_tags_status,
            CostAllocationTagsStatus=[{"TagKey": key, "Status": "Active" if on else "Inactive"} for key in part],
        )
        refused = {error.get("TagKey"): error for error in answer.get("Errors", [])}
        out += [
            {
                "key": key,
                "status": "refused",
                "code": refused[key].get("Code", ""),
                "detail": refused[key].get("Message", ""),
            }
            if key in refused
            else {"key": key, "status": "switched", "code": "", "detail": ""}
            for key in part
        ]
    return out


def since(text: str, today: dt.date) -> dt.date:
    """The month that a backfill starts with. Raises UsageError where AWS would not take it.

    >>> since("2026-03-01", dt.date(2026, 11, 21))
    datetime.date(2026, 3, 1)
    """
    try:
        first = dt.date.fromisoformat(text if len(text) > 7 else f"{text}-01")
    except ValueError:
        first = None
    earliest = dt.date(today.year - 1, today.month, 1)
    if first is None or first.day != 1 or not earliest <= first <= today:
        raise UsageError(
            "A backfill starts on the first of a month, at most twelve months back.",
            found=text,
            where="--backfill",
            next_step=f"Choose from {earliest} to {today.replace(day=1)}.",
            code="backfill",
        )
    return first


def effects(keys: dict[str, Key], first: dt.date, switched: dict[str, bool], today: dt.date) -> list[dict]:
    """What a backfill from `first` would do: one row for each key whose past it changes, additions first.

    switched: keys whose status is about to change. A key that has not been switched since `first` keeps its past.
    """
    out = []
    for key in sorted(keys):
        active = switched.get(key, keys[key].active)
        turned = today.isoformat() if key in switched and switched[key] != keys[key].active else keys[key].since[:10]
        if not turned and not active:
            continue  # never switched on: there is nothing to take away
        if turned and turned <= first.isoformat():
            continue
        out.append(
            {
                "key": key,
                "would": "add" if active else "remove",
                "from": first.isoformat(),
                "until": turned or "unknown: AWS does not say since when it is on",
            }
        )
    return sorted(out, key=lambda row: (row["would"], row["key"]))


def hindrance(client, now: dt.datetime) -> str:
    """Why no backfill can start now, or nothing."""
    requests = _pages(client, "list_cost_allocation_tag_backfill_history", "BackfillRequests")
    if any(r.get("BackfillStatus") == "PROCESSING" for r in requests):
        return "a backfill is running; wait until it is done"
    latest = max(
        (dt.datetime.fromisoformat(r["RequestedAt"].replace("Z", "+00:00")) for r in requests if r.get("RequestedAt")),
        default=None,
    )
    if latest and now - latest < PAUSE:
        return f"one was asked for at {latest:%Y-%m-%d %H:%M} UTC; AWS takes one in 24 hours"
    return ""


def backfill(client, first: dt.date) -> dict:
    """Start it; AWS's own word on the request."""
    return _call(client.start_cost_allocation_tag_backfill, BackfillFrom=f"{first}T00:00:00Z")["BackfillRequest"]


def _pages(client, operation: str, name: str) -> list[dict]:
    out, token = [], None
    while True:
        page = _call(getattr(client, operation), **({"NextToken": token} if token else {}))
        out += page.get(name, [])
        token = page.get("NextToken")
        if not token:
            return out


def _call(operation, **given):
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return operation(**given)
    except ClientError as error:
        told = error.response.get("Error", {})
        code, text = told.get("Code", "ClientError"), told.get("Message", "")
        if "inked account" in text:
            raise CostDNAError(
                "Only the management account of an organisation has cost allocation tags.",
                found=text,
                next_step="Use credentials of the management account; costdna roles --write --activate prints its rights.",
                code="member-account",
            ) from None
        raise CostDNAError(
            "Billing did not do it.",
            found=f"{code}: {text}",
            next_step="Use the management account with the rights that costdna roles --write --activate prints."
            if "Denied" in code
            else "See AWS's message and try again later.",
            code=code,
        ) from None
    except BotoCoreError as error:
        raise CostDNAError(
            "Billing could not be asked.",
            found=str(error),
            next_step="Check the network and the credentials.",
            code=type(error).__name__,
        ) from None
