"""costdna queue as a user runs it: no tag is needed, JSON keeps the exact money."""

import json
import subprocess
import sys
from decimal import Decimal

HEADER = "bill/BillingPeriodStartDate,bill/PayerAccountId,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/ResourceId,product/ProductName"
LINE = "2026-10-01T00:00:00Z,999,111,Usage,2026-10-05T03:00:00Z,2026-10-05T04:00:00Z,AWSLambda,Lambda-GB-Second,Invoke,1,USD,{cost},{rid},Lambda"


def bill(folder, lines):
    path = folder / "bill.csv"
    path.write_text("\n".join([HEADER, *(LINE.format(**line) for line in lines)]) + "\n", encoding="utf-8")
    return path


def costdna(*arguments):
    return subprocess.run(
        [sys.executable, "-c", "from costdna_companion.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
    )


def test_questions_without_any_tag(tmp_path):
    rows = [
        dict(cost=f"{2**i}.10", rid=f"arn:aws:lambda:eu-west-1:111:function:{app}-{part}")
        for i, app in enumerate(["pay", "find", "look"])
        for part in ("in", "out", "mid")
    ]
    done = costdna("queue", bill(tmp_path, rows), "--json", "--quiet", "--limit", "2", "--no-model")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert [q["rank"] for q in result["questions"]] == [1, 2] and result["currency"] == "USD"
    assert ":look-" in result["questions"][0]["resource"]
    assert Decimal(result["questions"][-1]["settled_so_far"]) == sum(Decimal(q["settles"]) for q in result["questions"])
    table = costdna("queue", bill(tmp_path, rows), "--quiet", "--no-model")
    assert "answers would settle about" in table.stdout and table.returncode == 0
    # no team is known: whatever name is offered is only a word of the bill, and says so
    for question in result["questions"]:
        assert question["proposed_teams"] == question["offered_teams"] != []
    assert "(proposed)" in table.stdout


def test_a_missing_file_is_said(tmp_path):
    done = costdna("queue", tmp_path / "none.csv", "--quiet")
    assert done.returncode == 2 and "no file" in done.stderr
