"""trends, compare, why and anomalies as a user runs them: exit codes, formats, what they refuse."""

import csv
import json
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pytest
import typer.main

from costdna.errors import CostDNAError
from costdna_companion.cli import app

HEADER = (
    "bill/BillingPeriodStartDate,bill/PayerAccountId,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,"
    "lineItem/UsageType,lineItem/Operation,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/ResourceId,product/ProductName,resourceTags/user:Team"
)


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    rng, start, lines = np.random.default_rng(4), np.datetime64("2026-09-01"), [HEADER]
    for n in range(61):
        day = start + n
        for i, name in enumerate(("Alpha", "Beta", "Gamma", "=Delta()")):
            cost = (20 + 10 * i) * (1 + 0.02 * rng.standard_normal()) * (3 if i == 0 and n == 57 else 1)
            lines.append(
                f"{str(day)[:7]}-01T00:00:00Z,999,111,Usage,{day}T00:00:00Z,{day + 1}T00:00:00Z,AmazonEC2,Use-{i},Run,{cost / 2:.3f},USD,{cost:.4f},i-{i},{name},{'search' if i == 0 else ''}"
            )
    path = tmp_path_factory.mktemp("bill") / "bill.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def costdna(*arguments):
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from costdna_companion.cli import main; main()",
            *map(str, arguments),
            "-q",
            "--no-model",
        ],
        capture_output=True,
        text=True,
    )


def test_why_adds_up_and_says_so(bill):
    done = costdna("why", bill, "2026-09", "2026-10")
    assert done.returncode == 0, done.stderr
    assert "in 2026-10 than in 2026-09" in done.stdout and "nothing is left over" in done.stdout
    found = json.loads(costdna("why", bill, "2026-09", "2026-10", "--json").stdout)
    assert found["schema_version"] == "1" and sum(Decimal(v) for v in found["effects"].values()) == Decimal(
        found["change"]
    )


def test_csv_is_safe_and_totals_are_there(bill):
    rows = list(csv.DictReader(costdna("compare", bill, "-o", "csv").stdout.splitlines()))
    assert {"'=Delta()", "total"} <= {r["service"] for r in rows}
    months = list(csv.DictReader(costdna("trends", bill, "--grain", "month", "-o", "csv").stdout.splitlines()))
    assert [r["period"] for r in months if r["service"] == "total"] == ["2026-09", "2026-10"]
    assert "| 2026-10 |" in costdna("trends", bill, "--grain", "month", "-o", "markdown").stdout


def test_what_cannot_be_compared_is_refused_with_exit_two(bill, tmp_path):
    command = typer.main.get_command(app())
    for words in (
        ("why", bill, "2026-09"),
        ("why", bill, "2026-08", "2026-09"),
        ("why", "2026-09", "2026-10"),
        ("compare", bill, "2026-09", "2026-09-15/2026-10-15"),
        ("trends", bill, "--by", "colour"),
        ("trends", bill, "--grain", "hour"),
        ("anomalies", bill, "--sensitivity", "extreme"),
        ("anomalies", bill, "--method", "magic"),
        ("anomalies", tmp_path / "none.csv"),
    ):
        with pytest.raises(CostDNAError) as refused:
            command([*map(str, words), "-q", "--no-model"], standalone_mode=False)
        assert refused.value.exit_code == 2 and refused.value.next_step, words


def test_anomalies_name_the_owner_fail_on_severity_and_hear_feedback(bill, tmp_path):
    done = costdna("anomalies", bill, "--fail-on", "critical")
    assert done.returncode == 3 and "Alpha" in done.stdout and "owner: search" in done.stdout
    found = json.loads(costdna("anomalies", bill, "--json").stdout)
    alert = found["alerts"][0]
    said = tmp_path / "said.csv"
    said.write_text(
        f"dimension,value,start,percent,verdict,at\n{alert['dimension']},{alert['value']},{alert['start']},{alert['percent']},planned,2026-11-01T10:00:00\n"
    )
    muted = json.loads(costdna("anomalies", bill, "--json", "--feedback", said).stdout)
    assert muted["alerts"] == [] and muted["muted"][0]["verdict"] == "planned"
    calendar = tmp_path / "planned.csv"
    calendar.write_text("from,to,dimension,value,reason\n2026-10-25,2026-11-01,total,,holiday\n")
    assert json.loads(costdna("anomalies", bill, "--json", "--planned", calendar).stdout)["alerts"] == []


def test_deploys_beside_and_forecast_where_asked(bill, tmp_path):
    deploys = tmp_path / "deploys.json"
    deploys.write_text(
        json.dumps(
            [
                {"team": "search", "timestamp": f"2026-{m:02d}-{d:02d}T10:00:00Z", "commit": "abc"}
                for m, d in ((9, 5), (9, 20), (10, 3), (10, 28))
            ]
        )
    )
    found = json.loads(costdna("anomalies", bill, "--json", "--deploys", deploys).stdout)["deploys"]
    assert found["grid"] == "day" and {"p", "p_alone", "effect", "others", "granger_p"} <= set(found["coincidences"][0])
    assert "cause" not in found["coincidences"][0]["sentence"]
    ahead = json.loads(costdna("trends", bill, "--json", "--forecast", "7").stdout)
    assert (
        Decimal(ahead["forecast"]["rows"][0]["low"])
        <= Decimal(ahead["forecast"]["rows"][0]["estimate"])
        <= Decimal(ahead["forecast"]["rows"][0]["high"])
    )
    assert "forecast" not in json.loads(costdna("trends", bill, "--json").stdout)


def test_the_older_presets(bill):
    done = costdna("anomalies", bill, "--method", "mad", "--days", "20")
    assert done.returncode == 0 and "alert(s)" in done.stdout
