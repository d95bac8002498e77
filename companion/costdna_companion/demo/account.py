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
        stacks = _by(here, "stack")
        out["tags", account, region, "resourcegroupstaggingapi.get_resources"] = [_tagged(here, account)]
        out["inventory", account, region, "ec2.describe_volumes"] = [_volumes(here)]
        out["inventory", account, region, "ec2.describe_snapshots"] = [_snapshots(here)]
        out["groups", account, region, "autoscaling.describe_auto_scaling_groups"] = [_scaling(here, account, region)]
        out["groups", account, region, "cloudformation.describe_stacks"] = [_stacks(stacks, account, region)]
        members = [_members(name, rs) for name, rs in sorted(stacks.items())]
        if members:
            out["groups", account, region, "cloudformation.list_stack_resources"] = members
    return out


def _page(response: dict, **request) -> dict:
    return {"request": request, "response": response}


def _by(resources: list[Resource], name: str) -> dict[str, list[Resource]]:
    """Those that have a stack or group, by its name."""
    out: dict[str, list[Resource]] = {}
    for r in resources:
        if getattr(r, name):
            out.setdefault(getattr(r, name), []).append(r)
    return out


def _tagged(here: list[Resource], account: str) -> dict:
    rows = [{"ResourceARN": arn(r, account), "Tags": _tags(r)} for r in here if _tags(r)]
    return _page({"ResourceTagMappingList": rows})


def _volumes(here: list[Resource]) -> dict:
    rows = [
        {
            "VolumeId": tail(r.id),
            "State": "in-use" if r.parent else "available",
            "Tags": _tags(r),
            "Attachments": [{"InstanceId": tail(r.parent), "VolumeId": tail(r.id)}] if r.parent else [],
        }
        for r in here
        if r.kind == "volume"
    ]
    return _page({"Volumes": rows})


def _snapshots(here: list[Resource]) -> dict:
    rows = [
        {
            "SnapshotId": tail(r.id),
            "VolumeId": tail(r.parent) or "vol-ffffffff",
            "State": "completed",
            "Tags": _tags(r),
        }
        for r in here
        if r.kind == "snapshot"
    ]
    return _page({"Snapshots": rows}, OwnerIds=["self"])


def _scaling(here: list[Resource], account: str, region: str) -> dict:
    groups = _by([r for r in here if r.kind in ("instance", "spot")], "group")
    prefix = f"arn:aws:autoscaling:{region}:{account}:autoScalingGroup:0:autoScalingGroupName"
    rows = [
        {
            "AutoScalingGroupName": name,
            "AutoScalingGroupARN": f"{prefix}/{name}",
            "Instances": [{"InstanceId": tail(r.id)} for r in members],
        }
        for name, members in sorted(groups.items())
    ]
    return _page({"AutoScalingGroups": rows})


def _stacks(stacks: dict[str, list[Resource]], account: str, region: str) -> dict:
    prefix = f"arn:aws:cloudformation:{region}:{account}:stack"
    rows = [
        {"StackName": name, "StackId": f"{prefix}/{name}/0", "StackStatus": "CREATE_COMPLETE"}
        for name in sorted(stacks)
    ]
    return _page({"Stacks": rows})


def _members(stack: str, resources: list[Resource]) -> dict:
    rows = [
        {
            "LogicalResourceId": f"R{n}",
            "PhysicalResourceId": r.id if r.kind not in _STACK_KINDS else tail(r.id),
            "ResourceType": _STACK_KINDS.get(r.kind, "AWS::CloudFormation::CustomResource"),
            "ResourceStatus": "CREATE_COMPLETE",
        }
        for n, r in enumerate(resources)
    ]
    return _page({"StackResourceSummaries": rows}, StackName=stack)


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
