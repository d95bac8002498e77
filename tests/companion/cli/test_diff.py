"""diff and self-eval over saved runs of a bill that changed."""

import json

import pytest
from costdna.errors import UsageError
from costdna_companion.cli import app
from costdna_companion.demo.write import write_demo
from typer.testing import CliRunner


def run(*arguments, code=0):
    result = CliRunner().invoke(app(), [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Two months of the same company, saved; and the truth of the second."""
    folder = tmp_path_factory.mktemp("saved")
    for name, month in (("old", "2026-08"), ("new", "2026-09")):
        write_demo(folder / name, scale=0.1, month=month, formats=["cur2"])
        run("attribute", folder / name / "cur2", "--save-dir", folder / f"{name}-run", "-q", "-o", "json")
    return folder


def test_a_run_and_itself_do_not_differ(saved):
    told = json.loads(run("diff", saved / "new-run", saved / "new-run", "-o", "json"))
    assert told["changes"] == [] and told["coverage"]["before"] == told["coverage"]["now"] > 0.1


def test_a_rule_moves_what_it_names_and_the_exit_code_says_so(saved, tmp_path):
    (tmp_path / "rules.yaml").write_text(
        "- {service: 'Amazon Simple Storage Service', team: storage-guild, override: true}\n"
    )
    run(
        "attribute",
        saved / "new" / "cur2",
        "--rules",
        tmp_path / "rules.yaml",
        "--save-dir",
        tmp_path / "ruled",
        "-q",
        "-o",
        "json",
    )
    told = json.loads(run("diff", saved / "new-run", tmp_path / "ruled", "--fail-on", "major", "-o", "json", code=3))
    moved = [c for c in told["changes"] if c["now"] == "storage-guild"]
    assert (
        moved
        and {c["kind"] for c in moved} == {"owner"}
        and sum(c["why"].startswith("now stands on rule") for c in moved) > len(moved) / 2
    )
    assert "changed hands" in run("diff", saved / "new-run", tmp_path / "ruled")


def test_self_eval_counts_the_inferred_against_the_truth(saved, tmp_path):
    truth = json.loads((saved / "new" / "truth.json").read_text())
    labels = [
        f"{r['ResourceId']},{r['team']}\n" for r in truth["resources"] if r["team"] and "," not in r["ResourceId"]
    ]
    (tmp_path / "labels.csv").write_text("resource_id,team\n" + "".join(labels))
    told = json.loads(
        run(
            "self-eval",
            saved / "new-run",
            "--labels",
            tmp_path / "labels.csv",
            "--base",
            saved / "new-run",
            "-o",
            "json",
        )
    )
    whole = told["rows"][0]
    assert (
        whole["checked"] > 3
        and whole["right"] > 0.8 * whole["checked"]
        and whole["low"] <= whole["accuracy"] <= whole["high"]
        and told["significantly_worse"] is False
    )


def test_a_folder_that_is_no_run_and_a_level_that_is_none(saved, tmp_path):
    with pytest.raises(UsageError, match="not a saved run"):
        run("diff", tmp_path, saved / "new-run")
    with pytest.raises(UsageError, match="not a severity"):
        run("diff", saved / "new-run", saved / "new-run", "--fail-on", "huge")
