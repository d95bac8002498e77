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
    rows = [
        {
            "ResourceId": f"arn:aws:s3:::{name}",
            "SubAccountId": ACCOUNT,
            "RegionId": "",
            "x_Key": "team",
            "x_OldValue": "",
            "x_NewValue": "search",
            "BilledCost": "1.50",
        }
        for name in buckets
    ]
    plan_file.save(
        tmp_path / "plan.json",
        {
            "key": "team",
            "least": 0.9,
            "replace": False,
            "currency": "USD",
            "sources": [],
            "rows": rows,
            "passed": [],
            "total": "7.50",
        },
    )
    return str(tmp_path / "plan.json")


def run(*arguments, code=0, text=None):
    result = CliRunner().invoke(app(), list(arguments), input=text, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def tag(bucket: str) -> str | None:
    try:
        return {t["Key"]: t["Value"] for t in boto3.client("s3").get_bucket_tagging(Bucket=bucket)["TagSet"]}.get(
            "team"
        )
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


def test_a_role_of_its_own_writes_for_one_run(plan, buckets):
    role = f"arn:aws:iam::{ACCOUNT}:role/costdna-write"
    told = run("apply", plan, "--write", "--yes", "--as-role", role).output
    assert (
        f"Acting as arn:aws:sts::{ACCOUNT}:assumed-role/costdna-write/costdna" in told
        and [tag(b) for b in buckets] == ["search"] * 5
    )
    with pytest.raises(UsageError, match="not a role"):
        run("apply", plan, "--write", "--yes", "--as-role", "costdna-write")


def test_a_canary_that_fails_stops_before_the_rest(plan, buckets):
    boto3.client("s3").delete_bucket(Bucket=buckets[1])
    with pytest.raises(CostDNAError, match="first tags were not all written"):
        run("apply", plan, "--write", "--yes", "-q")
    assert [tag(b) for b in (buckets[0], buckets[2], buckets[3], buckets[4])] == ["search", "search", None, None]


def test_an_interrupted_run_goes_on(plan, buckets):
    first = json.loads(run("apply", plan, "--write", "--yes", "--max", "2", "-o", "json", "-q").stdout)
    assert first["counts"]["written"] == 2
    second = json.loads(run("apply", plan, "--write", "--yes", "-o", "json", "-q").stdout)
    assert (
        second["counts"]["written"] + second["counts"]["already"] == 5 and [tag(b) for b in buckets] == ["search"] * 5
    )


def test_a_plan_that_was_edited_is_refused(plan, tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(path.read_text().replace("search", "payments", 1))
    with pytest.raises(UsageError, match="changed after it was written"):
        run("apply", str(path), "--write", "--yes")


def test_a_demo_bill_becomes_a_plan_without_names_or_secrets(tmp_path):
    write_demo(tmp_path, scale=0.1, formats=["cur2"])
    run("plan", str(tmp_path / "cur2"), "--out", str(tmp_path / "plan.json"), "-q")
    made = plan_file.load(tmp_path / "plan.json")
    assert made["rows"] and all(
        row["ResourceId"].startswith("arn:") and row["x_NewValue"] and row["x_Reason"] for row in made["rows"]
    )
    assert {row["ResourceId"] for row in made["rows"]}.isdisjoint({row["ResourceId"] for row in made["passed"]})
    text = (tmp_path / "plan.json").read_text()
    assert "AROA" not in text and "AIDA" not in text
    assert (
        run(
            "plan", str(tmp_path / "cur2"), "--out", str(tmp_path / "p2.json"), "--detailed-exitcode", "-q", code=2
        ).exit_code
        == 2
    )
    assert plan_file.load(tmp_path / "p2.json")["digest"] == made["digest"]


def test_no_secret_reaches_journal_or_output(plan, tmp_path):
    told = run("apply", plan, "--write", "--yes").output
    assert SECRET not in told
    for path in (tmp_path / "data").rglob("*"):
        assert not path.is_file() or SECRET not in path.read_text()


def test_an_unknown_run_is_named():
    with pytest.raises(UsageError, match="no such run"):
        run("undo", "2026", "--yes")


def acting_as(monkeypatch, arn: str) -> None:
    monkeypatch.setattr(
        "costdna_companion.collect.clients.Clients.identity",
        lambda self: {"Account": ACCOUNT, "Arn": arn, "UserId": "x"},
    )


ADA, GRACE = (
    f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/{mail}"
    for mail in ("ada.lovelace@planted.example", "grace.hopper@planted.example")
)


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder, scale=0.1, formats=["cur2"])
    return str(folder / "cur2")


def test_who_planned_may_not_apply_and_who_applies_says_which_plan(plan, buckets, tmp_path, monkeypatch):
    from costdna_companion.write.two_people import planner

    content = {k: v for k, v in plan_file.load(tmp_path / "plan.json").items() if k not in ("digest", "schema_version")}
    with pytest.raises(UsageError, match="does not say who made it"):
        run("apply", plan, "--write", "--yes", "--two-person")
    digest = plan_file.save(tmp_path / "plan.json", content | {"two_person": planner(ADA)})
    assert digest in run("apply", plan).stdout
    acting_as(monkeypatch, ADA)
    with pytest.raises(UsageError, match="planned may not apply"):
        run("apply", plan, "--write", "--yes", "--approve", digest)
    acting_as(monkeypatch, GRACE)
    for approve, said in (
        ("", "says which plan they read"),
        ("00000000", "not the plan that was approved"),
        (digest[:7], "not the plan that was approved"),
    ):
        with pytest.raises(UsageError, match=said):
            run("apply", plan, "--write", "--yes", *(["--approve", approve] if approve else []))
    assert [tag(b) for b in buckets] == [None] * 5 and not list((tmp_path / "data").rglob("*.jsonl"))
    told = run("apply", plan, "--write", "--yes", "--approve", digest[:12], "--max", "4").output
    run("apply", plan, "--write", "--yes", "--two-person", "--approve", digest)
    assert [tag(b) for b in buckets] == ["search"] * 5
    journal = next((tmp_path / "data").rglob("*.jsonl")).read_text()
    lines = [json.loads(line) for line in journal.splitlines()]
    assert [(line["kind"], line["planner"], line["by"]) for line in lines if "planner" in line] == [
        ("run", planner(ADA)["planner"], planner(GRACE)["planner"])
    ]
    for name in ("ada.lovelace", "grace.hopper"):
        assert name not in journal + (tmp_path / "plan.json").read_text()
    assert GRACE in told  # who acts sees who they are; nothing of it is kept


def test_who_planned_does_not_become_somebody_else_by_assuming_a_role(plan, buckets, tmp_path):
    """The write role is nobody: two people who assume it are two, one who does is one."""
    from costdna_companion.write.two_people import planner

    role, me = f"arn:aws:iam::{ACCOUNT}:role/costdna-write", boto3.client("sts").get_caller_identity()["Arn"]
    content = {k: v for k, v in plan_file.load(tmp_path / "plan.json").items() if k not in ("digest", "schema_version")}
    digest = plan_file.save(tmp_path / "plan.json", content | {"two_person": planner(me)})
    with pytest.raises(UsageError, match="planned may not apply"):
        run("apply", plan, "--write", "--yes", "--as-role", role, "--approve", digest)
    assert [tag(b) for b in buckets] == [None] * 5
    digest = plan_file.save(tmp_path / "plan.json", content | {"two_person": planner(ADA)})
    run("apply", plan, "--write", "--yes", "--as-role", role, "--approve", digest)
    lines = [
        json.loads(line) for path in (tmp_path / "data").rglob("*.jsonl") for line in path.read_text().splitlines()
    ]
    assert lines[0]["by"] == planner(me)["planner"] and [tag(b) for b in buckets] == ["search"] * 5


def test_a_plan_changed_after_approval_is_refused_even_with_a_digest_of_its_own(plan, buckets, tmp_path, monkeypatch):
    from costdna_companion.write.two_people import planner

    content = {
        k: v for k, v in plan_file.load(tmp_path / "plan.json").items() if k not in ("digest", "schema_version")
    } | {"two_person": planner(ADA)}
    read_ = plan_file.save(tmp_path / "plan.json", content)
    content["rows"][0]["x_NewValue"] = "payments"
    plan_file.save(tmp_path / "plan.json", content)
    acting_as(monkeypatch, GRACE)
    with pytest.raises(UsageError, match="not the plan that was approved"):
        run("apply", plan, "--write", "--yes", "--approve", read_)


def test_the_planner_is_asked_of_aws_and_kept_hashed(bill, tmp_path, monkeypatch):
    acting_as(monkeypatch, ADA)
    told = run("plan", bill, "--out", str(tmp_path / "plan.json"), "--two-person", "-q").stdout
    made = plan_file.load(tmp_path / "plan.json")
    assert made["two_person"]["planner"].startswith("principal-") and f"--approve {made['digest'][:8]}" in told
    assert "ada.lovelace" not in (tmp_path / "plan.json").read_text()


def test_provenance_goes_beside_inferred_owners_only_and_is_taken_back(bill, tmp_path):
    run("plan", bill, "--out", str(tmp_path / "with.json"), "--least", "0.5", "--provenance", "-q")
    made = plan_file.load(tmp_path / "with.json")
    main = {row["ResourceId"]: row for row in made["rows"] if row["x_Key"] == "team"}
    extra = [row for row in made["rows"] if row["x_Key"] != "team"]
    inferred = {arn for arn, row in main.items() if row["x_Basis"] == "inferred"}
    assert inferred and {row["ResourceId"] for row in extra} == inferred and len(extra) == 3 * len(inferred)
    for row in extra:
        assert (
            row["x_Beside"] == "team"
            and row["BilledCost"] == "0"
            and row["x_EvidenceHash"] == main[row["ResourceId"]]["x_EvidenceHash"]
        )
        assert (
            row["x_Key"] != "costdna:confidence"
            or 0 <= main[row["ResourceId"]]["x_Probability"] - float(row["x_NewValue"]) < 0.01
        )
    run("plan", bill, "--out", str(tmp_path / "without.json"), "--least", "0.5", "-q")
    plain = plan_file.load(tmp_path / "without.json")
    assert [row for row in made["rows"] if row["x_Key"] == "team"] == plain["rows"] and made["total"] == plain["total"]


def test_provenance_is_not_written_where_the_owner_was_not(buckets, tmp_path):
    boto3.client("s3").put_bucket_tagging(Bucket=buckets[1], Tagging={"TagSet": [{"Key": "team", "Value": "theirs"}]})
    boto3.client("s3").put_bucket_tagging(
        Bucket=buckets[2], Tagging={"TagSet": [{"Key": f"k{n}", "Value": ""} for n in range(48)]}
    )
    rows = [
        {
            "ResourceId": f"arn:aws:s3:::{name}",
            "x_Key": key,
            "x_OldValue": "",
            "x_NewValue": value,
            "BilledCost": "0",
            "x_Beside": beside,
        }
        for name in buckets[:3]
        for key, value, beside in (
            ("team", "search", ""),
            ("costdna:inferred-by", "m", "team"),
            ("costdna:confidence", "0.91", "team"),
        )
    ]
    plan_file.save(
        tmp_path / "p.json",
        {
            "key": "team",
            "least": 0.9,
            "replace": False,
            "currency": "USD",
            "sources": [],
            "rows": rows,
            "passed": [],
            "total": "0",
        },
    )
    made = json.loads(
        run("apply", str(tmp_path / "p.json"), "--write", "--yes", "-o", "json", "-q", "--canary", "0", code=4).stdout
    )
    told = [(line["status"], line.get("code", "")) for line in made["outcomes"]]
    assert told == [("written", "")] * 3 + [("changed", ""), ("refused", "NotBeside"), ("refused", "NotBeside")] + [
        ("written", ""),
        ("written", ""),
        ("refused", "Limit"),
    ]
    run("undo", made["run"], "--yes", "-q")
    assert tag(buckets[0]) is None and len(boto3.client("s3").get_bucket_tagging(Bucket=buckets[2])["TagSet"]) == 48
