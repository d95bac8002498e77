"""Every route of reading and writing tags, against an AWS on this machine."""

import doctest
import functools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import boto3
import pytest
from botocore.exceptions import ClientError
from costdna.errors import UsageError
from moto import mock_aws

from costdna_companion.bench.written_kinds import ACCOUNT, MAKERS, REGION
from costdna_companion.collect.clients import Clients
from costdna_companion.write import history, limits, native, routes
from costdna_companion.write.apply import Row, apply
from costdna_companion.write.cloud import Clash, Cloud, WriteRefused
from costdna_companion.write.journal import Journal
from costdna_companion.write.native import NATIVE
from costdna_companion.write.routes import target
from costdna_companion.write.undo import undo


@pytest.fixture(scope="module", autouse=True)
def arns():
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"):
            patch.setenv(name, "testing")
        with mock_aws():
            yield {kind: make(client) for kind, make in MAKERS.items()}
            client.cache_clear()


@functools.cache
def client(service: str, account: str = ACCOUNT, region: str = REGION):
    return boto3.client(service, region_name=region)


@pytest.mark.parametrize("kind", MAKERS)
def test_one_key_is_written_and_removed_and_the_others_stay(arns, kind):
    cloud, thing = Cloud(client), target(arns[kind])
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


def test_a_whole_run_over_every_kind_is_undone_exactly(arns, tmp_path):
    cloud = Cloud(client)
    arns = list(arns.values())
    before = {arn: cloud.read(target(arn)) for arn in arns}
    with Journal(tmp_path / "j") as journal:
        assert [
            line["status"]
            for line in apply([Row(arn, "team", "search") for arn in arns], cloud, journal, wait=lambda s: None)
        ] == ["written"] * len(arns)
        assert {cloud.read(target(arn)).get("team") for arn in arns} == {"search"}
        assert {line["status"] for line in undo(cloud, journal, wait=lambda s: None)} == {"restored"}
    assert {arn: cloud.read(target(arn)) for arn in arns} == before


def test_what_the_service_does_not_take_is_refused_with_its_code_and_the_rest_goes_on(arns, tmp_path):
    client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    arn = client("kinesis").describe_stream(StreamName="clicks")["StreamDescription"]["StreamARN"]
    with Journal(tmp_path / "j") as journal:
        outcomes = apply(
            [Row(arn, "team", "search"), Row(arns["S3 bucket"], "team", "search")],
            Cloud(client),
            journal,
            wait=lambda s: None,
        )
    assert (
        [line["status"] for line in outcomes] == ["refused", "written"]
        and outcomes[0]["code"]
        and outcomes[0]["detail"]
    )


@pytest.mark.parametrize(
    "arn", ["arn:aws:s3:::nobodys-bucket", f"arn:aws:iam::{ACCOUNT}:role/nobody", f"arn:aws:iam::{ACCOUNT}:policy/p"]
)
def test_a_resource_that_is_not_there_or_not_taggable_says_so(arn):
    with pytest.raises(WriteRefused) as error:
        Cloud(client).read(target(arn))
    assert error.value.code in ("NoSuchBucket", "NoSuchEntity", "NotTaggable") and error.value.where == arn


@pytest.mark.parametrize("module", [native, routes, limits, history], ids=lambda module: module.__name__)
def test_the_examples_hold(module):
    assert doctest.testmod(module).attempted and not doctest.testmod(module).failed


@pytest.mark.parametrize("own", [*NATIVE.values(), native.CLASSIC], ids=lambda own: own.client)
def test_each_native_call_is_in_the_service_model(own):
    model = boto3.session.Session().client(own.client, region_name=REGION).meta
    shapes = {
        call: model.service_model.operation_model(model.method_to_api_mapping[call])
        for call in (own.read, own.write, own.remove)
    }
    for shape in shapes.values():
        assert own.who in shape.input_shape.members
    assert own.put in shapes[own.write].input_shape.members and own.keys in shapes[own.remove].input_shape.members
    assert shapes[own.write].input_shape.members[own.put].type_name == ("map" if own.form == "map" else "list")
    assert own.tags.partition(".")[0] in shapes[own.read].output_shape.members
    one = shapes[own.remove].input_shape.members[own.keys].member
    assert one.type_name == "string" or set(own.gone(["k"])[0]) == set(one.members)


