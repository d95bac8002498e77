"""Vantage and Datadog rules re-applied to the bill by small evaluators of their text."""

import json
import re
from collections import Counter

import bills
from costdna.export import datadog, story, vantage
from costdna.export.leaving import Leaving
from readings import line


def leaving(lines):
    result = bills.run(lines)
    return Leaving(result, result.report, story.figures(result.report))


COLUMN = {
    "costs.account_id": "SubAccountId",
    "costs.service": "ServiceName",
    "costs.region": "RegionId",
    "costs.resource_id": "ResourceId",
    "line_item_usage_account_id": "SubAccountId",
    "line_item_product_code": "x_ServiceCode",
    "product_region": "RegionId",
    "line_item_resource_id": "ResourceId",
}


def tag(row, key):
    return {re.sub("^user[:_]", "", k).lower(): v for _, k, v in json.loads(row["x_TagSet"])}.get(key.lower(), "")


def vql(text, row):
    """Truth of a filter: alternatives in parentheses, each a chain of AND."""
    for part in re.findall(r"\(((?:[^()']|'[^']*'|\([^()]*\))*)\)", text):
        name = re.search(r"tags\.name = '([^']*)'", part)
        good = True
        for field, values in re.findall(r"([a-z_.]+) (?:= |IN )('[^']*'|\([^)]*\))", part):
            allowed = re.findall(r"'([^']*)'", values)
            have = {
                "costs.provider": "aws",
                "tags.name": name and name[1],
                "tags.value": name and tag(row, name[1]),
            }.get(field) or row.get(COLUMN.get(field, ""), None)
            good &= have in allowed
        if good:
            return True
    return False


def query(text, row):
    for part in text.split(" AND "):
        pairs = re.findall(r'([\w.-]+):"([^"]*)"', part)
        if not any((row[COLUMN[k]] if k in COLUMN else tag(row, k)).lower() == v for k, v in pairs):
            return False
    return True


def settled(one, rules, holds, shortfalls):
    out = Counter()
    for row in one.result.charges.to_dict("records"):
        hits = {team for team, rule in rules if holds(rule, row)}
        assert len(hits) <= 1, "two teams for one charge"
        for team in hits:
            out[team] += row["BilledCost"]
    for short in shortfalls:
        if short.team:
            out[short.team] += short.units
    return {t: u for t, u in out.items() if u}


def truth(one):
    owned = one.result.allocations[one.result.allocations["x_Team"] != ""]
    return {t: int(u) for t, u in owned.groupby("x_Team")["BilledCost"].sum().items() if u}


def test_vantage_gives_every_team_its_money_inferred_owners_too():
    one = leaving(bills.company(teams=4, per_team=8))
    body = json.loads(vantage.vantage_json(one))
    assert settled(one, [(v["name"], v["filter"]) for v in body["values"]], vql, vantage.cannot(one)) == truth(one)
    assert not [s for s in vantage.cannot(one) if s.units] and "costs.resource_id" in json.dumps(body)
    assert set(body) == {"key", "overridable", "backfill_until", "values"}


def test_datadog_the_same_within_a_hundred_rules():
    one = leaving(bills.company(teams=4, per_team=8))
    rules = json.loads(datadog.datadog_json(one))["data"]["attributes"]["rules"]
    assert settled(
        one, [(r["query"]["addition"]["value"], r["query"]["query"]) for r in rules], query, datadog.cannot(one)
    ) == truth(one)
    many = leaving(
        [
            line(
                SubAccountId=f"{a:012d}",
                ServiceCode=f"S{s}",
                ResourceId=f"r{a}-{s}",
                Tags={("resource", "squad"): f"t{(a + s) % 150}"},
                Unblended=str(a + 1),
            )
            for a in range(90)
            for s in range(2)
        ]
    )
    rules = json.loads(datadog.datadog_json(many))["data"]["attributes"]["rules"]
    assert len(rules) <= 100
    assert settled(
        many, [(r["query"]["addition"]["value"], r["query"]["query"]) for r in rules], query, datadog.cannot(many)
    ) == truth(many)


def test_a_value_that_no_filter_can_hold_is_left_out_and_listed():
    for resource in ("x' OR '1'='1", 'a"b', "a\nb", "a\\"):
        one = leaving(
            [
                line(ResourceId=resource, Tags={("resource", "team"): "it's"}, Unblended="2"),
                line(ResourceId="ok", Unblended="1"),
            ]
        )
        assert json.loads(vantage.vantage_json(one))["values"] == [] or resource not in vantage.vantage_json(one)
        assert settled(
            one,
            [(v["name"], v["filter"]) for v in json.loads(vantage.vantage_json(one))["values"]],
            vql,
            vantage.cannot(one),
        ) == truth(one)
