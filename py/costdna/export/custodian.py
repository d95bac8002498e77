"""Owners as Cloud Custodian policies: `custodian run` writes the tag where it is absent, on exactly these resources.

Format: Cloud Custodian documentation, "Policies" and "Generic filters" (value filter with op: in; tag: KEY: absent) and
"Generic actions" (tag with key and value).
"""

import re

import numpy as np

from costdna.export.leaving import Leaving, Shortfall
from costdna.export.quoting import yaml_text
from costdna.export.tag_file import plan

# resource part of an ARN → Custodian's resource, the field its describe call gives, and how the ARN gives that field
RESOURCES = {
    "ec2:instance": ("aws.ec2", "InstanceId", "id"),
    "ec2:volume": ("aws.ebs", "VolumeId", "id"),
    "ec2:snapshot": ("aws.ebs-snapshot", "SnapshotId", "id"),
    "ec2:natgateway": ("aws.nat-gateway", "NatGatewayId", "id"),
    "ec2:network-interface": ("aws.eni", "NetworkInterfaceId", "id"),
    "ec2:image": ("aws.ami", "ImageId", "id"),
    "ec2:vpc-endpoint": ("aws.vpc-endpoint", "VpcEndpointId", "id"),
    "ec2:elastic-ip": ("aws.elastic-ip", "AllocationId", "id"),
    "ec2:transit-gateway": ("aws.transit-gateway", "TransitGatewayId", "id"),
    "s3:": ("aws.s3", "Name", "id"),
    "rds:db": ("aws.rds", "DBInstanceArn", "arn"),
    "rds:cluster": ("aws.rds-cluster", "DBClusterArn", "arn"),
    "rds:snapshot": ("aws.rds-snapshot", "DBSnapshotArn", "arn"),
    "lambda:function": ("aws.lambda", "FunctionArn", "arn"),
    "dynamodb:table": ("aws.dynamodb-table", "TableArn", "arn"),
    "sqs:": ("aws.sqs", "QueueArn", "arn"),
    "sns:": ("aws.sns", "TopicArn", "arn"),
    "elasticloadbalancing:loadbalancer": ("aws.app-elb", "LoadBalancerArn", "arn"),
    "secretsmanager:secret": ("aws.secrets-manager", "ARN", "arn"),
    "kinesis:stream": ("aws.kinesis", "StreamARN", "arn"),
    "ecs:cluster": ("aws.ecs", "clusterArn", "arn"),
    "eks:cluster": ("aws.eks", "arn", "arn"),
    "elasticfilesystem:file-system": ("aws.efs", "FileSystemId", "id"),
    "kms:key": ("aws.kms-key", "KeyArn", "arn"),
    "states:stateMachine": ("aws.step-machine", "stateMachineArn", "arn"),
    "redshift:cluster": ("aws.redshift", "ClusterIdentifier", "id"),
    "logs:log-group": ("aws.log-group", "logGroupName", "id"),
}


def custodian_yaml(leaving: Leaving) -> str:
    """A policy per kind of resource and team, dearest first. Every text of the bill is quoted."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for arn, team in _planned(leaving):
        known = _known(arn)
        if known:
            resource, field, value = known
            groups.setdefault((resource, field, team), []).append(value)
    key, out, taken = leaving.choices.key, ["policies:" if groups else "policies: []"], {}
    for (resource, field, team), values in groups.items():
        name = f"costdna-{resource.removeprefix('aws.')}-" + (
            re.sub(r"[^a-z0-9]+", "-", team.lower()).strip("-")[:40] or "team"
        )
        taken[name] = taken.get(name, 0) + 1
        name += f"-{taken[name]}" if taken[name] > 1 else ""
        out += [
            f"  - name: {yaml_text(name)}",
            f"    resource: {resource}",
            "    filters:",
            f"      - {yaml_text('tag:' + key)}: absent",
            "      - type: value",
            f"        key: {field}",
            "        op: in",
            "        value:",
        ]
        out += [f"          - {yaml_text(v)}" for v in sorted(values)]
        out += [
            "    actions:",
            "      - type: tag",
            f"        key: {yaml_text(key)}",
            f"        value: {yaml_text(team)}",
        ]
    return "\n".join(out) + "\n"


def cannot(leaving: Leaving) -> list[Shortfall]:
    """What no policy reaches, beyond what no tag plan reaches.

    Kinds of resources that no policy is written for here, and values that stand already.
    """
    from costdna.export import tag_file

    proposed, _ = plan(leaving)
    out = tag_file.cannot(leaving)
    odd = proposed[np.array([_known(a) is None for a in proposed["ResourceId"]], dtype=bool)]
    out += [
        Shortfall("no Custodian resource is known here for its kind", team, int(rows["BilledCost"].sum()), len(rows))
        for team, rows in odd.groupby("x_NewValue", sort=True)
    ]
    stands = proposed[proposed["x_OldValue"] != ""]
    if len(stands):
        out.append(
            Shortfall(
                "carries another value, which Custodian leaves alone (tag absent is asked for)",
                "",
                int(stands["BilledCost"].sum()),
                len(stands),
            )
        )
    return out


def _planned(leaving: Leaving) -> list[tuple[str, str]]:
    proposed, _ = plan(leaving)
    return list(zip(proposed["ResourceId"], proposed["x_NewValue"]))


def _known(arn: str) -> tuple[str, str, str] | None:
    """Custodian's resource, field and value of an ARN; None where no policy is written for its kind."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return None
    kind, _, name = (
        re.sub(":", "/", parts[5], count=1).partition("/") if ":" in parts[5].split("/")[0] else parts[5].partition("/")
    )
    found = RESOURCES.get(f"{parts[2]}:{kind}") if name else RESOURCES.get(f"{parts[2]}:")
    if found is None:
        return None
    return found[0], found[1], arn if found[2] == "arn" else (name or kind)
