"""Every route of reading and writing tags, against an AWS on this machine."""

import json

import boto3
import pytest
from moto import mock_aws

from costdna_companion.write.apply import Row, apply
from costdna_companion.write.cloud import Cloud, WriteRefused
from costdna_companion.write.journal import Journal
from costdna_companion.write.native import NATIVE
from costdna_companion.write.routes import target
from costdna_companion.write.undo import undo

REGION, ACCOUNT = "eu-west-1", "123456789012"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture(autouse=True)
def aws(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield


def client(service: str, account: str = ACCOUNT, region: str = REGION):
    return boto3.client(service, region_name=region)


def _bucket() -> str:
    client("s3").create_bucket(Bucket="shop-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    return "arn:aws:s3:::shop-logs"


def _instance() -> str:
    image = client("ec2").describe_images()["Images"][0]["ImageId"]
    made = client("ec2").run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{made}"


def _volume() -> str:
    made = client("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/{made}"


def _role() -> str:
    return client("iam").create_role(RoleName="web", AssumeRolePolicyDocument=TRUST, Path="/eng/")["Role"]["Arn"]


def _user() -> str:
    return client("iam").create_user(UserName="robot")["User"]["Arn"]


def _group() -> str:
    image = client("ec2").describe_images()["Images"][0]["ImageId"]
    client("autoscaling").create_launch_configuration(LaunchConfigurationName="lc", ImageId=image, InstanceType="t3.micro")
    client("autoscaling").create_auto_scaling_group(AutoScalingGroupName="web", LaunchConfigurationName="lc", MinSize=0, MaxSize=0, AvailabilityZones=[f"{REGION}a"])
    return client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupARN"]


def _table() -> str:
    made = client("dynamodb").create_table(TableName="carts", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
                                           Tags=[{"Key": "Name", "Value": "carts"}])
    return made["TableDescription"]["TableArn"]


def _database() -> str:
    return client("rds").create_db_instance(DBInstanceIdentifier="main", DBInstanceClass="db.t3.micro", Engine="postgres", MasterUsername="u", MasterUserPassword="not-a-secret-1", AllocatedStorage=5,
                                            Tags=[{"Key": "Name", "Value": "main"}])["DBInstance"]["DBInstanceArn"]


def _log_group() -> str:
    client("logs").create_log_group(logGroupName="/aws/lambda/thumbs", tags={"Name": "thumbs"})
    return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/thumbs"


def _topic() -> str:
    return client("sns").create_topic(Name="alerts")["TopicArn"]


def _key() -> str:
    return client("kms").create_key()["KeyMetadata"]["Arn"]


def _secret() -> str:
    return client("secretsmanager").create_secret(Name="db", SecretString="not-one")["ARN"]


def _ecs() -> str:
    return client("ecs").create_cluster(clusterName="apps")["cluster"]["clusterArn"]


def _eks() -> str:
    return client("eks").create_cluster(name="apps", roleArn=f"arn:aws:iam::{ACCOUNT}:role/eks", resourcesVpcConfig={})["cluster"]["arn"]


def _machine() -> str:
    return client("stepfunctions").create_state_machine(name="flow", definition="{}", roleArn=f"arn:aws:iam::{ACCOUNT}:role/flow")["stateMachineArn"]


def _file_system() -> str:
    return client("efs").create_file_system(CreationToken="x")["FileSystemArn"]


def _balancer() -> str:
    vpc = client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = [s["SubnetId"] for s in client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"][:2]]
    return client("elbv2").create_load_balancer(Name="front", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]


def _job() -> str:
    client("glue").create_job(Name="nightly", Role="r", Command={"Name": "glueetl"})
    return f"arn:aws:glue:{REGION}:{ACCOUNT}:job/nightly"


def _repository() -> str:
    return client("ecr").create_repository(repositoryName="shop")["repository"]["repositoryArn"]


MAKERS = {"bucket": _bucket, "instance": _instance, "volume": _volume, "role": _role, "user": _user, "scaling group": _group, "table": _table, "database": _database, "log group": _log_group,
          "topic": _topic, "key": _key, "secret": _secret, "ECS cluster": _ecs, "EKS cluster": _eks, "state machine": _machine, "file system": _file_system, "load balancer": _balancer, "Glue job": _job,
          "repository": _repository}


@pytest.mark.parametrize("kind", MAKERS)
def test_one_key_is_written_and_removed_and_the_others_stay(kind):
    cloud, thing = Cloud(client), target(MAKERS[kind]())
    had = cloud.read(thing)
    cloud.write(thing, {"keep": "1"})
    cloud.write(thing, {"team": "search"})
    assert cloud.read(thing) == had | {"keep": "1", "team": "search"}
    cloud.write(thing, {"team": "payments"})
    assert cloud.read(thing)["team"] == "payments"
    cloud.remove(thing, ["team"])
    assert cloud.read(thing) == had | {"keep": "1"}
    cloud.remove(thing, ["keep"])
    assert cloud.read(thing) == had


def test_a_whole_run_over_every_kind_is_undone_exactly(tmp_path):
    cloud = Cloud(client)
    arns = [make() for name, make in MAKERS.items()]
    before = {arn: cloud.read(target(arn)) for arn in arns}
    with Journal(tmp_path / "j") as journal:
        assert [line["status"] for line in apply([Row(arn, "team", "search") for arn in arns], cloud, journal, wait=lambda s: None)] == ["written"] * len(arns)
        assert {cloud.read(target(arn)).get("team") for arn in arns} == {"search"}
        assert {line["status"] for line in undo(cloud, journal, wait=lambda s: None)} == {"restored"}
    assert {arn: cloud.read(target(arn)) for arn in arns} == before


def test_what_the_service_does_not_take_is_refused_with_its_code_and_the_rest_goes_on(tmp_path):
    queue = client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    with Journal(tmp_path / "j") as journal:
        outcomes = apply([Row(arn, "team", "search"), Row(_bucket(), "team", "search")], Cloud(client), journal, wait=lambda s: None)
    assert [line["status"] for line in outcomes] == ["refused", "written"] and outcomes[0]["code"] and outcomes[0]["detail"]


@pytest.mark.parametrize("arn", ["arn:aws:s3:::nobodys-bucket", f"arn:aws:iam::{ACCOUNT}:role/nobody", f"arn:aws:iam::{ACCOUNT}:policy/p"])
def test_a_resource_that_is_not_there_or_not_taggable_says_so(arn):
    with pytest.raises(WriteRefused) as error:
        Cloud(client).read(target(arn))
    assert error.value.code in ("NoSuchBucket", "NoSuchEntity", "NotTaggable") and error.value.where == arn


@pytest.mark.parametrize("service", NATIVE)
def test_each_native_call_is_in_the_service_model(service):
    own = NATIVE[service]
    model = boto3.session.Session().client(own.client, region_name=REGION).meta
    shapes = {call: model.service_model.operation_model(model.method_to_api_mapping[call]) for call in (own.read, own.write, own.remove)}
    for shape in shapes.values():
        assert own.who in shape.input_shape.members
    assert own.put in shapes[own.write].input_shape.members and own.keys in shapes[own.remove].input_shape.members
    assert shapes[own.write].input_shape.members[own.put].type_name == ("map" if own.form == "map" else "list")
    assert own.tags.partition(".")[0] in shapes[own.read].output_shape.members


def test_what_a_group_says_of_later_launches_is_kept():
    cloud, thing = Cloud(client), target(_group())
    client("autoscaling").create_or_update_tags(Tags=[{"ResourceId": "web", "ResourceType": "auto-scaling-group", "Key": "team", "Value": "old", "PropagateAtLaunch": True}])
    cloud.write(thing, {"team": "search", "env": "prod"})
    spread = {tag["Key"]: (tag["Value"], tag["PropagateAtLaunch"]) for tag in client("autoscaling").describe_tags()["Tags"]}
    assert spread == {"team": ("search", True), "env": ("prod", False)}
