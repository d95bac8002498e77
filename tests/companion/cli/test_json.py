"""JSON of the command line: one form of answer for every verb, one form of error, and one place that decides both."""

import ast
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import typer
from costdna.report import SCHEMA_VERSION
from costdna_companion import cli
from costdna_companion.bench import commands
from costdna_companion.cli import _audits, _failing, _inputs, _output, _sharing, app, main
from costdna_companion.cli._output import Output
from typer.testing import CliRunner

VERBS = typer.main.get_command(app()).commands
HEADER = (
    "bill/BillingPeriodStartDate,bill/PayerAccountId,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,"
    "lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,lineItem/UsageAmount,"
    "lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/ResourceId,product/ProductName,resourceTags/user:owner"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A bill of two months, attributed once for all verbs that are tried, a saved run of it, a plan, budgets, checked
    owners, and a repository's deploys.
    """
    lines = [HEADER]
    for n in range(61):
        day = np.datetime64("2026-09-01") + n
        for i in range(4):
            lines.append(
                f"{str(day)[:7]}-01T00:00:00Z,999,111,Usage,{day}T00:00:00Z,{day + 1}T00:00:00Z,AWSLambda,"
                f"Lambda-GB-Second,Invoke,1,USD,{20 - n % 30}.{i}5,arn:aws:lambda:eu-west-1:111:function:pay-{i},"
                f"AWS Lambda,{('', 'pay', 'find', 'pay')[i]}"
            )
    at = tmp_path_factory.mktemp("json")
    (at / "bill.csv").write_text("\n".join(lines) + "\n")
    (at / "budgets.yaml").write_text("- {team: pay, monthly: 100}\n")
    (at / "labels.csv").write_text("resource_id,team\narn:aws:lambda:eu-west-1:111:function:pay-0,pay\n")
    (at / "runs.json").write_text('[{"created_at": "2026-09-03T10:00:00Z", "sha": "abc", "environment": "prod"}]')
    attributed, made = _inputs.attributed, {}

    def once(paths, wanted, progress, model=True, quiet=False):
        key = ([Path(path).name for path in paths], repr(wanted), model)
        if str(key) not in made:
            made[str(key)] = attributed(paths, wanted, progress, model, quiet)
        return made[str(key)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_inputs, "attributed", once)
        ran("attribute", at / "bill.csv", "--no-model", "--save-dir", at / "run", "-q")
        ran("plan", at / "bill.csv", "--out", at / "plan.json", "-q")
        yield at


def ran(*words, code=0):
    done = CliRunner().invoke(app(), [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


CALLS = {
    "allocate": ["bill.csv", "--no-model"],
    "anomalies": ["bill.csv", "--no-model"],
    "apply": ["plan.json"],
    "attribute": ["bill.csv", "--no-model"],
    "audit": ["bill.csv"],
    "budgets": ["bill.csv", "--budgets", "budgets.yaml", "--no-model"],
    "compare": ["bill.csv", "--no-model"],
    "config": ["show"],
    "deploys": ["runs.json", "--team", "pay"],
    "diff": ["run", "run"],
    "doctor": ["bill.csv"],
    "explain": ["pay-1", "bill.csv", "--no-model"],
    "export": ["list", "bill.csv", "--no-model"],
    "ingest": ["--store", "kept.duckdb"],
    "plan": ["bill.csv", "--out", "again.json"],
    "queue": ["bill.csv", "--no-model"],
    "self-eval": ["run", "--labels", "labels.csv"],
    "summary": ["bill.csv", "--no-model"],
    "trends": ["bill.csv", "--no-model"],
    "waste": ["bill.csv", "--no-model"],
    "why": ["bill.csv", "--no-model"],
}
ELSEWHERE = {
    "activate": "asks AWS: write/test_activation.py",
    "fetch": "asks S3: collect/test_bill.py",
    "scan": "its answer is attribute's and more: cli/test_scan.py",
    "undo": "writes to AWS: cli/test_write_back.py",
    "verify": "asks AWS: cli/test_write_back.py",
    "leakaudit": "audit under an older name",
    "benchmark": "minutes; prints by commands.show, tried below",
    "ablate": "minutes; prints by commands.show, tried below",
    "robustness": "minutes; prints by commands.show, tried below",
    "calibrate": "needs a bill of many owners",
    "unit": "prints by _sharing.said, tried below",
    "watch": "tried below, twice",
    "learn": "minutes on simulated accounts",
    "ways": "minutes on real labels",
}
"""Verbs that cannot be run here, and why: that they print by `answer` is read off their code below."""


def object_of(text: str) -> dict:
    """The one JSON object that a text is."""
    told = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert isinstance(told, dict) and next(iter(told)) == "schema_version", text[:200]
    assert told["schema_version"] == SCHEMA_VERSION == _output.SCHEMA_VERSION == "1"
    return told


def test_every_verb_that_prints_json_is_tried_or_named():
    printing = {name for name, verb in VERBS.items() if any(p.name == "output" for p in verb.params)}
    assert printing == CALLS.keys() | ELSEWHERE.keys() and not CALLS.keys() & ELSEWHERE.keys()


@pytest.mark.parametrize("verb", CALLS)
def test_a_verb_s_json_is_one_object_with_the_one_version(verb, folder, monkeypatch):
    monkeypatch.chdir(folder)
    choice = "--output" if verb == "export" else "-o"
    told = object_of(ran(verb, *CALLS[verb], choice, "json").stdout)
    assert len(told) > 1


def test_a_second_watch_says_the_same_kind_of_thing_as_the_first(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(folder)
    words = ("watch", "bill.csv", "--no-model", "--runs", tmp_path / "runs", "-o", "json")
    first, second = (object_of(ran(*words).stdout) for _ in range(2))
    assert first["kind"] == second["kind"] == "costdna-digest" and first["changes"] == second["changes"] == 0
    assert first["from"] is None and second["from"] == first["to"]


def test_nothing_but_answer_prints_json():
    """Read off the code: what cannot be run here prints by it too. roles prints a policy, which is AWS's own form."""
    for path in [*Path(cli.__file__).parent.glob("*.py"), Path(commands.__file__)]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
                inner = [n.func.attr for n in ast.walk(node) if isinstance(n, ast.Call) and hasattr(n.func, "attr")]
                assert "dumps" not in inner or path.name in ("_output.py", "roles.py"), f"{path.name}:{node.lineno}"


def test_what_is_shared_prints_by_it_too(capsys):
    commands.show("ablate", {"rows": [{"method": "a", "top1": 0.5}]}, Output.json)
    assert object_of(capsys.readouterr().out)["rows"] == [{"method": "a", "top1": 0.5}]
    _sharing.said({"saving": "1.0", "share": float("nan"), "parts": [float("inf")]}, True)
    assert object_of(capsys.readouterr().out) == {
        "schema_version": "1",
        "saving": "1.0",
        "share": None,
        "parts": [None],
    }
    _audits.show(type("Found", (), {"to_dict": lambda self: {"schema_version": 1, "target": "team"}})(), Output.json)
    assert object_of(capsys.readouterr().out)["target"] == "team"
    _output.rows([], Output.json)
    assert object_of(capsys.readouterr().out)["rows"] == []


def test_a_verb_takes_the_json_of_another(folder, monkeypatch):
    monkeypatch.chdir(folder)
    found = []
    for form in ("json", "csv"):
        (folder / f"deploys.{form}").write_text(ran("deploys", "runs.json", "--team", "pay", "-o", form).stdout)
        said = ran("anomalies", "bill.csv", "--no-model", "--deploys", f"deploys.{form}", "-o", "json").stdout
        found.append(object_of(said)["deploys"])
    assert found[0] == found[1] and "coincidences" in found[0]


# -- errors --------------------------------------------------------------------------------------------------------


def failing(monkeypatch, capsys, *words) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of the program itself."""
    monkeypatch.setattr(sys, "argv", ["costdna", *map(str, words)])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr()
    return left.value.code, said.out, said.err


BAD = {
    "no such file": (["attribute", "nowhere.csv"], 2, "no-file"),
    "an option's value": (["attribute", "bill.csv", "--metric", "x"], 2, "metric"),
    "no argument": (["trends"], 2, "usage"),
    "no such option": (["trends", "bill.csv", "--days-back", "3"], 2, "usage"),
    "no such verb": (["atribute", "bill.csv"], 2, "usage"),
    "no run": (["undo", "2031"], 2, "run"),
    "no such plan": (["apply", "nowhere.json"], 2, "no-plan"),
    "a configuration": (["--config", "nowhere.yaml", "attribute", "bill.csv"], 2, "no-file"),
    "a place that is a file": (["attribute", "bill.csv", "--no-model", "--save-dir", "bill.csv/x"], 1, "file"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_verb_that_fails_says_so_in_json_where_json_was_asked_for(name, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    words, code, kind = BAD[name]
    plain = failing(monkeypatch, capsys, *words)
    left, out, said = failing(monkeypatch, capsys, *words, "-o", "json")
    told = object_of(said.splitlines()[-1])
    assert plain[0] == left == told["exit_code"] == code and out == ""
    assert told["error"].keys() == {"code", "message", "found", "where", "next"}
    assert told["error"]["message"] and (kind is None or told["error"]["code"] == kind)
    assert not plain[2].lstrip().startswith("{"), "a person is told in words"


def test_a_question_that_nobody_answers_is_an_error_too(folder, monkeypatch, capsys):
    def asks(*words, **how):
        raise typer.Abort

    monkeypatch.chdir(folder)
    monkeypatch.setattr(typer, "confirm", asks)
    words = ("ingest", "--source", "cost-explorer", "--days", "3")
    assert failing(monkeypatch, capsys, *words)[0] == 1
    code, out, said = failing(monkeypatch, capsys, *words, "--json")
    told = object_of(said.splitlines()[-1])
    assert code == 1 and out == "" and told["error"]["code"] == "aborted" and "--yes" in told["error"]["next"]


def test_json_that_the_environment_or_the_file_asks_for_counts(folder, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "costdna.yaml").write_text("output: json\n")
    assert object_of(failing(monkeypatch, capsys, "attribute", "no.csv")[2])["error"]["code"] == "no-file"
    assert not failing(monkeypatch, capsys, "attribute", "no.csv", "-o", "table")[2].startswith("{")
    (tmp_path / "costdna.yaml").write_text("")
    monkeypatch.setenv("COSTDNA_OUTPUT", "json")
    assert object_of(failing(monkeypatch, capsys, "attribute", "no.csv")[2])["error"]["code"] == "no-file"


@pytest.mark.parametrize(
    "words,wanted",
    [
        (["attribute", "b", "--json"], True),
        (["attribute", "b", "-ojson"], True),
        (["attribute", "b", "--format=json"], True),
        (["attribute", "b", "-o", "json", "-o", "csv"], False),
        (["attribute", "b", "--", "--json"], False),
        (["export", "teams", "b", "-o", "json"], False),  # its -o is a file
        (["export", "list", "b", "--format", "json"], True),
        (["roles", "--json"], False),
        (["nothing", "--json"], True),
        (["attribute", "b"], False),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_how_json_is_asked_for(words, wanted, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COSTDNA_OUTPUT", raising=False)
    assert _failing.wants_json(words, VERBS) is wanted
