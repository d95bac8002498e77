"""China and GovCloud are asked where their own services answer: a global service there is not in us-east-1."""

import doctest

import pytest
from costdna.errors import UsageError
from costdna_companion.cli import _collect
from costdna_companion.collect import bucket, checks
from costdna_companion.collect import clients as module
from costdna_companion.collect.clients import Clients, billing
from costdna_companion.server.desk import Desk, acting
from costdna_companion.write.routes import target

PARTITIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


@pytest.fixture(params=PARTITIONS)
def partition(request, monkeypatch):
    """A partition whose credentials we have; `asked` is (service, Region) of each client made."""
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(
        Clients,
        "identity",
        lambda self: {"Account": "111122223333", "Arn": f"arn:{request.param}:iam::111122223333:user/x", "UserId": "x"},
    )
    monkeypatch.setattr(
        Clients, "_make", lambda self, session, service, region, retries=0: asked.append((service, region))
    )
    return request.param, asked


def test_trail_files_are_fetched_in_the_partitions_own_s3(partition, tmp_path, monkeypatch):
    name, asked = partition
    monkeypatch.setattr(
        bucket, "sync", lambda client, where, folder, wanted, tell: {"files": 0, "fetched": 0, "bytes": 0}
    )
    said = []
    _collect.trail(
        [],
        "s3://logs/AWSLogs",
        0,
        [],
        tmp_path,
        acting(),
        type("Told", (), {"print": lambda self, text, **style: said.append(text)})(),
        None,
    )
    # who we are comes first, what it costs before it is asked
    assert asked == [("s3", PARTITIONS[name])] and "S3 charges" in said[1]


def test_the_windows_first_look_is_at_the_partitions_home(partition, tmp_path, monkeypatch):
    name, _ = partition
    looked = []
    monkeypatch.setattr(checks, "examine", lambda clients, region: looked.append(region))
    Desk(tmp_path).doctor(type("Job", (), {"tell": lambda self, text: None})())
    assert looked == [PARTITIONS[name]]


def test_billing_answers_in_one_region_of_its_partition():
    asked = []
    found = type("Client", (), {"describe_budgets": lambda self, **given: {"Budgets": []}})()
    for region in ("eu-west-1", "cn-north-1"):
        checks._budgets(lambda service, account, at: asked.append(at) or found, "111122223333", region)
    assert asked == ["us-east-1", "cn-northwest-1"] and "no billing of its own" in checks._budgets(
        None, "111122223333", "us-gov-west-1"
    )
    assert doctest.testmod(module).attempted and not doctest.testmod(module).failed
    with pytest.raises(UsageError, match="no billing of its own"):
        billing("aws-us-gov")


def test_a_resource_without_a_region_is_tagged_at_its_partitions_home():
    assert {name: target(f"arn:{name}:iam::111122223333:role/web").place[1] for name in PARTITIONS} == PARTITIONS
