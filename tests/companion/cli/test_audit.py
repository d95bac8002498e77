"""`audit` and its older name: what is printed, what the exit code says, and what is no table."""

import json
import sys
from types import SimpleNamespace

import pytest

from costdna_companion import cli


@pytest.fixture
def costdna(monkeypatch, capsys):
    """The command line in this process: what it prints and the code it leaves with."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["costdna", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        return SimpleNamespace(returncode=left.value.code or 0, **capsys.readouterr()._asdict())

    return run


@pytest.fixture(scope="module")
def leaky(tmp_path_factory):
    path = tmp_path_factory.mktemp("audit") / "data.csv"
    lines = [f"r{i},{('ads', 'maps')[i % 2]},d{i % 2 + 2 * (i // 2 % 10)},{'sml'[i * 7 % 3]}" for i in range(200)]
    path.write_text("resource_id,team,deployment_id,size\n" + "\n".join(lines) + "\n")
    return path


def test_honest_comes_first_and_the_leak_is_named(costdna, leaky):
    done = costdna("audit", leaky, "--target", "team")
    assert done.returncode == 0, done.err
    assert (
        done.out.index("honest accuracy") < done.out.index("inflated accuracy")
        and "! deployment_id gives team away" in done.out
    )
    result = json.loads(costdna("audit", leaky, "-t", "team", "--json").out)
    assert result["leaks"] == ["deployment_id"] and result["inflated_accuracy"] == 1.0 > result["honest_accuracy"]
    assert {k["x_Key"]: k["x_Verdict"] for k in result["keys"]}["resource_id"] == "near-unique"


def test_exit_codes_of_both_names(costdna, leaky, tmp_path):
    assert costdna("audit", leaky, "-t", "team", "--fail-on-leak").returncode == 3
    assert costdna("audit", leaky, "-t", "team", "-c", "size", "--fail-on-leak").returncode == 0
    assert costdna("leakaudit", leaky, "--target", "team", "--fail-on-leak").returncode == 1
    assert (
        costdna("leakaudit", leaky, "--target", "team", "--columns", "size,resource_id", "--fail-on-leak").returncode
        == 0
    )
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 is not enough")
    for verb in ("audit", "leakaudit"):
        for path in (tmp_path / "nothing.csv", tmp_path / "broken.parquet"):
            done = costdna(verb, path, "--target", "team")
            assert done.returncode == 2 and "Traceback" not in done.err and "Next:" in done.err
        assert costdna(verb, leaky, "--target", "owner").returncode == 2


def test_relations_beside_the_table(costdna, leaky, tmp_path):
    edges = tmp_path / "edges.csv"
    edges.write_text(
        "resource_id,kind,group\n" + "".join(f"r{i},flow,f{i % 2}\nr{i},rack,k{i % 7}\n" for i in range(200))
    )
    result = json.loads(costdna("audit", leaky, "-t", "team", "-c", "size", "--edges", edges, "--json").out)
    assert result["leaks"] == ["flow"] and result["join_solvable"] == 1.0
    assert costdna("audit", leaky, "-t", "team", "--edges", leaky, "--id", "nobody").returncode == 2


def test_a_bill_audits_its_own_tag_keys(costdna, demo_bills):
    result = json.loads(costdna("audit", demo_bills / "cur-v1", "--json").out)
    keys = {k["x_Key"]: k["x_Verdict"] for k in result["keys"]}
    assert keys["tag user:CostCenter"] == "leak" and keys["RegionId"] == "clean"
    assert not [k for k in keys if k.lower().endswith("team")]  # the owner's own key is the label, not a finding
    assert result["honest_accuracy"] < result["inflated_accuracy"] and "fair evidence" in result["notes"][-1]
