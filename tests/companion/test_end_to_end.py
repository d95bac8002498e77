"""doctor → scan → review → plan → apply → verify → undo from the command line against an AWS on loopback; and nobody's
name and no secret in what it leaves.
"""

import json
import os
import re
import shutil
import stat

import pytest
from account import APPS, PEOPLE, furnish, tags
from aws_double import ACCOUNT, KEY, REGION, SECRET, Double
from costdna_companion.cli import app
from sink import Sink
from typer.testing import CliRunner

NAMES = [part for people in PEOPLE.values() for mail in people for part in (mail, mail.split("@")[0])]
CREDENTIALS = (SECRET, KEY, "ASIAPLANTED000000001")


class Journey:
    """What each verb said, and what the account looked like at each moment."""

    def __init__(self, double, folder, things):
        self.double, self.folder, self.things, self.said = double, folder, things, {}

    def run(self, name, *words, code=0):
        result = CliRunner().invoke(app(), list(words), catch_exceptions=False)
        self.said[name] = result.output
        assert result.exit_code == code, result.output
        return result

    def account(self):
        return {arn: tags(self.double, arn, about["kind"]) for arn, about in self.things.items()}


@pytest.fixture(scope="module")
def journey(tmp_path_factory):
    folder = tmp_path_factory.mktemp("journey")
    with Double() as double, pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in double.environment.items():
            patch.setenv(name, value)
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.setattr("costdna_companion.collect.lookup.PACE", 0.02)  # the pace has a test of its own
        j = Journey(double, folder, furnish(double, folder / "company"))
        bill, work = str(folder / "company" / "bill.csv"), str(folder / "work")
        j.before = j.account()
        j.checks = json.loads(j.run("doctor", "doctor", "--region", REGION, "--json", "-q").stdout)["checks"]
        j.scan = _json(
            j.run(
                "scan",
                "scan",
                bill,
                "--lookup-days",
                "1",
                "--region",
                REGION,
                "--work-dir",
                work,
                "--processes",
                "1",
                "--save-dir",
                str(folder / "saved"),
                "-o",
                "json",
            ).output
        )
        j.run("review", "queue", bill, "--scan", work, "-o", "csv", "-q")
        j.run("plan", "plan", bill, "--scan", work, "--out", str(folder / "plan.json"), "-q")
        j.dry, j.after_dry = j.run("dry run", "apply", str(folder / "plan.json"), "-q").stdout, j.account()
        j.applied = _json(j.run("apply", "apply", str(folder / "plan.json"), "--write", "--yes", "-o", "json").output)
        j.after = j.account()
        j.verified = _json(j.run("verify", "verify", j.applied["run"], "-o", "json").output)
        j.undone = _json(j.run("undo", "undo", j.applied["run"], "--yes", "-o", "json").output)
        j.restored = j.account()
        # more that is written down: a plan of one for another, with provenance; an activation; errors
        with pytest.MonkeyPatch.context() as planner:
            planner.setattr(
                "costdna_companion.collect.clients.Clients.identity",
                lambda self: {
                    "Account": ACCOUNT,
                    "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/{PEOPLE['search'][0]}",
                    "UserId": "x",
                },
            )
            owned = json.loads((folder / "plan.json").read_text())["rows"][0]["ResourceId"]
            (folder / "code").mkdir()
            (folder / "code" / "terraform.tfstate").write_text(
                json.dumps(
                    {
                        "version": 4,
                        "resources": [
                            {
                                "mode": "managed",
                                "type": "aws_thing",
                                "name": "mine",
                                "instances": [{"attributes": {"arn": owned, "id": "x"}}],
                            }
                        ],
                    }
                )
            )
            j.run(
                "plan for another",
                "plan",
                bill,
                "--scan",
                work,
                "--out",
                str(folder / "two.json"),
                "--two-person",
                "--provenance",
                "--least",
                "0.5",
                "--repository",
                str(folder / "code"),
                "-q",
            )
            refused = CliRunner().invoke(app(), ["apply", str(folder / "two.json"), "--write", "--yes", "-q"])
            j.said["refused"] = f"{refused.output} {refused.exception}"
        double.cost_tags.keys["team"] = (False, "")
        j.run("activate", "activate", "team", "--write", "--yes")
        # runs that are watched and compared, with what a target hears
        target, runs = Sink(), folder / "runs"
        shutil.copytree(folder / "saved", runs / "2026-11-02T06-00-00Z")
        j.run("an earlier run", "attribute", bill, "--no-model", "--save-dir", str(runs / "2026-11-01T06-00-00Z"), "-q")
        (folder / "address").write_text(target.address)
        target.answers = [404]
        failed = CliRunner().invoke(app(), ["watch", "--runs", str(runs), "--webhook", target.address])
        j.said["watch that fails"] = f"{failed.output} {failed.exception}"
        j.run(
            "watch",
            "watch",
            "--runs",
            str(runs),
            "--slack",
            f"file:{folder / 'address'}",
            "--teams",
            target.address,
            "--webhook",
            target.address,
            "--show-resources",
        )
        target.close()
        j.heard = [body.decode() for _, _, body in target.got]
        j.run("diff", "diff", str(runs / "2026-11-01T06-00-00Z"), str(runs / "2026-11-02T06-00-00Z"), "-o", "csv")
        (folder / "labels.csv").write_text(
            "resource_id,team\n" + "".join(f"{about['name']},{about['team']}\n" for about in j.things.values())
        )
        j.run("self-eval", "self-eval", str(folder / "saved"), "--labels", str(folder / "labels.csv"))
        j.run("explain", "explain", owned, bill, "--scan", work, "-q")
        yield j


