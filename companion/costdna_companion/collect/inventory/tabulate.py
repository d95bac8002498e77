"""Files of raw pages → INVENTORY and MEMBERSHIPS. Pure but for reading the files: the same files give the same tables."""

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path

import jmespath
import pandas as pd

from costdna import names, schema
from costdna_companion.actors.actor import Actor
from costdna_companion.collect.inventory.call import Call, Link
from costdna_companion.collect.inventory.fetch import read
from costdna_companion.collect.inventory.special import SPECIAL

_PATHS: dict[str, jmespath.parser.ParsedResult] = {}


def tabulate(folder: Path, calls: Iterable[Call]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(INVENTORY, MEMBERSHIPS) of every call's pages under `folder`, sorted, each resource of a source and each
    membership once.

    A file that no call of `calls` made is left alone. Raises nothing for odd answers: an item without an id makes no
    row.
    """
    known = {call.key: call for call in calls}
    rows, members = [], []
    for file in sorted(folder.glob("*/*/*.jsonl")):
        call = known.get(file.name.removesuffix(".jsonl"))
        if call is None:
            continue
        for page in read(file):
            own, joined = of_page(call, page)
            rows += own
            members += joined
    return inventory(rows), memberships(members)


def inventory(rows: list[dict]) -> pd.DataFrame:
    """INVENTORY of rows as dicts. A resource that several sources saw is one row: the service's own fields win, tags
    are joined.
    """
    best: dict[tuple[str, str], dict] = {}
    for row in rows:
        at = (row["SubAccountId"], row["ResourceId"])
        if at not in best:
            best[at] = dict(row)
            continue
        kept = best[at]
        for key in ("ResourceName", "ResourceType", "RegionId", "x_State"):
            kept[key] = kept[key] or row[key]
        kept["x_Created"] = row["x_Created"] if pd.isna(kept["x_Created"]) else kept["x_Created"]
        kept["Tags"] = {**row["Tags"], **kept["Tags"]}
        kept["x_Source"] = (
            kept["x_Source"]
            if row["x_Source"] in kept["x_Source"].split(", ")
            else f"{kept['x_Source']}, {row['x_Source']}"
        )
    if not best:
        return schema.INVENTORY.empty()
    made = [
        {**row, "Tags": json.dumps([["inventory", k, v] for k, v in sorted(row["Tags"].items())], ensure_ascii=False)}
        for _, row in sorted(best.items())
    ]
    return schema.INVENTORY.check(
        pd.DataFrame(made, columns=schema.INVENTORY.names()).astype({"x_Created": "datetime64[ns]"})
    )


def memberships(rows: list[tuple]) -> pd.DataFrame:
    """MEMBERSHIPS of (account, resource, kind, group, source), sorted, each once whoever saw it first."""
    once: dict[tuple, str] = {}
    for account, resource, kind, group, source in sorted(rows):
        once.setdefault((account, resource, kind, group), source)
    return schema.MEMBERSHIPS.check(
        pd.DataFrame([(*k, s) for k, s in once.items()], columns=schema.MEMBERSHIPS.names(), dtype=object)
    )


def of_page(call: Call, page: dict) -> tuple[list[dict], list[tuple]]:
    """(rows, memberships) of one page."""
    rows, members = [], []
    for item in search(call.items, page["response"]) or []:
        # AWS Config answers with JSON in texts
        item = json.loads(item) if isinstance(item, str) and item.startswith("{") else item
        row = _row(call, item, page)
        if row:
            rows.append(row)
        for link in call.links:
            members += _linked(call, link, item, page, row)
        if call.key in SPECIAL:
            members += [(page["account"], *found, call.key) for found in SPECIAL[call.key](item, page)]
    return rows, members


def _row(call: Call, item, page: dict) -> dict | None:
    ident = str(search(call.id, item) or "") if call.id else ""
    region = str(search(call.region, item) or "") if call.region else "" if call.everywhere else page["region"]
    if call.arn.startswith("arn:"):
        if not ident:
            return None
        arn = call.arn.format(
            partition=page.get("partition") or partition(page["region"]),
            region=region or page["region"],
            account=page["account"],
            id=ident,
            tail=ident.rpartition("/")[2],
        )
    else:
        arn = str(search(call.arn, item) or "") if call.arn else ""
    if not arn:
        return None
    tags = tagged(search(call.tags, item)) if call.tags else {}
    name = tags.get("Name") or (str(search(call.name, item) or "") if call.name else "")
    return {
        "ProviderName": "AWS",
        "SubAccountId": page["account"],
        "RegionId": region,
        "ResourceId": arn,
        "ResourceName": name.rpartition("/")[2] if name.startswith("http") else name,
        "ResourceType": call.kind or names.resource_type(arn, ""),
        "Tags": tags,
        "x_Created": moment(search(call.created, item) if call.created else None),
        "x_State": str(search(call.state, item) or "") if call.state else "",
        "x_Source": call.key,
    }


def _linked(call: Call, link: Link, item, page: dict, row: dict | None) -> list[tuple]:
    over = {**item, "request": page["request"]} if isinstance(item, dict) else item
    groups = [g for g in _several(search(link.group, over)) if g]
    if link.tail:
        groups = [g.rpartition("/")[2].rpartition(":")[2] for g in groups]
    if link.kind == "role":
        groups = [Actor("role", g, page["account"]).id for g in groups]  # as an event names the role that acted
    if link.members:
        who = [link.form.format(m) for m in _several(search(link.members, over)) if m]
    else:
        who = [row["ResourceId"]] if row else []
    return [(page["account"], one, link.kind, str(group), call.key) for one in who for group in groups]


def _several(value) -> list[str]:
    return (
        [] if value is None else [str(v) for v in value if v is not None] if isinstance(value, list) else [str(value)]
    )


def search(path: str, value):
    """JMESPath, each path compiled once."""
    if path not in _PATHS:
        _PATHS[path] = jmespath.compile(path)
    return _PATHS[path].search(value)


def tagged(value) -> dict[str, str]:
    """Tags of any service as a mapping: lists of Key/Value, key/value, TagKey/TagValue, or a map.

    >>> tagged([{"Key": "team", "Value": "search"}]), tagged({"team": "search"}), tagged(None)
    ({'team': 'search'}, {'team': 'search'}, {})
    """
    if isinstance(value, dict):
        return {str(k): str(v or "") for k, v in value.items()}
    out = {}
    for tag in value or []:
        key = tag.get("Key", tag.get("key", tag.get("TagKey")))
        if key is not None:
            out[str(key)] = str(tag.get("Value", tag.get("value", tag.get("TagValue"))) or "")
    return out


def moment(value):
    """A time of an answer: ISO text, seconds or milliseconds since 1970; NaT where it is none. UTC without a zone.

    >>> str(moment("2026-01-02T03:04:05+00:00")), str(moment(1767323045000)), str(moment("soon"))
    ('2026-01-02 03:04:05', '2026-01-02 03:04:05', 'NaT')
    """
    if isinstance(value, (int, float)):
        seconds = value / 1000 if value > 1e11 else value
        return pd.Timestamp(dt.datetime.fromtimestamp(seconds, dt.UTC)).tz_localize(None)
    if not value:
        return pd.NaT
    try:
        found = pd.Timestamp(value)
    except ValueError:
        return pd.NaT
    return found.tz_convert("UTC").tz_localize(None) if found.tzinfo else found


def partition(region: str) -> str:
    """A Region's partition, by its name.

    >>> partition("eu-west-1"), partition("cn-north-1"), partition("us-gov-west-1")
    ('aws', 'aws-cn', 'aws-us-gov')
    """
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
