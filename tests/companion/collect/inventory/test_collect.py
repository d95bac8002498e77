"""An account on moto, collected: what is there, what belongs together, what was refused, and that nothing is asked
twice.
"""

import json
import os
import stat

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from costdna.errors import UsageError
from costdna_companion.collect import registry
from costdna_companion.collect.inventory import fetch as module
from costdna_companion.collect.inventory.call import Call, Each
from costdna_companion.collect.inventory.tabulate import tabulate
from moto import mock_aws

ACCOUNT, REGION = "123456789012", "eu-west-1"
SECRET = "planted-password-9"
UNTRIED = {
    f"{service}.{operation}": ["AccessDeniedException"]
    for service, operation in (
        ("apigateway", "GetRestApis"),
        ("apigatewayv2", "GetApis"),
        ("cloudformation", "DescribeStacks"),
    )
}
"""moto reads these services' templates with packages that we do not bring: they are denied here, and stacks have their
own test.
"""


class Clients:
    """Clients of boto3, counted; `refuse` maps service.operation to the code it fails with, so often as it says."""

    def __init__(self, refuse: dict[str, list[str]] | None = None):
        self.refuse, self.made, self.asked = refuse or {}, {}, []

    def __call__(self, service, account, region):
        if (service, region) not in self.made:
            client = boto3.client(service, region_name=region)
            client.meta.events.register("before-call", lambda model, s=service, **_: self._note(s, model.name))
            self.made[service, region] = client
        return self.made[service, region]

    def _note(self, service, operation):
        self.asked.append(f"{service}.{operation}")
        codes = self.refuse.get(f"{service}.{operation}")
        if codes:
            raise ClientError(
                {
                    "Error": {
                        "Code": codes.pop() if len(codes) > 1 else codes[0],
                        "Message": "User: arn:aws:iam::123456789012:user/ada.lovelace may not",
                    }
                },
                operation,
            )


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    """(clients, folder, coverage): a small account with everything that hangs together, collected once."""
    patch = pytest.MonkeyPatch()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "testing")
    patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # five hundred images that nobody asks for: most of the time
    with mock_aws():
        made = seed(lambda service: boto3.client(service, region_name=REGION))
        folder, clients = tmp_path_factory.mktemp("collected"), Clients(dict(UNTRIED))
        coverage = registry.collect(
            registry.chosen(["inventory", "tags", "groups", "iam"]), clients, [(ACCOUNT, REGION)], folder
        )
        yield clients, folder, coverage, made
    patch.undo()


def seed(client) -> dict:
    role = client("iam").create_role(
        RoleName="orders-task", AssumeRolePolicyDocument="{}", Tags=[{"Key": "team", "Value": "orders"}]
    )["Role"]["Arn"]
    client("iam").create_user(UserName="mia")
    ec2 = client("ec2")
    image, zone = "ami-0123456789abcdef0", f"{REGION}a"
    client("autoscaling").create_launch_configuration(
        LaunchConfigurationName="lc", ImageId=image, InstanceType="t3.micro"
    )
    client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="web-asg",
        LaunchConfigurationName="lc",
        MinSize=2,
        MaxSize=2,
        AvailabilityZones=[zone],
        Tags=[
            {
                "Key": "team",
                "Value": "web",
                "PropagateAtLaunch": False,
                "ResourceId": "web-asg",
                "ResourceType": "auto-scaling-group",
            }
        ],
    )
    lone = ec2.run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[
            {
                "ResourceType": "instance",
                "Tags": [{"Key": "team", "Value": "search"}, {"Key": "Name", "Value": "indexer"}],
            }
        ],
    )["Instances"][0]
    volume = ec2.create_volume(AvailabilityZone=zone, Size=1)["VolumeId"]
    ec2.attach_volume(VolumeId=volume, InstanceId=lone["InstanceId"], Device="/dev/sdf")
    client("sqs").create_queue(QueueName="orders-jobs")
    client("s3").create_bucket(Bucket="orders-assets", CreateBucketConfiguration={"LocationConstraint": REGION})
    client("ecs").create_cluster(clusterName="batch", tags=[{"key": "team", "value": "batch"}])
    client("eks").create_cluster(name="kube", roleArn=role, resourcesVpcConfig={"subnetIds": []})
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("f.py", "def f(e, c): pass")
    client("lambda").create_function(
        FunctionName="thumbs",
        Runtime="python3.11",
        Role=role,
        Handler="f.f",
        Code={"ZipFile": packed.getvalue()},
        Environment={"Variables": {"PASSWORD": SECRET}},
    )
    client("dynamodb").create_table(
        TableName="carts",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "team", "Value": "cart"}],
    )
    client("logs").create_log_group(logGroupName="/aws/lambda/thumbs")
    client("sns").create_topic(Name="alerts")
    client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    return {"instance": lone["InstanceId"], "volume": volume, "role": role}