def test_what_a_group_says_of_later_launches_is_kept(arns):
    cloud, thing = Cloud(client), target(arns["Auto Scaling group"])
    client("autoscaling").create_or_update_tags(
        Tags=[
            {
                "ResourceId": "web",
                "ResourceType": "auto-scaling-group",
                "Key": "team",
                "Value": "old",
                "PropagateAtLaunch": True,
            }
        ]
    )
    cloud.write(thing, {"team": "search", "env": "prod"})
    spread = {
        tag["Key"]: (tag["Value"], tag["PropagateAtLaunch"]) for tag in client("autoscaling").describe_tags()["Tags"]
    }
    assert spread == {"team": ("search", True), "env": ("prod", False)}


def test_a_service_that_answers_in_pages_is_read_to_the_end(arns):
    cloud, thing = Cloud(client), target(arns["DynamoDB table"])
    many = {f"k{n:02d}": str(n) for n in range(23)}
    cloud.write(thing, many)
    assert many.items() <= cloud.read(thing).items()
    cloud.remove(thing, list(many))
    assert not many.keys() & cloud.read(thing).keys()


@pytest.mark.parametrize("kind", ["S3 bucket", "Auto Scaling group"])
def test_a_route_that_reads_once_more_before_it_writes_overwrites_nothing_that_it_sees_there(arns, kind):
    cloud, thing = Cloud(client), target(arns[kind])
    cloud.write(thing, {"team": "theirs"})
    with pytest.raises(Clash) as clash:
        cloud.write(thing, {"team": "search"}, {"team": None})
    assert clash.value.value == "theirs" and cloud.read(thing)["team"] == "theirs"
    cloud.write(thing, {"team": "search"}, {"team": "theirs"})
    cloud.write(thing, {"team": "search"}, {"team": "theirs"})  # taken already: an answer was lost
    assert cloud.read(thing)["team"] == "search"
    cloud.remove(thing, ["team"], {"team": "search"})
    assert "team" not in cloud.read(thing)


def test_ec2_removes_a_tag_only_where_it_still_has_the_value_that_was_seen(arns):
    cloud, thing = Cloud(client), target(arns["EC2 instance"])
    cloud.write(thing, {"team": "theirs"})
    cloud.remove(thing, ["team"], {"team": "search"})
    assert cloud.read(thing)["team"] == "theirs"
    cloud.remove(thing, ["team"], {"team": "theirs"})
    assert "team" not in cloud.read(thing)


class Throttling:
    """EC2's tags on loopback: the first CreateTags is throttled, and in that moment somebody else writes the tag."""

    def __init__(self):
        double, self.tags, self.asked = self, {}, []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                asked = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                double.asked.append(asked["Action"])
                status, answer = double.answer(asked)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, asked) -> tuple[int, str]:
        if asked["Action"] == "GetCallerIdentity":
            return (
                200,
                f"<R><GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/x</Arn><UserId>x</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult></R>",
            )
        if asked["Action"] == "DescribeTags":
            return (
                200,
                f"<R><tagSet>{''.join(f'<item><key>{k}</key><value>{v}</value></item>' for k, v in self.tags.items())}</tagSet></R>",
            )
        if self.asked.count("CreateTags") == 1:
            self.tags["team"] = "theirs"
            return (
                503,
                "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>slow down</Message></Error></Errors></Response>",
            )
        self.tags[asked["Tag.1.Key"]] = asked["Tag.1.Value"]
        return 200, "<R><return>true</return></R>"


