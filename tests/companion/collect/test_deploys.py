"""Deploys from a repository made here, and from answers in the shapes that GitHub and GitLab document."""

import csv
import io
import json
import os
import subprocess

import pytest
from costdna import said
from costdna.errors import UsageError
from costdna_companion.cli import app
from costdna_companion.collect.deploys import load, of_ci, of_git
from typer.testing import CliRunner


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("git") / "checkout-web"
    folder.mkdir()

    def git(*words, day="2026-10-01"):
        at = f"{day}T12:00:00Z"
        subprocess.run(
            [
                "git",
                "-c",
                "user.name=Planted Person",
                "-c",
                "user.email=planted@example.com",
                "-c",
                "commit.gpgsign=false",
                *words,
            ],
            cwd=folder,
            check=True,
            capture_output=True,
            env={**os.environ, "GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at, "GIT_CONFIG_GLOBAL": os.devnull},
        )

    git("init", "-b", "main")
    (folder / ".github").mkdir()
    (folder / ".github" / "CODEOWNERS").write_text("* @fernweh/everyone\n/docs @bo\n* @fernweh/checkout  # all of it\n")
    git("add", ".")
    git("commit", "-m", "first")
    git("checkout", "-b", "work", day="2026-10-02")
    git("commit", "--allow-empty", "-m", "a change", day="2026-10-02")
    git("checkout", "main")
    git("merge", "--no-ff", "-m", "Merge a change,\twith a tab", "work", day="2026-10-03")
    git("tag", "-a", "v1", "-m", "one", day="2026-10-04")
    return folder


def test_merges_commits_and_tags_are_deploys_of_the_team_that_owns_the_repository(repository):
    (merge,) = of_git(repository)
    assert (merge["team"], merge["repo"], merge["timestamp"][:10], merge["name"]) == (
        "checkout",
        "checkout-web",
        "2026-10-03",
        "Merge a change, with a tab",
    ) and len(merge["commit"]) == 12
    assert [r["timestamp"][:10] for r in of_git(repository, "commits", team="web")] == ["2026-10-01", "2026-10-03"]
    assert [(r["name"], r["timestamp"][:10]) for r in of_git(repository, "tags")] == [("v1", "2026-10-04")]
    assert (
        of_git(repository, "commits", since="2026-10-02") == of_git(repository, "commits")[1:]
        and of_git(repository, "tags", since="2026-10-05") == []
    )


def test_no_repository_no_branch_and_an_option_in_disguise_are_named(repository, tmp_path):
    for folder, branch in (
        (tmp_path, "HEAD"),
        (repository, "absent"),
        (tmp_path / "absent", "HEAD"),
        (repository, "--output=x"),
    ):
        with pytest.raises(UsageError):
            of_git(folder, branch=branch)


def test_answers_of_github_and_gitlab():
    github = [
        {
            "url": "https://api.github.com/repos/fernweh/search-api/deployments/1",
            "sha": "a" * 40,
            "ref": "main",
            "environment": "production",
            "created_at": "2026-10-02T10:00:00Z",
            "updated_at": "2026-10-02T10:05:00Z",
            "creator": {"login": "planted"},
        }
    ]
    runs = {
        "total_count": 2,
        "workflow_runs": [
            {
                "name": "deploy",
                "head_sha": "b" * 40,
                "status": "completed",
                "conclusion": "success",
                "created_at": "2026-10-01T10:00:00Z",
                "updated_at": "2026-10-01T10:09:00Z",
                "repository": {"full_name": "fernweh/cms"},
            },
            {"name": "deploy", "head_sha": "c" * 40, "conclusion": "failure", "created_at": "2026-10-01T11:00:00Z"},
        ],
    }
    gitlab = [
        {
            "id": 1,
            "sha": "d" * 40,
            "ref": "main",
            "status": "success",
            "created_at": "2026-10-03T10:00:00Z",
            "environment": {"name": "production"},
            "user": {"name": "planted"},
        }
    ]
    assert of_ci(github) == [
        {
            "team": "search-api",
            "timestamp": "2026-10-02T10:05:00Z",
            "repo": "fernweh/search-api",
            "commit": "a" * 12,
            "name": "production",
        }
    ]
    assert [(r["team"], r["commit"]) for r in of_ci(runs)] == [("cms", "b" * 12)]
    assert [(r["team"], r["name"]) for r in of_ci(gitlab, "payments")] == [("payments", "production")]
    with pytest.raises(UsageError, match="no list of deploys"):
        of_ci({"message": "Not Found"})


def test_several_pages_in_one_file_and_none(tmp_path):
    (tmp_path / "a.json").write_text(
        '[{"created_at": "2026-10-01T00:00:00Z"}]\n[{"created_at": "2026-10-02T00:00:00Z"}]\n'
    )
    assert len(load(tmp_path / "a.json")) == 2
    (tmp_path / "b.json").write_text("no")
    with pytest.raises(UsageError, match="no JSON"):
        load(tmp_path / "b.json")


def test_the_verb_prints_what_anomalies_takes_and_nobodys_name(repository):
    run = CliRunner().invoke(app(), ["deploys", str(repository), "--how", "commits"], catch_exceptions=False)
    assert run.exit_code == 0 and "Planted" not in run.output and "planted" not in run.output
    events = said.deploys(list(csv.DictReader(io.StringIO(run.stdout))))
    assert events["x_ActorId"].tolist() == ["checkout", "checkout"] and events["x_At"].dt.strftime(
        "%Y-%m-%d"
    ).tolist() == ["2026-10-01", "2026-10-03"]
    assert (
        json.loads(
            CliRunner()
            .invoke(app(), ["deploys", str(repository), "--since", "2027-01-01", "-o", "json"], catch_exceptions=False)
            .stdout
        )["rows"]
        == []
    )
