"""costdna scan: a bill and its CloudTrail, from files to a breakdown and saved tables."""

import csv
import json
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from costdna.errors import UsageError
from costdna_companion.cli import app
from costdna_companion.demo import vocabulary
from costdna_companion.demo.write import write_demo


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    write_demo(folder, scale=0.15, formats=["cur2"], trail=True, collected=True)
    return folder


@pytest.fixture(scope="module")
def scanned(company, tmp_path_factory):
    out = tmp_path_factory.mktemp("scanned")
    run = CliRunner().invoke(
        app(),
        [
            "scan",
            str(company / "cur2"),
            "--trail",
            str(company / "trail"),
            "--work-dir",
            str(out / "work"),
            "--processes",
            "1",
            "--save-dir",
            str(out / "saved"),
            "-o",
            "json",
            "-q",
        ],
        catch_exceptions=False,
    )
    return run, out


def test_events_reach_the_resources_of_the_bill(scanned):
    run, _ = scanned
    told = json.loads(run.stdout)["events"]
    assert run.exit_code == 0
    assert told["read"] > 200 and told["matched"] > 0.9 * told["naming_a_resource"] and told["resources"] > 60


def test_people_and_pipelines_are_reasons_and_the_ledger_still_closes(scanned):
    run, out = scanned
    result = json.loads(run.stdout)
    assert result["ledger"]["residual"].strip("0.") == ""
    with (out / "saved" / "relations.csv").open() as handle:
        kinds = {row["x_Kind"] for row in csv.DictReader(handle)}
    assert {"actor", "deploy", "creator"} <= kinds


def test_nobodys_name_is_in_what_is_saved_or_printed(scanned):
    run, out = scanned
    written = [run.stdout, *(path.read_text() for path in (out / "saved").glob("*"))]
    for person in vocabulary.PEOPLE:
        for text in written:
            assert f"{person}@" not in text, person


def test_reassigned_resources_and_misfits_are_in_the_json_and_saved(company, scanned):
    run, out = scanned
    result, table = json.loads(run.stdout), lambda name: list(csv.DictReader((out / "saved" / f"{name}.csv").open()))
    truth: dict = {}
    for row in json.loads((company / "truth.json").read_text())["resources"]:
        truth.setdefault(row["ResourceId"], []).append(row)
    for hand in result["changed_hands"]:  # what is said of a reassigned resource is what was done to it
        assert [r["team"] for r in truth[hand["resource"]]] == [
            hand["before"].lower().replace(" ", "-"),
            hand["now"].lower().replace(" ", "-"),
        ] and hand["from"] in str(truth[hand["resource"]][1])
    assert result["changed_hands"] and [r["ResourceId"] for r in table("hands")] == [
        h["resource"] for h in result["changed_hands"]
    ]
    assert [r["x_OtherTeam"] for r in table("misfits")] == [m["likely"] for m in result["misfits"]]


def test_planted_wrong_tags_are_found_and_no_right_one_is_doubted(scanned):
    """Every tenth owner tag of the saved scan is given to another team. Many have no company that speaks; of those
    doubted, all were planted.
    """
    from costdna import schema
    from costdna.misfits import misfits
    from costdna_companion.saved import table

    ownables, relations, ownership = (
        table(scanned[1] / "saved" / f"{name.lower()}.csv", schema.TABLES[name])
        for name in ("OWNABLES", "RELATIONS", "OWNERSHIP")
    )
    tags = ownership[
        (ownership["x_Basis"] == "tag") & ownership["x_ValidTo"].isna() & (ownership["x_Team"] != "")
    ].reset_index(drop=True)
    before, teams = set(misfits(ownables, relations, tags)["x_OwnableId"]), sorted(set(tags["x_Team"]))
    wrong = tags.iloc[::10].index
    planted = tags.assign(
        x_Team=[teams[(teams.index(t) + 3) % len(teams)] if i in wrong else t for i, t in enumerate(tags["x_Team"])]
    )
    found = set(misfits(ownables, relations, planted)["x_OwnableId"]) - before
    guilty = set(tags["x_OwnableId"].iloc[::10])
    assert found <= guilty and len(found) >= 3 and len(guilty) > 10


def test_an_absent_trail_is_named(company):
    with pytest.raises(UsageError, match="There is no folder"):
        CliRunner().invoke(
            app(), ["scan", str(company / "cur2"), "--trail", str(company / "nowhere")], catch_exceptions=False
        )


def test_one_source_of_events_is_named(company):
    for more in ([], ["--trail", str(company / "trail"), "--lookup-days", "3"]):
        with pytest.raises(UsageError, match="where the events are"):
            CliRunner().invoke(app(), ["scan", str(company / "cur2"), *more], catch_exceptions=False)


def test_a_trail_in_a_bucket_gives_the_same_as_the_folder(company, scanned, tmp_path, monkeypatch):
    import boto3
    from moto import mock_aws

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="trail")
        for path in (company / "trail").rglob("*.gz"):
            client.put_object(
                Bucket="trail", Key=path.relative_to(company / "trail").as_posix(), Body=path.read_bytes()
            )
        run = CliRunner().invoke(
            app(),
            [
                "scan",
                str(company / "cur2"),
                "--trail",
                "s3://trail/",
                "--work-dir",
                str(tmp_path / "work"),
                "--processes",
                "1",
                "-o",
                "json",
                "-q",
            ],
            catch_exceptions=False,
        )
    there, here = json.loads(run.stdout), json.loads(scanned[0].stdout)
    assert there["events"] == here["events"] and there["teams"] == here["teams"] and there["ledger"] == here["ledger"]
    assert there["coverage_of_sources"][0]["x_Source"] == "cloudtrail bucket"


