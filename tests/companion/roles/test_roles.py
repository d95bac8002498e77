"""The roles hold exactly the rights of the calls that the code makes, and every one of them exists."""

import csv
import gzip
import json

import boto3
import pytest
from costdna_companion.collect import budgets, lookup, registry
from costdna_companion.roles import ACTIVATE, READ, WRITE, actions, cloudformation, policy, terraform
from costdna_companion.store import explorer
from costdna_companion.write.cloud import Cloud
from costdna_companion.write.native import NATIVE
from costdna_companion.write.routes import target


@pytest.fixture(scope="module")
def known(real_data) -> set[str]:
    with gzip.open(real_data / "aws_reference" / "actions.csv.gz", "rt") as handle:
        rows = list(csv.DictReader(handle))
    names = {name.lower(): name for name in rows[0]}
    service = next(names[n] for n in ("service", "prefix", "service_prefix") if n in names)
    action = next(names[n] for n in ("action", "name") if n in names)
    return {(row[action] if ":" in row[action] else f"{row[service]}:{row[action]}").lower() for row in rows}


def test_every_right_is_an_action_of_aws(known):
    # newer than the reference list
    newer = {"s3:getbucketabac", "resource-explorer-2:listresources"}
    assert {a.lower() for a in actions(READ + WRITE + ACTIVATE)} - known - newer == set()


def test_the_read_role_writes_nothing():
    assert not any(
        word in action for action in actions(READ) for word in ("Put", "Create", "Delete", "Tag", "Update", "Attach")
    )


class Recorder:
    """Hands out clients that answer nothing and note which operations were asked of them."""

    def __init__(self):
        self.made: set[str] = set()

    def __call__(self, service: str, account: str, region: str):
        client = boto3.client(service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
        prefix = {
            "resourcegroupstaggingapi": "tag",
            "elbv2": "elasticloadbalancing",
            "elb": "elasticloadbalancing",
            "stepfunctions": "states",
            "efs": "elasticfilesystem",
            "s3control": "s3",
            "opensearch": "es",
        }.get(service, service)
        made = self.made

        def note(model, **_):
            made.add(f"{prefix}:{model.name}")

        def answer(**_):
            class Raw:
                status_code, headers, content, raw = 200, {}, b"", None

            return Raw(), {
                "ResourceTagMappingList": [],
                "FailedResourcesMap": {},
                "TagSet": [],
                "Tags": [],
                "AutoScalingGroups": [],
                "AbacStatus": {"Status": "Enabled"},
                "Account": "1",
                "ResponseMetadata": {},
            }

        client.meta.events.register("before-call", note)
        client.meta.events.register("before-call", answer)
        return client


ARNS = [
    "arn:aws:ec2:eu-west-1:1:instance/i-1",
    "arn:aws:s3:::b",
    "arn:aws:autoscaling:eu-west-1:1:autoScalingGroup:u:autoScalingGroupName/g",
    "arn:aws:iam::1:role/r",
    "arn:aws:iam::1:user/u",
    *(f"arn:aws:{service}:eu-west-1:1:thing/x" for service in NATIVE),
    "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/old",
]


@pytest.mark.parametrize("arn", ARNS)
def test_no_call_is_made_without_its_right(arn):
    recorder = Recorder()
    cloud, thing = Cloud(recorder), target(arn)
    cloud.read(thing)
    cloud.write(thing, {"team": "search"})
    cloud.remove(thing, ["team"])
    assert recorder.made and {action.lower() for action in recorder.made} <= {
        action.lower() for action in actions(WRITE)
    } | {"sts:getcalleridentity"}


@pytest.mark.parametrize("collector", registry.COLLECTORS, ids=lambda c: c.name)
def test_a_collector_calls_nothing_that_the_read_role_has_not(collector, tmp_path):
    """Every call of the table is really made; botocore itself says which operation it was."""
    recorder = Recorder()
    registry.collect((collector,), recorder, [("111122223333", "eu-west-1")], tmp_path, threads=1)
    same = {
        "apigateway:getrestapis": "apigateway:get",
        "apigatewayv2:getapis": "apigateway:get",
        "s3:listbuckets": "s3:listallmybuckets",
        "emr:listclusters": "elasticmapreduce:listclusters",
        "opensearch:listdomainnames": "es:listdomainnames",
    }
    made = {same.get(action.lower(), action.lower()) for action in recorder.made}
    assert made and made <= {action.lower() for action in actions(READ)}
    first = [call for call in collector.calls if not call.each]
    assert {call.permission.lower() for call in first} <= made, "a row of the table that is never asked"


def test_bills_budgets_history_and_cost_explorer_call_nothing_else(tmp_path):
    import datetime as dt

    recorder, now = Recorder(), dt.datetime.now(dt.UTC)
    lookup.lookup(
        recorder("cloudtrail", "1", "eu-west-1"),
        "1",
        "eu-west-1",
        now - dt.timedelta(hours=7),
        now,
        tmp_path,
        wait=lambda _: None,
    )
    budgets.fetch(recorder("budgets", "1", "us-east-1"), "111122223333")
    explorer.fetch(recorder("ce", "1", "us-east-1"), "2026-01-01", "2026-01-03")
    recorder.made = {{"budgets:DescribeBudgets": "budgets:ViewBudget"}.get(action, action) for action in recorder.made}
    assert (
        recorder.made == {"cloudtrail:LookupEvents", "budgets:ViewBudget", "ce:GetCostAndUsage"} <= set(actions(READ))
    )


def test_looking_for_overwritten_values_and_switching_tag_keys_call_nothing_else():
    import datetime as dt

    from costdna_companion.write import activation, history

    recorder = Recorder()
    lines = [
        {
            "kind": "before",
            "at": "2026-11-02T10:00:01.000Z",
            "arn": arn,
            "key": "team",
            "before": None,
            "new": "x",
            "all": {},
        }
        for arn in ARNS[:2]
    ]
    history.records(recorder, lines, wait=lambda seconds: None)
    assert recorder.made == set(history.PERMISSIONS) <= set(actions(WRITE))
    recorder = Recorder()
    ce = recorder("ce", "", "us-east-1")
    activation.listed(ce), activation.switch(ce, ["team"]), activation.hindrance(ce, dt.datetime.now(dt.UTC))
    with pytest.raises(KeyError):  # the recorder answers nothing
        activation.backfill(ce, dt.date(2026, 3, 1))
    assert recorder.made == set(activation.PERMISSIONS) == set(actions(ACTIVATE)) and not recorder.made & set(
        actions(READ + WRITE)
    )


def test_templates_carry_the_policy_and_the_external_id():
    made = json.loads(cloudformation("costdna-write", WRITE, "111122223333", "shared"))["Resources"]["Role"][
        "Properties"
    ]
    assert made["Policies"][0]["PolicyDocument"] == policy(WRITE)
    assert made["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] == {
        "StringEquals": {"sts:ExternalId": "shared"}
    }
    same = json.loads(terraform("costdna-write", WRITE, "111122223333", "shared", "aws-cn"))["resource"]
    assert json.loads(same["aws_iam_role_policy"]["costdna"]["policy"]) == policy(WRITE)
    assert "arn:aws-cn:iam::111122223333:root" in same["aws_iam_role"]["costdna"]["assume_role_policy"]


def test_no_right_has_a_wildcard_and_none_comes_twice():
    for rights in (READ, WRITE):
        assert not any("*" in action for action in actions(rights))
        assert len(actions(rights)) == len({right.action for right in rights})
