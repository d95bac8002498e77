import pandas as pd
import pytest
from readings import line, reading

from costdna import money, schema
from costdna.allocate import allocate
from costdna.errors import UsageError
from costdna.ownables import ownables
from costdna.read import assemble
from costdna.teams import find_keys, known, parse_rules, parse_team_map


def tag(value, key="user:Team", source="resource"):
    return {(source, key): value}


def on(day, **changes):
    return line(
        ChargePeriodStart=f"2026-10-{day:02}T03:00:00Z", ChargePeriodEnd=f"2026-10-{day:02}T04:00:00Z", **changes
    )


def proved(rows, **wishes):
    bill = assemble([reading(rows)])
    things = ownables(bill.charges)
    found = known(bill.charges, things, **wishes)
    return bill, things, found, allocate(bill.charges, found.ownership, found.claims)


def by_team(bill, allocations):
    cost = allocations.groupby(["x_Team", "x_Basis"])["BilledCost"].sum()
    return {k: money.to_text(v, bill.scale) for k, v in cost.items()}


@pytest.mark.parametrize(
    "key", ["user:Team", "user_team", "resourceTags/Team", "TEAM", "user:owning-team", "user:squad"]
)
def test_any_spelling_of_team_is_found(key):
    bill = assemble([reading([line(Tags=tag("a", key)), line(Tags=tag("b", key))])])
    keys = find_keys(bill.charges)
    assert keys[keys["x_Rank"] == 0]["x_Key"].tolist() == [key]


def test_a_key_that_carries_little_money_gives_way_to_the_next():
    rows = [
        line(Unblended="1", Tags=tag("a")),
        line(Unblended="1", Tags=tag("b")),
        *[line(Unblended="50", Tags=tag(d, "user:Department")) for d in "xy"],
    ]
    bill = assemble([reading(rows)])
    keys = find_keys(bill.charges)
    assert keys[keys["x_Rank"] >= 0]["x_Key"].tolist() == ["user:Department"]


def test_chosen_keys_are_asked_in_order():
    rows = [line(Tags={**tag("a"), **tag("p1", "user:Project")}), line(Tags=tag("p2", "user:Project"))]
    bill, _, found, allocations = proved(rows, chosen=["project", "team"])
    assert found.teams == ["p1", "p2"]


def test_spellings_of_one_team_are_one_team_named_by_the_most_money():
    bill, _, found, allocations = proved(
        [
            line(Unblended="1", Tags=tag("Search ")),
            line(Unblended="5", Tags=tag("search")),
            line(Unblended="1", Tags=tag("none")),
        ]
    )
    assert found.teams == ["search"]
    assert by_team(bill, allocations)[("search", "tag")] == "6"


def test_a_tag_that_appears_mid_month_proves_only_its_own_lines_and_rules_the_rest():
    bill, _, _, allocations = proved(
        [on(1, Unblended="1"), on(2, Unblended="2"), on(3, Unblended="4", Tags=tag("pay"))]
    )
    assert by_team(bill, allocations) == {("pay", "tag"): "4", ("pay", "rule"): "3"}


def test_money_follows_the_date_when_a_resource_changes_hands():
    bill, _, found, allocations = proved(
        [
            on(1, Unblended="1", Tags=tag("a")),
            on(2, Unblended="2"),
            on(5, Unblended="4", Tags=tag("b")),
            on(6, Unblended="8"),
        ]
    )
    assert by_team(bill, allocations) == {("a", "tag"): "1", ("a", "rule"): "2", ("b", "tag"): "4", ("b", "rule"): "8"}
    assert len(found.ownership) == 2 and found.labels["x_Team"].tolist() == ["b"]


def test_lines_without_a_resource_do_not_lend_each_other_their_tag():
    bill, _, _, allocations = proved(
        [line(ResourceId="", Unblended="1", Tags=tag("a")), line(ResourceId="", Unblended="2")]
    )
    assert by_team(bill, allocations) == {("a", "tag"): "1", ("", ""): "2"}