def _json(said: str) -> dict:
    """The JSON document in what a verb printed, whatever it told beside it."""
    return json.JSONDecoder().raw_decode(said[re.search(r"^\{", said, re.M).start() :])[0]


def test_the_doctor_names_who_we_are_and_what_each_check_unlocks(journey):
    found = {row["check"]: row for row in journey.checks}
    assert ACCOUNT in found["identity"]["finding"] and {row["level"] for row in journey.checks} == {"ok"}
    assert {"CloudTrail history", "CloudTrail trails", "tags"} <= set(found)
    assert all(row["unlocks"] for row in journey.checks)


def test_the_scan_finds_who_made_what_and_says_what_it_could_see(journey):
    assert journey.scan["events"]["resources"] == len(journey.things)
    assert {(row["RegionId"], row["x_Status"]) for row in journey.scan["coverage_of_sources"]} == {
        (REGION, "complete"),
        ("us-east-1", "complete"),
    }
    assert journey.scan["coverage"]["after"] > journey.scan["coverage"]["before"] + 0.15


def test_the_plan_names_the_true_team_of_what_nobody_tagged(journey):
    plan = json.loads((journey.folder / "plan.json").read_text())
    assert len(plan["rows"]) >= 8
    for row in plan["rows"]:
        about = journey.things[row["ResourceId"]]
        assert not about["tagged"] and row["x_NewValue"] == about["team"] and row["x_EvidenceHash"]


def test_what_terraform_manages_is_left_out_of_a_plan(journey):
    first, plan = (
        json.loads((journey.folder / "plan.json").read_text())["rows"][0]["ResourceId"],
        json.loads((journey.folder / "two.json").read_text()),
    )
    assert first not in {row["ResourceId"] for row in plan["rows"]} and next(
        row for row in plan["passed"] if row["ResourceId"] == first
    )["x_Reason"].startswith("Terraform manages it: tag it in its code (aws_thing.mine;")


def test_a_dry_run_changes_nothing_and_apply_changes_only_what_was_planned(journey):
    planned = {
        row["ResourceId"]: row["x_NewValue"] for row in json.loads((journey.folder / "plan.json").read_text())["rows"]
    }
    assert "Nothing was changed" in journey.dry and journey.after_dry == journey.before
    assert journey.applied["counts"] == {"written": len(planned), "already": 0, "changed": 0, "clash": 0, "refused": 0}
    assert journey.after == {
        arn: {**had, **({"team": planned[arn]} if arn in planned else {})} for arn, had in journey.before.items()
    }


def test_verify_reads_back_and_undo_is_exact(journey):
    assert journey.verified["counts"] == {
        "kept": journey.applied["counts"]["written"],
        "changed": 0,
        "gone": 0,
        "unreadable": 0,
    }
    assert journey.undone["counts"]["restored"] == journey.applied["counts"]["written"]
    assert journey.restored == journey.before


