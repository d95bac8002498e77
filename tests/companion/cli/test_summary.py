"""costdna summary: the same words everywhere, a comment that links nowhere, a gate on coverage."""

import csv
import gzip
import json

import pytest
from costdna_companion.cli import app
from costdna_companion.cli.summary import MARKER
from typer.testing import CliRunner

HEAD = [
    "identity/LineItemId",
    "identity/TimeInterval",
    "bill/BillingPeriodStartDate",
    "bill/PayerAccountId",
    "lineItem/UsageAccountId",
    "lineItem/LineItemType",
    "lineItem/UsageStartDate",
    "lineItem/UsageEndDate",
    "lineItem/ProductCode",
    "lineItem/UsageType",
    "lineItem/ResourceId",
    "lineItem/UnblendedCost",
    "lineItem/CurrencyCode",
    "lineItem/UsageAmount",
    "resourceTags/user:team",
]
EVIL = "[x](http://evil.example) @all | <img src=x>"


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    path = tmp_path_factory.mktemp("bill") / "bill.csv.gz"
    with gzip.open(path, "wt", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(HEAD)
        for i, (team, cost) in enumerate((("web", 60), (EVIL, 30), ("", 10))):
            writer.writerow(
                [
                    i,
                    "",
                    "2026-10-01T00:00:00Z",
                    "999900001111",
                    "111122223333",
                    "Usage",
                    "2026-10-05T00:00:00Z",
                    "2026-10-05T01:00:00Z",
                    "AmazonEC2",
                    f"U{i}",
                    f"i-{i:017x}",
                    cost,
                    "USD",
                    1,
                    team,
                ]
            )
    return path


def run(*words, code=0):
    done = CliRunner().invoke(app(), ["summary", *map(str, words), "--no-model", "-q"])
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout


def test_json_says_the_money_and_the_comparison(bill, tmp_path):
    told = json.loads(run(bill, "--output", "json"))
    assert (
        told["net"] == "100"
        and told["coverage"] == {"before": 0.9, "after": 0.9}
        and [r["cost"] for r in told["teams"]] == ["60", "30", "10"]
        and told["next"]
    )
    old = tmp_path / "old.json"
    old.write_text(json.dumps({"coverage": {"before": 0.5, "after": 0.8}}))
    assert "+10.0 points" in json.loads(run(bill, "--output", "json", "--against", old))["change"]
    old.write_text("{}")
    CliRunner().invoke(app(), ["summary", str(bill)])
    run(bill, "--against", old, code=1)


def test_the_comment_links_nowhere_and_calls_nobody(bill):
    text = run(bill, "--output", "markdown")
    assert text.startswith(MARKER + "\n") and "90" in text and "| web | 60.00 |" in text
    assert (
        "](http" not in text
        and "@all" not in text
        and "<img" not in text
        and len([l for l in text.splitlines() if l.startswith("| ") and l.count(" | ") == 3]) == 4
    )


def test_coverage_can_fail_a_pipeline(bill):
    run(bill, "--fail-on", "coverage<95%", code=3)
    run(bill, "--fail-on", "coverage<85%")
    assert "Next:" in run(bill) and run(bill, "--output", "csv").startswith("team,cost")
