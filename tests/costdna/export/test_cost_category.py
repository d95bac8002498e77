"""A category re-applied to the bill, by an evaluator of its JSON that shares no code with its writer."""

import json
import re
from collections import Counter

import bills
import pytest
from costdna.errors import CostDNAError
from costdna.export import cost_category as cc
from costdna.export import story
from costdna.export.leaving import Leaving
from costdna.export.slices import shared
from readings import line


def leaving(lines, **wishes):
    result = bills.run(lines, **wishes)
    return Leaving(result, result.report, story.figures(result.report))


def apply(definition: dict, charges) -> Counter:
    """Units of BilledCost by value of the category: first match wins, a fixed split is carried out."""
    allowed = {
        "LINKED_ACCOUNT": "SubAccountId",
        "LINKED_ACCOUNT_NAME": "SubAccountName",
        "SERVICE_CODE": "x_ServiceCode",
        "REGION": "RegionId",
        "USAGE_TYPE": "x_UsageType",
        "RECORD_TYPE": "x_LineItemType",
    }

    def holds(rule, row):
        assert len(rule) == 1
        if "And" in rule:
            return all(holds(r, row) for r in rule["And"])
        part = rule.get("Dimensions") or rule["Tags"]
        assert part["MatchOptions"] == ["EQUALS"] and part["Values"] and all(part["Values"])
        if "Dimensions" in rule:
            return row[allowed[part["Key"]]] in part["Values"]
        return any(
            re.sub("^user[:_]", "", k) == part["Key"] and v in part["Values"] for _, k, v in json.loads(row["x_TagSet"])
        )

    out: Counter = Counter()
    for row in charges.to_dict("records"):
        out[next((r["Value"] for r in definition["Rules"] if holds(r["Rule"], row)), "")] += row["BilledCost"]
    for split in definition.get("SplitChargeRules", []):
        whole = out.pop(split["Source"])
        for target, percent in zip(split["Targets"], split["Parameters"][0]["Values"], strict=True):
            out[target] += whole * float(percent) / 100
    return out


def settled(one: Leaving) -> dict[str, float]:
    """What the category gives each team plus what it says it cannot."""
    got = apply(cc.definition(one), one.result.charges)
    out = Counter({cc.original(v): u for v, u in got.items() if v})
    for short in cc.cannot(one):
        parts = shared(short.team) or ([[short.team, 1_000_000]] if short.team else [])
        for team, ratio in parts:
            out[team] += short.units * ratio / 1_000_000
    return {t: u for t, u in out.items() if u}


def truth(one: Leaving) -> dict[str, int]:
    owned = one.result.allocations[one.result.allocations["x_Team"] != ""]
    return {t: int(u) for t, u in owned.groupby("x_Team")["BilledCost"].sum().items() if u}


def test_category_and_shortfalls_add_up_to_every_team():
    one = leaving(bills.company(teams=4, per_team=8))
    assert settled(one) == truth(one)
    assert any("inference" in s.why and s.units > 0 for s in cc.cannot(one))
    assert set(json.dumps(cc.definition(one)).split('"')).isdisjoint(one.result.charges["ResourceId"])


def test_without_tags_accounts_and_services_carry_what_they_can():
    lines = [
        line(SubAccountId=a, ServiceCode=s, ServiceName=s, ResourceId=f"{a}{s}{i}", Unblended=str(i + 1))
        for a in ("111100001111", "222200002222")
        for s in ("AmazonEC2", "AmazonS3")
        for i in range(3)
    ]
    lines.append(
        line(
            SubAccountId="333300003333",
            ServiceCode="AmazonS3",
            ServiceName="AmazonS3",
            ResourceId="only",
            Unblended="5",
        )
    )
    rules = [
        {"account": "1111*", "team": "Search"},
        {"resource": "*AmazonS31", "team": "Odd"},
        {"service": "AmazonS3", "team": "R&D / Web"},
    ]
    from costdna.teams import parse_rules

    one = leaving(lines, rules=parse_rules(rules))
    assert settled(one) == truth(one)
    text = cc.cost_category(one)
    assert "R_u26_D" in text and "LINKED_ACCOUNT" in text and "Odd" not in text
    assert [s.team for s in cc.cannot(one) if s.units] and "ResourceId" not in text


def test_a_human_answer_against_the_tag_is_never_swept_up():
    lines = [
        line(
            ResourceId=f"i-{i}",
            Tags={("resource", "user:team"): "a" if i < 4 else "b"},
            UsageType=f"U{i}",
            Unblended="2",
        )
        for i in range(8)
    ]
    result = bills.run(lines)
    import pandas as pd
    from costdna import schema

    thing = result.ownables.loc[result.ownables["ResourceId"] == "i-1", "x_OwnableId"].iat[0]
    answers = pd.DataFrame([(thing, "b", "owned", pd.Timestamp("2026-11-01"))], columns=schema.ANSWERS.names()).astype(
        {"x_OwnableId": "int64", "x_At": "datetime64[ns]"}
    )
    one = leaving(lines, answers=answers)
    assert settled(one) == truth(one) and truth(one)["b"] > truth(one)["a"]


def test_shared_charges_become_fixed_splits_as_far_as_they_go():
    lines = [line(ResourceId=f"i-{i}", Tags={("resource", "team"): "ab"[i % 2]}, Unblended="3") for i in range(4)] + [
        line(ResourceId="i-both", UsageType="Shared", Unblended="10")
    ]
    one = leaving(lines)
    rows = one.slices
    here = (rows["resource"] == "i-both").to_numpy()
    rows.loc[here, "owner"] = '[["a",250000],["b",750000]]'
    definition = cc.definition(one)
    (split,) = definition["SplitChargeRules"]
    assert split["Parameters"][0]["Values"] == ["25", "75"] and split["Targets"] == ["a", "b"]
    assert apply(definition, one.result.charges)["a"] == 600 + 250
    rows.loc[here, "owner"] = '[["a",333333],["b",666667]]'
    del one.__dict__["_category"]
    assert "SplitChargeRules" not in cc.definition(one) and any(s.units == 1000 for s in cc.cannot(one))


def test_five_hundred_rules_at_most_and_the_dearest_stay():
    lines = [
        line(SubAccountId=f"{a:012d}", ServiceCode=f"S{s}", ResourceId=f"{a}-{s}", Tags={}, Unblended=str(a + 1))
        for a in range(130)
        for s in range(5)
    ]
    from costdna.teams import parse_rules

    one = leaving(lines, rules=parse_rules([{"resource": f"*-{s}", "team": f"team{s}"} for s in range(5)]))
    definition = cc.definition(one)
    assert len(definition["Rules"]) <= 500 and settled(one) == truth(one)
    assert '"000000000129"' in json.dumps(definition) and '"000000000000"' not in json.dumps(definition)


def test_names_come_back():
    for team in ("payments", "R&D / Web", " x ", "a_u26_b", "_u5f_", "é", "a\x01b", "日本", "x-_ y"):
        value = cc.rename(team)
        assert re.fullmatch(r"(?! )[A-Za-z0-9 _-]{1,50}(?<! )", value) and cc.original(value) == team
    assert len({cc.rename("é" * n) for n in range(20, 40)}) == 20
    assert all(len(cc.rename("é" * n)) == 50 for n in range(20, 40))


def test_nothing_to_say_is_said():
    with pytest.raises(CostDNAError, match="Cost Category"):
        cc.definition(leaving([line(ResourceId="i-1", Unblended="1")]))
