from readings import line, reading

from costdna import money
from costdna.ownables import ownables
from costdna.read import assemble


def things(*rows):
    return ownables(assemble([reading(list(rows))]).charges)


def test_one_id_in_two_accounts_is_two_things():
    out = things(line(SubAccountId="1"), line(SubAccountId="2"))
    assert out["x_OwnableId"].nunique() == 2 and out["ResourceId"].tolist() == ["i-0aaa", "i-0aaa"]


def test_lines_without_an_id_are_one_thing_per_account_service_region_and_usage():
    out = things(
        line(ResourceId="", UsageType="a"),
        line(ResourceId="", UsageType="a", Operation="x"),
        line(ResourceId="", UsageType="b"),
    )
    assert out["x_IsSynthetic"].tolist() == [True, True]
    assert (out["ResourceName"] == "").all() and out["x_NameTokens"].tolist() == [[], []]


def test_costs_are_exact_sums_and_the_order_is_by_text():
    out = things(
        line(ResourceId="b", Unblended="0.1"),
        line(ResourceId="a", Unblended="0.2"),
        line(ResourceId="b", Unblended="0.7"),
    )
    assert out["ResourceId"].tolist() == ["a", "b"]
    assert [money.to_text(v, 2) for v in out["BilledCost"]] == ["0.2", "0.8"]


def test_the_latest_tags_and_the_dearest_region_describe_it():
    early = line(
        ChargePeriodStart="2026-10-02T00:00:00Z",
        ChargePeriodEnd="2026-10-02T01:00:00Z",
        Tags={("resource", "user:Name"): "old-name"},
        RegionId="us-east-1",
        Unblended="9",
    )
    late = line(Tags={("resource", "user:Name"): "search-api"})
    out = things(early, late)
    assert out["ResourceName"].tolist() == ["search-api"] and out["RegionId"].tolist() == ["us-east-1"]
    assert out["x_NameTokens"].tolist() == [["search", "api"]]
    assert [str(out[c].iat[0].date()) for c in ("x_FirstSeen", "x_LastSeen")] == ["2026-10-02", "2026-10-05"]


def test_a_hostile_name_stays_text():
    out = things(line(Tags={("resource", "user:Name"): '<img src=x onerror="alert(1)">'}))
    assert out["ResourceName"].tolist() == ['<img src=x onerror="alert(1)">']
