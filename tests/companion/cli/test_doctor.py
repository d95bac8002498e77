"""costdna doctor: what it prints, and how it ends."""

import csv
import io
import json

import pytest
from small_bills import rows, text

from costdna_companion import cli


@pytest.fixture
def bill(tmp_path):
    path = tmp_path / "bill.csv"
    path.write_text(text(rows()), encoding="utf-8", newline="")
    return path


def run(monkeypatch, capsys, *words) -> tuple[int, str]:
    monkeypatch.setattr("sys.argv", ["costdna", "doctor", *map(str, words), "-q"])
    try:
        cli.main()
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    return code, capsys.readouterr().out


def test_json_is_stable_and_holds_the_files(bill, monkeypatch, capsys):
    code, out = run(monkeypatch, capsys, bill, "--json")
    result = json.loads(out)
    assert code == 0 and result["schema_version"] == "1" and result["errors"] == result["skipped"] == []
    assert set(result["findings"][0]) == {"file", "check", "level", "finding", "meaning"}
    (file,) = result["files"]
    assert (file["name"], file["version"], file["rows"]) == ("bill.csv", "CUR 1", 60) and "dictionaries" not in file
    checks = {f["check"] for f in result["findings"]}
    assert {"file", "period", "currency", "absent", "tags", "granularity", "basis", "line-types", "resources"} <= checks


def test_csv_and_markdown(bill, monkeypatch, capsys):
    code, out = run(monkeypatch, capsys, bill, "--output", "csv")
    assert code == 0 and list(csv.reader(io.StringIO(out)))[0] == ["file", "check", "level", "finding", "meaning"]
    assert run(monkeypatch, capsys, bill, "--output", "markdown")[1].startswith("|")


def test_every_file_is_looked_at_and_the_worst_decides(bill, monkeypatch, capsys):
    torn = bill.with_name("torn.csv")
    torn.write_bytes(bill.read_bytes()[:-40])
    code, out = run(monkeypatch, capsys, bill, torn, "--json")
    result = json.loads(out)
    assert (
        code == 2
        and [e["code"] for e in result["errors"]] == ["mid-row"]
        and [f["name"] for f in result["files"]] == ["bill.csv"]
    )
    assert result["findings"][0]["level"] == "error"


def test_fail_on(bill, monkeypatch, capsys):
    assert run(monkeypatch, capsys, bill, "--fail-on", "note")[0] == 3
    assert run(monkeypatch, capsys, bill, "--fail-on", "everything")[0] == 2
    assert run(monkeypatch, capsys, bill.with_name("none.csv"))[0] == 2