def by_type(account) -> dict:
    rows, _ = registry.tables(account[1])
    return {kind: rows for kind, rows in rows.groupby("ResourceType")}  # noqa: C416  a GroupBy has keys, which are no method


def test_every_call_answered_or_says_why(account):
    rows = {(r["x_Source"], r["x_Status"]): r["x_Detail"] for r in account[2]}
    partial = {source for source, status in rows if status != "complete"}
    denied = {source for source, status in rows if status == "denied"}
    assert denied == {
        "inventory: apigateway.get_rest_apis",
        "inventory: apigatewayv2.get_apis",
        "groups: cloudformation.describe_stacks",
        "groups: cloudformation.list_stack_resources",
    }
    # what moto has no answer for: its gap, not AWS's; each is named and nothing else is lost
    assert len(partial - denied) <= 4 and all(source.startswith("inventory: ") for source in partial - denied), rows
    assert ("groups", "complete") in rows and ("tags", "complete") in rows and ("iam", "complete") in rows


def test_resources_carry_id_name_tags_birth_and_state(account):
    kinds = by_type(account)
    one = (
        kinds["ec2:instance"]
        .set_index("ResourceId")
        .loc[f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{account[3]['instance']}"]
    )
    assert one["ResourceName"] == "indexer" and one["x_State"] == "running" and one["x_Created"].year >= 2024
    assert ["inventory", "team", "search"] in json.loads(one["Tags"]) and len(kinds["ec2:instance"]) == 3
    assert {
        "s3:bucket",
        "lambda:function",
        "dynamodb:table",
        "sqs:queue",
        "sns:topic",
        "kinesis:stream",
        "logs:log-group",
        "iam:role",
        "iam:user",
        "ecs:cluster",
        "eks:cluster",
    } <= set(kinds)
    table = kinds["dynamodb:table"].iloc[0]
    assert (
        json.loads(table["Tags"]) == [["inventory", "team", "cart"]]
        and "get_resources" in table["x_Source"]
        and "list_tables" in table["x_Source"]
    )
    assert json.loads(kinds["iam:role"].set_index("ResourceName").loc["orders-task", "Tags"]) == [
        ["inventory", "team", "orders"]
    ]


def test_what_belongs_together(account):
    _, joined = registry.tables(account[1])
    groups = {(kind, group): set(part["x_Resource"]) for (kind, group), part in joined.groupby(["x_Kind", "x_Group"])}
    assert sum(member.startswith("i-") for member in groups["cluster", "web-asg"]) == 2
    assert any("volume/" + account[3]["volume"] in member for member in groups["attachment", account[3]["instance"]])
    assert any("function:thumbs" in member for member in groups["role", f"role:{ACCOUNT}:orders-task"])
    assert any("cluster/kube" in member for member in groups["cluster", "kube"])


def test_no_setting_of_a_program_reaches_the_disk_and_only_we_may_read(account):
    files = list(account[1].rglob("*.jsonl"))
    assert len(files) > 40 and not any(SECRET in f.read_text() for f in files)
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}


def test_nothing_is_asked_twice_and_the_tables_stay(account):
    clients, folder, coverage, _ = account
    before, tables = len(clients.asked), registry.tables(folder)
    again = registry.collect(registry.chosen(["tags", "iam"]), clients, [(ACCOUNT, REGION)], folder)
    assert len(clients.asked) == before and all(r["x_Status"] == "complete" for r in again)
    assert all(a.equals(b) for a, b in zip(tables, registry.tables(folder)))


