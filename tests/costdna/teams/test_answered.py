"""Answers laid over the proof: human before all, undone without a trace, shared by several in exact parts."""

import asyncio

import bills
import pandas as pd
import pytest
from readings import reading

from costdna.teams import SEVERAL, answered
from costdna.workspace import Workspace

AT = pd.Timestamp("2026-10-06")


@pytest.fixture(scope="module")
def proved():
    space = Workspace([reading(bills.company(teams=4, per_team=8))])
    space.prove()
    return space


def said(space, *rows):
    space.wishes.answers = None
    for owner, team, verdict in rows:
        space.answer(owner, team, verdict, AT)
    return answered(space.result.proved, space.result.charges, space.result.ownables, space.wishes.answers)


def test_an_answer_overrules_a_tag_on_every_line_and_the_tag_is_kept_as_a_conflict(proved):
    tagged = proved.result.proved.labels.iloc[0]
    known = said(proved, (int(tagged["x_OwnableId"]), "TEAM 03", "owned"))
    mine = known.ownership[known.ownership["x_OwnableId"] == tagged["x_OwnableId"]]
    assert mine[["x_Team", "x_Basis"]].to_numpy().tolist() == [["team03", "human"]]  # spelled as the bill spells it
    lines = (proved.result.charges["x_OwnableId"] == tagged["x_OwnableId"]).to_numpy()
    assert lines.any() and (known.claims["x_Team"].to_numpy()[lines] == "").all()
    assert known.conflicts.query("x_OwnableId == @tagged.x_OwnableId")[
        ["x_Basis", "x_OtherBasis", "x_OtherTeam"]
    ].to_numpy().tolist() == [["human", "tag", tagged["x_Team"]]]


def test_taking_an_answer_back_leaves_no_trace(proved):
    owner = int(proved.result.ownables["x_OwnableId"].iat[0])
    before = proved.result.proved
    after = said(proved, (owner, "new", "owned"), (owner, "", ""))
    for name in ("claims", "ownership", "labels", "conflicts"):
        pd.testing.assert_frame_equal(getattr(before, name), getattr(after, name))
    assert after.teams == before.teams and "new" in said(proved, (owner, "new", "owned")).teams


def test_shared_by_several_is_exact_to_the_last_unit(proved):
    owner = int(proved.result.ownables["x_OwnableId"].iat[1])
    known = said(proved, (owner, SEVERAL.join(["team00", "team01", "team02"]), "shared"))
    mine = known.ownership[known.ownership["x_OwnableId"] == owner]
    assert mine["x_Share"].tolist() == [333334, 333333, 333333] and set(mine["x_Verdict"]) == {"owned"}
    assert owner not in known.labels["x_OwnableId"].tolist()  # nothing is learned from what nobody owns alone
    asyncio.run(proved.follow())
    parts = proved.result.allocations.merge(
        proved.result.charges[["x_ChargeId", "x_OwnableId"]], on="x_ChargeId"
    ).query("x_OwnableId == @owner")
    whole = proved.result.charges.query("x_OwnableId == @owner")["BilledCost"].sum()
    assert parts["BilledCost"].sum() == whole and set(parts["x_Team"]) == {"team00", "team01", "team02"}


def test_vendor_and_nobody_own_no_team(proved):
    ids = proved.result.ownables["x_OwnableId"].tolist()
    known = said(proved, (ids[0], "", "vendor"), (ids[1], "", "ownerless"), (ids[2], "", "shared"))
    mine = known.ownership.set_index("x_OwnableId").loc[ids[:3]]
    assert mine["x_Verdict"].tolist() == ["vendor", "ownerless", "shared"] and (mine["x_Team"] == "").all()
