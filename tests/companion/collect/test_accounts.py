"""Several accounts: the file that names them, and the roles through which they are reached."""

import json
from decimal import Decimal

import pytest
from costdna.errors import CostDNAError, UsageError
from costdna_companion.cli._inputs import table
from costdna_companion.collect.accounts import Account, parse
from costdna_companion.collect.clients import Clients
from costdna_companion.collect.registry import PRICED, chosen, places, price
from moto import mock_aws


def read(path):
    return parse(table(path), str(path))


def test_a_file_names_accounts_roles_and_regions(tmp_path):
    yaml, sheet = tmp_path / "a.yaml", tmp_path / "a.csv"
    yaml.write_text(
        'accounts:\n- {account: "111122223333", role: read, external_id: x1, regions: [eu-west-1, us-east-1]}\n- {account: "444455556666", through: "arn:aws:iam::111122223333:role/hub", role: "arn:aws:iam::444455556666:role/leaf"}\n'
    )
    sheet.write_text("account,role,regions\n11122223333,read,eu-west-1;us-east-1\n")
    assert read(yaml) == [
        Account("111122223333", role="read", external_id="x1", regions=("eu-west-1", "us-east-1")),
        Account(
            "444455556666", role="arn:aws:iam::444455556666:role/leaf", through="arn:aws:iam::111122223333:role/hub"
        ),
    ]
    assert read(sheet) == [Account("011122223333", role="read", regions=("eu-west-1", "us-east-1"))]
    assert read(sheet)[0].arn("aws-cn") == "arn:aws-cn:iam::011122223333:role/read"


@pytest.mark.parametrize(
    "row, words",
    [
        ({"account": "12"}, "12 digits"),
        ({"account": "1" * 12, "rolle": "x"}, "do not know"),
        ({"account": "1" * 12, "role": "a b"}, "not a role"),
        ("x", "not an account"),
        ({"account": "1" * 12, "role": "arn:aws:iam::222222222222:role/r"}, "another account"),
        ({"account": "1" * 12, "through": "hub"}, "not a role"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, row, words):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"account": "999999999999"}, row]))
    with pytest.raises(UsageError, match=words) as told:
        read(path)
    assert "row 2" in told.value.where


def test_an_account_twice_and_an_empty_file_are_named(tmp_path):
    path = tmp_path / "a.json"
    for content, words in (([{"account": "1" * 12}] * 2, "twice"), ([], "not a list")):
        path.write_text(json.dumps(content))
        with pytest.raises(UsageError, match=words):
            read(path)


@mock_aws
def test_a_role_is_reached_through_another_with_its_external_id(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    asked = []
    from botocore.client import BaseClient

    plain = BaseClient._make_api_call
    monkeypatch.setattr(
        BaseClient,
        "_make_api_call",
        lambda self, name, values: asked.append((name, self._request_signer._credentials.access_key, values))
        or plain(self, name, values),
    )
    hub, leaf = "arn:aws:iam::111122223333:role/hub", "arn:aws:iam::444455556666:role/leaf"
    clients = Clients(accounts=[Account("444455556666", role="leaf", external_id="e1", through=hub)])
    assert clients("sts", "444455556666", "eu-west-1").get_caller_identity()["Account"] == "444455556666"
    clients("s3", "444455556666", "eu-west-1")
    assumed = [
        (key, values["RoleArn"], values.get("ExternalId")) for name, key, values in asked if name == "AssumeRole"
    ]
    assert (
        [a[1:] for a in assumed] == [(hub, None), (leaf, "e1")]
        and assumed[0][0] == "testing"
        and assumed[1][0].startswith("ASIA")
    )


@mock_aws
def test_a_refused_role_says_which(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

    plain = BaseClient._make_api_call

    def refuse(self, name, values):
        if name == "AssumeRole":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not trusted"}}, name)
        return plain(self, name, values)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    with pytest.raises(CostDNAError, match="role/read cannot be assumed"):
        Clients(role="read")("s3", "444455556666", "eu-west-1")


@pytest.mark.parametrize(
    "partition, region", [("aws", "us-east-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")]
)
def test_each_partition_is_asked_at_its_own_endpoint(monkeypatch, partition, region):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with mock_aws():
        clients = Clients(partition=partition)
        assert clients._near == region and clients.partition == partition
        url = clients("ec2", "", region).meta.endpoint_url
    assert (".com.cn" in url) == (partition == "aws-cn") and region in url


@mock_aws
def test_places_are_accounts_and_regions_and_a_closed_account_is_a_row(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    clients = Clients(accounts=[Account("444455556666", role="read")])
    listed, rows = places(
        clients,
        [Account("444455556666", role="read", regions=("eu-west-1", "cn-north-1")), Account("777788889999")],
        ["us-east-1"],
    )
    assert listed == [("444455556666", "eu-west-1")]  # another partition's Region is not this account's
    assert [(r["SubAccountId"], r["RegionId"], r["x_Status"]) for r in rows] == [
        ("444455556666", "cn-north-1", "partial"),
        ("777788889999", "", "denied"),
    ]
    assert "another partition" in rows[0]["x_Detail"]  # not asked is not empty
    everywhere, _ = places(clients, [], ["all"])
    assert len(everywhere) > 10 and {account for account, _ in everywhere} == {clients.identity()["Account"]}


def test_the_price_of_calls_grows_with_accounts_and_regions_and_is_told_beforehand():
    one, two = [("1", "eu-west-1")], [("1", "eu-west-1"), ("1", "us-east-1")]
    collectors = chosen(["all"])
    # a global service is asked once an account
    assert Decimal(0) < price(collectors, one) < price(collectors, two) < 2 * price(collectors, one) < Decimal("0.01")
    assert price(chosen(["groups", "iam"]), two) == 0 and set(PRICED) <= {
        call.key for c in collectors for call in c.calls
    }