@mock_aws
def test_denied_is_not_empty_and_takes_its_children_along(tmp_path, monkeypatch):
    environment(monkeypatch)
    calls = (
        Call("sns", "list_topics", "Topics[]", "sns:topic", "TopicArn", "TopicArn"),
        Call("ecs", "list_clusters", "clusterArns[]"),
        Call("ecs", "list_services", "serviceArns[]", each=Each("ecs.list_clusters", "clusterArns[]", "cluster")),
    )
    rows = module.fetch(calls, Clients({"ecs.ListClusters": ["AccessDeniedException"]}), ACCOUNT, REGION, tmp_path)
    assert "ada.lovelace" not in str(rows) and "may not" in str(rows)
    assert [(r["x_Source"], r["x_Status"]) for r in rows] == [
        ("inventory", "complete"),
        ("inventory: ecs.list_clusters", "denied"),
        ("inventory: ecs.list_services", "denied"),
    ]
    assert "needs ecs:ListClusters" in rows[1]["x_Detail"] and rows[0]["x_Detail"] == "1 of 3 calls answered"
    old = module.path(tmp_path, ACCOUNT, REGION, calls[1])
    old.write_text("")
    os.utime(old, (0, 0))  # what an earlier role was shown is read all the same: that is said
    rows = module.fetch(calls, Clients({"ecs.ListClusters": ["AccessDeniedException"]}), ACCOUNT, REGION, tmp_path)
    assert (
        "what was fetched on 1970-01-01 still counts" in rows[1]["x_Detail"]
        and "still counts" not in rows[2]["x_Detail"]
    )


@mock_aws
def test_throttling_is_waited_out_and_at_last_said(tmp_path, monkeypatch):
    environment(monkeypatch)
    call, waits = Call("sns", "list_topics", "Topics[]", "sns:topic", "TopicArn", "TopicArn"), []
    refused = Clients({"sns.ListTopics": ["", "Throttling", "Throttling"]})
    refused.refuse["sns.ListTopics"] = codes = ["Throttling", "Throttling"]
    act = refused._note
    refused._note = lambda s, o: act(s, o) if codes and len(refused.asked) < 2 else refused.asked.append("ok")
    (row,) = module.fetch((call,), refused, ACCOUNT, REGION, tmp_path / "a", wait=waits.append)
    assert row["x_Status"] == "complete" and waits == [1.0, 2.0]
    (row,) = module.fetch(
        (call,), Clients({"sns.ListTopics": ["Throttling"]}), ACCOUNT, REGION, tmp_path / "b", wait=waits.append
    )
    assert (
        row["x_Status"] == "partial"
        and "Throttling" in row["x_Detail"]
        and not list((tmp_path / "b").rglob("*.jsonl*"))
    )


@mock_aws
def test_a_stopped_collection_goes_on(tmp_path, monkeypatch):
    environment(monkeypatch)
    clients, told = Clients(), []
    first = registry.collect(
        registry.chosen(["iam"]),
        clients,
        [(ACCOUNT, REGION)],
        tmp_path,
        stop=lambda: len(clients.asked) >= 1,
        threads=1,
    )
    assert any(r["x_Status"] == "partial" and "goes on" in r["x_Detail"] for r in first)
    asked = len(clients.asked)
    second = registry.collect(
        registry.chosen(["iam"]),
        clients,
        [(ACCOUNT, REGION)],
        tmp_path,
        tell=lambda *news: told.append(news),
        threads=1,
    )
    assert (
        all(r["x_Status"] == "complete" for r in second)
        and 1 <= asked < len(clients.asked) == 3
        and told[-1][:2] == (3, 3)
    )


