"""What every verb promises at a terminal: stdout is the data alone, errors are words, nothing breaks on a closed pipe
or a store.
"""

import csv
import io
import json
import os
import socket
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pytest
from costdna.errors import BillError, CostDNAError, UsageError
from costdna.workspace import Workspace
from costdna_companion import native
from costdna_companion.cli import _inputs, app, main
from costdna_companion.collect.clients import Clients
from costdna_companion.native import containers
from costdna_companion.write import plan_file
from typer.testing import CliRunner


def run(*arguments, code=0):
    result = CliRunner().invoke(app(), [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def table(text: str) -> list[dict]:
    """The rows of a CSV that is nothing but one: as many cells on each line as in its header."""
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert len(lines) > 1 and {len(line) for line in lines} == {len(lines[0])}
    return [dict(zip(lines[0], line)) for line in lines[1:]]


HEADER = (
    "bill/BillingPeriodStartDate,bill/PayerAccountId,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,"
    "lineItem/UsageType,lineItem/Operation,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/ResourceId,product/ProductName,resourceTags/user:owner"
)


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    """Sixty days of six functions of two teams, each untagged once; the second month is cheaper."""
    lines = [HEADER]
    for n in range(61):
        day = np.datetime64("2026-09-01") + n
        for i in range(6):
            app = "pay" if i % 2 else "find"
            lines.append(
                f"{str(day)[:7]}-01T00:00:00Z,999,111,Usage,{day}T00:00:00Z,{day + 1}T00:00:00Z,AWSLambda,Lambda-GB-Second,Invoke,{60 - n % 30},USD,{2000 - 7 * n}.{i}5,arn:aws:lambda:eu-west-1:111:function:{app}-{i},AWS Lambda,{app if i else ''}"
            )
    path = tmp_path_factory.mktemp("bill") / "bill.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def kept(bill):
    """The bill in a store, and a saved run of it."""
    store = bill.parent / "kept.duckdb"
    run("ingest", bill, "--store", store, "-q")
    run("attribute", bill, "--no-model", "--save-dir", bill.parent / "run", "-q")
    return store


@pytest.fixture(scope="module")
def planned(bill):
    """(a plan with a tag to write, what making it printed as CSV)."""
    (bill.parent / "rules.yaml").write_text("- {name: 'find-*', team: find}\n")
    return bill.parent / "plan.json", run(
        "plan",
        bill,
        "--key",
        "team",
        "--rules",
        bill.parent / "rules.yaml",
        "--out",
        bill.parent / "plan.json",
        "-o",
        "csv",
    ).stdout


def test_csv_is_rows_alone_and_its_numbers_are_numbers(bill, kept, planned):
    for text in (
        planned[1],
        *(
            run(*words, "-o", "csv").stdout
            for words in (["unit", bill, "--service", "AWS Lambda"], ["queue", bill, "--no-model"])
        ),
    ):
        assert all(
            Decimal(row[name]).is_finite()
            for row in table(text)
            for name in ("cost", "settles", "so far")
            if name in row
        ), text
    trend = table(run("trends", bill, "-o", "csv", "-q").stdout)
    assert [
        row["period"]
        for row in table(run("trends", bill, "--by", "total", "--grain", "month", "-o", "csv", "-q").stdout)
    ] == ["2026-09", "2026-10"]
    assert all(row["percent"] == "" or Decimal(row["percent"]).is_finite() for row in trend) and any(
        row["percent"] for row in trend
    )
    assert not any(
        cell.startswith("'") for row in table(run("compare", bill, "-o", "csv", "-q").stdout) for cell in row.values()
    )


def test_a_table_without_rows_is_still_one(bill, kept, planned):
    """Who pipes it on finds the columns, not a blank line."""
    at = bill.parent
    (at / "none.json").write_text("[]")
    for words, columns in (
        (["diff", at / "run", at / "run"], "severity,kind,resource,before,now,why,cost"),
        (["apply", planned[0], "--type", "nosuch"], "resource,tag,before,after,cost"),
        (["ingest", "--store", at / "none.duckdb"], "month,origin,currency,cost"),
        (["deploys", at / "none.json"], "team,timestamp,repo,commit,name"),
    ):
        assert run(*words, "-o", "csv").stdout.splitlines() == [columns]
        head, line = run(*words, "-o", "markdown").stdout.splitlines()
        assert head == "| " + columns.replace(",", " | ") + " |" and line == "|" + "---|" * len(columns.split(","))


def test_several_cards_are_one_table_that_says_whose_each_row_is(bill, monkeypatch):
    mark = {
        "kind": "stack",
        "group": "s",
        "speaks_for": "pay",
        "weight": 1,
        "without": 0.5,
        "drop": 0.2,
        "agrees": True,
    }

    async def examine(self, resource):
        return [{"resource": f"{resource}-{n}", "occlusion": [mark] * n} for n in range(3)]

    monkeypatch.setattr(Workspace, "examine", examine)
    found = table(run("explain", "pay", bill, "--no-model", "-o", "csv", "-q").stdout)
    assert [row["resource"] for row in found] == ["pay-1", "pay-2", "pay-2"]


def test_a_dry_run_is_one_json_document(planned):
    told = json.loads(run("apply", planned[0], "-o", "json").stdout)
    rows = plan_file.load(planned[0])["rows"]
    assert (
        told["dry_run"] is True
        and rows
        and [row["resource"] for row in told["rows"]] == [row["ResourceId"] for row in rows]
    )


def test_a_store_is_a_bill_to_every_verb(bill, kept):
    told = json.loads(run("doctor", kept, "--json", "-q").stdout)
    assert not told["errors"] and told["findings"] == json.loads(run("doctor", bill, "--json", "-q").stdout)["findings"]
    assert [reading["meta"] for reading in _inputs.readings_of([kept])[0]] == [
        reading["meta"] for reading in _inputs.readings_of([bill])[0]
    ]


def test_another_currency_is_not_left_out_in_silence(bill, tmp_path):
    (tmp_path / "two.csv").write_text(bill.read_text().replace("USD,2000.", "EUR,2000."))
    done = run("trends", tmp_path / "two.csv", "--by", "total", "--grain", "month", "-o", "json")
    assert "EUR" in done.stderr and "--currency" in done.stderr and json.loads(done.stdout)["currency"] == "USD"
    assert "EUR" not in run("export", "teams", tmp_path / "two.csv", "--no-model", "-q").stderr


def test_a_list_of_words_is_no_rules_and_the_file_is_named(tmp_path):
    (tmp_path / "words.yaml").write_text("- x\n- y\n")
    (tmp_path / "odd.yaml").write_text("- {team: x, tg: 'a=b'}\n")
    for rules, team_map, aliases in (
        (tmp_path / "words.yaml", None, None),
        (None, tmp_path / "words.yaml", None),
        (None, None, tmp_path / "words.yaml"),
        (tmp_path / "odd.yaml", None, None),
    ):
        with pytest.raises(UsageError) as said:
            _inputs.wishes("billed", "", [], rules, team_map, aliases)
        assert str(rules or team_map or aliases) in said.value.where


def test_numbers_and_periods_out_of_range_are_refused(bill):
    run("anomalies", bill, "--days", "-1", code=2)
    run("trends", bill, "--top", "-3", code=2)
    with pytest.raises(UsageError, match="no day of that period"):
        run("trends", bill, "--period", "2031-01", "-q")


@pytest.mark.parametrize(
    "words",
    (
        ["export", "teams", "{bill}", "--no-model", "--out", "{there}"],
        ["attribute", "{bill}", "--no-model", "--save-dir", "{there}/file"],
        ["allocate", "{bill}", "--no-model", "--save", "{there}"],
    ),
    ids=lambda w: w[0],
)
def test_a_place_that_cannot_be_written_is_said_plainly(words, bill, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("mine")
    monkeypatch.setattr(sys, "argv", ["costdna", *(word.format(bill=bill, there=tmp_path) for word in words), "-q"])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr().err
    assert (
        left.value.code == 1
        and said.startswith("costdna: A file or folder cannot be used.")
        and str(tmp_path) in said
        and "Traceback" not in said
    )
    assert [p.name for p in tmp_path.iterdir()] == ["file"] and (tmp_path / "file").read_text() == "mine"


def test_a_bill_that_may_not_be_read_is_unreadable_input(bill, monkeypatch):
    def refused(path, *_):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(containers, "sources", refused)
    with pytest.raises(BillError, match="cannot be opened"):
        native.read([bill])
    faults = []
    assert native.read([bill], errors=faults) == ([], []) and [fault.code for fault in faults] == ["unreadable"]


@pytest.mark.parametrize(
    "text", ["[1, 2]", "x", "", "resource_id: a", "{team: b}"], ids=["list", "word", "nothing", "map", "no id"]
)
def test_labels_that_are_no_table_are_refused_in_words(text, kept, bill, tmp_path):
    (tmp_path / "labels.json").write_text(text)
    with pytest.raises(UsageError, match="not resource_id,team") as error:
        run("self-eval", bill.parent / "run", "--labels", tmp_path / "labels.json")
    assert error.value.where == str(tmp_path / "labels.json")


def test_who_cannot_get_to_aws_is_not_told_to_log_in(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with socket.socket() as nobody:  # bound, and never listening
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(CostDNAError, match="cannot be reached") as error:
            Clients(endpoint=f"http://127.0.0.1:{nobody.getsockname()[1]}").identity()
    assert error.value.code == "network"


@pytest.mark.parametrize("form", ["json", "table"])
def test_what_is_piped_is_utf_8_whatever_the_machine_speaks(form, bill, tmp_path, monkeypatch):
    """A charset of old, and a name of a file that is no text."""
    path = os.fsencode(tmp_path) + b"/b\xff.csv"
    with open(path, "w", encoding="utf-8") as out:
        out.write(bill.read_text().replace(",find\n", ",\u691c\u7d22\n"))
    piped = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(piped, encoding="ascii"))
    monkeypatch.setattr(sys, "argv", ["costdna", "attribute", os.fsdecode(path), "--no-model", "-q", "-o", form])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code in (0, None)
    said = piped.getvalue().decode("utf-8")
    assert "\u691c\u7d22" in said
    if form == "json":
        assert json.loads(said)["source"]["files"] == ["b\\udcff.csv"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device here that is always full")
def test_a_disk_that_is_full_is_said_and_is_no_success():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", "from costdna_companion.cli import main; main()", "config", "show", "-o", "csv"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (
        done.returncode == 1
        and done.stderr.startswith("costdna: ")
        and "No space left" in done.stderr
        and "Traceback" not in done.stderr
        and "Exception ignored" not in done.stderr
    )
