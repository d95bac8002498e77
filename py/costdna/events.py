"""Who did what, matched to the bill: events × OWNABLES → EVENTS.

An id of an event finds its resource in the form the bill writes it.
"""

import numpy as np
import pandas as pd

from costdna import schema

WROTE = (
    "x_At",
    "x_ActorId",
    "x_ActorKind",
    "x_EventName",
    "SubAccountId",
    "x_ReadOnly",
    "x_Failed",
    "x_Resources",
    "x_Origin",
)
"""What `events` needs: one row an event, `x_Resources` = ids, one a line: ARNs, short ids, or service:name."""

_SAME_SERVICE = {
    "AmazonS3": "s3",
    "AWSLambda": "lambda",
    "AmazonRDS": "rds",
    "AmazonDynamoDB": "dynamodb",
    "AWSQueueService": "sqs",
    "AmazonSNS": "sns",
    "AmazonKinesis": "kinesis",
    "AmazonEKS": "eks",
    "AmazonECS": "ecs",
    "AmazonRedshift": "redshift",
    "AmazonElastiCache": "elasticache",
    "AWSELB": "elasticloadbalancing",
    "AmazonES": "es",
    "AmazonCloudWatch": "logs",
    "AmazonECR": "ecr",
    "AmazonStates": "states",
    "AmazonEFS": "elasticfilesystem",
    "AWSSecretsManager": "secretsmanager",
    "AmazonSageMaker": "sagemaker",
    "AWSGlue": "glue",
    "AmazonApiGateway": "apigateway",
    "awskms": "kms",
    "AmazonCloudFront": "cloudfront",
}
"""Product code of a bill → service of an ARN, for resources that a bill names without an ARN."""


def events(wrote: pd.DataFrame, ownables: pd.DataFrame, service_codes: dict[int, str] | None = None) -> pd.DataFrame:
    """EVENTS in the order of time.

    An event appears once for each of its resources that the bill knows; failed calls are left out.

    wrote: n rows with the columns `WROTE`. ownables: OWNABLES. service_codes: x_OwnableId → product code, for bare
    names.
    """
    ids = index(ownables, service_codes or {})
    done = wrote[~wrote["x_Failed"].to_numpy(dtype=bool) & (wrote["x_Resources"] != "").to_numpy()]
    rows, hits = [], []
    for position, (account, text) in enumerate(zip(done["SubAccountId"], done["x_Resources"])):
        found = {ids[form] for one in text.split("\n") for form in forms(one, account) if form in ids}
        rows += [position] * len(found)
        hits += sorted(found)
    out = done.iloc[rows][["x_At", "x_ActorId", "x_ActorKind", "x_EventName", "x_ReadOnly", "x_Origin"]].reset_index(
        drop=True
    )
    out["x_OwnableId"] = np.array(hits, dtype="int64")
    out = out.astype({"x_At": "datetime64[ns]", "x_ReadOnly": bool})
    return schema.EVENTS.check(
        out.sort_values(["x_At", "x_OwnableId", "x_ActorId", "x_EventName"], kind="stable", ignore_index=True)[
            schema.EVENTS.names()
        ]
    )


def codes(charges: pd.DataFrame) -> dict[int, str]:
    """x_OwnableId → product code of its first charge: what tells a bucket `logs` from a function `logs`."""
    first = charges.drop_duplicates("x_OwnableId")
    return dict(zip(first["x_OwnableId"].tolist(), first["x_ServiceCode"]))


def forms(resource: str, account: str) -> list[tuple[str, str, str]]:
    """The keys by which an id may be found, most telling first.

    The ARN itself; (account, service, last part of the name).

    >>> forms("arn:aws:lambda:eu-west-1:1:function:thumbs", "1")
    [('', 'arn', 'arn:aws:lambda:eu-west-1:1:function:thumbs'), ('1', 'lambda', 'thumbs')]
    >>> forms("i-0a1b2c3d", "1"), forms("s3:shop-logs", "1")
    ([('1', 'ec2', 'i-0a1b2c3d')], [('1', 's3', 'shop-logs')])
    >>> forms("/subscriptions/S/resourceGroups/Web/providers/P/disks/D", "S"), forms("//compute.googleapis.com/projects/p/zones/z/disks/d", "p")
    ([('', 'azure', '/subscriptions/s/resourcegroups/web/providers/p/disks/d')], [('', 'gcp', 'projects/p/zones/z/disks/d')])
    """
    if resource.startswith("/subscriptions/"):
        return [("", "azure", resource.lower())]  # Azure writes one id in several cases
    if resource.startswith("//storage.googleapis.com/"):
        return [("", "gcp", f"projects/_/buckets/{resource.split('/')[3]}")]
    if resource.startswith(("//", "projects/")):
        return [("", "gcp", resource[resource.find("projects/") :] if "projects/" in resource else resource)]
    if resource.startswith("arn:"):
        parts = resource.split(":", 5)
        if len(parts) < 6:
            return []
        return [("", "arn", resource), (parts[4] or account, parts[2], _last(parts[5], parts[2]))]
    service, colon, name = resource.partition(":")
    return [(account, service, name)] if colon else [(account, "ec2", resource)]


def _last(resource: str, service: str) -> str:
    """The name in an ARN's last field: after the kind, without a version or a path."""
    if service == "s3":
        return resource.partition("/")[0]
    if service == "elasticloadbalancing" and resource.startswith("loadbalancer/"):
        parts = resource.split("/")
        return parts[2] if parts[1] in ("app", "net", "gwy") and len(parts) > 2 else parts[1]
    if service == "logs":
        return resource.removeprefix("log-group:").partition(":")[0]
    kind, mark, name = (
        resource.partition(":")
        if ":" in resource and "/" not in resource.partition(":")[0]
        else resource.partition("/")
    )
    return name.partition(":")[0] if mark else resource


def index(ownables: pd.DataFrame, codes: dict[int, str]) -> dict[tuple[str, str, str], int]:
    """Every key of every ownable with a resource id; a key that two ownables share finds neither."""
    out: dict[tuple[str, str, str], int] = {}
    shared = set()
    for ownable, account, resource in zip(
        ownables["x_OwnableId"].tolist(), ownables["SubAccountId"], ownables["ResourceId"]
    ):
        if not resource:
            continue
        keys = forms(resource, account)
        service = _SAME_SERVICE.get(codes.get(ownable, ""))
        if service and not resource.startswith("arn:"):
            keys.append((account, service, resource))
        for key in keys:
            if out.setdefault(key, ownable) != ownable:
                shared.add(key)
    return {key: ownable for key, ownable in out.items() if key not in shared}
