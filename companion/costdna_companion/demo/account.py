"""What the made-up company's accounts answer when they are asked.

Tags as they are now, disks and their machines, stacks, scaling groups. As collectors leave it on disk.

A bill shows only activated tags; the accounts show all of them but who created a thing, which only billing knows.
"""

from __future__ import annotations

import json
from pathlib import Path

from costdna_companion.demo.bill import Bill
from costdna_companion.demo.tagging import CREATED
from costdna_companion.demo.world import Resource

_STACK_KINDS = {
    "bucket": "AWS::S3::Bucket",
    "instance": "AWS::EC2::Instance",
    "spot": "AWS::EC2::Instance",
    "volume": "AWS::EC2::Volume",
    "nat": "AWS::EC2::NatGateway",
}


def pages(bill: Bill) -> dict[tuple[str, str, str, str], list[dict]]:
    """(collector, account, Region, call) → pages: request and response, in the shapes of AWS's own answers."""
    out: dict[tuple[str, str, str, str], list[dict]] = {}
    places: dict[tuple[str, str], list[Resource]] = {}
    for r in bill.world.resources:
        if r.last >= bill.world.hours:  # what was deleted is not there any more
            places.setdefault((bill.world.accounts[r.account], r.region), []).append(r)
    for (account, region), here in sorted(places.items()):

        def tell(collector: str, call: str, response: dict, request: dict | None = None, at=(account, region)) -> None:
            out.setdefault((collector, *at, call), []).append({"request": request or {}, "response": response})

        tell(
            "tags",
            "resourcegroupstaggingapi.get_resources",
            {"ResourceTagMappingList": [{"ResourceARN": arn(r, account), "Tags": _tags(r)} for r in here if _tags(r)]},
        )
        volumes = [r for r in here if r.kind == "volume"]
        tell(
            "inventory",
            "ec2.describe_volumes",
            {
                "Volumes": [
                    {
                        "VolumeId": tail(r.id),
                        "State": "in-use" if r.parent else "available",
                        "Tags": _tags(r),
                        "Attachments": [{"InstanceId": tail(r.parent), "VolumeId": tail(r.id)}] if r.parent else [],
                    }
                    for r in volumes
                ]
            },
        )
        tell(
            "inventory",
            "ec2.describe_snapshots",
            {
                "Snapshots": [
                    {
                        "SnapshotId": tail(r.id),
                        "VolumeId": tail(r.parent) or "vol-ffffffff",
                        "State": "completed",
                        "Tags": _tags(r),
                    }
                    for r in here
                    if r.kind == "snapshot"
                ]
            },
            {"OwnerIds": ["self"]},
        )
        groups: dict[str, list[str]] = {}
        stacks: dict[str, list[Resource]] = {}
        for r in here:
            if r.group and r.kind in ("instance", "spot"):
                groups.setdefault(r.group, []).append(tail(r.id))
            if r.stack:
                stacks.setdefault(r.stack, []).append(r)
        tell(
            "groups",
            "autoscaling.describe_auto_scaling_groups",
            {
                "AutoScalingGroups": [
                    {
                        "AutoScalingGroupName": name,
                        "AutoScalingGroupARN": f"arn:aws:autoscaling:{region}:{account}:autoScalingGroup:0:autoScalingGroupName/{name}",
                        "Instances": [{"InstanceId": i} for i in members],
                    }
                    for name, members in sorted(groups.items())
                ]
            },
        )
        tell(
            "groups",
            "cloudformation.describe_stacks",
            {
                "Stacks": [
                    {
                        "StackName": name,
                        "StackId": f"arn:aws:cloudformation:{region}:{account}:stack/{name}/0",
                        "StackStatus": "CREATE_COMPLETE",
                    }
                    for name in sorted(stacks)
                ]
            },
        )
        for name, members in sorted(stacks.items()):
            tell(
                "groups",
                "cloudformation.list_stack_resources",
                {
                    "StackResourceSummaries": [
                        {
                            "LogicalResourceId": f"R{n}",
                            "PhysicalResourceId": r.id if r.kind not in _STACK_KINDS else tail(r.id),
                            "ResourceType": _STACK_KINDS.get(r.kind, "AWS::CloudFormation::CustomResource"),
                            "ResourceStatus": "CREATE_COMPLETE",
                        }
                        for n, r in enumerate(members)
                    ]
                },
                {"StackName": name},
            )
    return out


def write_account(bill: Bill, folder: Path) -> list[Path]:
    """The pages under `folder`/collected, as a scan's working folder keeps them; returns the files."""
    written = []
    for (collector, account, region, call), found in sorted(pages(bill).items()):
        path = folder / "collected" / collector / account / region / f"{call}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "".join(
                json.dumps(
                    {"account": account, "region": region, "call": call, **page},
                    ensure_ascii=False,
                    separators=(",", ":"),
                )
                + "\n"
                for page in found
            ),
            encoding="utf-8",
        )
        written.append(path)
    return written


def tail(resource: str) -> str:
    """The short id at the end of an ARN."""
    return resource.rpartition("/")[2]


def arn(r: Resource, account: str) -> str:
    """The full id by which the Tagging API knows it."""
    if r.id.startswith("arn:"):
        return r.id
    if r.kind in ("instance", "spot", "volume"):
        return f"arn:aws:ec2:{r.region}:{account}:{'volume' if r.kind == 'volume' else 'instance'}/{r.id}"
    return f"arn:aws:s3:::{r.id}"


def _tags(r: Resource) -> list[dict[str, str]]:
    latest = r.tags[-1][2] if r.tags else {}
    return [
        {"Key": key.removeprefix("user:"), "Value": value} for key, value in sorted(latest.items()) if key != CREATED
    ]
