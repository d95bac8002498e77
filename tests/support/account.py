"""A small company's account in the double: resources of three teams, some of which nobody tagged; its bill; and who
made what, as CloudTrail tells it.
"""

import datetime as dt
import gzip
import io
import json
import zipfile
from pathlib import Path

from aws_double import ACCOUNT, REGION
from small_bills import text

PEOPLE = {
    "search": ("ada.lovelace@planted.example", "alan.turing@planted.example"),
    "payments": ("grace.hopper@planted.example", "edsger.dijkstra@planted.example"),
    "growth": ("barbara.liskov@planted.example", "donald.knuth@planted.example"),
}
"""Planted names: none of them may be found in what leaves the companion."""

APPS = {"search": ("indexer", "suggest"), "payments": ("ledger", "refunds"), "growth": ("mailer", "referral")}
KINDS = ("bucket", "topic", "table", "logs", "secret", "function")
_BILLED = {
    "bucket": ("AmazonS3", "EU-TimedStorage-ByteHrs"),
    "topic": ("AmazonSNS", "EU-Requests-Tier1"),
    "table": ("AmazonDynamoDB", "EU-WriteRequestUnits"),
    "logs": ("AmazonCloudWatch", "EU-DataProcessing-Bytes"),
    "secret": ("AWSSecretsManager", "EU-AWSSecretsManager-Secrets"),
    "function": ("AWSLambda", "EU-Lambda-GB-Second"),
}
_MADE = {
    "bucket": ("s3", "CreateBucket", "bucketName"),
    "topic": ("sns", "CreateTopic", "topicArn"),
    "table": ("dynamodb", "CreateTable", "tableName"),
    "logs": ("logs", "CreateLogGroup", "logGroupName"),
    "secret": ("secretsmanager", "CreateSecret", "secretId"),
    "function": ("lambda", "CreateFunction20150331", "functionName"),
}


def furnish(double, folder: Path) -> dict[str, dict]:
    """Make the resources in the double; write `folder`/bill.csv and `folder`/trail; fill the event history. Returns
    {ARN: {team, app, kind, id, tagged}}.
    """
    out = {}
    for team, apps in APPS.items():
        for app in apps:
            for n, kind in enumerate(KINDS):
                tagged = (n + len(app)) % 3 != 0
                out |= {
                    _make(double, kind, f"{app}-{kind}-prod", {"team": team} if tagged else {}): {
                        "team": team,
                        "app": app,
                        "kind": kind,
                        "tagged": tagged,
                        "name": f"{app}-{kind}-prod",
                    }
                }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bill.csv").write_text(text(_lines(out)), encoding="utf-8", newline="")
    double.history = _events(out)
    path = (
        folder
        / "trail"
        / "AWSLogs"
        / ACCOUNT
        / "CloudTrail"
        / REGION
        / "2026"
        / "10"
        / "20"
        / f"{ACCOUNT}_CloudTrail_{REGION}_20261020T0005Z_AbCdEfGhIjKlMnOp.json.gz"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps({"Records": double.history}).encode(), mtime=0))
    return out


def tags(double, arn: str, kind: str) -> dict[str, str]:
    """Tags of a resource, asked of the service itself: an eye of the test's own."""
    pairs = lambda found, k="Key", v="Value": {t[k]: t[v] for t in found}
    name = arn.rpartition(":")[2].rpartition("/")[2]
    if kind == "bucket":
        client = double.client("s3")
        try:
            return pairs(client.get_bucket_tagging(Bucket=name)["TagSet"])
        except client.exceptions.ClientError:
            return {}
    if kind == "topic":
        return pairs(double.client("sns").list_tags_for_resource(ResourceArn=arn)["Tags"])
    if kind == "table":
        return pairs(double.client("dynamodb").list_tags_of_resource(ResourceArn=arn)["Tags"])
    if kind == "logs":
        return double.client("logs").list_tags_for_resource(resourceArn=arn)["tags"]
    if kind == "function":
        return double.client("lambda").list_tags(Resource=arn)["Tags"]
    return pairs(double.client("secretsmanager").describe_secret(SecretId=arn).get("Tags", []))


