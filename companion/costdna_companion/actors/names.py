"""What a name tells: a person's, a machine's, one that many share, one that was cut off."""

import re

SESSION_LIMIT = 64
"""A role session name is at most 64 characters long (STS, AssumeRole): one of exactly that length may have been cut."""

_MACHINE = re.compile(
    r"(^|[-_.@/ ])(ci|cd|cicd|bot|robot|deploy(er|ment)?|terraform|tf|ansible|jenkins|github|gitlab|circleci|buildkite|argo(cd)?|spinnaker|pipeline|runner|"
    r"automation|atlantis|codebuild|codepipeline|svc|service|serviceaccount|system|cron|scheduler|backup|monitor(ing)?|c7n\w*)($|[-_.@/ ])|bot$",
    re.I,
)
_PIPELINE = re.compile(
    r"(^|[-_.@/ ])(ci|cd|cicd|deploy(er|ment)?|terraform|tf|ansible|jenkins|github\w*|gitlab\w*|circleci|buildkite|argo(cd)?|spinnaker|pipeline|runner|atlantis|codebuild|"
    r"codepipeline)($|[-_.@/ ])|^(githubactions|gitlab-ci|terraform)",
    re.I,
)
_MADE_UP = re.compile(
    r"^(i-[0-9a-f]{8,17}|m?i-[0-9a-f]+|\d+|[0-9a-f]{16,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|botocore-session-\d+|aws-(go-sdk|sdk-\w+(-session)?|cli-session|sdk-js-session|cdk-\S+|"
    r"role-session)?-?\d*|boto3?-session-?\d*|(assume[-_]?)?role[-_]?session\d*|session[-_]?\d*|eks-\S+-[0-9a-f-]{36}|default|temp|tmp|test|cli|console|sdk|aws-cdk-\S+)$",
    re.I,
)
_SHARED = frozenset(
    "admin administrator root user ec2-user ubuntu ops devops developer dev operator poweruser readonly guest shared team support userid me".split()
)
_EMAIL = re.compile(r"^[^@\s/]+@[^@\s/]+\.[^@\s/]+$")


def is_email(name: str) -> bool:
    """Whether it reads as an e-mail address.

    >>> is_email("ana@example.com"), is_email("ana")
    (True, False)
    """
    return bool(_EMAIL.match(name))


def is_machine(name: str) -> bool:
    """Whether a word of the name says that no person stands behind it.

    >>> is_machine("ci-deployer"), is_machine("c7nbot"), is_machine("cindy"), is_machine("abbott")
    (True, True, False, False)
    """
    return bool(_MACHINE.search(name))


def is_pipeline(name: str) -> bool:
    """Whether the name is that of a delivery pipeline.

    >>> is_pipeline("GitHubActions"), is_pipeline("terraform-apply"), is_pipeline("backup")
    (True, True, False)
    """
    return bool(_PIPELINE.search(name))


def is_made_up(name: str) -> bool:
    """Whether an SDK or a service made the session name: an instance id, a number, a default.

    >>> is_made_up("i-05c30218156bcc246"), is_made_up("botocore-session-1690"), is_made_up("ana")
    (True, True, False)
    """
    return (
        not name
        or bool(_MADE_UP.match(name))
        or name.lower().startswith(("aws-go-sdk-", "botocore-session-", "aws-sdk-"))
    )


def is_shared(name: str) -> bool:
    """Whether many people go by that name.

    >>> is_shared("Admin")
    True
    """
    return name.lower() in _SHARED


def is_cut(name: str) -> bool:
    """Whether the session name may have been cut at STS's limit.

    >>> is_cut("x" * 64), is_cut("ana")
    (True, False)
    """
    return len(name) >= SESSION_LIMIT
