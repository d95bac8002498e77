"""Which resources an event was about, by the ids that its request, its response and its own list of resources carry."""

import re

_SHORT = rb"(?:i|vol|snap|eni|nat|igw|eipalloc|vpce|tgw|lt|fs|fsap|ami|sg|vpc|subnet|rtb|acl|dopt|pl|db|cluster)-(?:[0-9A-Z]{20,}|[0-9a-f]{8,17})(?![0-9a-z])"
_NAMED = {
    b"bucketName": "s3",
    b"functionName": "lambda",
    b"dBInstanceIdentifier": "rds",
    b"dBClusterIdentifier": "rds",
    b"dBSnapshotIdentifier": "rds",
    b"tableName": "dynamodb",
    b"queueName": "sqs",
    b"topicName": "sns",
    b"streamName": "kinesis",
    b"clusterName": "cluster",
    b"clusterIdentifier": "redshift",
    b"cacheClusterId": "elasticache",
    b"replicationGroupId": "elasticache",
    b"loadBalancerName": "elasticloadbalancing",
    b"autoScalingGroupName": "autoscaling",
    b"domainName": "es",
    b"logGroupName": "logs",
    b"repositoryName": "ecr",
    b"stateMachineName": "states",
    b"fileSystemId": "elasticfilesystem",
    b"secretId": "secretsmanager",
    b"notebookInstanceName": "sagemaker",
    b"endpointName": "sagemaker",
    b"stackName": "cloudformation",
    b"jobName": "glue",
    b"restApiId": "apigateway",
    b"keyId": "kms",
    b"distributionId": "cloudfront",
}
_ANY = re.compile(
    rb'"(arn:aws[\w-]*:[^"\s\\]{3,})\\*"|"(' + _SHORT + rb')"|"(' + b"|".join(_NAMED) + rb')":\s*"([^"]{1,255})"'
)

_CONTEXT = {
    b"ami": "Image",
    b"sg": "SecurityGroup",
    b"vpc": "Vpc",
    b"subnet": "Subnet",
    b"rtb": "Route",
    b"acl": "NetworkAcl",
    b"dopt": "DhcpOptions",
    b"pl": "PrefixList",
    b"igw": "InternetGateway",
    b"lt": "LaunchTemplate",
    b"tgw": "TransitGateway",
}
"""Ids that most events only mention: a launch names its subnet without changing it. They count where the event's name
says so.
"""

_CONTEXT_ARN = re.compile(rb"^arn:aws[\w-]*:(iam|sts|kms|acm|organizations):")


def touched(event_name: str, source: str, texts: list[bytes]) -> list[str]:
    r"""The resources of one event, sorted, each once: ARNs, short ids, or `service:name` where only a name is given.

    event_name, source: as CloudTrail writes them, the source without `.amazonaws.com`. texts: JSON of the request, the
    response, the resources.

    >>> touched("RunInstances", "ec2", [b'{"subnetId":"subnet-0a1b2c3d","instanceId":"i-0a1b2c3d4e5f60718"}'])
    ['i-0a1b2c3d4e5f60718']
    >>> touched("DeleteSubnet", "ec2", [b'{"subnetId":"subnet-0a1b2c3d"}'])
    ['subnet-0a1b2c3d']
    >>> touched("PutBucketPolicy", "s3", [b'{"bucketName":"shop-logs"}'])
    ['s3:shop-logs']

    A policy is JSON inside JSON: the backslash before a quote that ends an ARN there is none of it.

    >>> touched("PutBucketPolicy", "s3", [rb'{"policy":"{\\"Resource\\":\\"arn:aws:s3:::shop-logs\\"}"}'])
    ['arn:aws:s3:::shop-logs']
    """
    found = set()
    for text in texts:
        for arn, short, key, name in _ANY.findall(text):
            if short:
                word = _CONTEXT.get(short.partition(b"-")[0])
                if word is None or word in event_name:
                    found.add(short.decode())
                continue
            service = _NAMED.get(key, "")
            if arn or name.startswith(b"arn:"):
                mentioned = _CONTEXT_ARN.match(arn or name)
                if not mentioned or mentioned[1].decode() == source:
                    found.add((arn or name).decode("utf-8", "replace"))
            elif service != "kms" or source == "kms":
                found.add(f"{source if service == 'cluster' else service}:{name.decode('utf-8', 'replace')}")
    return sorted(found) if len(found) > 1 else list(found)
