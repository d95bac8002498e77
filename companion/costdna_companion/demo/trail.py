"""The made-up company's CloudTrail: who made, changed and looked at the resources of its demo bill, as delivered to S3.

People of the owning team and its pipeline do most of the changing, platform people touch everything, services act by
themselves, and a good part of the resources saw nobody all month. Pipelines enter with their own token and change
things under a role that every team shares: only the chain of keys tells which repository it was.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path

import numpy as np

from costdna_companion.demo import vocabulary as words
from costdna_companion.demo.bill import Bill
from costdna_companion.demo.world import Resource, people_of

_VERBS = {
    "instance": ("RunInstances", "ModifyInstanceAttribute"),
    "spot": ("RunInstances", "ModifyInstanceAttribute"),
    "volume": ("CreateVolume", "ModifyVolume"),
    "bucket": ("CreateBucket", "PutBucketPolicy"),
    "snapshot": ("CreateSnapshot", "ModifySnapshotAttribute"),
    "function": ("CreateFunction20150331", "UpdateFunctionCode20150331v2"),
    "database": ("CreateDBInstance", "ModifyDBInstance"),
    "table": ("CreateTable", "UpdateTable"),
    "queue": ("CreateQueue", "SetQueueAttributes"),
    "balancer": ("CreateLoadBalancer", "ModifyLoadBalancerAttributes"),
    "logs": ("CreateLogGroup", "PutRetentionPolicy"),
}
_SOURCES = {
    "instance": "ec2",
    "spot": "ec2",
    "volume": "ec2",
    "snapshot": "ec2",
    "nat": "ec2",
    "bucket": "s3",
    "function": "lambda",
    "database": "rds",
    "table": "dynamodb",
    "queue": "sqs",
    "balancer": "elasticloadbalancing",
    "logs": "logs",
}
_REACHED = 0.55  # share of owned resources that anybody of their own changed this month
_PLATFORM = 0.25  # share that a platform person changed
_SEEN = 0.5  # share that somebody looked at


class Teller:
    """Tells the month from one random stream: the same bill has the same trail."""

    def __init__(self, bill: Bill):
        self.bill, self.rng = bill, np.random.default_rng([bill.seed, 8])
        self.start, self.events = dt.datetime(bill.year, bill.month, 1), []
        self.sessions = 0

    def at(self, resource: Resource, hour: float) -> str:
        """A working hour of the owner's people on or after an hour of the month."""
        day, local = int(hour // 24), 9 + 8 * self.rng.random()
        moment = self.start + dt.timedelta(days=day, hours=(local - resource.offset) % 24)
        return min(
            max(moment, self.start + dt.timedelta(hours=hour)), self.start + dt.timedelta(hours=self.bill.hours - 0.01)
        ).strftime("%Y-%m-%dT%H:%M:%SZ")

    def tell(
        self,
        when: str,
        account: str,
        region: str,
        source: str,
        name: str,
        identity: dict,
        request: dict | None,
        read: bool = False,
        response: dict | None = None,
    ) -> None:
        self.events.append({
            "eventVersion": "1.09", "userIdentity": identity, "eventTime": when, "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": region, "sourceIPAddress": "198.51.100.7",
            "userAgent": "aws-cli/2.17", "requestParameters": request, "responseElements": response, "requestID": self.uuid(), "eventID": self.uuid(), "readOnly": read, "eventType": "AwsApiCall",
            "managementEvent": True, "recipientAccountId": account, "eventCategory": "Management"})  # fmt: skip

    def uuid(self) -> str:
        text = self.rng.bytes(16).hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def person(self, name: str, account: str) -> dict:
        """A person through single sign-on: the session's name is their e-mail."""
        role, mail = "AWSReservedSSO_Developer_0123456789abcdef", f"{name}@{words.COMPANY}.example"
        return self.role(role, mail, account, f"ASIA{name.upper()[:12]:X<16}", "aws-reserved/sso.amazonaws.com/")

    def role(self, role: str, session: str, account: str, key: str, path: str = "") -> dict:
        issuer = {
            "type": "Role",
            "principalId": "AROAFERNWEH",
            "arn": f"arn:aws:iam::{account}:role/{path}{role}",
            "accountId": account,
            "userName": role,
        }
        return {
            "type": "AssumedRole",
            "principalId": f"AROAFERNWEH:{session}",
            "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
            "accountId": account,
            "accessKeyId": key,
            "sessionContext": {
                "sessionIssuer": issuer,
                "attributes": {"creationDate": self.start.strftime("%Y-%m-%dT%H:%M:%SZ"), "mfaAuthenticated": "true"},
            },
        }

    def pipeline(self, repository: str, account: str, when: str) -> dict:
        """A pipeline exchanges its token for the deploy role that every team shares.

        Returns the session it then works under.
        """
        self.sessions += 1
        key = f"ASIAPIPE{self.sessions:012d}"
        provider = f"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com"
        web = {
            "type": "WebIdentityUser",
            "principalId": f"{provider}:sts.amazonaws.com:repo:{words.COMPANY}/{repository}",
            "userName": f"repo:{words.COMPANY}/{repository}:ref:refs/heads/main",
            "identityProvider": provider,
        }
        self.tell(
            when,
            account,
            "us-east-1",
            "sts",
            "AssumeRoleWithWebIdentity",
            web,
            {"roleArn": f"arn:aws:iam::{account}:role/deploy", "roleSessionName": "deploy"},
            response={"credentials": {"accessKeyId": key}},
        )
        return self.role("deploy", "aws-cli-session-1", account, key)


def events(bill: Bill) -> list[dict]:
    """The month's events in the order of time, as CloudTrail writes them."""
    t = Teller(bill)
    codenames = {app.name: app.codename for app in words.APPS}
    for r in bill.world.resources:
        account, source = bill.world.accounts[r.account], _SOURCES.get(r.kind)
        if not source:
            continue
        about, (made, changed) = _request(r), _VERBS.get(r.kind, ("CreateNatGateway", "CreateTags"))
        if r.verdict == "owned" and r.app in codenames and t.rng.random() < _REACHED:
            for team, first, last in r.owners:
                for _ in range(1 + int(t.rng.poisson(1.5))):
                    hour = first + t.rng.random() * max(1, last - first - 48)
                    when = t.at(r, hour)
                    who = (
                        t.pipeline(codenames[r.app], account, when)
                        if t.rng.random() < 0.45
                        else t.person(people_of(team)[int(t.rng.integers(2))], account)
                    )
                    t.tell(
                        when,
                        account,
                        r.region,
                        source,
                        made if r.first and t.rng.random() < 0.5 else changed,
                        who,
                        about,
                    )
        if r.verdict in ("owned", "shared") and t.rng.random() < _PLATFORM:
            platform = people_of("platform-engineering")[int(t.rng.integers(2))]
            t.tell(
                t.at(r, t.rng.random() * (bill.hours - 48)),
                account,
                r.region,
                source,
                changed,
                t.person(platform, account),
                about,
            )
        if r.verdict == "vendor":
            t.tell(
                t.at(r, t.rng.random() * (bill.hours - 48)),
                account,
                r.region,
                source,
                changed,
                t.role(
                    f"{r.stack.removeprefix('StackSet-')}-access", "aws-sdk-session-1", account, "ASIAVENDOR0000000000"
                ),
                about,
            )
        if t.rng.random() < _SEEN:
            anybody = words.PEOPLE[int(t.rng.integers(len(words.PEOPLE)))]
            t.tell(
                t.at(r, t.rng.random() * (bill.hours - 48)),
                account,
                r.region,
                source,
                "Describe" + made.removeprefix("Create").removeprefix("Run"),
                t.person(anybody, account),
                about,
                read=True,
            )
    return sorted(t.events, key=lambda e: (e["eventTime"], e["eventID"]))


def write_trail(bill: Bill, folder: Path) -> list[Path]:
    """One file a day and account under `folder`/AWSLogs, in a trail's own layout; returns the files."""
    groups: dict[tuple[str, str], list[dict]] = {}
    for event in events(bill):
        groups.setdefault((event["recipientAccountId"], event["eventTime"][:10]), []).append(event)
    out = []
    for number, ((account, day), part) in enumerate(sorted(groups.items())):
        stamp = day.replace("-", "")
        path = (
            folder
            / "AWSLogs"
            / account
            / "CloudTrail"
            / "eu-central-1"
            / day.replace("-", "/")
            / f"{account}_CloudTrail_eu-central-1_{stamp}T2355Z_{number:016d}.json.gz"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            gzip.compress(json.dumps({"Records": part}, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)
        )
        out.append(path)
    return out


def _request(r: Resource) -> dict:
    """The request's way of naming a resource: a short id, a bare name, or the ARN."""
    tail = r.id.rpartition("/")[2].rpartition(":")[2]
    key = {
        "instance": "instanceId",
        "spot": "instanceId",
        "volume": "volumeId",
        "snapshot": "snapshotId",
        "bucket": "bucketName",
        "function": "functionName",
        "database": "dBInstanceIdentifier",
        "table": "tableName",
        "queue": "queueName",
    }.get(r.kind)
    return {key: tail} if key else {"resourceArn": r.id}
