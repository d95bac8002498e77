"""Writing survives every fault at every step: nothing lost, nothing overwritten that was seen, undo exact."""

import copy
import json

import pytest
from costdna_companion.write import plan_file
from costdna_companion.write.apply import Row, apply
from costdna_companion.write.cloud import Cloud
from costdna_companion.write.journal import Journal
from costdna_companion.write.undo import undo
from costdna_companion.write.verify import verify
from fake_cloud import FakeCloud, Killed

ARNS = [f"arn:aws:ec2:eu-west-1:111122223333:instance/i-{n}" for n in range(4)]
BEFORE = {ARNS[0]: {}, ARNS[1]: {"team": "old", "Name": "one"}, ARNS[2]: {"Name": "two"}, ARNS[3]: {"env": "prod"}}
PLAN = [
    Row(ARNS[0], "team", "search"),
    Row(ARNS[1], "team", "payments", old="old", overwrite=True),
    Row(ARNS[2], "team", "search"),
    Row(ARNS[3], "team", "search"),
]
AFTER = {
    ARNS[0]: {"team": "search"},
    ARNS[1]: {"team": "payments", "Name": "one"},
    ARNS[2]: {"team": "search", "Name": "two"},
    ARNS[3]: {"team": "search", "env": "prod"},
}
CALLS = 16  # four rows: read, read again, write, read back


def fresh(at=None) -> FakeCloud:
    return FakeCloud(copy.deepcopy(BEFORE), at)


def run(cloud, path, rows=PLAN) -> list[dict]:
    with Journal(path) as journal:
        return apply(rows, cloud, journal, wait=lambda seconds: None)


def back(cloud, path) -> list[dict]:
    with Journal(path) as journal:
        return undo(cloud, journal, wait=lambda seconds: None)


def test_a_plan_is_written_read_back_and_undone_exactly(tmp_path):
    cloud = fresh()
    assert [line["status"] for line in run(cloud, tmp_path / "j")] == ["written"] * 4
    assert cloud.tags == AFTER and cloud.calls == CALLS
    assert [line["status"] for line in back(cloud, tmp_path / "j")] == ["restored"] * 4
    assert cloud.tags == BEFORE


@pytest.mark.parametrize("moment", ["kill-before", "kill-after"])
@pytest.mark.parametrize("call", range(CALLS))
def test_killed_at_any_call_then_resumed_or_undone(tmp_path, call, moment):
    for finish in ("resume", "undo"):
        cloud, path = fresh({call: moment}), tmp_path / finish
        with pytest.raises(Killed):
            run(cloud, path)
        if finish == "resume":
            run(cloud, path)
            assert cloud.tags == AFTER
        back(cloud, path)
        assert cloud.tags == BEFORE