def test_an_account_is_asked_and_its_tags_reach_the_bill(tmp_path, monkeypatch):
    """A table whose owner tag is not activated for billing: the account says whose it is."""
    import boto3
    from moto import mock_aws
    from small_bills import rows, text

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        boto3.client("iam").create_user(UserName="mia.planted")
        one = "arn:aws:dynamodb:eu-west-1:123456789012:table/carts"
        page = {
            "account": "123456789012",
            "region": "eu-west-1",
            "request": {},
            "response": {
                "ResourceTagMappingList": [{"ResourceARN": one, "Tags": [{"Key": "Team", "Value": "Search"}]}]
            },
        }
        # as a run an hour ago left it
        fetched = (
            tmp_path
            / "work"
            / "collected"
            / "tags"
            / "123456789012"
            / "eu-west-1"
            / "resourcegroupstaggingapi.get_resources.jsonl"
        )
        fetched.parent.mkdir(parents=True)
        fetched.write_text(json.dumps(page) + "\n")
        lines = rows(40)
        for line in lines:
            line["lineItem/UsageAccountId"] = "123456789012"
            if line["lineItem/ResourceId"] == "i-0001":
                line |= {"lineItem/ResourceId": one, "resourceTags/user:Team": "", "resourceTags/user:team": ""}
        (tmp_path / "bill.csv").write_text(text(lines), encoding="utf-8")
        words = [
            "scan",
            str(tmp_path / "bill.csv"),
            "--work-dir",
            str(tmp_path / "work"),
            "-o",
            "json",
            "-q",
            "--save-dir",
            str(tmp_path / "saved"),
        ]
        run = CliRunner().invoke(
            app(), [*words, "--collect", "tags", "--collect", "iam", "--region", "eu-west-1"], catch_exceptions=False
        )
    result = json.loads(run.stdout)
    assert run.exit_code == 0 and result["ledger"]["residual"].strip("0.") == "" and "events" not in result
    assert result["inventory"] | {"not_in_the_bill": {}} == {
        "resources": 2,
        "in_the_bill": 1,
        "not_in_the_bill": {},
        "resources_with_tags_the_bill_lacks": 1,
        "memberships": 0,
    }
    assert {(r["x_Source"], r["x_Status"]) for r in result["coverage_of_sources"]} == {
        ("tags", "complete"),
        ("iam", "complete"),
    }
    ownership = list(csv.DictReader((tmp_path / "saved" / "ownership.csv").open()))
    ownables = {
        row["ResourceId"]: row["x_OwnableId"] for row in csv.DictReader((tmp_path / "saved" / "ownables.csv").open())
    }
    assert [(row["x_Team"].lower(), row["x_Basis"]) for row in ownership if row["x_OwnableId"] == ownables[one]] == [
        ("search", "tag")
    ]
    assert not any("mia.planted" in path.read_text() for path in (tmp_path / "saved").glob("*"))


def test_what_was_collected_before_counts_and_flow_logs_say_what_they_lack(company, tmp_path):
    import gzip
    import shutil

    shutil.copytree(company / "scan", tmp_path / "work")
    logs = tmp_path / "AWSLogs" / "1" / "vpcflowlogs" / "a.log.gz"
    logs.parent.mkdir(parents=True)
    logs.write_bytes(gzip.compress(b"2 111 eni-1 10.0.0.1 10.0.0.2 443 50000 6 10 100 1 2 ACCEPT OK"))
    run = CliRunner().invoke(
        app(),
        [
            "scan",
            str(company / "cur2"),
            "--work-dir",
            str(tmp_path / "work"),
            "--flow-logs",
            str(tmp_path),
            "--save-dir",
            str(tmp_path / "saved"),
            "-o",
            "json",
            "-q",
        ],
        catch_exceptions=False,
    )
    result = json.loads(run.stdout)
    told = result["inventory"]
    assert (
        run.exit_code == 0
        and told["in_the_bill"] > 100
        and told["memberships"] > 50
        and set(told["not_in_the_bill"]) >= {"cloudformation:stack", "autoscaling:autoScalingGroup"}
    )
    assert [(r["x_Source"], r["x_Status"]) for r in result["coverage_of_sources"]] == [("vpc flow logs", "partial")]
    with (tmp_path / "saved" / "relations.csv").open() as handle:
        assert {"stack", "cluster", "attachment"} <= {row["x_Kind"] for row in csv.DictReader(handle)}
    assert sum(1 for _ in (tmp_path / "saved" / "inventory.csv").open()) == told["resources"] + 1
    with (tmp_path / "saved" / "waste.csv").open() as handle:
        saved = [(r["x_Kind"], r["ResourceId"], Decimal(r["x_Cost"])) for r in csv.DictReader(handle)]
    idle = [(r["kind"], r["resource"], Decimal(r["cost"])) for r in result["idle"]["rows"]]
    assert (
        idle
        and set(idle) < set(saved)
        and sum(k["resources"] for k in result["idle"]["kinds"]) == len(idle)
        and sum(Decimal(k["cost"]) for k in result["idle"]["kinds"]) == sum(c for *_, c in idle)
    )


def test_lake_is_not_asked_before_its_price_is_agreed_to(company, tmp_path):
    store = "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/0a1b2c3d-0000-4000-8000-000000000000"
    with pytest.raises(UsageError, match="asked for days"):
        CliRunner().invoke(
            app(),
            ["scan", str(company / "cur2"), "--trail", str(company / "trail"), "--lake", store],
            catch_exceptions=False,
        )
    run = CliRunner().invoke(
        app(),
        ["scan", str(company / "cur2"), "--lake", store, "--lookup-days", "2", "--work-dir", str(tmp_path / "work")],
        input="n\n",
    )
    assert run.exit_code == 1 and "$0.005" in run.output and not (tmp_path / "work").exists()
