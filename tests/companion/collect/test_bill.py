"""Bills from S3: one run a month, the newest whose manifest is written; only what changed; a month at rest is left
alone.
"""

import datetime as dt
import gzip
import json

import boto3
import pytest
from costdna.errors import CostDNAError, UsageError
from costdna_companion import native
from costdna_companion.collect import bill
from costdna_companion.collect.bill import sync
from moto import mock_aws
from small_bills import rows, text

NOW = dt.datetime(2026, 11, 5, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def client():
    patch = pytest.MonkeyPatch()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("s3", region_name="us-east-1")
    patch.undo()


@pytest.fixture
def bucket(client):
    client.create_bucket(Bucket="bills")
    yield Bucket(client)
    for item in client.list_objects_v2(Bucket="bills").get("Contents", []):
        client.delete_object(Bucket="bills", Key=item["Key"])


class Bucket:
    """Runs as AWS delivers them."""

    def __init__(self, client):
        self.client = client

    def put(self, key: str, body: bytes | str) -> None:
        self.client.put_object(Bucket="bills", Key=key, Body=body)

    def cur(self, assembly: str, lines: int = 10, month: str = "20261001-20261101", manifest: bool = True) -> None:
        key = f"p/daily/{month}/{assembly}/daily-00001.csv.gz"
        self.put(key, gzip.compress(text(rows(lines)).encode()))
        if manifest:
            body = json.dumps({"assemblyId": assembly, "reportKeys": [key], "bucket": "bills"})
            self.put(f"p/daily/{month}/{assembly}/daily-Manifest.json", body)
            self.put(f"p/daily/{month}/daily-Manifest.json", body)

    def export(self, execution: str, body: bytes, month: str = "2026-10") -> None:
        inside = f"{execution}/" if execution else ""
        self.put(f"p/focus/data/BILLING_PERIOD={month}/{inside}focus-00001.csv.gz", body)
        self.put(
            f"p/focus/metadata/BILLING_PERIOD={month}/{inside}focus-Manifest.json",
            json.dumps(
                {
                    "columns": [],
                    "dataFiles": [f"s3://bills/p/focus/data/BILLING_PERIOD={month}/{inside}focus-00001.csv.gz"],
                }
            ),
        )

    def sync(self, folder, now=NOW, **more):
        return sync(self.client, "s3://bills/p", folder, now, **more)


def read(folder) -> int:
    readings, skipped = native.read([folder])
    assert not skipped, skipped
    return sum(r["meta"]["rows"] for r in readings)


def test_only_the_newest_assembly_is_read(bucket, tmp_path):
    for number, assembly in enumerate(("a1", "a2", "a3"), 1):
        bucket.cur(assembly, 10 * number)
    bucket.cur("a4", 90, manifest=False)  # still being written
    (row,) = bucket.sync(tmp_path)
    assert (row["status"], row["run"], row["files"], row["period"]) == ("fetched", "a3", 1, "2026-10") and read(
        tmp_path
    ) == 30


def test_a_second_run_fetches_nothing_and_a_new_assembly_replaces_the_month(bucket, tmp_path):
    bucket.cur("a1")
    assert [r["status"] for r in bucket.sync(tmp_path)] == ["fetched"]
    assert [r["status"] for r in bucket.sync(tmp_path)] == ["unchanged"]
    bucket.cur("a2", 20)
    (row,) = bucket.sync(tmp_path)
    assert (row["status"], row["detail"]) == ("fetched", "replaces the former run") and read(tmp_path) == 20
    assert [p.name for p in (tmp_path / "daily").iterdir()] == ["2026-10"] and [
        p.name for p in tmp_path.with_name(f".{tmp_path.name}.fetching").iterdir()
    ] == ["state.json"]


def test_a_closed_month_is_looked_at_for_two_weeks(bucket, tmp_path):
    at = lambda day: [r["status"] for r in bucket.sync(tmp_path, dt.datetime(2026, 11, day, tzinfo=dt.UTC))]
    bucket.cur("a1")
    bucket.sync(tmp_path)
    bucket.cur("a2", 20)
    assert at(14) == ["fetched"] and read(tmp_path) == 20
    assert at(15) == ["unchanged"]  # once more after the two weeks: what AWS corrected in the last of them
    bucket.cur("a3", 30)
    assert at(16) == ["settled"] and read(tmp_path) == 20
    # a month that was never fetched is, however old
    bucket.cur("b1", month="20250101-20250201")
    assert {r["period"]: r["status"] for r in bucket.sync(tmp_path)} == {"2025-01": "fetched", "2026-10": "settled"}


def test_a_month_that_was_fetched_while_it_ran_is_fetched_again_however_late(bucket, tmp_path):
    bucket.cur("a1")
    bucket.sync(tmp_path, dt.datetime(2026, 10, 10, tzinfo=dt.UTC))
    bucket.cur("a2", 20)
    (row,) = bucket.sync(tmp_path, dt.datetime(2027, 1, 15, tzinfo=dt.UTC))
    assert (row["status"], row["run"]) == ("fetched", "a2") and read(tmp_path) == 20
    assert [r["status"] for r in bucket.sync(tmp_path, dt.datetime(2027, 1, 16, tzinfo=dt.UTC))] == ["settled"]


def test_executions_of_an_export_do_not_add_up(bucket, tmp_path):
    body = gzip.compress(text(rows(12)).encode())
    bucket.export("2026-10-02T13:14:43.337Z-e1", body)
    bucket.export("2026-10-03T13:14:43.337Z-e2", body)
    (row,) = bucket.sync(tmp_path)
    assert row["run"].endswith("e2") and read(tmp_path) == 12


def test_an_export_that_overwrites_itself_is_known_by_its_files(bucket, tmp_path):
    bucket.export("", gzip.compress(text(rows(12)).encode()))
    assert [r["status"] for r in bucket.sync(tmp_path)] == ["fetched"]
    bucket.export("", gzip.compress(text(rows(24)).encode()))  # the manifest has the same bytes
    assert [r["status"] for r in bucket.sync(tmp_path)] == ["fetched"] and read(tmp_path) == 24


def test_an_unfinished_run_leaves_the_former_one(bucket, tmp_path):
    bucket.export("", gzip.compress(text(rows(12)).encode()))
    bucket.sync(tmp_path)
    listed = bill._listed

    def younger(client, name, prefix):
        found = listed(client, name, prefix)
        return [
            {**o, "LastModified": o["LastModified"] + dt.timedelta(hours=1), "ETag": '"new"'}
            if o["Key"].endswith(".gz")
            else o
            for o in found
        ]

    patch = pytest.MonkeyPatch()
    with patch.context() as m:
        m.setattr(bill, "_listed", younger)
        (row,) = bucket.sync(tmp_path)
    assert row["status"] == "unfinished" and "being written" in row["detail"] and read(tmp_path) == 12


def test_an_interrupted_fetch_goes_on(bucket, tmp_path, monkeypatch):
    key = "p/daily/20261001-20261101/a1/daily-0000{}.csv.gz"
    for part in (1, 2):
        bucket.put(key.format(part), gzip.compress(text(rows(10 * part)).encode()))
    bucket.put(
        "p/daily/20261001-20261101/daily-Manifest.json",
        json.dumps({"assemblyId": "a1", "reportKeys": [key.format(1), key.format(2)]}),
    )
    got, plain = [], bucket.client.download_fileobj

    def torn(name, item, out):
        got.append(item)
        if len(got) == 2:
            raise KeyboardInterrupt
        plain(name, item, out)

    monkeypatch.setattr(bucket.client, "download_fileobj", torn)
    with pytest.raises(KeyboardInterrupt):
        bucket.sync(tmp_path)
    assert not (tmp_path / "daily" / "2026-10").exists()
    assert (
        [r["status"] for r in bucket.sync(tmp_path)] == ["fetched"]
        and got.count(key.format(1)) == 1
        and read(tmp_path) == 30
    )


def test_no_manifest_another_buckets_file_and_an_empty_one_are_named(bucket, tmp_path):
    bucket.put("p/daily/readme.txt", "x")
    with pytest.raises(UsageError, match="No bill is delivered"):
        bucket.sync(tmp_path)
    bucket.put("p/daily/20261001-20261101/daily-Manifest.json", json.dumps({"reportKeys": []}))
    assert [r["status"] for r in bucket.sync(tmp_path)] == ["unfinished"]
    bucket.put("p/daily/20261001-20261101/daily-Manifest.json", json.dumps({"dataFiles": ["s3://elsewhere/x.csv.gz"]}))
    with pytest.raises(CostDNAError, match="another bucket"):
        bucket.sync(tmp_path)


@pytest.mark.parametrize(
    "key, period",
    [
        ("c/r/year=2018/month=12/r-Manifest.json", "2018-12"),
        ("c/r/20261201-20270101/r-Manifest.json", "2026-12"),
        ("c/r/metadata/billing_period=2026-09/r-Manifest.json", "2026-09"),
    ],
)
def test_periods_of_every_layout(key, period):
    assert bill._period(key) == period


def test_the_verb_prints_a_row_a_month_and_ends_with_4_where_one_is_unfinished(bucket, tmp_path):
    from costdna_companion.cli import app
    from typer.testing import CliRunner

    bucket.cur("a1")
    run = lambda: CliRunner().invoke(
        app(), ["fetch", "s3://bills/p", "--out", str(tmp_path / "bills"), "-o", "json", "-q"], catch_exceptions=False
    )
    first = run()
    assert (
        first.exit_code == 0
        and [(r["period"], r["run"]) for r in json.loads(first.stdout)["rows"]] == [("2026-10", "a1")]
        and read(tmp_path / "bills") == 10
    )
    bucket.put("p/daily/20261101-20261201/daily-Manifest.json", json.dumps({"reportKeys": ["p/absent.csv.gz"]}))
    assert run().exit_code == 4
