"""One team's cut of a bill."""

import bills
from costdna import ledger
from costdna_web.slices import days_of, services_of


def test_a_team_s_services_and_days_add_up_to_it():
    result = bills.run(bills.company())
    for row in result.report.teams.to_dict("records"):
        if not row["x_Team"]:
            continue
        services = services_of(result, "billed", row["x_Team"])
        assert sum(s["cost"] for s in services) == row["cost"]
        assert all(sum(s[h] for h in ledger.HEADINGS) == s["cost"] for s in services)
        assert sum(s["resources"] for s in services) == row["resources"]
        assert abs(days_of(result.report, row["x_Team"])["cost"].sum() * 10**result.report.scale - row["cost"]) < 1


def test_months_stand_side_by_side_and_add_up_to_the_bill():
    import asyncio

    from costdna.workspace import Workspace
    from costdna_web.slices import months_of
    from readings import line, reading

    def month(number, cost):
        when = {
            "ChargePeriodStart": f"2026-{number:02}-05T00:00:00Z",
            "ChargePeriodEnd": f"2026-{number:02}-05T01:00:00Z",
            "BillingPeriodStart": f"2026-{number:02}-01T00:00:00Z",
        }
        return reading(
            [
                line(Unblended=cost, Tags={("resource", "team"): "a"}, **when),
                line(ResourceId="i-2", Unblended="1", **when),
            ],
            name=f"{number}.csv",
        )

    space = Workspace([month(9, "10"), month(10, "15")])
    asyncio.run(space.run())
    at, rows = months_of(space.result, "billed")
    assert [f"{m:%Y-%m}" for m in at] == ["2026-09", "2026-10"]
    assert rows[0]["x_Team"] == "a" and rows[0]["costs"][1] * 2 == rows[0]["costs"][0] * 3
    assert sum(c for r in rows for c in r["costs"]) == space.report.net
    one = Workspace([month(9, "10")])
    asyncio.run(one.run())
    assert months_of(one.result, "billed") == ([], [])
