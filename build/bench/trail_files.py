"""Trail files for the benchmark: many people, roles and pipelines changing and reading resources, as CloudTrail
delivers them.
"""

import gzip
import json
import random
from pathlib import Path

READS = (
    "DescribeInstances",
    "GetBucketLocation",
    "ListFunctions20150331",
    "DescribeVolumes",
    "GetCallerIdentity",
    "DescribeDBInstances",
    "GetParameter",
    "ListBuckets",
)
WRITES = (
    "RunInstances",
    "CreateTags",
    "PutBucketPolicy",
    "UpdateFunctionCode20150331v2",
    "ModifyDBInstance",
    "CreateVolume",
    "StopInstances",
    "PutParameter",
)


def write(folder: Path, events: int, files: int = 200, seed: int = 0) -> None:
    """`events` events over `files` gz files under `folder`, in a trail's own layout. The same bytes for the same seed."""
    rng, account = random.Random(seed), "111122223333"
    people = [_user(account, n) for n in range(120)] + [_role(account, n, rng) for n in range(400)]
    each = events // files
    for file in range(files):
        minute = f"2026{1 + file // 100:02d}{1 + file % 28:02d}T{file % 24:02d}05Z"
        name = f"{account}_CloudTrail_eu-west-1_{minute}_{file:016d}.json.gz"
        path = folder / "AWSLogs" / account / "CloudTrail" / "eu-west-1" / minute[:4] / minute[4:6] / minute[6:8] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        records = [_event(rng, account, people, minute) for _ in range(each)]
        path.write_bytes(gzip.compress(json.dumps({"Records": records}, separators=(",", ":")).encode(), 6, mtime=0))


def _event(rng: random.Random, account: str, people: list[dict], minute: str) -> dict:
    write_event = rng.random() < 0.25
    name = rng.choice(WRITES if write_event else READS)
    source = (
        "s3"
        if "Bucket" in name
        else "lambda"
        if "Function" in name
        else "rds"
        if "DB" in name
        else "ssm"
        if "Parameter" in name
        else "sts"
        if "Caller" in name
        else "ec2"
    )
    instance, bucket = f"i-{rng.getrandbits(68):017x}", f"shop-{rng.randrange(400)}-logs"
    request = {
        "s3": {"bucketName": bucket, "Host": f"{bucket}.s3.amazonaws.com"},
        "lambda": {"functionName": f"fn-{rng.randrange(300)}"},
        "rds": {"dBInstanceIdentifier": f"db-{rng.randrange(90)}"},
        "ssm": {"name": f"/shop/{rng.randrange(999)}"},
        "sts": None,
        "ec2": {"instancesSet": {"items": [{"instanceId": instance}]}, "filterSet": {}},
    }[source]
    return {
        "eventVersion": "1.09",
        "userIdentity": rng.choice(people),
        "eventTime": f"{minute[:4]}-{minute[4:6]}-{minute[6:8]}T{minute[9:11]}:{rng.randrange(60):02d}:{rng.randrange(60):02d}Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": f"203.0.113.{rng.randrange(255)}",
        "userAgent": "aws-cli/2.15.30 Python/3.11.8 Linux/6.1 exe/x86_64.debian.12 prompt/off command/ec2.describe-instances",
        "requestParameters": request,
        "responseElements": {
            "requestId": f"{rng.getrandbits(128):032x}",
            "instancesSet": {"items": [{"instanceId": instance, "currentState": {"code": 16}}]},
        }
        if write_event and source == "ec2"
        else None,
        "requestID": f"{rng.getrandbits(128):032x}",
        "eventID": f"{rng.getrandbits(128):032x}",
        "readOnly": not write_event,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"{source}.eu-west-1.amazonaws.com",
        },
    }


def _user(account: str, n: int) -> dict:
    return {
        "type": "IAMUser",
        "principalId": f"AIDA{n:017d}",
        "arn": f"arn:aws:iam::{account}:user/person{n}",
        "accountId": account,
        "accessKeyId": f"AKIA{n:016d}",
        "userName": f"person{n}",
    }


def _role(account: str, n: int, rng: random.Random) -> dict:
    role, session = f"role-{n % 60}", f"person{n}@example.com" if n % 3 else f"botocore-session-{rng.randrange(10**9)}"
    return {
        "type": "AssumedRole",
        "principalId": f"AROA{n:017d}:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
        "accountId": account,
        "accessKeyId": f"ASIA{n:016d}",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": f"AROA{n:017d}",
                "arn": f"arn:aws:iam::{account}:role/{role}",
                "accountId": account,
                "userName": role,
            },
            "webIdFederationData": {},
            "attributes": {"creationDate": "2026-01-01T00:00:00Z", "mfaAuthenticated": "false"},
        },
    }
