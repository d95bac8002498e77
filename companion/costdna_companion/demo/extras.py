"""Everything on a bill that is not a resource's metered usage.

Fees, tax, credits, refunds, discounts, split rows, oddities.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from costdna_companion.demo import vocabulary as words
from costdna_companion.demo.sheet import Sheet
from costdna_companion.demo.usage import GRAIN, UNIT, Series
from costdna_companion.demo.world import World

CENT = UNIT // 100
SPLIT_FROM_DAY = 20  # split cost allocation was switched on late in the month
MARKETPLACE = {"entity": "AWS Marketplace", "legal": "Snowpeak Observability Ltd.", "code": "4xk7d1q9w2m8n3v5b6c0z1a2s", "service": "Snowpeak Agentless Scanner",
               "category": "Management and Governance"}  # fmt: skip


def unresourced_usage(sheet: Sheet, world: World, rng: np.random.Generator) -> None:
    """Usage that carries no resource id: transfer between zones, audit events, API calls."""
    days = np.arange(world.hours // 24, dtype="int64") * 24
    meters = (
        (
            "AmazonEC2",
            "Amazon Elastic Compute Cloud",
            "DataTransfer-Regional-Bytes",
            "InterZone-In",
            "GB",
            100000000,
            180,
            "Networking",
        ),
        (
            "AWSCloudTrail",
            "AWS CloudTrail",
            "PaidEventsRecorded",
            "None",
            "Events",
            200000,
            30000,
            "Management and Governance",
        ),
        ("AmazonGuardDuty", "Amazon GuardDuty", "PaidEventsAnalyzed", "", "Events", 40000, 150000, "Security"),
        (
            "AWSConfig",
            "AWS Config",
            "ConfigurationItemRecorded",
            "",
            "ConfigurationItemRecorded",
            30000000,
            400,
            "Management and Governance",
        ),
    )
    for alias, account in world.accounts.items():
        for code, service, usage, operation, unit, rate, amount, category in meters:
            quantity = np.round(amount * rng.lognormal(0, 0.5) * rng.lognormal(0, 0.1, len(days)) * 10**4).astype(
                "int64"
            )
            cost = quantity * rate // (10**4 * GRAIN) * GRAIN
            line = {"account": account, "code": code, "service": service, "usage_type": "EUC1-" + usage, "operation": operation, "unit": unit,
                    "region": "eu-central-1", "location": words.REGIONS["eu-central-1"][2], "category": category, "discount": 8,
                    "discount_kind": "EdpDiscount", "description": f"{usage} in {alias}", "rate": f"{rate / UNIT:.10f}"}  # fmt: skip
            sheet.add(line, days, days + 24, quantity, u=cost, pub=cost)


def fees(sheet: Sheet, world: World) -> None:
    """Month-long support, a domain, Marketplace, a flat-rate plan and a line type nobody has seen yet."""
    payer, end = world.payer, world.hours
    sheet.add({"type": "Fee", "account": payer, "code": "AWSSupportEnterprise", "service": "AWS Support (Enterprise)", "usage_type": "Dollar", "term": "",
               "description": "7% of monthly AWS usage", "category": "Other"}, 0, end, 10**4, u=7350 * UNIT)  # fmt: skip
    sheet.add({"type": "Fee", "account": world.accounts["network"], "code": "AmazonRegistrar", "service": "Amazon Registrar", "usage_type": "RenewDomain-example",
               "operation": "RenewDomain", "resource": "fernweh.example", "verdict": "shared", "resource_type": "Domain", "term": "", "description": "Renewal of fernweh.example",
               "category": "Networking"}, 7 * 24, 7 * 24 + 1, 10**4, u=38 * UNIT)  # fmt: skip
    sheet.add(MARKETPLACE | {"type": "Fee", "account": payer, "usage_type": "MP:snowpeak-annual", "description": "Snowpeak Agentless Scanner, monthly subscription",
              "resource": f"arn:aws:aws-marketplace:us-east-1:{payer}:agreement/agmt-7f3kq2", "verdict": "vendor", "resource_type": "Agreement", "term": ""},
              0, end, 10**4, u=1499 * UNIT)  # fmt: skip
    hours = np.arange(0, end, 24, dtype="int64")
    sheet.add(MARKETPLACE | {"account": world.accounts["prod"], "usage_type": "EUC1-MP:scanned_hosts", "description": "AWS Marketplace software usage|hosts scanned",
              "region": "eu-central-1", "resource": f"arn:aws:aws-marketplace:us-east-1:{payer}:product/snowpeak-agentless", "verdict": "vendor",
              "resource_type": "Product", "unit": "Hosts"}, hours, hours + 24, 140 * 10**4, u=1680000000 * 10, pub=0)  # fmt: skip
    sheet.add({"type": "FlatRateSubscription", "account": payer, "code": "AmazonQuickSight", "service": "Amazon QuickSight", "usage_type": "QS-Enterprise-FlatRate",
               "description": "Flat-rate plan, 40 readers", "category": "Analytics", "term": ""}, 0, end, 40 * 10**4, u=480 * UNIT)  # fmt: skip
    sheet.add({"type": "FutureCharge", "account": world.accounts["prod"], "code": "AmazonBraket", "service": "Amazon Braket", "usage_type": "EUC1-QuantumReservation",
               "region": "eu-central-1", "description": "A line type no reader knows yet", "category": "Compute"}, 11 * 24, 12 * 24, 2 * 10**4, u=61_7500000000)  # fmt: skip


def adjustments(sheet: Sheet, world: World, buckets: list[Series], negative: bool) -> None:
    """Credits, a service refund, a correction below zero, a bundled discount and, on wish, a month below zero."""
    end = world.hours
    for alias, dollars in (("prod", 2500), ("ml-lab", 1800), ("payments-prod", 300)):
        sheet.add({"type": "Credit", "account": world.accounts[alias], "code": "AmazonEC2", "service": "Amazon Elastic Compute Cloud", "usage_type": "EUC1-BoxUsage:m5.large",
                   "operation": "RunInstances", "description": f"AWS Activate credit, {alias}", "category": "Compute", "term": ""}, 0, end, 0, u=-dollars * UNIT)  # fmt: skip
    s = buckets[0]
    sheet.usage(
        s,
        s.start[3:4],
        s.stop[3:4],
        [0],
        {"type": "Credit", "description": "SLA credit for S3", "term": "", "discount": 0, "discount_kind": ""},
        u=-12_3400000000,
    )
    sheet.add({"type": "Refund", "account": world.accounts["data-prod"], "bill_type": "Refund", "code": "AWSGlue", "service": "AWS Glue", "usage_type": "EUC1-ETL-DPU-Hour",
               "operation": "Jobrun", "description": "Refund for duplicate Glue job runs", "category": "Analytics", "term": ""}, 14 * 24, 14 * 24 + 1, 0, u=-211_9800000000)  # fmt: skip
    s = buckets[1]
    sheet.usage(
        s,
        s.start[9:10],
        s.stop[9:10],
        [-(10**4)],
        {"description": "Correction of TimedStorage-ByteHrs", "discount": 0, "discount_kind": ""},
        u=-7_2500000000,
    )
    sheet.add({"type": "BundledDiscount", "account": world.accounts["network"], "code": "AmazonCloudFront", "service": "Amazon CloudFront", "category": "Networking",
               "usage_type": "EU-DataTransfer-Out-Bytes", "description": "CloudFront security savings bundle", "term": ""}, 0, end, 0, u=-95 * UNIT)  # fmt: skip
    if negative:
        total = sum(int(np.sum(p[4].get("u", 0))) for p in sheet.parts)
        sheet.add({"type": "Credit", "account": world.payer, "code": "OCBPremiumSupport", "service": "AWS", "description": "Migration programme credit, paid once",
                   "term": ""}, 0, end, 0, u=-(total * 13 // 10 // CENT * CENT))  # fmt: skip


def split_rows(sheet: Sheet, world: World, series: list[Series], rng: np.random.Generator) -> list[dict]:
    """EKS pods that re-describe their node, two rows each an hour. Returns the pods with their true team.

    Per node and hour Σ (split + unused) over the children is the node's own cost, exactly.
    """
    nodes = [s for s in series if s.resource.note == "EKS node"]
    apps = [a for a in words.APPS if a.home == "prod" and a.archetype in ("web", "search")]
    pods: list[dict] = []
    for s in nodes:
        r = s.resource
        pick = s.start >= SPLIT_FROM_DAY * 24
        start, cost = s.start[pick], s.cost[pick]
        chosen = [apps[int(i)] for i in rng.choice(len(apps), 2, replace=False)]
        left = cost.copy()
        for i, (app, (meter, percent)) in enumerate(
            (a, m) for a in chosen for m in (("EKS-EC2-vCPU-Hours", 45), ("EKS-EC2-GB-Hours", 5))
        ):
            last = i == 3
            share = left if last else cost * percent // 100
            left = left - share
            unused = share * int(rng.integers(5, 40)) // 100
            h = hashlib.md5(f"{r.id}{app.name}".encode()).hexdigest()
            pod = f"{app.name}-{h[:10]}-{h[10:15]}"
            arn = f"arn:aws:eks:{r.region}:{world.accounts[r.account]}:pod/{r.cluster}/{app.name}/{pod}/{h[:8]}-{h[8:12]}-4{h[12:15]}-8{h[15:18]}-{h[18:30]}"
            if meter.endswith("vCPU-Hours"):
                pods.append({"account": r.account, "id": arn, "team": app.team, "kind": "pod", "app": app.name})
            line = sheet.base(s) | {"resource": arn, "resource_name": pod, "resource_type": "Pod", "usage_type": f"EUC1-{meter}", "operation": "EKSPod-EC2", "parent": r.id,
                                    "code": "AmazonEKS", "service": "Amazon Elastic Container Service for Kubernetes", "unit": "Hours", "rate": "0.0000000000", "verdict": "owned",
                                    "team": app.team, "discount": 8, "discount_kind": "", "description": f"{meter} of pod {pod}", "term": ""}  # fmt: skip
            sheet.add(
                line,
                start,
                start + 1,
                5000 if "vCPU" in meter else 20000,
                split_cost=share - unused,
                split_unused=unused,
            )
    return pods


def bedrock(sheet: Sheet, s: Series, world: World, rng: np.random.Generator) -> dict[str, str]:
    """A foundation model called by several teams' roles. Returns principal → team."""
    teams = ("payments", "identity") if s.resource.account == "payments-prod" else ("search", "content", "growth")
    out = {}
    left = s.amount.copy()
    for i, team in enumerate(teams):
        app = next(a for a in words.APPS if a.team == team)
        part = left if i == len(teams) - 1 else s.amount * int(rng.integers(20, 50)) // 100
        left = left - part
        arn = f"arn:aws:sts::{world.accounts[s.resource.account]}:assumed-role/{app.name}-prod/{app.name}"
        out[arn] = team
        cost = part * s.rate // (10**4 * GRAIN) * GRAIN
        sheet.usage(s, s.start, s.stop, part, {"principal": arn, "team": team}, u=cost, pub=cost)
    return out


