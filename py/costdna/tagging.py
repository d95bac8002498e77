"""OWNERSHIP → TAG_PLAN.

Which tags would make the bill say itself what is known of it, and which resources take none, and why.
"""

import json
import re

import numpy as np
import pandas as pd

from costdna import names, schema

SETTLED = ("human", "rule", "map", "account", "inferred")
"""Bases from which a tag may be proposed. A tag needs none; an IAM principal speaks of a call, not of a resource."""

_SHORT = {
    "i": "instance",
    "vol": "volume",
    "snap": "snapshot",
    "eni": "network-interface",
    "nat": "natgateway",
    "vpce": "vpc-endpoint",
    "ami": "image",
    "eipalloc": "elastic-ip",
    "sg": "security-group",
    "tgw": "transit-gateway",
    "lt": "launch-template",
    "vgw": "vpn-gateway",
    "vpn": "vpn-connection",
    "vpc": "vpc",
    "subnet": "subnet",
    "rtb": "route-table",
}
_SHORT_ID = re.compile(r"^([a-z]{1,12})-[0-9a-f]{8,17}$")


def tag_plan(
    ownables: pd.DataFrame,
    ownership: pd.DataFrame,
    service_codes: dict[int, str],
    key: str,
    least: float = 0.9,
    bases: tuple[str, ...] = SETTLED,
    managed: dict[str, str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(TAG_PLAN, TAG_PASSED) for one tag key, by money, dearest first.

    ownables: n rows of OWNABLES. service_codes: x_OwnableId → product code. least: probability from which an inferred
    owner is proposed. managed: ARN or id → address in the Terraform state that manages it (see
    export.iac.state.managed): left out, as what a stack owns is. Every resource with one team is in one of the two
    tables; a resource with several teams or another verdict is in neither: a tag holds one value.
    """
    team, basis, probability, evidence, reason = _settled(ownership)
    planned, passed = [], []
    rows = ownables.to_dict("records")
    order = np.argsort(-np.abs(ownables["BilledCost"].to_numpy().astype("float64")), kind="stable")
    for row in (rows[i] for i in order):
        owner = team.get(row["x_OwnableId"])
        if owner is None:
            continue
        old, stack = _tags(row["Tags"], key)
        arn = arn_of(row["ResourceId"], service_codes.get(row["x_OwnableId"], ""), row["RegionId"], row["SubAccountId"])
        one = row["x_OwnableId"]
        place = (managed or {}).get(arn) or (managed or {}).get(arn.rpartition("/")[2], "")
        why = _why_not(basis[one], bases, old, owner, stack, place, arn, row, probability[one], least)
        if why:
            passed.append((row["ResourceId"], row["SubAccountId"], owner, why, row["BilledCost"]))
        else:
            planned.append(
                (
                    arn,
                    row["SubAccountId"],
                    "" if _global(arn) else row["RegionId"],
                    row["ServiceName"],
                    key,
                    old,
                    owner,
                    basis[one],
                    probability[one],
                    evidence[one],
                    reason[one],
                    row["BilledCost"],
                )
            )
    return _table(schema.TAG_PLAN, planned), _table(schema.TAG_PASSED, passed)


def _why_not(
    basis: str,
    bases: tuple[str, ...],
    old: str,
    owner: str,
    stack: str,
    place: str,
    arn: str,
    row: dict,
    probability: float,
    least: float,
) -> str:
    if basis == "tag":
        return "its own tags name the owner already"
    if old == owner:
        return "the tag is there already"
    if basis not in bases:
        return f"owners by {basis} are left out of this plan"
    if not row["ResourceId"]:
        return "the bill names no resource"
    if not arn:
        return "its id does not tell its ARN"
    if stack:
        return f"it belongs to stack {stack}: tag it there, or the next update takes the tag away"
    if place:
        return f"Terraform manages it: tag it in its code ({place}; costdna export iac-patch), or the next apply takes the tag away"
    if basis == "inferred" and probability < least:
        return f"probability {probability:.2f} is below {least:.2f}"
    return ""


def _settled(ownership: pd.DataFrame) -> tuple[dict, dict, dict, dict, dict]:
    """What each ownable with exactly one team at its end has: team, basis, probability, evidence, reason."""
    latest = ownership[ownership["x_ValidTo"].isna() & (ownership["x_Verdict"] == "owned")]
    counts = latest.groupby("x_OwnableId")["x_Team"].nunique()
    single = latest[latest["x_OwnableId"].isin(counts[counts == 1].index)].drop_duplicates("x_OwnableId")
    ids = single["x_OwnableId"].tolist()
    return tuple(
        dict(zip(ids, single[name].tolist()))
        for name in ("x_Team", "x_Basis", "x_Probability", "x_EvidenceHash", "x_Reason")
    )


def _tags(text: str, key: str) -> tuple[str, str]:
    """(present value under exactly this key, CloudFormation stack) of a tag set."""
    old, stack = "", ""
    for source, name, value in json.loads(text) if text else []:
        if (
            source in ("resource", "tags", "focus")
            and name.removeprefix("resourceTags/").removeprefix("user:").removeprefix("user_") == key
        ):
            old = value
        if names.tag_key(name) == "awscloudformationstackname":
            stack = value
    return old, stack


def arn_of(resource_id: str, service_code: str, region: str, account: str) -> str:
    """The ARN of a resource as a bill names it; nothing where the id does not tell it.

    >>> arn_of("i-0a1b2c3d4e5f60718", "AmazonEC2", "eu-west-1", "111122223333")
    'arn:aws:ec2:eu-west-1:111122223333:instance/i-0a1b2c3d4e5f60718'
    >>> arn_of("shop-logs", "AmazonS3", "eu-west-1", "111122223333"), arn_of("something", "AmazonX", "eu-west-1", "111122223333")
    ('arn:aws:s3:::shop-logs', '')
    """
    if resource_id.startswith("arn:"):
        return resource_id if resource_id.count(":") >= 5 else ""
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    short = _SHORT_ID.match(resource_id)
    if short and short[1] in _SHORT and region and account:
        return f"arn:{partition}:ec2:{region}:{account}:{_SHORT[short[1]]}/{resource_id}"
    if service_code == "AmazonS3" and resource_id and "/" not in resource_id and ":" not in resource_id:
        return f"arn:{partition}:s3:::{resource_id}"
    return ""


def _global(arn: str) -> bool:
    return not arn.split(":")[3]


def _table(table: schema.Table, rows: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=table.names())
    for column in table.columns:
        if column.kind == "float":
            frame[column.name] = frame[column.name].astype("float64")
        if column.kind == "money" and not len(frame):
            frame[column.name] = frame[column.name].astype("int64")
    return table.check(frame)
