"""One fixture for each kind of identity, and real events resolved by hand."""

import json

import pytest

from costdna_companion.actors import Chains, resolve

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"


def assumed(role: str, session: str, path: str = "", **more) -> dict:
    identity = {
        "type": "AssumedRole",
        "principalId": f"AROAEXAMPLE:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}",
        "accountId": ACCOUNT,
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "arn": ROLE + path + role, "userName": role, "accountId": ACCOUNT}
        },
    }
    context = more.pop("context", {})
    identity["sessionContext"].update(context)
    return {**identity, **more}


GITHUB = {
    "webIdFederationData": {
        "federatedProvider": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    }
}
IRSA = {
    "webIdFederationData": {
        "federatedProvider": f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"
    }
}

CASES = {
    "root, by a person": (
        {"type": "Root", "accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root"},
        "root",
        "root",
    ),
    "root, a service acting for the account": (
        {
            "type": "Root",
            "accountId": ACCOUNT,
            "arn": f"arn:aws:iam::{ACCOUNT}:root",
            "invokedBy": "autoscaling.amazonaws.com",
        },
        "service",
        "autoscaling.amazonaws.com",
    ),
    "IAM user": ({"type": "IAMUser", "accountId": ACCOUNT, "userName": "ana"}, "human", "ana"),
    "IAM user with a path, name only in the ARN": (
        {"type": "IAMUser", "accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/eng/eu/ana"},
        "human",
        "ana",
    ),
    "IAM user, a service acts beside": (
        {"type": "IAMUser", "accountId": ACCOUNT, "userName": "ana", "invokedBy": "AWS Internal"},
        "human",
        "ana",
    ),
    "IAM user of a pipeline": (
        {"type": "IAMUser", "accountId": ACCOUNT, "userName": "ci-deploy"},
        "pipeline",
        "ci-deploy",
    ),
    "IAM user of a machine": (
        {"type": "IAMUser", "accountId": ACCOUNT, "userName": "backup-bot"},
        "role",
        "backup-bot",
    ),
    "IAM user that many share": ({"type": "IAMUser", "accountId": ACCOUNT, "userName": "admin"}, "session", "admin"),
    "IAM user without a name": ({"type": "IAMUser", "accountId": ACCOUNT, "principalId": "AIDAX"}, "unknown", "AIDAX"),
    "a sign-in whose name CloudTrail hides": (
        {"type": "IAMUser", "accountId": ACCOUNT, "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"},
        "unknown",
        "",
    ),
    "role without a name": ({"type": "AssumedRole", "accountId": ACCOUNT}, "unknown", ""),
    "role, e-mail session": (assumed("Developer", "ana@example.com"), "human", "ana@example.com"),
    "role, chosen session": (assumed("Developer", "ana"), "session", "ana"),
    "role, shared session name": (assumed("Developer", "admin"), "role", "Developer"),
    "role, session cut at 64": (assumed("Developer", "a" * 52 + "@example.com"), "role", "Developer"),
    "role of an instance": (assumed("web", "i-05c30218156bcc246"), "role", "web"),
    "role, the SDK's session name": (assumed("web", "aws-go-sdk-1688990515440126480"), "role", "web"),
    "role without an issuer": (
        {
            "type": "AssumedRole",
            "accountId": ACCOUNT,
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/web/botocore-session-17",
        },
        "role",
        "web",
    ),
    "role, source identity": (
        assumed("Developer", "botocore-session-17", context={"sourceIdentity": "ana@example.com"}),
        "human",
        "ana@example.com",
    ),
    "role with the word root in it": (assumed("root-access", "i-05c30218156bcc246"), "role", "root-access"),
    "chained role, source identity kept": (
        assumed("Second", "Developer", context={"sourceIdentity": "ana"}),
        "human",
        "ana",
    ),
    "SSO session": (
        assumed("AWSReservedSSO_Admin_0123456789abcdef", "ana@example.com", "aws-reserved/sso.amazonaws.com/"),
        "human",
        "ana@example.com",
    ),
    "SSO session, user name": (
        assumed("AWSReservedSSO_Admin_0123456789abcdef", "ana", "aws-reserved/sso.amazonaws.com/"),
        "human",
        "ana",
    ),
    "SSO session cut at 64": (assumed("AWSReservedSSO_Admin_0123456789abcdef", "a" * 64), "session", "a" * 64),
    "on behalf of an Identity Center user": (
        assumed(
            "Quick",
            "x",
            onBehalfOf={"userId": "9067-ana", "identityStoreArn": "arn:aws:identitystore::1:identitystore/d-1"},
        ),
        "human",
        "9067-ana",
    ),
    "Identity Center user": (
        {"type": "IdentityCenterUser", "accountId": ACCOUNT, "onBehalfOf": {"userId": "9067-ana"}},
        "human",
        "9067-ana",
    ),
    "Identity Center user by name": (
        {"type": "IdentityCenterUser", "accountId": ACCOUNT, "userName": "ana"},
        "human",
        "ana",
    ),
    "SAML user": (
        {
            "type": "SAMLUser",
            "principalId": "x:ana@example.com",
            "userName": "ana@example.com",
            "identityProvider": "okta",
        },
        "human",
        "ana@example.com",
    ),
    "web identity, GitHub": (
        {
            "type": "WebIdentityUser",
            "identityProvider": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com",
            "userName": "repo:acme/shop:ref:refs/heads/main",
        },
        "pipeline",
        "acme/shop",
    ),
    "web identity, Kubernetes": (
        {
            "type": "WebIdentityUser",
            "identityProvider": f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A",
            "userName": "system:serviceaccount:shop:web",
        },
        "role",
        "system:serviceaccount:shop:web",
    ),
    "web identity, a person": (
        {"type": "WebIdentityUser", "identityProvider": "accounts.google.com", "userName": "ana@example.com"},
        "human",
        "ana@example.com",
    ),
    "role by a GitHub token": (assumed("deploy-shop", "GitHubActions", context=GITHUB), "pipeline", "deploy-shop"),
    "role by a service account": (assumed("shop-web", "botocore-session-17", context=IRSA), "role", "shop-web"),
    "workload credentials": (
        assumed(
            "fn-role",
            "fn",
            inScopeOf={
                "issuerType": "AWS::Lambda::Function",
                "credentialsIssuedTo": "arn:aws:lambda:eu-west-1:1:function:fn",
            },
        ),
        "role",
        "fn-role",
    ),
    "federated user": (
        {"type": "FederatedUser", "accountId": ACCOUNT, "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/ana"},
        "human",
        "ana",
    ),
    "directory user": ({"type": "Directory", "accountId": ACCOUNT, "userName": "ana"}, "human", "ana"),
    "service": ({"type": "AWSService", "invokedBy": "rds.amazonaws.com"}, "service", "rds.amazonaws.com"),
    "service-linked role": (
        assumed(
            "AWSServiceRoleForRDS",
            "SLRManagement",
            "aws-service-role/rds.amazonaws.com/",
            invokedBy="rds.amazonaws.com",
        ),
        "service",
        "rds.amazonaws.com",
    ),
    "Auto Scaling": (
        assumed(
            "AWSServiceRoleForAutoScaling",
            "AutoScaling",
            "aws-service-role/autoscaling.amazonaws.com/",
            invokedBy="autoscaling.amazonaws.com",
        ),
        "service",
        "autoscaling.amazonaws.com",
    ),
    "CloudFormation with a service role": (
        assumed("cfn-shop", "AWSCloudFormation", invokedBy="cloudformation.amazonaws.com"),
        "stack",
        "cfn-shop",
    ),
    "CloudFormation itself": (
        {"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"},
        "stack",
        "cloudformation",
    ),
    "another account": (
        {"type": "AWSAccount", "accountId": "444455556666", "principalId": "AROAX:job"},
        "account",
        "444455556666",
    ),
    "another account, e-mail session": (
        {"type": "AWSAccount", "accountId": "444455556666", "principalId": "AROAX:ana@example.com"},
        "human",
        "ana@example.com",
    ),
    "plain role": ({"type": "Role", "accountId": ACCOUNT, "arn": ROLE + "web"}, "role", "web"),
    "no type, a service": (
        {"accountId": ACCOUNT, "invokedBy": "secretsmanager.amazonaws.com"},
        "service",
        "secretsmanager.amazonaws.com",
    ),
    "no type, nothing": ({"accountId": ACCOUNT}, "unknown", ""),
    "type Unknown": ({"type": "Unknown", "accountId": ACCOUNT, "principalId": "p"}, "unknown", "p"),
    "a type of the future": ({"type": "Martian", "accountId": ACCOUNT, "principalId": "p"}, "unknown", "p"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_kind_of_identity_has_its_actor(case):
    identity, kind, name = CASES[case]
    actor = resolve({"userIdentity": identity})
    assert (actor.kind, actor.name) == (kind, name)
    assert actor.reason


def test_only_the_root_user_is_ever_called_root():
    named = {
        case
        for case, (identity, _, _) in CASES.items()
        if resolve({"userIdentity": identity}).kind == "root" or resolve({"userIdentity": identity}).name == "root"
    }
    assert named == {"root, by a person"}


def test_a_name_that_may_be_cut_is_never_a_person():
    cut = "b" * 64
    for role in ("Developer", "AWSReservedSSO_Admin_0123456789abcdef"):
        assert resolve({"userIdentity": assumed(role, cut)}).kind != "human"
    assert resolve({"userIdentity": assumed("Developer", "x", context={"sourceIdentity": cut})}).kind == "session"


def test_an_event_without_an_identity_names_nobody():
    assert resolve({}).kind == "unknown"
    assert resolve({"userIdentity": None}).reason == "the event names nobody"


@pytest.fixture(scope="module")
def real(real_data) -> list[dict]:
    events = [
        event
        for path in sorted((real_data / "cloudtrail" / "s3_delivered").iterdir())
        for event in json.loads(path.read_text())["Records"]
    ]
    return sorted(events, key=lambda event: event["eventTime"])


BY_HAND = {
    ("service", "rds.amazonaws.com"): 14,
    ("service", "cloudtrail.amazonaws.com"): 8,
    ("service", "secretsmanager.amazonaws.com"): 40,
    ("service", "ec2.amazonaws.com"): 6,
    ("service", "inspector2.amazonaws.com"): 6,
    ("service", "lambda.amazonaws.com"): 2,
    ("service", "rolesanywhere.amazonaws.com"): 6,
    ("role", "stratus-red-team-ec2-steal-credentials-role"): 15,
    ("role", "stratus-red-team-ec2-enumerate-role"): 8,
    ("human", "benjamin"): 105,
}
"""Counted by the raw fields that each event states (type, invokedBy, issuer's path, user name), without our resolver.
"""


def test_real_events_have_the_actors_found_by_hand(real):
    chains, seen = Chains(), {}
    for event in real:
        chains.learn(event)
    for event in real:
        actor = resolve(event, chains)
        seen[actor.kind, actor.name] = seen.get((actor.kind, actor.name), 0) + 1
    assert {key: seen.get(key) for key in BY_HAND} == BY_HAND
    assert sum(seen.values()) == 2900 and not any(kind in ("root", "unknown") for kind, _ in seen)


def test_a_chained_role_leads_back_to_the_person_who_assumed_it(real):
    chains = Chains()
    for event in real:
        chains.learn(event)
    left = [resolve(event, chains) for event in real if event["eventName"] == "LeaveOrganization"]
    assert [(actor.kind, actor.name) for actor in left] == [("human", "bert-jan")]
    assert "handed to human" in left[0].reason
