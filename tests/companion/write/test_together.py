"""Many resources by one call: the same exactness as one at a time, and a call of at most twenty."""

import copy

import boto3
import pytest
from costdna_companion.bench import write_back, write_together
from costdna_companion.bench.faults import Wire
from costdna_companion.bench.written_kinds import MAKERS
from costdna_companion.write.apply import apply, carefully
from costdna_companion.write.cloud import Cloud, WriteRefused
from costdna_companion.write.journal import Journal
from costdna_companion.write.routes import target
from costdna_companion.write.single import Row
from costdna_companion.write.together import MOST, alike
from costdna_companion.write.undo import undo
from fake_cloud import FakeCloud, Killed
from moto import mock_aws

ARNS = [f"arn:aws:lambda:eu-west-1:111122223333:function:f{n}" for n in range(3)]
BEFORE = {ARNS[0]: {}, ARNS[1]: {"team": "old", "Name": "one"}, ARNS[2]: {"Name": "two"}}
PLAN = [
    Row(ARNS[0], "team", "search"),
    Row(ARNS[1], "team", "search", old="old", overwrite=True),
    Row(ARNS[2], "team", "search"),
]
AFTER = {arn: {**tags, "team": "search"} for arn, tags in BEFORE.items()}
CALLS = 10  # three reads, three reads, one write, three reads


def fresh(at=None) -> FakeCloud:
    return FakeCloud(copy.deepcopy(BEFORE), at)


def run(cloud, path, rows=PLAN, most=MOST) -> list[dict]:
    with Journal(path) as journal:
        return apply(rows, cloud, journal, wait=lambda seconds: None, most=most)


def back(cloud, path) -> None:
    with Journal(path) as journal:
        undo(cloud, journal, wait=lambda seconds: None)


def test_alike_rows_are_written_by_one_call_and_undone_exactly(tmp_path):
    cloud = fresh()
    assert [(line["arn"], line["status"]) for line in run(cloud, tmp_path / "j")] == [(arn, "written") for arn in ARNS]
    assert cloud.tags == AFTER and cloud.together == [ARNS] and cloud.calls == CALLS
    back(cloud, tmp_path / "j")
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


@pytest.mark.parametrize("call", range(CALLS))
@pytest.mark.parametrize("code", ["ThrottlingException", "InternalError"])
def test_a_call_that_fails_once_is_waited_out(tmp_path, call, code):
    cloud = fresh({call: code})
    assert {line["status"] for line in run(cloud, tmp_path / "j")} == {"written"} and cloud.tags == AFTER


def test_a_call_that_is_refused_as_a_whole_leaves_each_row_its_own_way(tmp_path):
    cloud = fresh({6: "AccessDeniedException"})
    assert {line["status"] for line in run(cloud, tmp_path / "j")} == {"written"} and cloud.tags == AFTER


def test_a_resource_that_the_answer_names_goes_alone_and_the_others_are_written(tmp_path):
    cloud = fresh()
    cloud.untaken = {ARNS[1]: "InvalidParameterException"}
    assert (
        [line["status"] for line in run(cloud, tmp_path / "j")] == ["written"] * 3
        and cloud.tags == AFTER
        and len(cloud.together) == 1
    )
    cloud = fresh({9: "AccessDeniedException"})  # its own read, after the call and two readings back
    cloud.untaken = {ARNS[1]: "AccessDeniedException"}
    told = {line["arn"]: line for line in run(cloud, tmp_path / "k")}
    assert [told[arn]["status"] for arn in ARNS] == ["written", "refused", "written"] and told[ARNS[1]][
        "code"
    ] == "AccessDeniedException"
    assert cloud.tags == {**AFTER, ARNS[1]: BEFORE[ARNS[1]]}


@pytest.mark.parametrize("call", [3, 4, 5])
def test_an_edit_between_the_two_reads_stays_and_is_told(tmp_path, call):
    cloud = fresh({call: lambda tags: tags[ARNS[call - 3]].update(team="theirs")})
    told = {line["arn"]: line for line in run(cloud, tmp_path / "j")}
    assert [told[arn]["status"] for arn in ARNS] == ["clash" if n == call - 3 else "written" for n in range(3)]
    assert (
        told[ARNS[call - 3]]["found"] == "theirs" == cloud.tags[ARNS[call - 3]]["team"]
        and ARNS[call - 3] not in cloud.together[0]
    )
    back(cloud, tmp_path / "j")
    assert cloud.tags == BEFORE | {ARNS[call - 3]: {**BEFORE[ARNS[call - 3]], "team": "theirs"}}