def test_nobody_sends_a_throttled_write_again_without_reading_first(tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    double = Throttling()
    try:
        cloud = Cloud(Clients(endpoint=f"http://127.0.0.1:{double.server.server_port}"))
        with Journal(tmp_path / "j") as journal:
            (outcome,) = apply(
                [Row(f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-0a1b2c3d4e5f60718", "team", "search")],
                cloud,
                journal,
                wait=lambda s: None,
            )
        assert (outcome["status"], outcome["found"]) == ("clash", "theirs") and double.tags == {"team": "theirs"}
        assert double.asked[1:] == ["DescribeTags", "DescribeTags", "CreateTags", "DescribeTags"]
    finally:
        double.server.shutdown()
        double.server.server_close()


def test_a_refusal_that_names_its_caller_is_written_down_without_the_name(tmp_path):
    class Denied:
        def can_paginate(self, name):
            return False

        def get_paginator(self, name):
            raise ClientError(
                {
                    "Error": {
                        "Code": "UnauthorizedOperation",
                        "Message": f"User: arn:aws:sts::{ACCOUNT}:assumed-role/ops/ada.lovelace@planted.example is not authorized to perform: ec2:DescribeTags",
                    }
                },
                "DescribeTags",
            )

    with Journal(tmp_path / "j") as journal:
        (outcome,) = apply(
            [Row(f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-1", "team", "search")],
            Cloud(lambda *place: Denied()),
            journal,
            wait=lambda s: None,
        )
    assert (
        outcome["status"] == "refused" and "ec2:DescribeTags" in outcome["detail"] and "principal-" in outcome["detail"]
    )
    assert "ada.lovelace" not in (tmp_path / "j").read_text()


def test_a_bucket_with_abac_is_written_where_it_is_and_only_as_seen():
    asked, tags = [], {"env": "prod"}

    class S3:
        def __getattr__(self, name):
            answers = {
                "get_bucket_abac": {"AbacStatus": {"Status": "Enabled"}},
                "get_bucket_location": {"LocationConstraint": "EU"},
                "get_bucket_tagging": {"TagSet": [{"Key": k, "Value": v} for k, v in tags.items()]},
            }
            return lambda **given: answers[name]

    class Control:
        def tag_resource(self, AccountId, ResourceArn, Tags):
            tags.update({tag["Key"]: tag["Value"] for tag in Tags})

        def untag_resource(self, AccountId, ResourceArn, TagKeys):
            [tags.pop(key) for key in TagKeys]

    class Sts:
        def get_caller_identity(self):
            return {"Account": ACCOUNT}

    def clients(service, account, region):
        asked.append((service, region))
        return {"s3": S3, "s3control": Control, "sts": Sts}[service]()

    cloud, thing = Cloud(clients), target("arn:aws:s3:::shop-logs")
    cloud.write(thing, {"team": "search"}, {"team": None})
    assert tags == {"env": "prod", "team": "search"} and {
        region for service, region in asked if service == "s3control"
    } == {"eu-west-1"}
    tags["team"] = "theirs"
    for change in (
        lambda: cloud.write(thing, {"team": "mine"}, {"team": "search"}),
        lambda: cloud.remove(thing, ["team"], {"team": "search"}),
    ):
        with pytest.raises(Clash):
            change()
    cloud.remove(thing, ["team"], {"team": "theirs"})
    assert tags == {"env": "prod"}


@pytest.mark.parametrize("most", [1, 20])
def test_an_account_that_cannot_be_entered_is_its_rows_refusal_alone(arns, tmp_path, most):
    def entered(service, account, region):
        if account == "444455556666":
            raise UsageError(
                "The plan reaches into an account that these credentials are not of.",
                found=account,
                next_step="Name a role.",
                code="account",
            )
        return client(service, ACCOUNT, region)

    elsewhere = [Row(f"arn:aws:lambda:{REGION}:444455556666:function:f{n}", "team", "search") for n in range(2)] + [
        Row("arn:aws:s3:::theirs", "team", "search", account="444455556666")
    ]
    with Journal(tmp_path / "j") as journal:
        outcomes = apply(
            [*elsewhere, Row(arns["S3 bucket"], "team", "search")],
            Cloud(entered, at_once=8),
            journal,
            wait=lambda s: None,
            most=most,
        )
        assert [line["status"] for line in outcomes] == ["refused"] * 3 + ["written"] and {
            line.get("code") for line in outcomes[:3]
        } == {"account"}
        assert {line["status"] for line in undo(Cloud(entered), journal, wait=lambda s: None)} == {"restored"}
