"""An organisation's tag policy and service control policy from confirmed teams, and what they would have stopped.

A team is confirmed where a person, a tag, a rule, a map or an account names it; never by inference alone, and not where
its name looks like another one misspelt. Limits: AWS Organizations user guide, "Quotas" (tag policy 10,000 characters,
SCP 5,120). Which calls take tags as they create: Service Authorization Reference, condition key aws:RequestTag.
"""

import json
import re

import numpy as np

from costdna import money
from costdna.errors import CostDNAError
from costdna.export.leaving import Leaving, Shortfall

MOST_TAG_POLICY, MOST_SCP = 10_000, 5_120
CONFIRMING = ("human", "tag", "rule", "map", "account")
# kind of resource in the bill → (action that creates it, resource the condition stands on, tag policy's name of the
# kind)
CREATES = {
    "ec2:instance": ("ec2:RunInstances", "arn:aws:ec2:*:*:instance/*", "ec2:instance"),
    "ec2:volume": ("ec2:CreateVolume", "arn:aws:ec2:*:*:volume/*", "ec2:volume"),
    "ec2:snapshot": ("ec2:CreateSnapshot", "arn:aws:ec2:*::snapshot/*", "ec2:snapshot"),
    "ec2:natgateway": ("ec2:CreateNatGateway", "arn:aws:ec2:*:*:natgateway/*", "ec2:natgateway"),
    "rds:db": ("rds:CreateDBInstance", "*", "rds:db"),
    "rds:cluster": ("rds:CreateDBCluster", "*", "rds:cluster"),
    "lambda:function": ("lambda:CreateFunction", "*", "lambda:function"),
    "dynamodb:table": ("dynamodb:CreateTable", "*", "dynamodb:table"),
    "sqs": ("sqs:CreateQueue", "*", "sqs:queue"),
    "sns": ("sns:CreateTopic", "*", "sns:topic"),
    "ecs:cluster": ("ecs:CreateCluster", "*", "ecs:cluster"),
    "eks:cluster": ("eks:CreateCluster", "*", "eks:cluster"),
    "elasticfilesystem:file-system": ("elasticfilesystem:CreateFileSystem", "*", "elasticfilesystem:file-system"),
    "secretsmanager:secret": ("secretsmanager:CreateSecret", "*", "secretsmanager:secret"),
    "kms:key": ("kms:CreateKey", "*", "kms:key"),
    "redshift:cluster": ("redshift:CreateCluster", "*", "redshift:cluster"),
    "elasticloadbalancing:loadbalancer": (
        "elasticloadbalancing:CreateLoadBalancer",
        "*",
        "elasticloadbalancing:loadbalancer",
    ),
}
BUCKET = {"s3:bucket": ("s3:CreateBucket", "*", "s3:bucket")}
_TAGGABLE = re.compile(r"[\w .:/=+\-@]{1,256}")


def teams(leaving: Leaving) -> list[str]:
    """Confirmed teams whose names can be tag values, by name."""
    rows = leaving.result.ownership
    sure = set(rows.loc[rows["x_Basis"].isin(CONFIRMING) & (rows["x_Verdict"] == "owned"), "x_Team"]) - {""}
    misspelt = {
        m[1]
        for f in leaving.report.findings
        if f["code"] == "look-alike-team" and (m := re.match(r"Team '(.*)' looks like ", f["text"]))
    }
    human = set(rows.loc[rows["x_Basis"].isin(("human", "rule", "map")), "x_Team"])
    return sorted(t for t in sure if _TAGGABLE.fullmatch(t) and "*" not in t and (t in human or t not in misspelt))


def _kinds(leaving: Leaving) -> dict:
    """Kinds of resources the policies speak of: those of this bill whose creation can be asked for a tag."""
    seen = set(leaving.report.resources["ResourceType"])
    table = CREATES | (BUCKET if leaving.choices.create_bucket else {})
    return {k: v for k, v in table.items() if k in seen}


def tag_policy(leaving: Leaving) -> str:
    """The tag policy's JSON: the key's spelling, the values allowed, enforced for the kinds this bill holds.

    Raises CostDNAError beyond AWS's size.
    """
    names, key = teams(leaving), leaving.choices.key
    if not names:
        raise CostDNAError(
            "No team of this bill is confirmed.",
            code="nothing-to-export",
            found="no owner by answer, tag, rule, map or account",
            next_step="Answer some questions or give rules first: a policy from guesses would stop people's work.",
        )
    kinds = sorted({v[2] for v in _kinds(leaving).values()})
    body = {
        "tags": {
            key: {
                "tag_key": {"@@assign": key},
                "tag_value": {"@@assign": names},
                **({"enforced_for": {"@@assign": kinds}} if kinds else {}),
            }
        }
    }
    return _sized(body, MOST_TAG_POLICY, "tag policy")


