"""plan → apply → undo from the command line, against an AWS on this machine."""

import json

import boto3
import pytest
from costdna.errors import CostDNAError, UsageError
from costdna_companion.cli import app
from costdna_companion.demo.write import write_demo
from costdna_companion.write import plan_file
from moto import mock_aws
from typer.testing import CliRunner

ACCOUNT, REGION = "123456789012", "eu-west-1"
SECRET = "planted-not-a-real-secret"


@pytest.fixture(autouse=True)
def aws(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        yield


@pytest.fixture
def buckets() -> list[str]:
    names = [f"shop-{n}" for n in range(5)]
    for name in names:
        boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return names


@pytest.fixture
def plan(tmp_path, buckets):
    rows = [{"ResourceId": f"arn:aws:s3:::{name}", "SubAccountId": ACCOUNT, "RegionId": "", "x_Key": "team", "x_OldValue": "", "x_NewValue": "search", "BilledCost": "1.50"} for name in buckets]
    plan_file.save(tmp_path / "plan.json", {"key": "team", "least": 0.9, "replace": False, "currency": "USD", "sources": [], "rows": rows, "passed": [], "total": "7.50"})
    return str(tmp_path / "plan.json")


def run(*arguments, code=0, text=None):
    result = CliRunner().invoke(app(), list(arguments), input=text, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def tag(bucket: str) -> str | None:
    try:
        return {t["Key"]: t["Value"] for t in boto3.client("s3").get_bucket_tagging(Bucket=bucket)["TagSet"]}.get("team")
    except boto3.client("s3").exceptions.ClientError:
        return None


def test_the_default_is_a_dry_run(plan, buckets):
    told = run("apply", plan).stdout
    assert "Dry run: 5 tags" in told and [tag(b) for b in buckets] == [None] * 5


def test_apply_writes_and_undo_takes_back(plan, buckets):
    made = json.loads(run("apply", plan, "--write", "--yes", "-o", "json", "-q").stdout)
    assert made["counts"]["written"] == 5 and [tag(b) for b in buckets] == ["search"] * 5
    back = json.loads(run("undo", made["run"], "--yes", "-o", "json", "-q").stdout)
    assert back["counts"]["restored"] == 5 and [tag(b) for b in buckets] == [None] * 5


def test_before_it_writes_it_says_who_it_is_and_asks(plan, buckets):
    told = run("apply", plan, "--write", code=1, text="n\n").output
    assert ACCOUNT in told and "Write 5 tags on resources that cost 7.50 USD?" in told
    assert [tag(b) for b in buckets] == [None] * 5


def test_what_somebody_changed_is_left_alone_and_the_exit_code_says_so(plan, buckets):
    boto3.client("s3").put_bucket_tagging(Bucket=buckets[4], Tagging={"TagSet": [{"Key": "team", "Value": "theirs"}]})
    made = json.loads(run("apply", plan, "--write", "--yes", "-o", "json", "-q", code=4).stdout)
    assert made["counts"]["changed"] == 1 and tag(buckets[4]) == "theirs"
    boto3.client("s3").put_bucket_tagging(Bucket=buckets[0], Tagging={"TagSet": [{"Key": "team", "Value": "mine"}]})
    back = json.loads(run("undo", made["run"], "--yes", "-o", "json", "-q", code=4).stdout)
    assert back["counts"] == {"restored": 3, "already": 0, "changed": 1, "refused": 0} and tag(buckets[0]) == "mine"


def test_a_canary_that_fails_stops_before_the_rest(plan, buckets):
    boto3.client("s3").delete_bucket(Bucket=buckets[1])
    with pytest.raises(CostDNAError, match="first tags were not all written"):
        run("apply", plan, "--write", "--yes", "-q")
    assert [tag(b) for b in (buckets[0], buckets[2], buckets[3], buckets[4])] == ["search", "search", None, None]


def test_an_interrupted_run_goes_on(plan, buckets):
    first = json.loads(run("apply", plan, "--write", "--yes", "--max", "2", "-o", "json", "-q").stdout)
    assert first["counts"]["written"] == 2
    second = json.loads(run("apply", plan, "--write", "--yes", "-o", "json", "-q").stdout)
    assert second["counts"]["written"] + second["counts"]["already"] == 5 and [tag(b) for b in buckets] == ["search"] * 5


def test_a_plan_that_was_edited_is_refused(plan, tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(path.read_text().replace("search", "payments", 1))
    with pytest.raises(UsageError, match="changed after it was written"):
        run("apply", str(path), "--write", "--yes")


def test_a_demo_bill_becomes_a_plan_without_names_or_secrets(tmp_path):
    write_demo(tmp_path, scale=0.1, formats=["cur2"])
    run("plan", str(tmp_path / "cur2"), "--out", str(tmp_path / "plan.json"), "-q")
    made = plan_file.load(tmp_path / "plan.json")
    assert made["rows"] and all(row["ResourceId"].startswith("arn:") and row["x_NewValue"] and row["x_Reason"] for row in made["rows"])
    assert {row["ResourceId"] for row in made["rows"]}.isdisjoint({row["ResourceId"] for row in made["passed"]})
    text = (tmp_path / "plan.json").read_text()
    assert "AROA" not in text and "AIDA" not in text
    assert run("plan", str(tmp_path / "cur2"), "--out", str(tmp_path / "p2.json"), "--detailed-exitcode", "-q", code=2).exit_code == 2
    assert plan_file.load(tmp_path / "p2.json")["digest"] == made["digest"]


def test_no_secret_reaches_journal_or_output(plan, tmp_path):
    told = run("apply", plan, "--write", "--yes").output
    assert SECRET not in told
    for path in (tmp_path / "data").rglob("*"):
        assert not path.is_file() or SECRET not in path.read_text()


def test_an_unknown_run_is_named():
    with pytest.raises(UsageError, match="no such run"):
        run("undo", "2026", "--yes")