def stubbed(service, *answers):
    client = boto3.client(service, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
    stub = Stubber(client)  # holds requests and answers against the service's own model
    for operation, answer, request in answers:
        stub.add_response(operation, answer, request)
    stub.activate()
    return client


def test_stacks_tell_their_resources_and_a_deleted_one_is_none(tmp_path):
    stack = {
        "StackName": "orders",
        "StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/orders/1",
        "CreationTime": "2026-01-01T00:00:00Z",
        "StackStatus": "CREATE_COMPLETE",
        "Tags": [{"Key": "team", "Value": "orders"}],
        "Parameters": [{"ParameterKey": "Password", "ParameterValue": SECRET}],
    }
    made = [
        ("AWS::SQS::Queue", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders-jobs", "CREATE_COMPLETE"),
        ("AWS::S3::Bucket", "orders-assets", "CREATE_COMPLETE"),
        ("AWS::EC2::Instance", "i-0123456789abcdef0", "CREATE_COMPLETE"),
        ("AWS::SNS::Topic", f"arn:aws:sns:{REGION}:{ACCOUNT}:orders", "CREATE_COMPLETE"),
        ("AWS::EC2::Volume", "vol-0123456789abcdef0", "DELETE_COMPLETE"),
    ]
    inside = [
        {
            "LogicalResourceId": f"L{n}",
            "PhysicalResourceId": i,
            "ResourceType": k,
            "ResourceStatus": s,
            "LastUpdatedTimestamp": "2026-01-01T00:00:00Z",
        }
        for n, (k, i, s) in enumerate(made)
    ]
    client = stubbed(
        "cloudformation",
        ("describe_stacks", {"Stacks": [stack]}, {}),
        ("list_stack_resources", {"StackResourceSummaries": inside}, {"StackName": "orders"}),
    )
    calls = tuple(c for c in registry.chosen(["groups"])[0].calls if c.service == "cloudformation")
    assert [r["x_Status"] for r in module.fetch(calls, lambda *_: client, ACCOUNT, REGION, tmp_path)] == ["complete"]
    rows, joined = tabulate(tmp_path, calls)
    assert set(joined["x_Resource"]) == {
        "sqs:orders-jobs",
        "s3:orders-assets",
        "i-0123456789abcdef0",
        f"arn:aws:sns:{REGION}:{ACCOUNT}:orders",
        stack["StackId"],
    } and set(joined["x_Group"]) == {"orders"}
    assert rows["ResourceType"].tolist() == ["cloudformation:stack"] and not any(
        SECRET in f.read_text() for f in tmp_path.rglob("*.jsonl")
    )


def test_resource_explorer_pages_on_and_its_tags_are_read(tmp_path):
    arn = f"arn:aws:appsync:{REGION}:{ACCOUNT}:apis/x1"
    one = {
        "Arn": arn,
        "OwningAccountId": ACCOUNT,
        "Region": REGION,
        "ResourceType": "appsync:apis",
        "Service": "appsync",
        "Properties": [{"Name": "tags", "Data": [{"Key": "team", "Value": "graph"}]}],
    }
    two = {"Arn": arn + "2", "Region": REGION, "Properties": []}
    client = stubbed(
        "resource-explorer-2",
        ("list_resources", {"Resources": [one], "NextToken": "t"}, {}),
        ("list_resources", {"Resources": [two]}, {"NextToken": "t"}),
    )
    registry.collect(registry.chosen(["explorer"]), lambda *_: client, [(ACCOUNT, REGION)], tmp_path)
    rows, _ = registry.tables(tmp_path)
    assert rows["ResourceId"].tolist() == [arn, arn + "2"] and json.loads(rows["Tags"][0]) == [
        ["inventory", "team", "graph"]
    ]


@pytest.mark.parametrize("recording", [True, False])
def test_config_is_asked_only_where_it_records(tmp_path, recording):
    status = {"ConfigurationRecordersStatus": [{"name": "default", "recording": recording}]}
    item = {
        "arn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-1",
        "resourceName": "",
        "resourceCreationTime": "2026-01-02T03:04:05.000Z",
        "tags": [{"key": "team", "value": "web"}],
    }
    query = {"Expression": registry.chosen(["config"])[0].calls[1].request["Expression"]}
    client = stubbed(
        "config",
        ("describe_configuration_recorder_status", status, {}),
        *([("select_resource_config", {"Results": [json.dumps(item)]}, query)] if recording else []),
    )
    coverage = registry.collect(registry.chosen(["config"]), lambda *_: client, [(ACCOUNT, REGION)], tmp_path)
    rows, _ = registry.tables(tmp_path)
    assert len(rows) == recording and any("records nothing" in r["x_Detail"] for r in coverage) != recording
    if recording:
        assert (
            json.loads(rows["Tags"][0]) == [["inventory", "team", "web"]]
            and str(rows["x_Created"][0]) == "2026-01-02 03:04:05"
        )


def test_an_unknown_collector_is_named():
    with pytest.raises(UsageError, match="no such collector"):
        registry.chosen(["everything"])


def test_odd_answers_make_no_row(tmp_path):
    target = tmp_path / ACCOUNT / REGION / "sns.list_topics.jsonl"
    target.parent.mkdir(parents=True)
    target.write_text(
        json.dumps(
            {
                "account": ACCOUNT,
                "region": REGION,
                "request": {},
                "response": {"Topics": [{}, {"TopicArn": None}, {"TopicArn": "arn:aws:sns:eu-west-1:1:a"}]},
            }
        )
        + "\n"
        + json.dumps({"account": ACCOUNT, "region": REGION, "request": {}, "response": {}})
        + "\n"
    )
    rows, _ = tabulate(tmp_path, (Call("sns", "list_topics", "Topics[]", "sns:topic", "TopicArn", "TopicArn"),))
    assert rows["ResourceId"].tolist() == ["arn:aws:sns:eu-west-1:1:a"]


def environment(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
