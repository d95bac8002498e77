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
