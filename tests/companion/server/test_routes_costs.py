"""The routes that callers know, with the numbers of the workspace."""

import pytest
import saas
from moving import space

from costdna.sharing import drivers, parse_book
from costdna.unit import parse_customers
from costdna_companion.server.routes_costs import answer


@pytest.fixture(scope="module")
def company():
    out = space(saas.bill())
    out.book, out.usage, out.customers = parse_book(saas.BOOK), drivers(saas.usage()), parse_customers(saas.CUSTOMERS)
    return out


def test_teams_and_a_service(company):
    status, teams = answer(company, "/costs/teams")
    assert status == 200 and {t["team_tag"]: t["total_cost"] for t in teams} == {
        "core": 20440.2,
        "platform": 9600.0,
        "untagged": 279.0,
    }
    assert {t["team_tag"]: t["service_count"] for t in teams}["core"] == 2
    status, found = answer(company, "/costs/services/shared-db?by=tag:service")
    assert (
        status == 200
        and found["last30DaysCost"] == 10520.1
        and found["dailyAverage"] == 350.67
        and found["trend"] == 0
        and found["costPerRequest"] == 0.35067
        and found["costPerCustomer"] == 2630.02
    )
    assert answer(company, "/costs/services/Amazon%20Elastic%20Compute%20Cloud")[1]["last30DaysCost"] == 2700 + 270
    assert answer(company, "/costs/services/none")[0] == 404


def test_customers_ascending_by_margin_and_one_alone(company):
    status, found = answer(company, "/costs/customers")
    assert (
        status == 200
        and [c["id"] for c in found["customers"]] == ["acme", "crux", "bolt"]
        and found["customers"][0]["grossMargin"] == -300
        and [c["id"] for c in found["withoutRevenue"]] == ["dune"]
    )
    assert found["withoutRevenue"][0]["grossMargin"] is None
    status, one = answer(company, "/costs/customers/acme")
    assert (
        one["monthlyInfraCost"] == 8000.1
        and one["mrr"] == 2000
        and sum(b["cost"] for b in one["costBreakdown"]) == 8000.1
    )
    assert answer(company, "/costs/customers/nobody")[0] == 404
    assert answer(space(saas.bill()[:3]), "/costs/customers")[0] == 422


def test_trend_adds_up_and_anomalies_are_a_list(company):
    status, days = answer(company, "/costs/trend?days=30")
    assert (
        status == 200
        and len(days) == 30
        and all(round(sum(d["by_team"].values()), 2) == d["total"] for d in days)
        and days[0]["by_team"]["platform"] == 160
    )
    assert answer(company, "/costs/anomalies") == (200, [])
    assert answer(company, "/costs/trend?days=0")[0] == 422 == answer(company, "/costs/trend?days=x")[0]


def test_a_service_that_jumps_is_an_anomaly():
    from moving import day

    found = answer(
        space(
            [day(d, "100" if d < 28 else "900", ResourceId="i-1") for d in range(1, 31)]
            + [day(d, "50", ResourceId="i-2", ServiceName="Other") for d in range(1, 31)]
        ),
        "/costs/anomalies",
    )[1]
    assert (
        found
        and found[0]["currentDaily"] > found[0]["expectedDaily"]
        and found[0]["severity"] in ("critical", "warning", "info")
    )


def test_totals_and_aggregates(company):
    assert answer(company, "/total")[1] == {"total_cost": 30319.2, "exact": "30319.2", "currency": "USD"}
    assert [r["user_id"] for r in answer(company, "/aggregate/user")[1]] == ["acme", "bolt", "crux", "dune"]
    assert answer(company, "/aggregate/feature")[1][0]["feature"] == "__unattributed__"
    for path in ("/aggregate/colour", "/costs", "/costs/nothing", "/", "/costs/customers/a/b"):
        assert answer(company, path)[0] == 404


def test_every_route_is_in_the_servers_description_and_answers(company):
    from costdna_companion.server.api import PREFIX, openapi
    from costdna_companion.server.routes_costs import ROUTES

    told = openapi()["paths"]
    names = [operation["operationId"] for path in told.values() for operation in path.values()]
    assert len(set(names)) == len(names)
    for route, (_, query) in ROUTES.items():
        said = told[PREFIX + route]["get"]
        assert {p["name"] for p in said["parameters"] if p["in"] == "query"} == set(query)
        path = route.replace("{name}", "Amazon%20Elastic%20Compute%20Cloud").replace("{id}", "acme")
        assert answer(company, path + ("?days=7" if "days" in query else ""))[0] == 200, route


def test_the_local_server_answers_them_behind_its_token(company):
    import json
    import threading
    import urllib.error
    import urllib.request

    from costdna_companion.server.local import server

    with server(company) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        at = f"http://127.0.0.1:{running.server_address[1]}"
        for path in ("/costs/customers/acme", "/api/v1/costs/customers/acme"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(at + path)
            assert refused.value.code == 401
            with urllib.request.urlopen(
                urllib.request.Request(at + path, headers={"Authorization": f"Bearer {running.token}"})
            ) as reply:
                assert json.load(reply)["monthlyInfraCost"] == 8000.1
        running.shutdown()
