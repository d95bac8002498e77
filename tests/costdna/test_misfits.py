"""A tag is doubted where the company its resource keeps speaks for one other team, and only there."""

import pandas as pd
from costdna import schema
from costdna.misfits import FEWEST, misfits

TEAMS = {"a": range(0, 8), "b": range(10, 18), "d": range(50, 58), "e": range(60, 68)}


def account(*, people=(), extra=(), tags=()):
    """(OWNABLES, RELATIONS, known): eight resources each of four teams' stacks, tagged so; `tags` says otherwise of
    some, `people` and `extra` add memberships.
    """
    owner = {one: team for team, ones in TEAMS.items() for one in ones} | dict(tags)
    things = (
        schema.OWNABLES.empty()
        .reindex(range(len(owner)))
        .assign(
            x_OwnableId=sorted(owner),
            ResourceId=[f"r{i}" for i in sorted(owner)],
            ResourceName="",
            BilledCost=[i + 1 for i in sorted(owner)],
        )
    )
    rows = [(i, "stack", f"{t}-prod") for t, ones in TEAMS.items() for i in ones] + [*people, *extra]
    relations = pd.DataFrame(rows, columns=["x_OwnableId", "x_Kind", "x_Group"])
    known = pd.DataFrame([(i, t, "tag") for i, t in owner.items() if t], columns=["x_OwnableId", "x_Team", "x_Basis"])
    return things, relations, known


def found(*tables):
    return {r["ResourceId"]: (r["x_Team"], r["x_OtherTeam"]) for r in misfits(*tables).to_dict("records")}


def test_the_one_that_says_otherwise_is_found_with_counts_and_the_dearest_first():
    assert found(*account()) == {}
    tables = account(tags=[(3, "b"), (12, "a")])
    made = misfits(*tables)
    assert made["ResourceId"].tolist() == ["r12", "r3"] and found(*tables) == {"r3": ("b", "a"), "r12": ("a", "b")}
    assert made["x_Reason"].iat[1] == "created by stack a-prod: 7 of 7 others known there are a's"


def test_a_group_that_speaks_for_the_tag_defends_it():
    people = [(i, "actor", "ann") for i in (3, *TEAMS["b"])]
    assert found(*account(tags=[(3, "b")], people=people)) == {}


def test_groups_that_disagree_and_groups_that_are_few_prove_nothing():
    crowd = range(20, 32)
    others = [(i, "c") for i in crowd]
    # cy is heard
    assert set(found(*account(tags=[(40, "b"), *others], people=[(i, "actor", "cy") for i in (40, *crowd)]))) == {"r40"}
    # and against the stack proves nothing
    assert found(*account(tags=[(3, "b"), *others], people=[(i, "actor", "cy") for i in (3, *crowd)])) == {}
    few = [(i, "stack", "small") for i in range(30, 31 + FEWEST - 1)]
    assert found(*account(tags=[(30, "b"), *((i, "a") for i in range(31, 31 + FEWEST - 1))], extra=few)) == {}
    enough = [(i, "stack", "small") for i in range(30, 31 + FEWEST)]
    assert set(found(*account(tags=[(30, "b"), *((i, "a") for i in range(31, 31 + FEWEST))], extra=enough))) == {"r30"}


def test_a_kind_that_means_nothing_in_this_account_is_not_heard():
    """Each pipeline serves all teams by turns: what it touches says nothing of the owner, even where four of a group
    agree.
    """
    mixed = [(i, "deploy", f"ci-{i % 8 // 2}") for t in TEAMS.values() for i in t]
    assert found(*account(people=mixed)) == {}
    lone = [(40, "deploy", "ci-9"), *((i, "deploy", "ci-9") for i in (0, 1, 2, 3))]
    assert found(*account(tags=[(40, "b")], people=[*mixed, *lone])) == {}


def test_only_tags_are_doubted_and_nothing_comes_of_nothing():
    things, relations, known = account(tags=[(3, "b")])
    assert found(things, relations, known.assign(x_Basis="human")) == {}
    assert misfits(things, relations.head(0), known).empty and misfits(things, relations, known.head(0)).empty
    assert misfits(schema.OWNABLES.empty(), relations.head(0), known.head(0)).columns.tolist() == schema.MISFITS.names()
