"""The verb as a user runs it: output forms, exit codes, saved tables, errors that say what to do."""

import csv
import gzip
import json
import subprocess
import sys
from decimal import Decimal

import pytest

from costdna import ledger, schema

HEADER = (
    "bill/BillingPeriodStartDate,bill/PayerAccountId,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,"
    "lineItem/UsageType,lineItem/Operation,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/ResourceId,product/ProductName,resourceTags/user:Team"
)
LINES = [
    "2026-10-01T00:00:00Z,999,111,Usage,2026-10-05T03:00:00Z,2026-10-05T04:00:00Z,AmazonEC2,BoxUsage:m5.large,RunInstances,1,USD,{cost},{rid},EC2,{team}"
]


def bill(tmp_path, rows, name="bill.csv"):
    text = "\n".join([HEADER, *(LINES[0].format(**r) for r in rows)]) + "\n"
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def costdna(*arguments):
    return subprocess.run(
        [sys.executable, "-c", "from costdna_companion.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
    )


ROWS = [
    dict(cost="1.10", rid="i-1", team="search"),
    dict(cost="2.20", rid="i-2", team="=cmd()"),
    dict(cost="3.30", rid="i-3", team=""),
    dict(cost="-0.05", rid="", team=""),
]


def test_json_has_what_is_promised(tmp_path):
    done = costdna("attribute", bill(tmp_path, ROWS), "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    for key in (
        "schema_version",
        "source",
        "currency",
        "metric",
        "ledger",
        "ledger_effective",
        "coverage",
        "teams",
        "gate",
    ):
        assert key in result
    assert set(result["ledger"]) == {"gross", "credits", "net", *ledger.HEADINGS, "residual"}
    assert result["ledger"]["net"] == "6.55" and result["ledger"]["residual"] == "0"
    assert sum(Decimal(t["cost"]) for t in result["teams"]) == Decimal("6.55")
    assert result["source"] == {"files": ["bill.csv"], "format": "CUR 1", "rows": 4}


def test_csv_is_safe_for_spreadsheets(tmp_path):
    done = costdna("attribute", bill(tmp_path, ROWS), "-o", "csv", "-q")
    names = [r["team"] for r in csv.DictReader(done.stdout.splitlines())]
    assert "'=cmd()" in names and "(no owner)" in names


def test_markdown_and_table_name_the_total(tmp_path):
    path = bill(tmp_path, ROWS, "bill.csv.gz")
    assert "| search |" in costdna("attribute", path, "-o", "markdown", "-q").stdout
    done = costdna("attribute", path, "-q")
    assert "6.55 USD billed cost" in done.stdout and "nothing is left over" in done.stdout


def test_saved_tables_are_the_declared_ones_and_add_up(tmp_path):
    done = costdna("attribute", bill(tmp_path, ROWS), "--save-dir", tmp_path / "out", "-q")
    assert done.returncode == 0, done.stderr
    with open(tmp_path / "out" / "allocations.csv", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert list(rows[0]) == schema.ALLOCATIONS.names()
    assert sum(Decimal(r["BilledCost"]) for r in rows) == Decimal("6.55")
    assert json.loads((tmp_path / "out" / "report.json").read_text())["ledger"]["net"] == "6.55"
    assert not list((tmp_path / "out").glob(".*"))


def test_fail_on_coverage(tmp_path):
    path = bill(tmp_path, ROWS)
    assert costdna("attribute", path, "-q", "--fail-on", "coverage<80%").returncode == 3
    assert costdna("attribute", path, "-q", "--fail-on", "coverage<10%").returncode == 0
    wrong = costdna("attribute", path, "-q", "--fail-on", "spend>4")
    assert wrong.returncode == 2 and "coverage<80%" in wrong.stderr


def test_rules_and_map_from_files(tmp_path):
    (tmp_path / "rules.yaml").write_text("- {resource: i-3, team: payments}\n")
    (tmp_path / "map.csv").write_text("key,team\n111,base\n")
    done = costdna(
        "attribute",
        bill(tmp_path, ROWS),
        "--rules",
        tmp_path / "rules.yaml",
        "--team-map",
        tmp_path / "map.csv",
        "--json",
        "-q",
    )
    teams = {t["team"]: t for t in json.loads(done.stdout)["teams"]}
    assert teams["payments"]["ruled"] == "3.3" and teams["base"]["ruled"] == "-0.05"


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.7", (HEADER + "\n").encode(), b"a,b\n1,2\n"],
    ids=["empty", "pdf", "header only", "no bill"],
)
def test_what_is_no_bill_says_so_without_a_traceback(tmp_path, content):
    (tmp_path / "x.csv").write_bytes(content)
    done = costdna("attribute", tmp_path / "x.csv", "-q")
    assert done.returncode == 2
    assert "Next:" in done.stderr and "Traceback" not in done.stderr and done.stdout == ""


def test_a_missing_file_names_itself(tmp_path):
    done = costdna("attribute", tmp_path / "nothing.csv")
    assert done.returncode == 2 and "nothing.csv" in done.stderr
