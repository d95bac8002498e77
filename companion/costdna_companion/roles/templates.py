"""A role with given rights, as IAM policy, CloudFormation template and Terraform file: text to review, nothing is
created.
"""

import json

from costdna_companion.roles.rights import Right, actions


def policy(rights: tuple[Right, ...], partition: str = "aws") -> dict:
    """The policy document. No wildcard in an action, nothing that is not called."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "CostDna", "Effect": "Allow", "Action": actions(rights), "Resource": "*"}],
    }


def _trust(account: str, external_id: str, partition: str) -> dict:
    statement: dict = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def cloudformation(
    name: str, rights: tuple[Right, ...], account: str, external_id: str = "", partition: str = "aws"
) -> str:
    """A template of one role that `account` may assume."""
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "AssumeRolePolicyDocument": _trust(account, external_id, partition),
            "MaxSessionDuration": 3600,
            "Policies": [{"PolicyName": name, "PolicyDocument": policy(rights, partition)}],
        },
    }
    return (
        json.dumps(
            {
                "AWSTemplateFormatVersion": "2010-09-09",
                "Description": f"{name}: exactly the calls that CostDNA makes",
                "Resources": {"Role": role},
                "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
            },
            indent=2,
        )
        + "\n"
    )


def terraform(name: str, rights: tuple[Right, ...], account: str, external_id: str = "", partition: str = "aws") -> str:
    """The same role in Terraform's JSON syntax (`.tf.json`), which needs no quoting rules of our own."""
    return (
        json.dumps(
            {
                "resource": {
                    "aws_iam_role": {
                        "costdna": {
                            "name": name,
                            "max_session_duration": 3600,
                            "assume_role_policy": json.dumps(_trust(account, external_id, partition)),
                        }
                    },
                    "aws_iam_role_policy": {
                        "costdna": {
                            "name": name,
                            "role": "${aws_iam_role.costdna.id}",
                            "policy": json.dumps(policy(rights, partition)),
                        }
                    },
                }
            },
            indent=2,
        )
        + "\n"
    )
