"""One CloudTrail event → who really acted. Human ▸ session ▸ role ▸ pipeline ▸ stack: the most telling that the event
proves.

Sources: AWS CloudTrail user guide, "userIdentity element"; IAM user guide, "Monitor and control actions taken with
assumed roles"; STS session name limit. Every field may be absent, `type` too.
"""

import re

from costdna_companion.actors.actor import Actor
from costdna_companion.actors.names import is_cut, is_email, is_machine, is_made_up, is_pipeline, is_shared

_SSO_ROLE = re.compile(r"^AWSReservedSSO_(.+)_[0-9a-f]{16}$")
_GIT_HOSTS = (
    "token.actions.githubusercontent.com",
    "gitlab.com",
    "bitbucket",
    "circleci.com",
    "buildkite.com",
    "app.terraform.io",
    "vstoken.dev.azure.com",
)

OPEN = ("session", "role", "pipeline", "account", "unknown", "root")
"""What a chain of roles may say more about: under a deploy role that all teams share, which repository, or which
person; behind a member account's root, who was handed it (AssumeRoot).
"""


def resolve(event: dict, chains=None) -> Actor:
    """Who acted in an event, as CloudTrail writes it (a record, LookupEvents' `CloudTrailEvent`, or EventBridge's
    `detail`).

    `chains` (see `Chains`) knows who was handed which temporary key, and so follows a chained role to its first caller.
    """
    identity = event.get("userIdentity") or {}
    own = _of_identity(identity, event)
    if own.kind in OPEN and chains is not None:
        giver = chains.giver(identity.get("accessKeyId") or "")
        if giver is not None and giver.kind in ("human", "pipeline", "stack") and giver.id != own.id:
            return Actor(
                giver.kind,
                giver.name,
                giver.account,
                own.via or own.name,
                f"{'the root' if own.kind == 'root' else 'the role'}'s temporary key was handed to {giver.kind} ({giver.reason})",
            )
    return own


def _of_identity(identity: dict, event: dict) -> Actor:
    kind, account = identity.get("type") or "", identity.get("accountId") or event.get("recipientAccountId") or ""
    behalf = identity.get("onBehalfOf") or {}
    if behalf.get("userId"):
        return Actor(
            "human",
            behalf["userId"],
            "",
            _role(identity)[0] or "identity-center",
            "acted on behalf of an Identity Center user",
        )
    source = ((identity.get("sessionContext") or {}).get("sourceIdentity") or "").strip()
    if source:
        return _named(source, account, _role(identity)[0], "source identity, kept through every role", "human")
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(identity, event, account)
    service = identity.get("invokedBy") or ""
    if service:
        return _service(service, account, "no identity but the service that acted")
    return Actor(
        "unknown",
        identity.get("principalId") or "",
        account,
        "",
        f"identity of type {kind}" if kind else "the event names nobody",
    )


def _root(identity: dict, event: dict, account: str) -> Actor:
    service = identity.get("invokedBy") or ""
    if service and service != "AWS Internal":
        return _service(service, account, "a service that acted for the account")
    return Actor("root", "root", account, "", "the account's root user")


def _iam_user(identity: dict, event: dict, account: str) -> Actor:
    name = identity.get("userName") or _tail(identity.get("arn") or "")
    via = identity.get("invokedBy") or ""
    # of a sign-in with a name that is none: it may have been a password
    if not name or name == "HIDDEN_DUE_TO_SECURITY_REASONS":
        return Actor("unknown", identity.get("principalId") or "", account, via, "an IAM user without a name")
    return _named(name, account, via, "IAM user", "human")


def _assumed_role(identity: dict, event: dict, account: str) -> Actor:
    role, path = _role(identity)
    session, context = _session(identity), identity.get("sessionContext") or {}
    if not role and not session:
        return Actor("unknown", identity.get("principalId") or "", account, "", "an assumed role without a name")
    service = identity.get("invokedBy") or ""
    if "/aws-service-role/" in path or role.startswith("AWSServiceRoleFor"):
        return _service(_between(path, "/aws-service-role/") or service or role, account, "service-linked role")
    permission_set = _SSO_ROLE.match(role)
    if permission_set:
        if is_cut(session):
            return Actor("session", session, account, role, "SSO session whose name may have been cut at 64 characters")
        return Actor(
            "human",
            session,
            "" if is_email(session) else account,
            role,
            f"SSO session of permission set {permission_set.group(1)}",
        )
    if session == "AWSCloudFormation" or service == "cloudformation.amazonaws.com" and is_made_up(session):
        return Actor("stack", role, account, "cloudformation", "CloudFormation with this service role")
    issued = (identity.get("inScopeOf") or {}).get("credentialsIssuedTo") or ""
    if issued:
        return Actor("role", role, account, issued, "credentials of a workload")
    provider = (context.get("webIdFederationData") or {}).get("federatedProvider") or ""
    if any(host in provider for host in _GIT_HOSTS):
        return Actor("pipeline", role, account, _tail(provider), "role assumed by a pipeline's own token")
    if "oidc.eks." in provider:
        return Actor("role", role, account, "kubernetes service account", "role of a Kubernetes service account")
    if is_pipeline(session) or is_pipeline(role) and (is_made_up(session) or is_machine(session)):
        return Actor("pipeline", role or session, account, session, "a pipeline's session")
    if is_made_up(session) or is_machine(session) or session == role:
        return Actor(
            "role",
            role or identity.get("principalId") or "",
            account,
            session,
            "role; its session name was made by a machine",
        )
    if is_email(session) and not is_cut(session):
        return Actor("human", session, "", role, "role session named by an e-mail address")
    if is_cut(session) or is_shared(session):
        return Actor("role", role, account, session, "role; its session name is shared or cut off")
    return Actor("session", session, account, role, "a session name that its holder chose")


