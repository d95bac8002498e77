"""Cost allocation tags: what a backfill would do, worked out before it is asked for; limits kept; a member account told
so.
"""

import datetime as dt
import json
import os

import pytest
from aws_double import ACCOUNT, Double
from cost_tags import CostTags
from costdna.errors import CostDNAError, UsageError
from costdna_companion.cli import app
from costdna_companion.collect.clients import billing
from costdna_companion.write import activation
from costdna_companion.write.activation import Key
from typer.testing import CliRunner

TODAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "first"),
    [("2026-03", "2026-03-01"), ("2026-03-01", "2026-03-01"), ("2025-11-01", "2025-11-01"), ("2026-11", "2026-11-01")],
)
def test_a_backfill_begins_on_the_first_of_one_of_twelve_months(text, first):
    assert activation.since(text, TODAY).isoformat() == first


@pytest.mark.parametrize("text", ["2026-03-02", "2025-10", "2026-12", "march", "2026", ""])
def test_no_other_day_is_asked_for(text):
    with pytest.raises(UsageError, match="first of a month"):
        activation.since(text, TODAY)


def test_what_a_backfill_adds_and_removes_is_the_past_of_keys_switched_since():
    keys = {
        key: Key(key, "UserDefined", active, since)
        for key, active, since in (
            ("old-on", True, "2025-01-05T00:00:00Z"),
            ("new-on", True, "2026-09-05T00:00:00Z"),
            ("old-off", False, "2025-01-05T00:00:00Z"),
            ("new-off", False, "2026-06-01T00:00:00Z"),
            ("never", False, ""),
            ("team", False, ""),
        )
    }
    first = dt.date(2026, 3, 1)
    found = {row["key"]: (row["would"], row["until"]) for row in activation.effects(keys, first, {"team": True}, TODAY)}
    assert found == {
        "new-on": ("add", "2026-09-05"),
        "team": ("add", "2026-11-21"),
        "new-off": ("remove", "2026-06-01"),
    }
    assert [row["would"] for row in activation.effects(keys, first, {"team": True}, TODAY)] == ["add", "add", "remove"]
    assert activation.effects({"k": Key("k", "AWSGenerated", True, "")}, first, {}, TODAY)[0]["until"].startswith(
        "unknown"
    )
    assert {row["key"] for row in activation.effects(keys, dt.date(2026, 10, 1), {"old-on": False}, TODAY)} == {
        "old-on"
    }


def test_govcloud_has_no_billing_of_its_own():
    assert billing("aws-cn") == "cn-northwest-1"
    with pytest.raises(UsageError, match="no billing"):
        billing("aws-us-gov")


@pytest.fixture(scope="module")
def double(tmp_path_factory):
    with Double() as made, pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in made.environment.items():
            patch.setenv(name, value)
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield made


@pytest.fixture
def tags(double):
    double.cost_tags = CostTags(
        {
            "team": (False, ""),
            "env": (True, "2024-01-01T00:00:00Z"),
            "project": (False, f"{dt.date.today() - dt.timedelta(days=40)}T00:00:00Z"),
            "aws:createdBy": (True, ""),
            **{f"k{n}": (False, "") for n in range(25)},
        }
    )
    return double.cost_tags


def run(*words, code=0, text=None):
    result = CliRunner().invoke(app(), ["activate", *words], input=text, catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def test_a_dry_run_changes_nothing_and_says_what_would_be(tags):
    before = dict(tags.keys)
    month = (dt.date.today().replace(day=1) - dt.timedelta(days=70)).strftime("%Y-%m")
    told = run("team", "env", "unseen", "--backfill", month).output
    assert (
        "unknown to billing" in told
        and "already" in told
        and "Nothing was changed" in told
        and "labels no past day" in told
    )
    made = json.loads(run("team", "--backfill", month, "-o", "json", "-q").stdout)
    assert {(row["key"], row["would"]) for row in made["backfill"]["effects"]} >= {
        ("team", "add"),
        ("project", "remove"),
    }
    assert (
        tags.keys == before
        and {what for what, _, _ in tags.calls} == {"list", "history"}
        and {region for _, _, region in tags.calls} == {"us-east-1"}
    )


def test_keys_are_switched_twenty_a_call_and_back(tags):
    many = [f"k{n}" for n in range(25)]
    made = json.loads(run(*many, "--write", "--yes", "-o", "json", "-q").stdout)
    assert (
        len(made["outcomes"]) == 25
        and all(tags.keys[key][0] for key in many)
        and [n for what, n, _ in tags.calls if what == "switch"] == [20, 5]
    )
    run(*many, "--off", "--write", "--yes", "-q")
    assert not any(tags.keys[key][0] for key in many) and tags.keys["env"][0]


def test_a_key_that_no_bill_has_seen_is_named_and_the_others_switched(tags):
    assert "unknown" in run("team", "unseen", "--write", "--yes", "-q", code=4).output
    assert tags.keys["team"][0] and "unseen" not in tags.keys


def test_switching_and_backfill_are_asked_for_apart(tags):
    month = dt.date.today().strftime("%Y-%m")
    run("team", "--write", "-q", code=1, text="n\n")
    assert not tags.keys["team"][0]
    told = run("team", "--backfill", month, "--write", "--yes", "-q", text="n\n").output
    assert "cannot be taken back" in told and tags.keys["team"][0] and not tags.requests
    run("--backfill", month, "--write", "--yes-backfill", "-q")
    assert [r["BackfillFrom"] for r in tags.requests] == [f"{month}-01T00:00:00Z"]
    with pytest.raises(CostDNAError, match="not started"):
        run("--backfill", month, "--write", "--yes-backfill", "-q")
    tags.requests[0]["BackfillStatus"] = "SUCCEEDED"
    with pytest.raises(CostDNAError, match="not started") as error:
        run("--backfill", month, "--write", "--yes-backfill", "-q")
    assert "24 hours" in error.value.found and len(tags.requests) == 1


def test_a_member_account_is_told_whose_it_is(tags):
    tags.member = True
    with pytest.raises(CostDNAError, match="Only the management account") as error:
        run("team", "--write", "--yes", "-q")
    assert "Linked account" in error.value.found and "roles --write --activate" in error.value.next_step


def test_the_journal_keeps_what_was_switched_and_no_secret(tags, double):
    from pathlib import Path

    run("team", "--write", "--yes", "-q")
    path = next(Path(os.environ["XDG_DATA_HOME"]).rglob("activations/journal.jsonl"))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert (
        lines[-2]["kind"] == "switch"
        and lines[-2]["keys"] == ["team"]
        and lines[-2]["account"] == ACCOUNT
        and lines[-1]["outcomes"][0]["status"] == "switched"
    )
    assert (
        path.stat().st_mode & 0o777 == 0o600
        and os.environ["AWS_SECRET_ACCESS_KEY"] not in path.read_text()
        and "arn:" not in path.read_text()
    )