def discounts(lines: pd.DataFrame, rows: pd.DataFrame) -> list[tuple[dict, np.ndarray, np.ndarray, np.ndarray]]:
    """A negative row per discounted line: a day's for hourly meters, a month's for daily ones. (line, start, stop, u)."""
    out = []
    eligible = lines.loc[lines["discount_kind"].ne("") & lines["discount"].gt(0)].set_index("line")
    picked = rows.loc[rows["line"].isin(eligible.index) & rows["u"].ne(0), ["line", "start", "stop", "u"]]
    hourly = (picked["stop"] - picked["start"]).eq(1)
    end = int(rows["stop"].max())
    bucket = np.where(hourly, picked["start"] // 24 * 24, 0)
    grouped = (
        picked.assign(bucket=bucket, length=np.where(hourly, 24, end))
        .groupby(["line", "bucket", "length"], sort=True)["u"]
        .sum()
        .reset_index()
    )
    for line, part in grouped.groupby("line", sort=True):
        text = eligible.loc[line].to_dict()
        u = -(part["u"].to_numpy("int64") * int(text["discount"]) // 100)
        start = part["bucket"].to_numpy("int64")
        out.append((text, start, start + part["length"].to_numpy("int64"), u))
    return out


def taxes(sheet: Sheet, world: World, owed: dict[tuple[str, str, str], int]) -> None:
    """VAT of 19 % per account and product, to the cent: a one-day interval, a month-long range. ``owed``: money by key."""
    for (account, code, service), amount in sorted(owed.items()):
        vat = (amount * 19 // 100 + CENT // 2) // CENT * CENT
        if vat > 0:
            sheet.add({"type": "Tax", "account": account, "code": code, "service": service, "description": f"Tax for product code {code}", "tax": "VAT", "term": "",
                       "bill_type": "Anniversary"}, 0, world.hours, 10**4, u=vat)  # fmt: skip
