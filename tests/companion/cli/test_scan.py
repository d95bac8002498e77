"""costdna scan: a bill and its CloudTrail, from files to a breakdown and saved tables."""

import csv
import json

import pytest
from typer.testing import CliRunner

from costdna.errors import UsageError
from costdna_companion.cli import app
from costdna_companion.demo import vocabulary
from costdna_companion.demo.write import write_demo


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    write_demo(folder, scale=0.15, formats=["cur2"], trail=True)
    return folder


@pytest.fixture(scope="module")
def scanned(company, tmp_path_factory):
    out = tmp_path_factory.mktemp("scanned")
    run = CliRunner().invoke(app(), ["scan", str(company / "cur2"), "--trail", str(company / "trail"), "--work-dir", str(out / "work"), "--processes", "1", "--save-dir", str(out / "saved"), "-o", "json", "-q"],
                             catch_exceptions=False)
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


def test_an_absent_trail_is_named(company):
    with pytest.raises(UsageError, match="There is no folder"):
        CliRunner().invoke(app(), ["scan", str(company / "cur2"), "--trail", str(company / "nowhere")], catch_exceptions=False)


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
            client.put_object(Bucket="trail", Key=path.relative_to(company / "trail").as_posix(), Body=path.read_bytes())
        run = CliRunner().invoke(app(), ["scan", str(company / "cur2"), "--trail", "s3://trail/", "--work-dir", str(tmp_path / "work"), "--processes", "1", "-o", "json", "-q"], catch_exceptions=False)
    there, here = json.loads(run.stdout), json.loads(scanned[0].stdout)
    assert there["events"] == here["events"] and there["teams"] == here["teams"] and there["ledger"] == here["ledger"]
    assert there["coverage_of_sources"][0]["x_Source"] == "cloudtrail bucket"
