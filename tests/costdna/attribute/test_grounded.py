"""An answer needs a tie to a known owner: not the Region, the account or the sort of thing alone, unless the account is
certainly a team's.
"""

import numpy as np
import pandas as pd
import pytest

from costdna.attribute import finish, prepare
from costdna.attribute.grounded import grounded


def account(things):
    """(plan, number of each thing by its name) of (name, team or "", {kind: group, ...})."""
    rows = pd.DataFrame(
        {"x_OwnableId": range(1, len(things) + 1), "BilledCost": 100, "x_IsSynthetic": False, "EffectiveCost": 1}
    )
    rows["x_FirstSeen"] = pd.Timestamp("2026-01-01")
    rows["x_LastSeen"] = pd.Timestamp("2026-01-30")
    rows["x_NameTokens"] = [["a"]] * len(rows)
    links = pd.DataFrame(
        [(n, kind, group) for n, (_, _, groups) in enumerate(things, 1) for kind, group in groups.items()],
        columns=["x_OwnableId", "x_Kind", "x_Group"],
    )
    known = pd.DataFrame(
        [(n, team, "tag") for n, (_, team, _) in enumerate(things, 1) if team],
        columns=["x_OwnableId", "x_Team", "x_Basis"],
    )
    plan = prepare(rows, links, pd.DataFrame({"x_OwnableId": np.zeros(0, np.int64)}), pd.DataFrame(), known)
    return plan, {name: n for n, (name, _, _) in enumerate(things)}


def asked(plan, at, guesses, sure=True, named=False):
    rows = np.array([at[name] for name, _ in guesses], dtype=np.int64)
    team = np.array([plan.teams.index(name) for _, name in guesses], dtype=np.int64)
    return grounded(plan, rows, team, np.full(len(rows), sure), np.full(len(rows), named))


KNOWN = [
    (f"web-{n}", "web", {"account": "mixed", "region": "eu", "name_prefix": "web-shop", "name_token": "worker"})
    for n in range(6)
] + [(f"ops-{n}", "ops", {"account": "mixed", "name_token": "worker"}) for n in range(6)]


def test_a_region_is_no_reason_and_a_name_that_most_of_the_team_bear_is():
    plan, at = account(
        [
            *KNOWN,
            ("disk", "", {"account": "mixed", "region": "eu"}),
            ("app", "", {"account": "mixed", "name_prefix": "web-shop"}),
            ("job", "", {"name_token": "worker"}),
        ]
    )
    ok, through = asked(plan, at, [("disk", "web"), ("app", "web"), ("job", "web")])
    assert ok.tolist() == [False, True, False] and through.tolist() == [-1] * 3
    assert not asked(plan, at, [("app", "web")], sure=False)[0].any() and not asked(plan, at, [("app", "ops")])[0].any()


def test_a_teams_own_name_is_a_reason():
    plan, at = account([*KNOWN, ("disk", "", {"region": "eu"})])
    assert asked(plan, at, [("disk", "web")], named=True)[0].all()


@pytest.mark.parametrize(
    ("theirs", "others", "enough"), [(4, 0, False), (5, 0, True), (7, 1, True), (6, 2, False), (3, 9, False)]
)
def test_an_account_speaks_where_it_is_certainly_mostly_the_teams(theirs, others, enough):
    mine = [(f"a{n}", "data", {"account": "lab"}) for n in range(theirs)] + [
        (f"b{n}", "web", {"account": "lab"}) for n in range(others)
    ]
    plan, at = account([*KNOWN, *mine, ("disk", "", {"account": "lab"})])
    assert asked(plan, at, [("disk", "data")] if theirs else [])[0].tolist() == [enough]


def test_a_tie_leads_on_through_others_that_were_answered_but_not_through_a_place():
    chain = [
        ("fed", "", {"actor": "ana"}),
        ("fn", "", {"actor": "ana", "name_stem": "owl"}),
        ("log", "", {"name_stem": "owl"}),
        ("lone", "", {"name_stem": "tmp"}),
        ("lone-too", "", {"name_stem": "tmp"}),
    ]
    plan, at = account([*KNOWN, ("seen", "ops", {"actor": "ana"}), *chain])
    ok, through = asked(plan, at, [(name, "ops") for name, _, _ in chain])
    assert ok.tolist() == [True, True, True, False, False]
    assert [plan.group_names[g] if g >= 0 else "" for g in through] == ["", "", "owl", "", ""]


def test_what_only_lies_somewhere_abstains_and_says_so():
    apps = [
        (
            f"{team}-{app}-{n}",
            team if n < 5 else "",
            {"stack": f"{team}-{app}", "region": team, "name_token": f"{team}{app}"},
        )
        for team in ("red", "blue")
        for app in range(4)
        for n in range(7)
    ]
    plan, at = account([*apps, *[(f"orphan-{n}", "", {"region": "red"}) for n in range(3)]])
    written = finish(plan, None).ownership.set_index("x_OwnableId")
    given = written[written["x_Verdict"] == "owned"]
    assert len(given) and not {at[f"orphan-{n}"] + 1 for n in range(3)} & set(given.index)
    sure = [row["x_Reason"] for _, row in written.loc[[at[f"orphan-{n}"] + 1 for n in range(3)]].iterrows()]
    assert all("only for where it lies and what it is" in text for text in sure)