def _plain_role(identity: dict, event: dict, account: str) -> Actor:
    role, path = _role(identity)
    name = role or _tail(identity.get("arn") or "") or identity.get("principalId") or ""
    return (
        _service(_between(path, "/aws-service-role/") or name, account, "service-linked role")
        if "/aws-service-role/" in path
        else Actor("role", name, account, "", "role")
    )


def _federated(identity: dict, event: dict, account: str) -> Actor:
    name = (
        identity.get("userName")
        or _tail(identity.get("arn") or "")
        or (identity.get("principalId") or "").rpartition(":")[2]
    )
    giver = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    return (
        _named(name, account, giver.get("userName") or "", "federated user", "human")
        if name
        else Actor("unknown", "", account, "", "a federated user without a name")
    )


def _saml(identity: dict, event: dict, account: str) -> Actor:
    name = identity.get("userName") or (identity.get("principalId") or "").rpartition(":")[2]
    return _named(name, account, identity.get("identityProvider") or "", "SAML user", "human")


def _web(identity: dict, event: dict, account: str) -> Actor:
    provider = identity.get("identityProvider") or (identity.get("principalId") or "")
    name = identity.get("userName") or (identity.get("principalId") or "").rpartition(":")[2]
    if any(host in provider for host in _GIT_HOSTS):
        return Actor("pipeline", _repository(name), account, _tail(provider), "a pipeline's own token")
    if "oidc.eks." in provider:
        return Actor("role", name, account, "kubernetes service account", "a Kubernetes service account")
    return _named(name, account, _tail(provider), "web identity", "human")


def _directory(identity: dict, event: dict, account: str) -> Actor:
    name = identity.get("userName") or _tail(identity.get("arn") or "") or identity.get("principalId") or ""
    return (
        _named(name, account, "directory", "directory user", "human")
        if name
        else Actor("unknown", "", account, "", "a directory user without a name")
    )


def _identity_center(identity: dict, event: dict, account: str) -> Actor:
    name = identity.get("userName") or identity.get("principalId") or ""
    return Actor("human" if name else "unknown", name, "", "identity-center", "Identity Center user")


def _other_account(identity: dict, event: dict, account: str) -> Actor:
    session = (identity.get("principalId") or "").partition(":")[2]
    if is_email(session) and not is_cut(session):
        return Actor("human", session, "", account, "session of another account, named by an e-mail address")
    return Actor("account", account, "", session, "another account")


def _aws_service(identity: dict, event: dict, account: str) -> Actor:
    return _service(identity.get("invokedBy") or event.get("eventSource") or "", account, "an AWS service")


_READERS = {
    "Root": _root,
    "IAMUser": _iam_user,
    "AssumedRole": _assumed_role,
    "Role": _plain_role,
    "FederatedUser": _federated,
    "SAMLUser": _saml,
    "WebIdentityUser": _web,
    "Directory": _directory,
    "IdentityCenterUser": _identity_center,
    "AWSAccount": _other_account,
    "AWSService": _aws_service,
}


def _service(name: str, account: str, reason: str) -> Actor:
    if name == "cloudformation.amazonaws.com":
        return Actor("stack", "cloudformation", account, name, reason)
    return Actor("service", name, account, "", reason)


def _named(name: str, account: str, via: str, reason: str, otherwise: str) -> Actor:
    """A person, unless the name is a pipeline's, a machine's or one that many share."""
    if is_pipeline(name):
        return Actor("pipeline", name, account, via, f"{reason} with a pipeline's name")
    if is_machine(name):
        return Actor("role", name, account, via, f"{reason} with a machine's name")
    if is_shared(name) or is_cut(name):
        return Actor("session", name, account, via, f"{reason}; the name is shared or cut off")
    return Actor(otherwise, name, "" if is_email(name) else account, via, reason)


def _role(identity: dict) -> tuple[str, str]:
    """Name and ARN of the role that issued the session, from the issuer or, without one, from the session's own ARN."""
    issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    arn = issuer.get("arn") or ""
    if issuer.get("userName") or arn:
        return issuer.get("userName") or _tail(arn), arn
    own = identity.get("arn") or ""
    parts = own.split(":assumed-role/")
    return (parts[1].rpartition("/")[0].rpartition("/")[2] or parts[1], own) if len(parts) == 2 else ("", own)


def _session(identity: dict) -> str:
    """Session name: the last part of the session's ARN; the principal id carries it too, where the ARN is absent."""
    arn = identity.get("arn") or ""
    return arn.rpartition("/")[2] if ":assumed-role/" in arn else (identity.get("principalId") or "").partition(":")[2]


def _repository(subject: str) -> str:
    """`repo:org/name:ref:refs/heads/main` → `org/name`."""
    return subject.split(":")[1] if subject.startswith(("repo:", "project_path:")) else subject


def _between(path: str, mark: str) -> str:
    return path.partition(mark)[2].partition("/")[0]


def _tail(arn: str) -> str:
    """What follows the last `/` of an ARN's resource, or its last `:` where it has none."""
    resource = arn.split(":", 5)[-1] if arn.startswith("arn:") else arn
    return resource.rpartition("/")[2] or resource