def test_an_edit_after_the_call_is_seen_at_reading_back(tmp_path):
    cloud = fresh({7: lambda tags: tags[ARNS[2]].update(team="theirs")})
    assert {line["arn"]: line.get("found") for line in run(cloud, tmp_path / "j")}[ARNS[2]] == "theirs"


def test_a_throttled_call_reads_again_before_it_is_repeated(tmp_path):
    cloud = fresh({6: "ThrottlingException", 7: lambda tags: tags[ARNS[0]].update(team="theirs")})
    told = {line["arn"]: line["status"] for line in run(cloud, tmp_path / "j")}
    assert told == {ARNS[0]: "clash", ARNS[1]: "written", ARNS[2]: "written"} and cloud.tags[ARNS[0]] == {
        "team": "theirs"
    }


def test_a_single_throttled_write_reads_again_before_it_is_repeated(tmp_path):
    cloud = fresh({2: "ThrottlingException", 3: lambda tags: tags[ARNS[0]].update(team="theirs")})
    assert run(cloud, tmp_path / "j", PLAN[:1])[0]["status"] == "clash" and cloud.tags[ARNS[0]] == {"team": "theirs"}


def test_what_the_plan_did_not_see_or_a_limit_forbids_is_left_out_of_the_call(tmp_path):
    cloud = fresh()
    cloud.tags[ARNS[0]] = {"team": "theirs"}
    cloud.tags[ARNS[2]] = {f"k{n}": "" for n in range(50)}
    assert [line["status"] for line in run(cloud, tmp_path / "j")] == ["changed", "written", "refused"]
    assert cloud.tags[ARNS[0]] == {"team": "theirs"} and cloud.tags[ARNS[1]] == AFTER[ARNS[1]]


def test_a_call_takes_at_most_twenty_of_one_account_region_and_tag(tmp_path):
    arns = [f"arn:aws:lambda:eu-west-1:111122223333:function:f{n}" for n in range(45)]
    odd = [
        "arn:aws:lambda:eu-west-1:444455556666:function:f",
        "arn:aws:lambda:us-east-1:111122223333:function:f",
        "arn:aws:s3:::bucket",
        "arn:aws:s3:::another",
    ]
    rows = [Row(arn, "team", "search") for arn in [*odd[:2], *arns, *odd[2:]]] + [
        Row(arns[0], "env", "prod"),
        Row(arns[1], "cost", "x", beside="team"),
    ]
    cloud = FakeCloud({row.arn: {} for row in rows})
    with Journal(tmp_path / "j") as journal:
        assert carefully(rows, cloud, journal, 3, lambda line: None, lambda: False)
    assert [len(call) for call in cloud.together] == [20, 20, 4]  # the canary wrote three, one at a time
    assert all(set(call) <= set(arns) for call in cloud.together) and all(
        tags.get("team") == "search" for tags in cloud.tags.values()
    )
    assert cloud.tags[arns[0]]["env"] == "prod" and cloud.tags[arns[1]]["cost"] == "x"
    assert alike(Row(odd[2], "team", "search")) is None


def test_what_a_stack_owns_is_left_to_its_template_and_the_rest_goes_on(tmp_path):
    arns = [f"arn:aws:lambda:eu-west-1:111122223333:function:f{n}" for n in range(12)]
    stacked = {arn: {"aws:cloudformation:stack-name": "api"} for arn in (*arns[:4], arns[8])}
    cloud = FakeCloud({arn: {} for arn in arns} | copy.deepcopy(stacked))
    with Journal(tmp_path / "j") as journal:
        assert carefully(
            [Row(arn, "team", "search") for arn in arns], cloud, journal, 3, lambda line: None, lambda: False
        )
        outcomes = {line["arn"]: line for line in journal.of("outcome")}
        assert not any(line["arn"] in stacked for line in journal.of("before"))
    assert {arn for arn, line in outcomes.items() if line["status"] == "refused"} == stacked.keys() and len(
        outcomes
    ) == 12
    assert all(outcomes[arn]["code"] == "StackOwned" and "stack api" in outcomes[arn]["detail"] for arn in stacked)
    assert {arn: cloud.tags[arn] for arn in stacked} == stacked and [len(call) for call in cloud.together] == [4]


