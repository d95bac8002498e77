"""One person under two names: who made a thing by the bill, who changes things by the trail."""

import json

import pandas as pd

from costdna.relations.by_person import by_person

ANA, BEN, BEN_TOO = "human:ana.lima@shop.example", "human:111:ben", "human:222:ben"


def made(*values):
    sets = [json.dumps([["resource", "aws:createdBy", value]] if value else []) for value in values]
    return pd.DataFrame({"x_OwnableId": range(1, len(sets) + 1), "Tags": sets})


def people(*actors, kind="human"):
    return pd.DataFrame({"x_ActorId": list(actors), "x_ActorKind": kind})


def test_an_iam_user_and_a_role_session_are_the_person_who_signs_on_by_mail():
    found = by_person(
        made(
            "IAMUser:AIDAEXAMPLE:ana.lima",
            "AssumedRole:AROAEXAMPLE:Ana.Lima@shop.example",
            "IAMUser:AIDAOTHER:carl",
            "",
        ),
        people(ANA, ANA, BEN),
        set(),
    )
    assert found == [(1, "actor", ANA), (2, "actor", ANA)]


def test_a_name_that_two_go_by_names_nobody_and_neither_does_one_of_a_role():
    assert by_person(made("IAMUser:AIDAEXAMPLE:ben"), people(BEN, BEN_TOO), set()) == []
    assert by_person(made("IAMUser:AIDAEXAMPLE:ben"), people(BEN), set()) == [(1, "actor", BEN)]
    assert by_person(made("AssumedRole:AROAEXAMPLE:deploy"), people("role:111:deploy", kind="role"), set()) == []


def test_where_the_creator_is_the_owner_it_is_no_group():
    assert by_person(made("IAMUser:AIDAEXAMPLE:ben"), people(BEN), {("resource", "aws:createdBy")}) == []
