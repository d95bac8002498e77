"""Verdicts without a team: only where the account itself is mixed, never where one team has most, off where it would be
wrong of the known.
"""

import numpy as np
import pandas as pd

from costdna.attribute import finish, prepare
from costdna.attribute.verdicts import teamless


def account(teams=4, one_team=False, tagged_nat=0):
    rows, links, known = [], [], []

    def add(kind, groups, team=""):
        identity = 1000 + len(rows)
        rows.append((identity, 100, False))
        links.extend([(identity, "resource_type", kind), *((identity, k, g) for k, g in groups)])
        if team:
            known.append((identity, team, "tag"))
        return len(rows) - 1

    for app in range(12):
        team = "team-0" if one_team and app < 10 else f"team-{app % teams}"
        for copy in range(6):
            add(
                "ec2:instance",
                [("account", "111"), ("stack", f"s{app}"), ("name_token", f"w{app}")],
                team if copy % 2 else "",
            )
    nats = [
        add(
            "ec2:natgateway", [("account", "111"), ("name_token", "nat")], f"team-{i % teams}" if i < tagged_nat else ""
        )
        for i in range(3)
    ]
    bought = add("aws-marketplace:agreement", [("account", "111")])
    things = pd.DataFrame(rows, columns=["x_OwnableId", "BilledCost", "x_IsSynthetic"]).assign(EffectiveCost=1)
    things["x_FirstSeen"] = pd.Timestamp("2026-01-01")
    things["x_LastSeen"] = pd.Timestamp("2026-01-30")
    things["x_NameTokens"] = [["a"]] * len(things)
    plan = prepare(
        things,
        pd.DataFrame(links, columns=["x_OwnableId", "x_Kind", "x_Group"]),
        pd.DataFrame({"x_OwnableId": np.zeros(0, np.int64)}),
        pd.DataFrame(),
        pd.DataFrame(known, columns=["x_OwnableId", "x_Team", "x_Basis"]),
    )
    return plan, np.array(nats), bought


def test_a_gateway_of_a_mixed_account_is_shared_and_a_purchase_the_vendors():
    plan, nats, bought = account()
    verdict, why = teamless(plan, np.append(nats, bought))
    assert verdict.tolist() == ["shared"] * 3 + ["vendor"]
    assert "4 teams" in why[0] and "Marketplace" in why[3]
    written = finish(plan, None).ownership.set_index("x_OwnableId")
    assert (written.loc[plan.nodes[nats], "x_Verdict"] == "shared").all()
    assert written.loc[plan.nodes[bought], "x_Verdict"] == "vendor"
    assert (written.loc[plan.nodes[nats], "x_Team"] == "").all()
    assert written.loc[plan.nodes[nats], "x_Probability"].isna().all()
    assert set(written["x_Verdict"]) <= {"owned", "abstained", "shared", "vendor"}


def test_where_one_team_has_most_nothing_is_shared():
    plan, nats, _ = account(one_team=True)
    assert teamless(plan, nats)[0].tolist() == [""] * 3


def test_instances_are_not_shared_by_standing_in_a_mixed_account():
    plan, _, _ = account()
    assert (teamless(plan, np.arange(72))[0] == "").all()


def test_where_known_owners_would_be_called_shared_it_is_not_said():
    plan, nats, _ = account(tagged_nat=2)
    assert teamless(plan, nats[2:])[0].tolist() == [""]
