"""Objects become files once each, whole, and never outside the folder."""

import doctest
import json

import boto3
import pytest
from botocore.exceptions import ClientError
from costdna.errors import CostDNAError, UsageError
from costdna_companion.collect import bucket as module
from costdna_companion.collect.bucket import parse, sync
from moto import mock_aws


@pytest.fixture
def client(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        made = boto3.client("s3", region_name="us-east-1")
        made.create_bucket(Bucket="trail")
        for n in range(5):
            made.put_object(Bucket="trail", Key=f"a/b/{n}.json.gz", Body=b"x" * (n + 1))
        made.put_object(Bucket="trail", Key="a/CloudTrail-Digest/d.json.gz", Body=b"digest")
        yield made


def keys(key: str) -> bool:
    return "Digest" not in key


def test_the_examples_hold():
    assert doctest.testmod(module).failed == 0
    with pytest.raises(UsageError):
        parse("http://trail")


def test_every_wanted_object_once(client, tmp_path):
    assert sync(client, "s3://trail/a/", tmp_path, keys) == {"files": 5, "fetched": 5, "bytes": 15}
    assert (tmp_path / "a" / "b" / "4.json.gz").read_bytes() == b"xxxxx" and not list(tmp_path.rglob("*Digest*"))
    assert sync(client, "s3://trail/a/", tmp_path, keys)["fetched"] == 0
    client.put_object(Bucket="trail", Key="a/b/2.json.gz", Body=b"new")
    (tmp_path / "a" / "b" / "3.json.gz").unlink()
    assert sync(client, "s3://trail/a/", tmp_path, keys)["fetched"] == 2
    assert (tmp_path / "a" / "b" / "2.json.gz").read_bytes() == b"new"


def test_a_failed_object_leaves_the_others_and_no_half_file(client, tmp_path, monkeypatch):
    real = module._fetch

    def fetch(client, bucket, key, path):
        if key.endswith("3.json.gz"):
            raise CostDNAError("cut")
        real(client, bucket, key, path)

    monkeypatch.setattr(module, "_fetch", fetch)
    with pytest.raises(CostDNAError, match="cut"):
        sync(client, "s3://trail/a/", tmp_path, keys, threads=1)
    monkeypatch.setattr(module, "_fetch", real)
    assert sync(client, "s3://trail/a/", tmp_path, keys)["fetched"] == 2
    assert not list(tmp_path.rglob(".*.part"))


def test_a_key_that_would_leave_the_folder_is_refused(client, tmp_path):
    client.put_object(Bucket="trail", Key="a/../../evil.json.gz", Body=b"x")
    with pytest.raises(CostDNAError, match="leave the folder"):
        sync(client, "s3://trail/a/", tmp_path / "in", keys)
    assert not (tmp_path / "evil.json.gz").exists()


def test_a_bucket_that_is_not_there_says_so(client, tmp_path):
    with pytest.raises(CostDNAError, match="cannot be listed"):
        sync(client, "s3://nobody/", tmp_path, keys)


def test_an_object_that_is_denied_is_named_and_leaves_no_half_file(client, tmp_path, monkeypatch):
    real = client.download_fileobj

    def download(bucket, key, out):
        if key.endswith("3.json.gz"):  # encrypted with a key that the role may not use
            out.write(b"half")
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not allowed kms:Decrypt"}}, "GetObject")
        return real(bucket, key, out)

    monkeypatch.setattr(client, "download_fileobj", download)
    with pytest.raises(CostDNAError, match="cannot be fetched") as error:
        sync(client, "s3://trail/a/", tmp_path, keys, threads=1)
    assert error.value.where == "s3://trail/a/b/3.json.gz" and "kms:Decrypt" in error.value.next_step
    assert (tmp_path / "a" / "b" / "2.json.gz").exists() and not list(tmp_path.rglob(".*.part"))


def test_what_was_fetched_is_known_although_the_process_is_killed(client, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "EVERY", -1)
    monkeypatch.setattr(module, "SHARE", -1)
    known = []
    sync(
        client,
        "s3://trail/a/",
        tmp_path,
        keys,
        lambda done, total, size: known.append(len(json.loads((tmp_path / ".fetched.json").read_text()))),
    )
    assert known == [1, 2, 3, 4, 5]
