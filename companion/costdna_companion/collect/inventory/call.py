"""One listing call of AWS as data: what is asked, where the items lie in the answer, and which of their fields we take.

Paths are JMESPath over one item (`@` is the item itself). A test holds every path against botocore's service model.
"""

from dataclasses import dataclass, field

_PREFIX = {
    "apigatewayv2": "apigateway",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "emr": "elasticmapreduce",
    "opensearch": "es",
    "resourcegroupstaggingapi": "tag",
    "stepfunctions": "states",
}
"""IAM's prefix where it is not boto3's name of the service."""


@dataclass(frozen=True)
class Link:
    """A membership that an item tells of: the item itself, or its `members`, are of the group `kind`: `group`.

    group, members: paths; a list gives several. form: how a member is written for `costdna.events.forms`, `{}` is the
    member (`s3:{}`, `{}` for an ARN or a short id). tail: of the group only what stands after the last `/` or `:`.
    """

    kind: str
    group: str
    members: str = ""
    form: str = "{}"
    tail: bool = False


@dataclass(frozen=True)
class Each:
    """The call is made once for every value that an earlier call's answers hold (or for every `batch` of them, as a
    list).

    Without `parameter` it is made once where there is any value.
    """

    call: str
    path: str
    parameter: str
    batch: int = 0
    also: tuple[tuple[str, str], ...] = ()
    """Parameters of the earlier call's request that are handed on: (its name there, its name here)."""
    none: str = ""
    """What it means that there is no value: said in COVERAGE, which is then not complete. Empty: there simply is
    nothing.
    """


@dataclass(frozen=True)
class Call:
    """One call. arn: a path, or a template `arn:{partition}:…:{id}`. An item without id and arn makes no row of
    INVENTORY, only its links.
    """

    service: str
    operation: str
    items: str
    kind: str = ""
    id: str = ""
    arn: str = ""
    name: str = ""
    tags: str = ""
    created: str = ""
    state: str = ""
    region: str = ""
    links: tuple[Link, ...] = ()
    request: dict = field(default_factory=dict)
    everywhere: bool = False
    """The service is one for the whole partition: asked once, in its home Region."""
    each: Each | None = None
    action: str = ""
    """IAM's name of the right where it is not that of the operation."""

    @property
    def key(self) -> str:
        return f"{self.service}.{self.operation}"

    @property
    def permission(self) -> str:
        """The right this call needs, in IAM's spelling."""
        return self.action or f"{_PREFIX.get(self.service, self.service)}:{_camel(self.operation)}"


def _camel(operation: str) -> str:
    """describe_db_instances → DescribeDBInstances, as the API writes it."""
    return "".join({"db": "DB", "apis": "Apis"}.get(part, part.title()) for part in operation.split("_"))