def test_precedence_human_override_tag_rule_map_account():
    rules = parse_rules(
        [{"name": "i-2", "team": "forced", "override": True}, {"service": "*compute*", "team": "ruled"}]
    )
    team_map = parse_team_map({"111122223333": "byaccount", "i-4": "mapped"})
    rows = [line(ResourceId=f"i-{k}", Tags=tag("tagged") if k in (1, 2, 3) else {}) for k in (1, 2, 3)]
    bill, things, found, allocations = proved(rows, rules=rules, team_map=team_map)
    owner = dict(zip(things["ResourceId"], things["x_OwnableId"]))
    answer = pd.DataFrame(
        [(owner["i-1"], "human", "owned", pd.Timestamp("2026-11-01"))], columns=schema.ANSWERS.names()
    )
    bill, things, found, allocations = proved(
        rows, rules=rules, team_map=team_map, answers=schema.ANSWERS.check(answer.astype({"x_At": "datetime64[ns]"}))
    )
    teams = dict(zip(found.labels["x_OwnableId"], found.labels["x_Team"]))
    assert {r: teams[o] for r, o in owner.items()} == {"i-1": "human", "i-2": "forced", "i-3": "tagged"}
    assert {(r, b) for r, b in zip(allocations["x_Team"], allocations["x_Basis"])} == {
        ("human", "human"),
        ("forced", "rule"),
        ("tagged", "tag"),
    }


def test_map_and_account_reach_what_nothing_else_does():
    rows = [
        line(ResourceId="arn:aws:rds:eu-west-1:1:db:ccd-store"),
        line(ResourceId="i-9"),
        line(ResourceId="i-8", SubAccountId="1", Tags={("resource", "user:app"): "Core-Case"}),
    ]
    bill, _, found, allocations = proved(rows, team_map={"ccd": "CDM", "core case": "Core", "111122223333": "Base"})
    got = {(t, b) for t, b in zip(allocations["x_Team"], allocations["x_Basis"])}
    assert got == {("CDM", "map"), ("Base", "account"), ("Core", "tag")} or got == {
        ("CDM", "map"),
        ("Base", "account"),
        ("Core", "map"),
    }


def test_conflicts_are_listed_with_their_money():
    bill, _, found, _ = proved([line(Unblended="7", Tags=tag("a"))], rules=parse_rules([{"name": "*", "team": "b"}]))
    assert found.conflicts[["x_Team", "x_OtherTeam"]].to_numpy().tolist() == [["a", "b"]]
    assert money.to_text(found.conflicts["BilledCost"].iat[0], bill.scale) == "7"


def test_created_by_is_never_an_owner():
    _, _, found, _ = proved([line(Tags=tag("AssumedRole:AROAX:maria", "aws:createdBy"))])
    assert found.teams == []


def test_a_principal_named_for_one_team_owns_its_bedrock_lines_only():
    rows = [
        line(Tags=tag("search")),
        line(
            ResourceId="",
            ServiceCode="AmazonBedrock",
            UsageType="EUW1-Claude-input",
            PrincipalId="arn:aws:sts::1:assumed-role/search-bedrock/s1",
            Unblended="3",
        ),
        line(
            ResourceId="",
            ServiceCode="AmazonBedrock",
            UsageType="EUW1-Claude-input",
            PrincipalId="arn:aws:iam::1:role/admin",
            Unblended="2",
        ),
    ]
    bill, _, _, allocations = proved(rows)
    assert by_team(bill, allocations)[("search", "principal")] == "3"


def test_an_undone_answer_counts_no_more():
    rows = [line()]
    bill, things, *_ = proved(rows)
    owner = int(things["x_OwnableId"].iat[0])
    at = pd.Timestamp("2026-11-01")
    answers = schema.ANSWERS.check(
        pd.DataFrame([(owner, "a", "owned", at), (owner, "", "", at)], columns=schema.ANSWERS.names()).astype(
            {"x_At": "datetime64[ns]"}
        )
    )
    assert proved(rows, answers=answers)[2].ownership.empty


@pytest.mark.parametrize(
    "row",
    [
        {"team": "a"},
        {"tag": "app", "team": "a"},
        {"name": "x", "account": "1", "team": "a"},
        {"name": "x"},
        {"nme": "x", "team": "a"},
    ],
)
def test_a_rule_that_is_not_understood_names_itself(row):
    with pytest.raises(UsageError, match="Rule 1"):
        parse_rules([row])


def test_the_real_team_map_is_understood(real_data):
    yaml = pytest.importorskip("yaml", reason="PyYAML reads the team map")
    teams = parse_team_map(yaml.safe_load((real_data / "team_map" / "team-config.yml").read_text()))
    assert len(teams) == 106 and len(set(teams.values())) == 58
