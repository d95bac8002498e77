"""The credentials' doctor: each check says what it unlocks; a denial names the statement that is missing."""

import json

import pytest
from botocore.exceptions import ClientError
from costdna.errors import CostDNAError
from costdna_companion.cli import app
from costdna_companion.collect.checks import CHECKS, examine
from costdna_companion.collect.clients import Clients
from moto import mock_aws
from typer.testing import CliRunner


class Given:
    """Clients of one identity; `denied` services refuse."""

    def __init__(self, denied=(), code="AccessDenied"):
        self.denied, self.code = denied, code

    def identity(self):
        return {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:role/read"}

    def __call__(self, service, account, region):
        given = self

        class Client:
            def can_paginate(self, name):
                return False

            def __getattr__(self, name):
                def call(**_):
                    if service in given.denied:
                        raise ClientError({"Error": {"Code": given.code, "Message": "no"}}, name)
                    return {
                        "Events": [{}],
                        "trailList": [{"Name": "main", "S3BucketName": "logs"}],
                        "ResourceTagMappingList": [],
                    }

                return call

        return Client()


def test_all_is_well():
    found = examine(Given(), "eu-west-1")
    assert [row["level"] for row in found] == ["ok"] * (len(CHECKS) + 1) and "s3://logs" in found[2]["finding"]
    assert all(row["unlocks"] for row in found)


def test_a_denial_names_the_missing_statement():
    found = {
        row["check"]: row for row in examine(Given(denied=("cloudtrail",), code="AccessDeniedException"), "eu-west-1")
    }
    history = found["CloudTrail history"]
    assert history["level"] == "warning" and json.loads(history["missing"])["Action"] == ["cloudtrail:LookupEvents"]
    assert found["tags"]["level"] == "ok"


def test_another_error_is_no_denial():
    found = {
        row["check"]: row
        for row in examine(Given(denied=("resourcegroupstaggingapi",), code="InternalError"), "eu-west-1")
    }
    assert found["tags"]["level"] == "error" and not found["tags"]["missing"]


def test_a_service_that_is_not_on_is_no_error():
    found = {
        row["check"]: row
        for row in examine(
            Given(denied=("resource-explorer-2", "config"), code="ResourceNotFoundException"), "eu-west-1"
        )
    }
    assert {found[name]["level"] for name in ("explorer", "config")} == {"warning"} and "error" not in {
        row["level"] for row in found.values()
    }


def test_without_credentials_there_is_one_row_and_exit_code_1(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    run = CliRunner().invoke(app(), ["doctor", "--json"], catch_exceptions=False)
    checks = json.loads(run.stdout)["checks"]
    assert run.exit_code == 1 and [row["check"] for row in checks] == ["identity"] and checks[0]["level"] == "error"


def test_a_role_of_another_account_is_assumed_once_and_a_missing_one_is_named(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        clients = Clients(role="read", external_id="shared")
        assert clients("sts", "210987654321", "us-east-1").get_caller_identity()["Account"] == "210987654321"
        assert (
            clients("sts", clients.identity()["Account"], "us-east-1").get_caller_identity()["Account"]
            == clients.identity()["Account"]
        )
        with pytest.raises(CostDNAError, match="not of"):
            Clients()("s3", "210987654321", "us-east-1")
