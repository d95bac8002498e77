import json

import bills
import pytest
from costdna.errors import CostDNAError
from costdna.export import Choices, Leaving, policy, story
from readings import line


def leaving(lines, **choices):
    result = bills.run(lines)
    return Leaving(result, result.report, story.figures(result.report), Choices(**choices))


def on(day, **more):
    return line(
        ChargePeriodStart=f"2026-10-{day:02d}T00:00:00Z", ChargePeriodEnd=f"2026-10-{day:02d}T01:00:00Z", **more
    )


LINES = [on(1, ResourceId=f"i-{i:017x}", Tags={("resource", "team"): "ab"[i % 2]}, Unblended="1") for i in range(6)] + [
    on(5, ResourceId="i-00000000000000aaa", Unblended="10"),
    on(5, ResourceId="i-00000000000000bbb", Unblended="20", Tags={("resource", "team"): "a"}),
    on(5, ResourceId="shop", ServiceCode="AmazonS3", Unblended="40"),
    on(5, ResourceId="i-00000000000000ccc", Unblended="80", Tags={("resource", "team"): "web*"}),
]


def test_both_policies_say_only_what_is_confirmed():
    one = leaving(LINES)
    tags = json.loads(policy.tag_policy(one))["tags"]["team"]
    assert tags == {
        "tag_key": {"@@assign": "team"},
        "tag_value": {"@@assign": ["a", "b"]},
        "enforced_for": {"@@assign": ["ec2:instance"]},
    }
    (statement,) = json.loads(policy.scp(one))["Statement"]
    assert statement["Action"] == ["ec2:RunInstances"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Null": {"aws:RequestTag/team": "true"}}
    assert "s3:CreateBucket" in policy.scp(leaving(LINES, create_bucket=True))


def test_what_would_have_been_stopped_is_counted_from_the_bill():
    seen = policy.simulation(leaving(LINES))
    assert (seen["created"], seen["untagged"], seen["misvalued"], seen["units"]) == (
        3,
        1,
        1,
        9000,
    )
    assert "i-00000000000000aaa" in seen["examples"]
    assert policy.simulation(leaving(LINES, create_bucket=True))["untagged"] == 2


def test_inferred_and_misspelt_teams_are_no_allowed_values():
    rows = bills.company(teams=3, per_team=8) + [
        line(ResourceId=f"i-x{i}", Tags={("resource", "team"): "team0l"}, Unblended="0.01") for i in range(1)
    ]
    one = leaving(rows)
    if any(f["code"] == "look-alike-team" for f in one.report.findings):
        assert "team0l" not in policy.teams(one)
    assert set(policy.teams(one)) >= {"team00", "team01", "team02"}


def test_sizes_and_emptiness_are_refused():
    many = leaving(
        [
            on(
                1,
                ResourceId=f"i-{i:017x}",
                Tags={("resource", "team"): f"a-team-with-a-long-name-{i:04d}"},
                Unblended="1",
            )
            for i in range(400)
        ]
    )
    with pytest.raises(CostDNAError, match="longer than AWS takes"):
        policy.tag_policy(many)
    with pytest.raises(CostDNAError, match="confirmed"):
        policy.scp(leaving([on(1, ResourceId="i-1", Unblended="1")]))
