"""Names: what a resource id, an ARN or a tag key says, once read the way AWS writes it."""

import re
from functools import lru_cache

ENVIRONMENTS = {
    "dev": "dev",
    "development": "dev",
    "sandbox": "dev",
    "sbx": "dev",
    "test": "test",
    "testing": "test",
    "qa": "test",
    "uat": "test",
    "ci": "test",
    "stage": "staging",
    "staging": "staging",
    "stg": "staging",
    "preprod": "staging",
    "pre": "staging",
    "demo": "demo",
    "prod": "prod",
    "production": "prod",
    "prd": "prod",
    "live": "prod",
    "dr": "dr",
}
_OPAQUE = re.compile(r"^(?:[0-9]+|(?=[a-f]*[0-9])[0-9a-f]{6,}|(?=[a-z0-9]*[0-9])(?=[a-z0-9]*[a-z])[a-z0-9]{10,})$")
_STOP = frozenset(
    """
    aws arn amazon com the and for new old tmp temp default main primary replica us eu ap east west central north south
    northeast southeast
    """.split()
)
_ID = re.compile(r"^([a-z]{1,12})-[0-9a-f]{8,17}$")
_ID_TYPES = {
    "i": "ec2:instance",
    "vol": "ec2:volume",
    "snap": "ec2:snapshot",
    "eni": "ec2:network-interface",
    "nat": "ec2:natgateway",
    "vpce": "ec2:vpc-endpoint",
    "ami": "ec2:image",
    "eipalloc": "ec2:elastic-ip",
    "tgw": "ec2:transit-gateway",
    "fs": "elasticfilesystem:file-system",
    "lt": "ec2:launch-template",
    "sg": "ec2:security-group",
    "rtb": "ec2:route-table",
    "vpc": "ec2:vpc",
    "subnet": "ec2:subnet",
    "vgw": "ec2:vpn-gateway",
    "vpn": "ec2:vpn-connection",
    "db": "rds:db",
    "cluster": "rds:cluster",
    "j": "elasticmapreduce:cluster",
}
SERVES_ACCOUNT = (
    "ec2:natgateway",
    "ec2:transit-gateway",
    "ec2:vpc-endpoint",
    "ec2:vpn-connection",
    "ec2:vpn-gateway",
    "eks:cluster",
    "directconnect:dxcon",
    "network-firewall:firewall",
)
"""Types of resource that serve a whole account or cluster, and so mostly belong to no single team."""
MARKETPLACE = "aws-marketplace:"
"""How the type of what is bought from a vendor begins."""
_SERVICE_TYPES = {
    "AmazonS3": "s3:bucket",
    "AmazonCloudFront": "cloudfront:distribution",
    "AWSLambda": "lambda:function",
    "AmazonDynamoDB": "dynamodb:table",
}


@lru_cache(maxsize=200_000)
def arn_parts(resource_id: str) -> tuple[str, str, str] | None:
    """(service, type, name) of an ARN, None where the id is none.

    >>> arn_parts("arn:aws:rds:eu-west-1:111122223333:db:search-prod")
    ('rds', 'db', 'search-prod')
    >>> arn_parts("arn:aws:elasticloadbalancing:eu-west-1:1111:loadbalancer/app/web/50dc6c49")
    ('elasticloadbalancing', 'loadbalancer', 'app/web/50dc6c49')
    """
    if not resource_id.startswith("arn:"):
        return None
    parts = resource_id.split(":", 5)
    if len(parts) < 6:
        return None
    kind, _, name = parts[5].partition("/") if "/" in parts[5].split(":")[0] else parts[5].partition(":")
    return (parts[2], kind, name) if name else (parts[2], "", kind)


@lru_cache(maxsize=200_000)
def resource_type(resource_id: str, service_code: str) -> str:
    """Kind of resource, service:type, as far as the id tells.

    >>> resource_type("vol-0123456789abcdef0", "AmazonEC2"), resource_type("my-bucket", "AmazonS3")
    ('ec2:volume', 's3:bucket')
    """
    arn = arn_parts(resource_id)
    if arn:
        return f"{arn[0]}:{arn[1]}" if arn[1] else _SERVICE_TYPES.get(service_code, arn[0])
    match = _ID.match(resource_id)
    if match and match.group(1) in _ID_TYPES:
        return _ID_TYPES[match.group(1)]
    return _SERVICE_TYPES.get(service_code, "") if resource_id else ""


@lru_cache(maxsize=200_000)
def display_name(resource_id: str) -> str:
    """The part of an id that a person reads: the ARN's tail, or the id itself."""
    arn = arn_parts(resource_id)
    return (arn[2] or resource_id) if arn else resource_id


@lru_cache(maxsize=400_000)
def words(text: str) -> tuple[str, ...]:
    """Lower-case words of a name in order, environments and opaque ids kept out, camelCase cut.

    >>> words("searchIndexer-prod-0a1b2c3d4e-eu-west-1"), words("LoginDev-Ingest-32F832C7AE3F")
    (('search', 'indexer'), ('login', 'ingest'))
    """
    return tuple(word for piece in re.split(r"[^A-Za-z0-9]+", text) for word in _words(piece))


@lru_cache(maxsize=200_000)
def _words(piece: str) -> tuple[str, ...]:
    """The words of one piece of a name: pieces come again and again, names do not."""
    if _OPAQUE.match(piece.lower()):
        return ()
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", piece).lower().split("-")
    parts = [re.sub(r"[0-9]+$", "", p) if not p.isdigit() and not _OPAQUE.match(p) else p for p in parts]
    return tuple(
        p
        for p in parts
        if len(p) > 1 and not p[0].isdigit() and p not in ENVIRONMENTS and p not in _STOP and not _OPAQUE.match(p)
    )


@lru_cache(maxsize=200_000)
def environment(text: str) -> str:
    """The environment a name or tag speaks of, "" when none.

    >>> environment("search-Production-db")
    'prod'
    """
    for part in re.split(r"[^a-z0-9]+", text.lower()):
        if part in ENVIRONMENTS:
            return ENVIRONMENTS[part]
    return ""


@lru_cache(maxsize=10_000)
def tag_key(key: str) -> str:
    """A tag key without its source's prefix, lower-case, letters and digits only.

    >>> tag_key("user:Cost-Center"), tag_key("user_cost_center"), tag_key("resourceTags/costCenter"), tag_key("aws:createdBy")
    ('costcenter', 'costcenter', 'costcenter', 'awscreatedby')
    """
    key = re.sub(r"^(resourceTags|accountTag|userAttribute|costCategory|iamPrincipal)/", "", key)
    key = re.sub(r"^user[:_]", "", key)
    return "".join(c for c in key.lower() if c.isalnum())


def plain_key(key: str) -> str:
    """A tag key as people speak of it: as `tag_key`, without whatever stands before its last colon.

    >>> plain_key("user:Customer-Id"), plain_key("user_customer_id"), plain_key("resourceTags/customerId"), plain_key("aws:cloudformation:stack-name")
    ('customerid', 'customerid', 'customerid', 'stackname')
    """
    return tag_key(key.rpartition(":")[2])


def slug(value: str) -> str:
    """What two spellings of one team share.

    >>> slug("Cloud-Platform ") == slug("cloud platform") == slug("CloudPlatform")
    True
    """
    return "".join(c for c in value.casefold() if c.isalnum()) or value.strip().casefold()


def counted(n: int, one: str, many: str = "") -> str:
    """A number with its noun, grouped.

    >>> counted(1, "line"), counted(1200, "line"), counted(0, "entry", "entries")
    ('1 line', '1,200 lines', '0 entries')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"
