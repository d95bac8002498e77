"""Which call needs which right, and what is lost without it. The write role is a role of its own and asked for at the
moment of writing.
"""

from dataclasses import dataclass

from costdna_companion.collect import bucket, budgets, checks, lake, lookup, registry
from costdna_companion.store import explorer
from costdna_companion.write import activation, history
from costdna_companion.write.native import NATIVE


@dataclass(frozen=True)
class Right:
    """One right. `action` is IAM's spelling, `feature` what it unlocks, in words a person would use."""

    action: str
    feature: str


READ = (
    *(Right(action, "who changed which resource, from CloudTrail's event history") for action in lookup.PERMISSIONS),
    *(Right(action, "bills and CloudTrail files that lie in S3") for action in bucket.PERMISSIONS),
    *(Right(action, "costdna budgets --aws: AWS Budgets beside our own forecast") for action in budgets.PERMISSIONS),
    *(
        Right(
            action,
            "costdna scan --lake: an event data store that exists already, which AWS charges for by what a query scans",
        )
        for action in lake.PERMISSIONS
    ),
    *(
        Right(action, "costdna ingest --source cost-explorer, which AWS charges for by the page")
        for action in explorer.PERMISSIONS
    ),
    *(
        Right(action, f"costdna scan --collect {collector.name}: {collector.feature}")
        for collector in registry.COLLECTORS
        for action in collector.permissions
    ),
    *(Right(action, "costdna scan --region all: the Regions that are enabled") for action in registry.PERMISSIONS),
    *(
        Right(action, "costdna doctor: which trails there are, and whether tags can be read")
        for action in checks.PERMISSIONS
    ),
)

_IAM = {
    "lambda": "lambda",
    "elasticfilesystem": "elasticfilesystem",
    "elasticloadbalancing": "elasticloadbalancing",
    "states": "states",
    "logs": "logs",
}


def _native(service: str) -> tuple[str, ...]:
    """IAM actions of a service's own tagging calls; IAM's prefix is the ARN's service, its action the API's operation."""
    own = NATIVE[service]
    return tuple(f"{_IAM.get(service, service)}:{_operation(call)}" for call in (own.read, own.write, own.remove))


def _operation(call: str) -> str:
    return "".join(part.title() for part in call.split("_"))


WRITE = (
    Right("tag:GetResources", "reading tags of most services"),
    Right("tag:TagResources", "writing tags of most services"),
    Right("tag:UntagResources", "undo for most services"),
    *(
        Right(f"ec2:{call}", "tags of instances, volumes, snapshots and networks")
        for call in ("DescribeTags", "CreateTags", "DeleteTags")
    ),
    *(
        Right(f"s3:{call}", "tags of buckets")
        for call in ("GetBucketTagging", "PutBucketTagging", "GetBucketAbac", "TagResource", "UntagResource")
    ),
    *(
        Right(f"autoscaling:{call}", "tags of Auto Scaling groups")
        for call in ("DescribeTags", "DescribeAutoScalingGroups", "CreateOrUpdateTags", "DeleteTags")
    ),
    *(
        Right(f"iam:{call}", "tags of IAM users and roles")
        for call in ("ListRoleTags", "TagRole", "UntagRole", "ListUserTags", "TagUser", "UntagUser")
    ),
    *(Right(action, f"tags of {service}") for service in NATIVE for action in _native(service)),
    *(
        Right(action, "costdna verify --history: values that a write overwrote unseen")
        for action in history.PERMISSIONS
    ),
)

ACTIVATE = tuple(
    Right(action, "costdna activate: which tag keys the bill shows, in the management account")
    for action in activation.PERMISSIONS
)
"""Asked for apart: only who chooses so gives the write role these."""


def actions(rights: tuple[Right, ...]) -> list[str]:
    """The actions of rights, each once, sorted."""
    return sorted({right.action for right in rights})
