"""What these credentials may see, asked by the cheapest call of each collector: each check names what it unlocks and
what is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from costdna_companion.collect import bucket, budgets, lookup, registry
from costdna_companion.collect.clients import BILLING
from costdna_companion.collect.inventory.fetch import REFUSED
from costdna_companion.collect.inventory.tabulate import search

PERMISSIONS = ("cloudtrail:DescribeTrails", "tag:GetResources")


@dataclass(frozen=True)
class Check:
    """One check: what it unlocks, the actions it needs, and the call that tries them; the call returns a sentence."""

    name: str
    feature: str
    actions: tuple[str, ...]
    call: Callable
    optional: bool = False
    """A service that an account need not have on: without it nothing fails."""


def _history(clients, account: str, region: str) -> str:
    found = clients("cloudtrail", account, region).lookup_events(MaxResults=1).get("Events", [])
    return f"event history of {region} answers" + ("" if found else ", and has no event at all")


def _trails(clients, account: str, region: str) -> str:
    found = clients("cloudtrail", account, region).describe_trails().get("trailList", [])
    if not found:
        return "no trail: only the last 90 days of the event history can be read"
    return "; ".join(
        f"{t['Name']} writes to s3://{t['S3BucketName']}/{t.get('S3KeyPrefix', '')}".rstrip("/") for t in found[:3]
    )


def _tags(clients, account: str, region: str) -> str:
    found = (
        clients("resourcegroupstaggingapi", account, region)
        .get_resources(ResourcesPerPage=1)
        .get("ResourceTagMappingList", [])
    )
    return f"tags of {region} can be read" + ("" if found else "; no resource there is or was tagged")


def _budgets(clients, account: str, region: str) -> str:
    if registry.partition(region) not in BILLING:
        return "this partition has no billing of its own: the paired standard account has it"
    found = (
        clients("budgets", account, BILLING[registry.partition(region)])
        .describe_budgets(AccountId=account, MaxResults=1)
        .get("Budgets", [])
    )
    return "AWS Budgets can be read" + ("" if found else "; this account has none")


def _collector(collector: registry.Collector) -> Check:
    """Tries a collector's first call. The others of its calls are tried by a scan, which says of each whether it was
    refused.
    """
    first = next(call for call in collector.calls if not call.each)

    def call(clients, account: str, region: str) -> str:
        client = clients(
            first.service, account, registry.HOME[registry.partition(region)] if first.everywhere else region
        )
        page = (
            next(iter(client.get_paginator(first.operation).paginate(**first.request)))
            if client.can_paginate(first.operation)
            else getattr(client, first.operation)(**first.request)
        )
        found = len(search(first.items, page) or [])
        rest = f"; {len(collector.calls) - 1} more calls are tried by a scan" if len(collector.calls) > 1 else ""
        return f"{first.service} answers" + ("" if found else ", and has nothing there") + rest

    return Check(
        collector.name,
        f"{collector.feature}: costdna scan --collect {collector.name}",
        collector.permissions,
        call,
        collector.optional,
    )


CHECKS = (
    Check(
        "CloudTrail history",
        "who made and changed what in the last 90 days: costdna scan --lookup-days",
        lookup.PERMISSIONS,
        _history,
    ),
    Check(
        "CloudTrail trails",
        "who made and changed what for as long as files were kept: costdna scan --trail s3://…",
        ("cloudtrail:DescribeTrails", *bucket.PERMISSIONS),
        _trails,
    ),
    Check("budgets", "your budgets beside our forecast: costdna budgets --aws", budgets.PERMISSIONS, _budgets),
    Check(
        "tags",
        "tags are read before and after they are written: costdna apply, verify, undo",
        ("tag:GetResources",),
        _tags,
    ),
    *(_collector(collector) for collector in registry.COLLECTORS if collector.name != "tags"),
)


def examine(clients, region: str) -> list[dict]:
    """A row a check: check, level (ok, warning, error), finding, unlocks, missing (the policy statement to add, or
    nothing).

    The first row says who we are; without credentials it is the only one.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from costdna.errors import CostDNAError

    try:
        who = clients.identity()
    except CostDNAError as error:
        return [_row("identity", "error", f"{error.message} {error.found}", "everything that asks AWS", "")]
    out = [_row("identity", "ok", f"{who['Arn']} of account {who['Account']}", "everything that asks AWS", "")]
    for check in CHECKS:
        try:
            out.append(_row(check.name, "ok", check.call(clients, who["Account"], region), check.feature, ""))
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "ClientError")
            denied = code in REFUSED
            out.append(
                _row(
                    check.name,
                    "warning" if denied or check.optional else "error",
                    f"denied ({code})" if denied else f"{code}: {error.response.get('Error', {}).get('Message', '')}",
                    check.feature,
                    _statement(check.actions) if denied else "",
                )
            )
        except BotoCoreError as error:
            out.append(_row(check.name, "error", str(error), check.feature, ""))
    return out


def _row(check: str, level: str, finding: str, unlocks: str, missing: str) -> dict:
    return {"check": check, "level": level, "finding": finding, "unlocks": unlocks, "missing": missing}


def _statement(actions: tuple[str, ...]) -> str:
    import json

    return json.dumps({"Effect": "Allow", "Action": list(actions), "Resource": "*"})