def test_verify_names_what_somebody_changed_since(journey, tmp_path):
    plan = str(journey.folder / "plan.json")
    made = _json(
        journey.run("again", "apply", plan, "--write", "--yes", "--max", "2", "--canary", "1", "-o", "json").output
    )
    arns = [line["arn"] for line in made["outcomes"]]
    kinds = [journey.things[arn]["kind"] for arn in arns]
    from costdna_companion.collect.clients import Clients
    from costdna_companion.write.cloud import Cloud
    from costdna_companion.write.routes import target

    cloud = Cloud(Clients())
    cloud.write(target(arns[0]), {"team": "somebody-else"})
    cloud.remove(target(arns[1]), ["team"])
    seen = _json(journey.run("verify again", "verify", made["run"], "-o", "json", code=4).output)
    assert seen["counts"] == {"kept": 0, "changed": 1, "gone": 1, "unreadable": 0}
    back = _json(journey.run("undo again", "undo", made["run"], "--yes", "-o", "json", code=4).output)
    assert back["counts"]["changed"] == 1 and tags(journey.double, arns[0], kinds[0])["team"] == "somebody-else"
    cloud.remove(target(arns[0]), ["team"])
    assert journey.account() == journey.before


def test_a_value_overwritten_unseen_is_found_in_the_event_history_with_its_hand_hashed(journey):
    made = _json(
        journey.run("third", "apply", str(journey.folder / "plan.json"), "--write", "--yes", "-o", "json").output
    )
    lines = [json.loads(line) for line in open(made["journal"])]
    arn = next(line["arn"] for line in lines if line["kind"] == "before" and ":sns:" in line["arn"])
    clean = _json(journey.run("verify history", "verify", made["run"], "--history", "-o", "json").output)
    assert clean["overwritten"] == []
    at = next(line["at"] for line in lines if line["kind"] == "before" and line["arn"] == arn)[:19] + "Z"
    somebody = PEOPLE["search"][0]
    journey.double.history.append(
        {
            "eventID": "window",
            "eventTime": at,
            "eventName": "TagResource",
            "eventSource": "sns.amazonaws.com",
            "awsRegion": REGION,
            "readOnly": False,
            "requestParameters": {"resourceArn": arn, "tags": [{"key": "team", "value": "theirs"}]},
            "userIdentity": {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/console/{somebody}"},
        }
    )
    found = _json(journey.run("verify history again", "verify", made["run"], "--history", "-o", "json", code=4).output)[
        "overwritten"
    ]
    assert [(one["arn"], one["key"], one["value"], one["at"]) for one in found] == [
        (arn, "team", "theirs", at)
    ] and found[0]["by"].startswith("principal-")
    said = journey.run("verify history in words", "verify", made["run"], "--history", code=4).output
    assert f"overwritten: team=theirs of {arn}" in said
    journey.run("undo third", "undo", made["run"], "--yes", "-o", "json")
    assert journey.account() == journey.before


def test_no_secret_and_nobodys_name_is_in_logs_exports_or_journals(journey):
    written = {f"output of {name}": text for name, text in journey.said.items()}
    written |= {f"digest {n}": text for n, text in enumerate(journey.heard)}
    for part in ("saved", "data", "runs", "plan.json", "two.json"):
        place = journey.folder / part
        written |= {
            str(path.relative_to(journey.folder)): path.read_text()
            for path in ([place] if place.is_file() else place.rglob("*"))
            if path.is_file()
        }
    assert (
        "Who planned may not apply" in written["output of refused"]
        and json.loads(written["two.json"])["two_person"]
        and any("activations/" in name for name in written)
    )
    assert any("runs/" in name for name in written) and any("saved/" in name for name in written)
    # resources are in them, as asked
    assert (
        len(journey.heard) == 4
        and all("prod" in text for text in journey.heard[1:])
        and "could not be sent" in written["output of watch that fails"]
    )
    for name, text in written.items():
        for planted in (*NAMES, *CREDENTIALS, "planted-secret-T0K3N"):
            assert planted not in text, f"{planted} in {name}"
    # the test can fail: what a scan fetched does hold them, readable by the user alone
    raw = b"".join(path.read_bytes() for path in (journey.folder / "company").rglob("*.csv"))
    assert APPS["search"][0].encode() in raw
    assert stat.S_IMODE((journey.folder / "work").stat().st_mode) == 0o700
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (journey.folder / "data").rglob("*.jsonl"))
