"""What a write may have overwritten unseen: CloudTrail's records of the seconds between a run's reads and its writes.

A value that somebody wrote after our last read and before our write is gone when the tag is read back: no tag API keeps
it. CloudTrail keeps the request that wrote it. A record comes some minutes late; a few services hide tag values in
their records.
"""

import datetime as dt
from collections.abc import Callable

from costdna.export.principals import hashed
from costdna_companion.write.cloud import bucket_region
from costdna_companion.write.routes import Target, of_line

PERMISSIONS = ("cloudtrail:LookupEvents", "s3:GetBucketLocation")
LATE = dt.timedelta(minutes=15)
"""By then a record is there, as a rule."""

_PAIRS = (("key", "value"), ("Key", "Value"), ("tagKey", "tagValue"), ("TagKey", "TagValue"))


def lost(lines: list[dict], records: list[dict], now: dict[str, dict[str, str]] | None = None) -> list[dict]:
    """Values written by somebody else while the run had a tag in hand, that neither the run nor `now` ever saw.

    lines: of a journal. records: CloudTrail records of the run's time. now: tags by ARN as they are. One dict a value:
    arn, key, value, at, event, by (hashed).
    """
    begun = {(line["arn"], line["key"]): line for line in lines if line["kind"] == "before"}
    seen: dict[tuple[str, str], set] = {}
    for line in lines:
        if line["kind"] == "before":
            for key, value in line["all"].items():
                seen.setdefault((line["arn"], key), set()).add(value)
        if line["kind"] in ("before", "outcome", "undo"):
            seen.setdefault((line["arn"], line["key"]), set()).update((line.get("new"), line.get("found")))
        for key, values in line.get("others", {}).items():
            seen.setdefault((line["arn"], key), set()).update(values)
    for arn, tags in (now or {}).items():
        for key, value in tags.items():
            seen.setdefault((arn, key), set()).add(value)
    written = [(record, *tags_of(record)) for record in records if not record.get("errorCode")]
    out = {}
    for line in lines:
        start = (
            begun.get((line["arn"], line["key"]))
            if line["kind"] == "outcome"
            else {"at": line["since"]}
            if line["kind"] == "undo"
            else None
        )
        if start is None:
            continue
        names = _names(of_line(line))
        for record, whom, tags in written:
            if (
                not start["at"][:19] <= record.get("eventTime", "")[:19] <= line["at"][:19]
                or not names & whom
                or _failed(record, line["arn"])
            ):
                continue
            for key, value in tags.items():
                if value not in seen.get((line["arn"], key), ()):
                    who = record.get("userIdentity", {})
                    out[record["eventTime"], line["arn"], key, value] = {
                        "arn": line["arn"],
                        "key": key,
                        "value": value,
                        "at": record["eventTime"],
                        "event": record.get("eventName", ""),
                        "by": hashed(who.get("arn") or who.get("principalId") or "unknown"),
                    }
    return list(out.values())


def tags_of(record: dict) -> tuple[set[str], dict[str, str]]:
    """(what a record's request names, the tags it sets); nothing where it sets none.

    >>> tags_of({"eventName": "CreateTags", "requestParameters": {"resourcesSet": {"items": [{"resourceId": "i-1"}]}, "tagSet": {"items": [{"key": "team", "value": "search"}]}}})
    ({'i-1'}, {'team': 'search'})
    """
    name = record.get("eventName", "")
    if "Tag" not in name or name.startswith(("Untag", "Delete", "Remove", "List", "Get", "Describe")):
        return set(), {}
    whom: set[str] = set()
    tags: dict[str, str] = {}
    _walk(record.get("requestParameters"), "", whom, tags)
    return whom, tags


def _failed(record: dict, arn: str) -> bool:
    """Whether the Tagging API answered 200 and named this resource as one that it did not tag."""
    answer = record.get("responseElements")
    return isinstance(answer, dict) and arn in (answer.get("failedResourcesMap") or {})


def _walk(value, name: str, whom: set, tags: dict) -> None:
    if isinstance(value, dict):
        for key, held in _PAIRS:
            if key in value:
                tags[str(value[key])] = _text(value.get(held, ""))
                # an Auto Scaling tag names its group beside key and value
                whom.update(str(v) for k, v in value.items() if k in ("resourceId", "ResourceId"))
                return
        if name.lower() in ("tags", "tagstoadd") and all(not isinstance(v, (dict, list)) for v in value.values()):
            tags.update({str(k): _text(v) for k, v in value.items()})
            return
        for k, v in value.items():
            _walk(v, k, whom, tags)
    elif isinstance(value, list):
        for one in value:
            _walk(one, name, whom, tags)
    elif isinstance(value, str):
        whom.add(value)
        if value.startswith("https://sqs."):  # a queue's address ends with its name
            whom.add(value.rpartition("/")[2])


def _text(value) -> str:
    # CloudTrail turns S3's XML into JSON and a value `true` into a JSON true
    return str(value).lower() if isinstance(value, bool) else str(value)


def _names(thing: Target) -> set[str]:
    """The spellings by which a request may name the resource."""
    last = thing.resource.rpartition("/")[2]
    return {
        thing.arn,
        thing.resource,
        last,
        thing.resource.partition(":")[2] or last,
        thing.resource.rpartition(":")[2],
        thing.resource.partition("/")[2] or last,
    } - {""}


def records(clients, lines: list[dict], wait: Callable[[float], None] | None = None) -> list[dict]:
    """CloudTrail's records of writes while the run wrote, of every account and Region that it wrote in. Raises
    CostDNAError where they cannot be had.
    """
    from costdna_companion.collect import lookup

    wrote = [line["at"] for line in lines if line["kind"] in ("before", "outcome")]
    undid = [at for line in lines if line["kind"] == "undo" for at in (line["since"], line["at"])]
    spans = [
        tuple(dt.datetime.fromisoformat(at[:19] + "+00:00") for at in (min(times), max(times)))
        for times in (wrote, undid)
        if times
    ]
    places = sorted({_place(clients, of_line(line)) for line in lines if line["kind"] == "before"})
    return [
        record
        for account, region in places
        for first, last in spans
        for record in lookup.between(
            clients("cloudtrail", account, region), first, last + dt.timedelta(seconds=2), *([wait] if wait else [])
        )
    ]


def _place(clients, thing: Target) -> tuple[str, str]:
    if thing.service != "s3":
        return thing.place
    return thing.account, bucket_region(clients("s3", *thing.place), thing.resource)  # where its records are