@pytest.mark.parametrize("call", range(CALLS // 2))
def test_undo_killed_at_any_call_and_resumed(tmp_path, call):
    cloud = fresh()
    run(cloud, tmp_path / "j")
    for moment in ("kill-before", "kill-after"):
        cloud.at = {cloud.calls + call: moment}
        try:
            back(cloud, tmp_path / "j")
        except Killed:
            back(cloud, tmp_path / "j")
        assert cloud.tags == BEFORE


@pytest.mark.parametrize("call", range(CALLS))
def test_a_moment_of_throttling_is_waited_out(tmp_path, call):
    cloud = fresh({call: "ThrottlingException"})
    assert {line["status"] for line in run(cloud, tmp_path / "j")} == {"written"} and cloud.tags == AFTER


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidParameterException", "NoSuchBucket"])
@pytest.mark.parametrize("call", range(4))
def test_a_refusal_is_that_rows_alone_and_undo_leaves_nothing(tmp_path, call, code):
    cloud = fresh({call: code})
    outcomes = run(cloud, tmp_path / "j")
    assert [line["status"] for line in outcomes] == ["refused", "written", "written", "written"] and outcomes[0][
        "code"
    ] == code
    back(cloud, tmp_path / "j")
    assert cloud.tags == BEFORE


def test_a_value_that_the_plan_did_not_see_is_left_alone(tmp_path):
    cloud = fresh()
    cloud.tags[ARNS[0]]["team"] = "somebody"
    outcome = run(cloud, tmp_path / "j")[0]
    assert (outcome["status"], outcome["found"]) == ("changed", "somebody") and cloud.tags[ARNS[0]] == {
        "team": "somebody"
    }


def test_a_value_that_the_plan_saw_is_replaced_only_where_its_row_says_so(tmp_path):
    cloud = fresh()
    assert run(cloud, tmp_path / "j", [Row(ARNS[1], "team", "payments", old="old")])[0]["status"] == "changed"
    assert cloud.tags == BEFORE


@pytest.mark.parametrize("call", [1, 3])
def test_an_edit_seen_before_or_after_the_write_is_a_clash_with_its_value(tmp_path, call):
    cloud = fresh({call: lambda tags: tags[ARNS[0]].update(team="somebody")})
    outcome = run(cloud, tmp_path / "j")[0]
    assert (outcome["status"], outcome["found"]) == ("clash", "somebody") and cloud.tags[ARNS[0]]["team"] == "somebody"
    back(cloud, tmp_path / "j")
    assert cloud.tags[ARNS[0]] == {"team": "somebody"}


def test_the_very_value_that_somebody_else_wrote_meanwhile_is_theirs_and_undo_leaves_it(tmp_path):
    cloud = fresh({1: lambda tags: tags[ARNS[0]].update(team="search")})
    outcome = run(cloud, tmp_path / "j")[0]
    assert (outcome["status"], outcome["found"]) == ("clash", "search")
    assert ARNS[0] not in {line["arn"] for line in back(cloud, tmp_path / "j")}
    assert cloud.tags == BEFORE | {ARNS[0]: {"team": "search"}}


@pytest.mark.parametrize("kind", ["role", "user"])
def test_a_key_that_iam_takes_for_one_that_is_there_is_not_written(tmp_path, kind):
    arn = f"arn:aws:iam::111122223333:{kind}/app"
    cloud = FakeCloud({arn: {"Team": "theirs"}})
    outcome = run(cloud, tmp_path / "j", [Row(arn, "team", "search")])[0]
    assert (outcome["status"], outcome["code"]) == ("refused", "Limit") and "Team" in outcome["detail"]
    assert cloud.tags == {arn: {"Team": "theirs"}} and back(cloud, tmp_path / "j") == []


def test_another_key_edited_in_the_window_is_told_with_both_values(tmp_path):
    cloud = fresh({10: lambda tags: tags[ARNS[2]].update(Name="renamed")})
    outcome = run(cloud, tmp_path / "j")[2]
    assert outcome["status"] == "written" and outcome["others"] == {"Name": ["two", "renamed"]}


def test_undo_refuses_what_somebody_changed_since(tmp_path):
    cloud = fresh()
    run(cloud, tmp_path / "j")
    cloud.tags[ARNS[2]]["team"] = "somebody"
    told = {line["arn"]: line for line in back(cloud, tmp_path / "j")}
    assert told[ARNS[2]]["status"] == "changed" and told[ARNS[2]]["found"] == "somebody"
    assert cloud.tags == BEFORE | {ARNS[2]: {"Name": "two", "team": "somebody"}}


def test_limits_are_kept(tmp_path):
    cloud = FakeCloud({ARNS[0]: {f"k{n}": "" for n in range(50)} | {"aws:x": ""}, ARNS[1]: {}})
    rows = [
        Row(ARNS[0], "team", "search"),
        Row(ARNS[1], "aws:team", "search"),
        Row(ARNS[1], "team", "x" * 257),
        Row(ARNS[1], "k" * 129, "x"),
    ]
    outcomes = run(cloud, tmp_path / "j", rows)
    assert [line["status"] for line in outcomes] == ["refused"] * 4 and all(line["detail"] for line in outcomes)
    assert cloud.tags[ARNS[1]] == {}


def test_stop_ends_after_the_row_at_hand(tmp_path):
    cloud, told = fresh(), []
    with Journal(tmp_path / "j") as journal:
        apply(PLAN, cloud, journal, tell=told.append, stop=lambda: len(told) == 2)
    assert len(told) == 2 and cloud.tags[ARNS[2]] == BEFORE[ARNS[2]]
    assert len(run(cloud, tmp_path / "j")) == 2 and cloud.tags == AFTER


def test_the_journal_says_what_was_there(tmp_path):
    run(fresh(), tmp_path / "j")
    lines = [json.loads(line) for line in (tmp_path / "j").read_text().splitlines()]
    assert [line["before"] for line in lines if line["kind"] == "before"] == [None, "old", None, None]
    assert [line["all"] for line in lines if line["kind"] == "before"][1] == {"team": "old", "Name": "one"}


class LateCloud(FakeCloud):
    """Tells of a write only at the reading so many after it, as KMS or S3 may."""

    def __init__(self, tags, late: int):
        super().__init__(tags)
        self.late, self.old, self.left, self.writes = late, {}, 0, 0

    def read(self, thing):
        if thing.arn in self.old and self.left:
            self.left -= 1
            return dict(self.old[thing.arn])
        return super().read(thing)

    def _changed(self, thing, act):
        self.old, self.left, self.writes = {thing.arn: dict(self.tags[thing.arn])}, self.late, self.writes + 1
        return act()

    def write(self, thing, tags, seen=None):
        return self._changed(thing, lambda: FakeCloud.write(self, thing, tags, seen))

    def remove(self, thing, keys, seen=None):
        return self._changed(thing, lambda: FakeCloud.remove(self, thing, keys, seen))

    def write_many(self, things, tags):
        return self._changed(things[0], lambda: FakeCloud.write_many(self, things, tags))


@pytest.mark.parametrize("most", [1, 20])
@pytest.mark.parametrize("late", [1, 4])
def test_a_write_that_is_told_of_late_is_waited_for_and_no_clash(tmp_path, late, most):
    cloud, waits = LateCloud(copy.deepcopy(BEFORE), late), []
    with Journal(tmp_path / "j") as journal:
        outcomes = apply(PLAN, cloud, journal, wait=waits.append, most=most)
        assert (
            {line["status"] for line in outcomes} == {"written"}
            and cloud.tags == AFTER
            and waits[:late] == [0.5, 1, 2, 4][:late]
        )
        assert cloud.writes == (4 if most == 1 else 2)  # once each: a late answer is no reason to write again
        assert {line["status"] for line in undo(cloud, journal, wait=waits.append)} == {
            "restored"
        } and cloud.tags == BEFORE


def test_a_write_that_is_never_told_of_says_so_and_blames_nobody(tmp_path):
    cloud = LateCloud(copy.deepcopy(BEFORE), 99)
    outcome = run(cloud, tmp_path / "j", PLAN[:1])[0]
    assert (outcome["status"], outcome["found"]) == ("clash", None) and "may be late" in outcome["detail"]
    cloud.left = 0
    back(cloud, tmp_path / "j")
    assert cloud.tags == BEFORE


def test_a_bucket_of_another_account_is_asked_for_there_by_every_step(tmp_path):
    """Its ARN does not say whose it is; the plan does."""
    tags, places = {}, []

    class S3:
        def __getattr__(self, name):
            return {
                "get_bucket_tagging": lambda Bucket: {"TagSet": [{"Key": k, "Value": v} for k, v in tags.items()]},
                "get_bucket_abac": lambda Bucket: {},
                "put_bucket_tagging": lambda Bucket, Tagging: (
                    tags.clear(),
                    tags.update({t["Key"]: t["Value"] for t in Tagging["TagSet"]}),
                ),
                "delete_bucket_tagging": lambda Bucket: tags.clear(),
            }[name]

    def clients(service, account, region):
        places.append((service, account))
        return S3()

    row = {
        "ResourceId": "arn:aws:s3:::shop-logs",
        "SubAccountId": "444455556666",
        "x_Key": "team",
        "x_OldValue": "",
        "x_NewValue": "search",
        "BilledCost": "1",
    }
    api = {**row, "ResourceId": "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"}
    rows = plan_file.rows({"rows": [row, api]})
    assert [r.account for r in rows] == ["444455556666", ""]
    with Journal(tmp_path / "j") as journal:
        assert apply(rows[:1], Cloud(clients), journal, wait=lambda s: None)[0]["status"] == "written" and tags == {
            "team": "search"
        }
        assert verify(Cloud(clients), journal)[0]["status"] == "kept"
        assert undo(Cloud(clients), journal, wait=lambda s: None)[0]["status"] == "restored" and tags == {}
    assert set(places) == {("s3", "444455556666")}
