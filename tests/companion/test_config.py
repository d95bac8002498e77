"""Flag before environment before file before default; what nobody knows is refused with a suggestion; secrets stay
hidden.
"""

import json

import pytest
from typer.testing import CliRunner

from costdna.errors import UsageError
from costdna_companion import cli, config


def by_name(values):
    return {v.setting.name: v for v in values}


def test_environment_goes_before_the_file_and_the_file_before_the_default(tmp_path):
    (tmp_path / "costdna.yaml").write_text(
        "metric: effective\ncurrency: EUR\ntag_keys: [team, squad]\nbilling: {profile: pay}\nllm: {profile: talk}\nrules: mine.yaml\n"
    )
    found = by_name(
        config.load(
            None,
            {"COSTDNA_METRIC": "billed", "AWS_BEDROCK_PROFILE": "bedrock", "HOME": str(tmp_path / "home")},
            tmp_path,
        )
    )
    assert (found["metric"].value, found["metric"].source) == ("billed", "environment COSTDNA_METRIC")
    assert (found["currency"].value, found["currency"].source) == ("EUR", str(tmp_path / "costdna.yaml"))
    assert (
        found["tag_keys"].value == ["team", "squad"]
        and found["rules"].value == str(tmp_path / "mine.yaml")
        and found["output"].source == "default"
    )
    # two profiles, never one for the other
    assert (found["billing.profile"].value, found["llm.profile"].value) == ("pay", "bedrock")


def test_a_named_file_goes_before_the_one_that_is_found_and_the_user_s_folder_comes_last(tmp_path):
    (tmp_path / "home/.config/costdna").mkdir(parents=True)
    (tmp_path / "home/.config/costdna/config.yaml").write_text("currency: SEK\n")
    (tmp_path / "named.yaml").write_text("currency: CHF\n")
    home = {"HOME": str(tmp_path / "home")}
    assert by_name(config.load(None, home, tmp_path))["currency"].value == "SEK"
    assert by_name(config.load(tmp_path / "named.yaml", home, tmp_path))["currency"].value == "CHF"
    with pytest.raises(UsageError):
        config.load(tmp_path / "absent.yaml", home, tmp_path)


@pytest.mark.parametrize(
    "text, found",
    [
        ("metrc: x", "metrc (did you mean metric?)"),
        ("llm: {modle: x}", "llm.modle (did you mean llm.model?)"),
        ("a: [", "while parsing"),
        ("- x", "['x']"),
        ("metric: {a: 1}", "metric: "),
        ("billing: foo", "billing: foo"),
        ("llm:\nbill: {}", "bill: {}"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, found):
    (tmp_path / "costdna.yaml").write_text(text)
    with pytest.raises(UsageError) as caught:
        config.load(None, {}, tmp_path)
    assert caught.value.found.startswith(found)


def test_verbs_take_the_file_as_their_default_and_a_flag_goes_before_it(tmp_path, monkeypatch):
    (tmp_path / "costdna.yaml").write_text("bill: nowhere.csv\nmetric: wrong\nllm: {api_key: sesame}\n")
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(cli.app(), ["trends", "-q"])
    assert "The metric is not one we know" in str(answer.exception)
    answer = CliRunner().invoke(cli.app(), ["trends", "-q", "--metric", "billed"])
    assert "nowhere.csv" in str(answer.exception)
    shown = CliRunner().invoke(cli.app(), ["config", "show", "--json"])
    assert "sesame" not in shown.output
    rows = {r["setting"]: r for r in json.loads(shown.stdout)["rows"]}
    assert (
        rows["llm.api_key"]["value"] == "(hidden)"
        and rows["metric"]["source"].endswith("costdna.yaml")
        and rows["store"]["source"] == "default"
    )


def test_no_path_keeps_its_meaning_where_it_has_one():
    values = config.load(None, {"COSTDNA_BILL": "b.csv", "COSTDNA_STORE": "s.duckdb"}, __import__("pathlib").Path("/"))
    made = config.defaults(values, {"ingest": {"paths", "store"}, "trends": {"paths"}, "doctor": {"paths"}})
    assert made == {"ingest": {"store": "s.duckdb"}, "trends": {"paths": ["b.csv"]}}