def _make(double, kind: str, name: str, owner: dict[str, str]) -> str:
    at, listed = f"{REGION}:{ACCOUNT}", [{"Key": k, "Value": v} for k, v in owner.items()]
    if kind == "bucket":
        double.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        if listed:
            double.client("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": listed})
        return f"arn:aws:s3:::{name}"
    if kind == "topic":
        return double.client("sns").create_topic(Name=name, Tags=listed)["TopicArn"]
    if kind == "table":
        return double.client("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            Tags=listed,
        )["TableDescription"]["TableArn"]
    if kind == "logs":
        double.client("logs").create_log_group(logGroupName=name, **({"tags": owner} if owner else {}))
        return f"arn:aws:logs:{at}:log-group:{name}"
    if kind == "function":
        role = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        double.client("iam").create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            ),
        )
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as code:
            code.writestr("a.py", "def handler(event, context): return 1")
        return double.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=role,
            Handler="a.handler",
            Code={"ZipFile": buffer.getvalue()},
            Tags=owner,
        )["FunctionArn"]
    return double.client("secretsmanager").create_secret(Name=name, SecretString="not-one", Tags=listed)["ARN"]


def _lines(resources: dict[str, dict]) -> list[dict]:
    out = []
    for n, (arn, about) in enumerate(resources.items()):
        code, usage = _BILLED[about["kind"]]
        last = arn.rpartition(":")[2] if about["kind"] == "bucket" else arn
        for day in range(1, 15):
            cost = f"{1.25 + 0.37 * n + 0.01 * day:.4f}"
            out.append(
                {
                    "identity/LineItemId": f"{n}-{day}",
                    "bill/PayerAccountId": ACCOUNT,
                    "bill/BillingPeriodStartDate": "2026-10-01T00:00:00Z",
                    "lineItem/UsageAccountId": ACCOUNT,
                    "lineItem/LineItemType": "Usage",
                    "lineItem/UsageStartDate": f"2026-10-{day:02d}T00:00:00Z",
                    "lineItem/UsageEndDate": f"2026-10-{day + 1:02d}T00:00:00Z",
                    "lineItem/ProductCode": code,
                    "lineItem/UsageType": usage,
                    "lineItem/Operation": "Use",
                    "lineItem/ResourceId": last,
                    "lineItem/UsageAmount": "1.0",
                    "lineItem/CurrencyCode": "USD",
                    "lineItem/UnblendedCost": cost,
                    "lineItem/LineItemDescription": about["kind"],
                    "product/ProductName": code,
                    "product/region": REGION,
                    "pricing/publicOnDemandCost": cost,
                    "pricing/unit": "Units",
                    "resourceTags/user:Name": about["name"],
                    "resourceTags/user:team": about["team"] if about["tagged"] else "",
                }
            )
    return out


def _events(resources: dict[str, dict]) -> list[dict]:
    # near the present: the event history keeps 90 days
    first, out = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(hours=7), []
    for n, (arn, about) in enumerate(resources.items()):
        service, verb, field = _MADE[about["kind"]]
        for k, mail in enumerate(PEOPLE[about["team"]]):
            role = f"AWSReservedSSO_{about['team'].title()}_0123456789abcdef"
            name = arn if field in ("topicArn", "secretId") else about["name"]
            out.append(
                {
                    "eventVersion": "1.09",
                    "eventID": f"e-{n:04d}-{k}",
                    "eventTime": f"{first + dt.timedelta(minutes=7 * n + k):%Y-%m-%dT%H:%M:%SZ}",
                    "eventSource": f"{service}.amazonaws.com",
                    "eventName": verb,
                    "awsRegion": REGION,
                    "sourceIPAddress": "198.51.100.7",
                    "userAgent": "aws-cli/2.17",
                    "requestParameters": {field: name},
                    "responseElements": None,
                    "readOnly": False,
                    "eventType": "AwsApiCall",
                    "managementEvent": True,
                    "recipientAccountId": ACCOUNT,
                    "userIdentity": {
                        "type": "AssumedRole",
                        "principalId": f"AROAPLANTED00000001:{mail}",
                        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{mail}",
                        "accountId": ACCOUNT,
                        "accessKeyId": "ASIAPLANTED000000001",
                        "sessionContext": {
                            "sessionIssuer": {
                                "type": "Role",
                                "principalId": "AROAPLANTED00000001",
                                "arn": f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/{role}",
                                "accountId": ACCOUNT,
                                "userName": role,
                            }
                        },
                    },
                }
            )
    return out
