"""After an answer: what the whole run says where nothing but the answer changed, in one pass, marked stale."""

import asyncio

import bills
import pandas as pd
import pytest
from readings import reading

from costdna.workspace import Workspace

AT = pd.Timestamp("2026-10-06")


@pytest.fixture(scope="module")
def run():
    space = Workspace([reading(bills.company())])
    asyncio.run(space.run())
    return space


def test_without_a_new_answer_nothing_moves(run):
    before, gate = run.report.resources, run.report.gate
    asyncio.run(run.follow())
    after = run.report.resources
    assert before["x_Team"].tolist() == after["x_Team"].tolist()
    assert before["x_Probability"].round(6).equals(after["x_Probability"].round(6))
    assert run.report.gate["stale"] and {k: v for k, v in run.report.gate.items() if k != "stale"} == gate


def test_an_answer_settles_its_resource_and_the_next_whole_run_is_fresh(run):
    asyncio.run(run.run())
    target = run.report.resources.query("x_Basis == 'inferred'").iloc[0]
    run.answer(int(target["x_OwnableId"]), "team05", "owned", AT)
    asyncio.run(run.follow())
    row = run.report.resources.set_index("x_OwnableId").loc[target["x_OwnableId"]]
    assert (row["x_Team"], row["x_Basis"]) == ("team05", "human")
    assert run.report.ledger["billed"]["human"] > 0 and run.report.gate["stale"]
    fast = run.report.resources
    asyncio.run(run.run())
    assert "stale" not in run.report.gate
    # another team for one of seventy moves no other owner on this bill, whichever way it is counted
    assert (fast["x_Team"] == run.report.resources["x_Team"]).mean() > 0.95


def test_with_the_gate_shut_an_answer_still_counts():
    space = Workspace([reading([{**one, "Tags": {}} for one in bills.company(teams=2, per_team=4)])])
    asyncio.run(space.run())
    assert not space.report.gate["passed"]
    owner = int(space.report.resources.query("not x_IsSynthetic")["x_OwnableId"].iat[0])
    space.answer(owner, "new", "owned", AT)
    asyncio.run(space.follow())
    assert space.report.resources.set_index("x_OwnableId").loc[owner, "x_Team"] == "new"
    assert not space.report.gate["passed"]
