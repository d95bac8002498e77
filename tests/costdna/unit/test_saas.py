"""The worked example: direct and shared both kept, nothing counted twice, nothing lost; what a customer costs, to the
cent.
"""

from decimal import Decimal

import pytest
import saas
from moving import space

from costdna.errors import UsageError
from costdna.sharing import drivers, parse_book
from costdna.unit import parse_customers


@pytest.fixture(scope="module")
def company():
    out = space(saas.bill())
    out.book, out.usage, out.customers = parse_book(saas.BOOK), drivers(saas.usage()), parse_customers(saas.CUSTOMERS)
    return out


def test_direct_and_shared_are_both_kept(company):
    found = company.list_customers()
    rows = {r["id"]: r for r in (*found["customers"], *found["without_revenue"])}
    for who, (direct, shared) in saas.expected().items():
        assert (Decimal(rows[who]["direct"]) * 100, Decimal(rows[who]["shared"]) * 100) == (direct, shared)
    assert (found["from"], found["to"], found["days"]) == ("2026-10-01", "2026-10-31", 30)


def test_the_cfo_s_question_what_does_acme_cost(company):
    found = company.customer("acme")
    # 170.67 a day of its own, 60 % of 160 a day shared: $8,000.10 of cost beside $2,000 of revenue
    assert found["cost"] == "8000.1"
    assert found["mrr"] == "2000"
    assert found["margin"] == "-6000.1"
    assert found["margin_percent"] == "-300"
    assert found["trend_percent"] == "0"
    assert sum(Decimal(b["cost"]) for b in found["breakdown"]) == Decimal("8000.1")
    assert {b["method"] for b in found["breakdown"]} == {"direct", "proportional"}
    assert [r["id"] for r in company.list_customers()["customers"]] == ["acme", "crux", "bolt"]


def test_who_pays_nothing_stands_apart_and_has_no_margin(company):
    apart = company.list_customers()["without_revenue"]
    assert [(r["id"], r["margin_percent"], r["cost"]) for r in apart] == [("dune", None, "48")]


def test_what_the_original_lost_and_counted_twice_is_absent(company):
    """Its two upserts on (date, customer, service) let 'direct' overwrite 'proportional'; run first, its shared sum
    held the dedicated rows as well.
    """
    shared_total = sum(Decimal(v) for v in saas.SHARED.values())
    dedicated = {w: Decimal(v) for w, v in saas.DEDICATED.items()}
    per_day = {}
    for service, cost in saas.SHARED.items():
        # every row tagged with the service
        pool = Decimal(cost) + (sum(dedicated.values()) if service == "shared-db" else 0)
        for who, n in saas.REQUESTS.items():
            per_day[who, service] = pool * n / 1000
    for who, cost in dedicated.items():
        per_day[who, "shared-db"] = cost
    original = sum(per_day.values())
    whole = shared_total + sum(dedicated.values())
    assert original != whole  # it does not add up to the bill
    served = Decimal(company.list_customers()["served"])
    assert served == whole * 30
    # all shared cost of the database is gone for who has a row of its own
    assert {w: per_day[w, "shared-db"] for w in dedicated} == dedicated


def test_served_and_not_served_make_the_bill(company):
    found, shared = company.list_customers(days=60), company.share_cost()
    made, known = company.facts()
    assert Decimal(found["served"]) + Decimal(found["nobody"]) == Decimal(found["total"])
    assert (
        Decimal(shared["total"])
        == Decimal(company.report.text(company.report.net))
        == sum(Decimal(b["cost"]) for b in shared["bearers"])
    )
    # tax, credit and staging are nobody's: no rule says to spread them
    assert {b["name"]: b["cost"] for b in shared["bearers"]}[""] == str(90 * 60 + 310 - 31)


def test_another_driver_shows_how_far_the_ranking_hangs_on_it(company):
    found = company.list_customers()
    acme, bolt = (next(r for r in found["customers"] if r["id"] == w) for w in ("acme", "bolt"))
    assert set(found["agreement"]) == {"even", "stored_gb"}
    assert all(v is not None and -1 <= v <= 1 for v in found["agreement"].values())
    assert Decimal(acme["cost_low"]) < Decimal(acme["cost"]) == Decimal(acme["cost_high"])
    assert Decimal(bolt["cost_high"]) > Decimal(bolt["cost"])
    assert acme["rank"] == 1
    assert acme["rank_low"] <= 1 <= acme["rank_high"]
    assert (
        Decimal(acme["margin_percent_low"]) <= Decimal(acme["margin_percent"]) <= Decimal(acme["margin_percent_high"])
    )


def test_a_service_and_the_environments(company):
    found = company.service_cost("shared-db", by="tag:service")
    assert Decimal(found["cost"]) == Decimal("350.67") * 30
    assert found["daily_average"] == "350.67"
    assert found["drivers"][0]["usage_type"].startswith("EU-InstanceUsage")
    assert found["trend_percent"] == "0"
    assert Decimal(found["per"]["requests"]) == (Decimal("350.67") / 1000)
    assert {e["environment"]: e["cost"] for e in company.list_environments()["environments"]}["staging"] == "5400"
    with pytest.raises(UsageError):
        company.service_cost("nothing")


def test_a_file_that_cannot_be_is_refused():
    for rows in (
        [{"name": "x"}],
        [{"customer": ""}],
        [{"customer": "a"}, {"customer": "a"}],
        [{"customer": "a", "mrr": "lots"}],
        [{"customer": "a", "mrr": "-1"}],
    ):
        with pytest.raises(UsageError):
            parse_customers(rows)
    with pytest.raises(UsageError):
        parse_customers([{"customer": "a", "mrr": "1", "currency": "EUR"}], currency="USD")


def test_without_rules_for_customers_it_says_what_is_missing(company):
    with pytest.raises(UsageError, match="no sharing rules for customers"):
        space(saas.bill()[:3]).list_customers()
