"""Answers whose links a path cannot reach: stack resources under their own kinds, network interfaces that only describe
whom they serve.
"""

import re

_SERVICE = {
    "Logs": "logs",
    "EFS": "elasticfilesystem",
    "ElasticLoadBalancing": "elasticloadbalancing",
    "OpenSearchService": "es",
    "Elasticsearch": "es",
    "KMS": "kms",
    "ApiGateway": "apigateway",
}
_SELF = re.compile(r"^(?:i|vol|snap|eni|nat|vpce|eipalloc|vpc|subnet|sg|tgw|lt|ami|fs)-[0-9a-f]{8,17}$")
_EC2 = (
    "Interface for NAT Gateway (nat-[0-9a-f]+)",
    "VPC Endpoint Interface (vpce-[0-9a-f]+)",
    "EFS mount target for (fs-[0-9a-f]+)",
)
_NAMED = (
    (r"ELB app/([^/]+)/", "elasticloadbalancing"),
    (r"ELB net/([^/]+)/", "elasticloadbalancing"),
    (r"ELB ([\w-]+)$", "elasticloadbalancing"),
    (r"AWS Lambda VPC ENI-(.+)-[0-9a-f]{8}-[0-9a-f]{4}-", "lambda"),
    (r"^ElastiCache ([\w-]+)", "elasticache"),
    (r"^Amazon EKS ([\w-]+)$", "eks"),
)


def stack_members(item: dict, page: dict) -> list[tuple[str, str, str]]:
    """(resource, "stack", stack name) of one resource of a stack. A nested stack's name joins its parent's group too.

    >>> stack_members({"ResourceType": "AWS::S3::Bucket", "PhysicalResourceId": "web-logs"}, {"request": {"StackName": "web"}})
    [('s3:web-logs', 'stack', 'web')]
    >>> stack_members({"ResourceType": "AWS::EC2::Instance", "PhysicalResourceId": "i-0a1b2c3d4e5f60718"}, {"request": {"StackName": "web"}})
    [('i-0a1b2c3d4e5f60718', 'stack', 'web')]
    """
    physical, kind, stack = (
        item.get("PhysicalResourceId") or "",
        item.get("ResourceType") or "",
        page["request"].get("StackName", ""),
    )
    if not physical or item.get("ResourceStatus", "").startswith("DELETE_COMPLETE"):
        return []
    return [(resource(kind, physical), "stack", stack)]


def resource(kind: str, physical: str) -> str:
    """How `costdna.events.forms` writes a stack's resource.

    >>> resource("AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/1/jobs"), resource("AWS::SNS::Topic", "arn:aws:sns:eu-west-1:1:alerts")
    ('sqs:jobs', 'arn:aws:sns:eu-west-1:1:alerts')
    """
    if physical.startswith("arn:"):
        return physical
    if _SELF.match(physical) and not kind.startswith("AWS::EFS"):
        return physical
    service = kind.split("::")[1] if kind.count("::") >= 2 else "unknown"
    name = physical.rpartition("/")[2] if physical.startswith("https://sqs") else physical
    return f"{_SERVICE.get(service, service.lower())}:{name}"


def interface_members(item: dict, page: dict) -> list[tuple[str, str, str]]:
    """(resource, kind, group): an interface and the resource it serves hang together, and that resource is in the
    interface's network.

    The resource is the attached instance, or what AWS's description names; one that only says its service tells
    nothing.

    >>> interface_members({"NetworkInterfaceId": "eni-1", "VpcId": "vpc-1", "Description": "ELB app/web/50dc6c495c0c9188"}, {})
    [('eni-1', 'attachment', 'eni-1'), ('elasticloadbalancing:web', 'attachment', 'eni-1'), ('elasticloadbalancing:web', 'vpc', 'vpc-1')]
    """
    eni, vpc, whom = item.get("NetworkInterfaceId", ""), item.get("VpcId", ""), served(item)
    if not eni or not whom:
        return []
    return [(eni, "attachment", eni), (whom, "attachment", eni), *([(whom, "vpc", vpc)] if vpc else [])]


def served(item: dict) -> str:
    """The resource that an interface serves, as `costdna.events.forms` writes it; empty where it does not say.

    >>> served({"Description": "AWS Lambda VPC ENI-thumbs-0a1b2c3d-0000-4000-8000-000000000000"}), served({"Description": "RDSNetworkInterface"})
    ('lambda:thumbs', '')
    """
    return (item.get("Attachment") or {}).get("InstanceId") or _described(item.get("Description") or "")


def _described(text: str) -> str:
    for pattern in _EC2:
        found = re.search(pattern, text)
        if found:
            return f"elasticfilesystem:{found[1]}" if found[1].startswith("fs-") else found[1]
    for pattern, service in _NAMED:
        found = re.search(pattern, text)
        if found and service:
            return f"{service}:{found[1]}"
    return ""


SPECIAL = {"cloudformation.list_stack_resources": stack_members, "ec2.describe_network_interfaces": interface_members}
"""Call → (item, page) → (resource, kind, group)."""