def test_a_first_tag_that_fails_ends_the_run(tmp_path):
    cloud = fresh()
    cloud.tags[ARNS[0]] = {f"k{n}": "" for n in range(50)}
    with Journal(tmp_path / "j") as journal:
        assert not carefully(
            [Row(arn, "team", "search") for arn in ARNS], cloud, journal, 2, lambda line: None, lambda: False
        )
        assert [line["arn"] for line in journal.of("outcome")] == ARNS[:2]


def test_stop_ends_after_the_call_at_hand(tmp_path):
    told = []
    rows = [Row(f"arn:aws:lambda:eu-west-1:111122223333:function:f{n}", "team", "search") for n in range(40)]
    cloud = FakeCloud({row.arn: {} for row in rows})
    with Journal(tmp_path / "j") as journal:
        apply(rows, cloud, journal, tell=told.append, stop=lambda: bool(told), most=MOST)
        assert {line["arn"] for line in journal.of("before")} == {line["arn"] for line in told} and len(told) == 20


class TestOnTheDouble:
    @pytest.fixture(scope="class")
    def made(self):
        with mock_aws():
            wire = Wire()
            kinds = dict.fromkeys(kind for group in write_together.GROUPS.values() for kind in group)
            yield wire, {kind: MAKERS[kind](wire) for kind in kinds}

    def group(self, made, name, folder):
        wire, arns = made
        return write_back._together(name, arns, wire, folder)

    @pytest.mark.parametrize("name", write_together.GROUPS)
    def test_every_class_of_fault_is_survived(self, made, name, tmp_path):
        rows = list(write_together.trials(self.group(made, name, tmp_path), step=13))
        assert {what for what, _, _ in rows} == {
            "resumed",
            "undone",
            "throttled",
            "denied",
            "in the window",
            "changed before",
        }
        assert not [row for row in rows if row[2]]

    def test_one_call_is_one_call(self, made, tmp_path):
        for name, calls in (
            ("four kinds by one call", ["TagResources", "TagResources", "TagResource"]),
            ("two EC2 kinds by one call", ["CreateTags"]),
        ):
            group = self.group(made, name, tmp_path)
            group.fresh()
            group.run()
            # the kind that the double's Tagging API does not take goes alone
            assert [record["eventName"] for record in group.wire.records] == calls

    def test_a_way_that_does_not_look_again_is_found_out(self, made, tmp_path, monkeypatch):
        group = self.group(made, "four kinds by one call", tmp_path)
        monkeypatch.setattr(Cloud, "read_many", lambda self, things: {thing.arn: write_back.FORMER for thing in things})
        group.fresh()
        group.things[0].edit("team", "theirs")
        group.run()
        assert group.is_(group.after, {group.arns[0]: {**group.former, "team": "theirs"}})

    def test_reads_at_the_same_time_say_the_same(self, made):
        wire, arns = made
        things = [target(arn) for kind, arn in arns.items() if not kind.startswith(("EC2", "EBS"))] + [
            target("arn:aws:lambda:eu-west-1:123456789012:function:nobody")
        ]
        one, many = Cloud(wire).read_many(things), Cloud(wire, at_once=4).read_many(things)
        assert {arn: tags for arn, tags in one.items() if isinstance(tags, dict)} == {
            arn: tags for arn, tags in many.items() if isinstance(tags, dict)
        }
        assert isinstance(many[things[-1].arn], WriteRefused) and len(one) == 5


def test_the_tagging_api_is_asked_for_no_more_than_it_takes():
    model = boto3.session.Session().client("resourcegroupstaggingapi", region_name="eu-west-1").meta.service_model
    assert model.operation_model("TagResources").input_shape.members["ResourceARNList"].metadata["max"] == MOST
    assert model.operation_model("GetResources").input_shape.members["ResourceARNList"].metadata["max"] >= MOST