def scp(leaving: Leaving) -> str:
    """The service control policy's JSON: creation without the tag is denied. One statement for each shape of resource."""
    if not teams(leaving):
        tag_policy(leaving)  # says why
    groups: dict[str, list[str]] = {}
    for action, resource, _ in _kinds(leaving).values():
        groups.setdefault(resource, []).append(action)
    if not groups:
        raise CostDNAError(
            "No kind of resource on this bill can be asked for a tag as it is created.",
            code="nothing-to-export",
            next_step="Write tags afterwards instead: costdna plan.",
        )
    statements = [
        {
            "Sid": f"AskForTag{n}",
            "Effect": "Deny",
            "Action": sorted(actions),
            "Resource": resource,
            "Condition": {"Null": {f"aws:RequestTag/{leaving.choices.key}": "true"}},
        }
        for n, (resource, actions) in enumerate(sorted(groups.items()), 1)
    ]
    return _sized({"Version": "2012-10-17", "Statement": statements}, MOST_SCP, "service control policy")


def simulation(leaving: Leaving) -> dict:
    """What both would have meant for the resources this bill saw begin, of the kinds covered.

    To begin is to be first seen after the bill's first day.

    {created, untagged, misvalued, covered kinds, money units of those stopped, examples}: untagged would have been
    denied by the SCP, misvalued by the tag policy. A tag on the bill's last day stands for the one at creation.
    """
    things, kinds, key = leaving.report.resources, _kinds(leaving), leaving.choices.key
    first = things["x_FirstSeen"].min()
    new = things[things["ResourceType"].isin(list(kinds)) & (things["x_FirstSeen"] > first)]
    values = [
        next(
            (
                v
                for s, k, v in json.loads(t)
                if s in ("resource", "tags", "focus")
                and k.removeprefix("resourceTags/").removeprefix("user:").removeprefix("user_") == key
            ),
            "",
        )
        for t in new["Tags"]
    ]
    allowed = set(teams(leaving))
    untagged = np.array([v == "" for v in values], dtype=bool)
    wrong = np.array([v != "" and v not in allowed for v in values], dtype=bool)
    stopped = new[untagged | wrong]
    return {
        "created": len(new),
        "untagged": int(untagged.sum()),
        "misvalued": int(wrong.sum()),
        "kinds": sorted(kinds),
        "units": money.total(stopped[leaving.column].to_numpy()) if len(stopped) else 0,
        "examples": stopped["ResourceId"].head(3).tolist(),
    }


def cannot(leaving: Leaving) -> list[Shortfall]:
    """The simulation in words, and the teams that are left out."""
    out = []
    try:
        seen = simulation(leaving)
    except ValueError:
        return out
    out.append(
        Shortfall(
            f"would have stopped {seen['untagged'] + seen['misvalued']} of {seen['created']} resources that began within this bill ({seen['untagged']} without the tag, {seen['misvalued']} with a value no team has)",
            "",
            seen["units"],
            seen["untagged"] + seen["misvalued"],
        )
    )
    left = sorted(set(leaving.report.teams["x_Team"]) - set(teams(leaving)) - {""})
    if left:
        out.append(
            Shortfall(
                "not confirmed, so not an allowed value: " + ", ".join(left[:10]) + ("…" if len(left) > 10 else "")
            )
        )
    if "s3:bucket" in set(leaving.report.resources["ResourceType"]) and not leaving.choices.create_bucket:
        out.append(Shortfall("CreateBucket is not covered unless asked for: older clients create buckets without tags"))
    return out


def _sized(body: dict, most: int, what: str) -> str:
    text = json.dumps(body, ensure_ascii=False, indent=1)
    if len(text) > most:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    if len(text) > most:
        raise CostDNAError(
            f"The {what} would be longer than AWS takes.",
            found=f"{len(text):,} characters, {most:,} allowed",
            next_step="Join small teams with --aliases, or write one policy per organisational unit.",
            code="policy-size",
        )
    return text + "\n"
