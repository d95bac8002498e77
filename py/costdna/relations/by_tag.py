"""Groups read from tags that do not name the owner.

Stack, cluster, creator, environment, cost category, account tag, the rest.
"""

import json

import pandas as pd

from costdna import names

STACK = frozenset(
    """
    awscloudformationstackname awscloudformationstackid stack stackname terraformworkspace terraformstate cdkstack
    release helmrelease awscdkstack
    """.split()
)
CLUSTER = frozenset(
    """
    awsautoscalinggroupname awsec2autoscalinggroupname awsec2spotfleetrequestid awsec2fleetid eksclustername
    awseksclustername eksnodegroupname awseksnodegroupname cluster clustername awsecsclustername awsecsservicename
    karpentershnodepool elasticbeanstalkenvironmentname awselasticmapreducejobflowid
    """.split()
)
ENVIRONMENT = {"environment", "env", "stage"}
IGNORED = {"name", "awscreatedby", "awscloudformationlogicalid"}


def by_tag(ownables: pd.DataFrame, owner_keys: set[tuple[str, str]]) -> list[tuple[int, str, str]]:
    """(ownable, kind, group) per tag.

    `owner_keys` are the (source, key) that name the owner: never a group, or the model would be told the answer; other
    spellings of the same key are left out with them.
    """
    masked = {names.tag_key(k) for _, k in owner_keys}
    sets: dict[str, list[tuple[str, str]]] = {}
    for text in ownables["Tags"].unique():
        sets[text] = [g for s, k, v in json.loads(text) for g in _groups(s, k, v.strip(), masked)]
    return [
        (owner, kind, group)
        for owner, text in zip(ownables["x_OwnableId"].tolist(), ownables["Tags"])
        for kind, group in sets[text]
    ]


def _groups(source: str, key: str, value: str, masked: set[str]) -> list[tuple[str, str]]:
    bare = names.tag_key(key)
    if not value or bare in masked or bare in IGNORED - {"awscreatedby"}:
        return []
    if bare == "awscreatedby":
        return creator(value)
    if source == "costcategory" or key.startswith("costCategory/"):
        return [("cost_category", f"{bare}={value}")]
    if key.startswith("accountTag/"):
        return [("account_tag", f"{bare}={value}")]
    if bare in STACK:
        return [("stack", value.split("/")[-2] if value.startswith("arn:") and value.count("/") >= 2 else value)]
    if bare in CLUSTER:
        return [("cluster", value)]
    if bare in ENVIRONMENT:
        return [("environment", names.environment(value) or value.lower())]
    return [("other_tag", f"{bare}={value}")]


_MACHINES = frozenset(
    "autoscaling instancelaunch cloudtrailenablersession awsbackup spotfleet ecs-service-scheduler".split()
)


def creator(value: str) -> list[tuple[str, str]]:
    """Who made it, from aws:createdBy (`Type:principal:name`): the principal, never an owner by itself.

    The last part is a session; a machine's session (AutoScaling) says nothing and makes no group.

    >>> creator("AssumedRole:AROAEXAMPLE:AutoScaling"), creator("IAMUser:AIDAEXAMPLE:maria")
    ([], [('creator', 'AIDAEXAMPLE')])
    """
    parts = value.split(":")
    if parts[-1].lower() in _MACHINES:
        return []
    return [("creator", parts[1] if len(parts) >= 3 else value)]
