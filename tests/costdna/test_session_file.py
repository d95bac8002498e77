"""The session file: everything said comes back, nobody's identity travels, another bill is noticed, damage is named."""

import asyncio
import json

import bills
import pandas as pd
import pytest
from readings import line, reading

from costdna import session_file
from costdna.errors import UsageError
from costdna.teams import parse_rules
from costdna.workspace import Workspace


def opened(lines, **wishes):
    space = Workspace([reading(lines)])
    for key, value in wishes.items():
        setattr(space.wishes, key, value)
    space.prove()
    return space


def test_what_was_said_comes_back_and_says_the_same_of_the_bill():
    lines = bills.company(teams=3, per_team=8)
    space = opened(lines, rules=parse_rules([{"name": "team02-node-1*", "team": "night", "override": True}]), aliases={"team01": "Payments"})
    for owner, verdict, team in zip(space.report.resources["x_OwnableId"][2:6], ("owned", "vendor", "shared", ""), ("a team", "", "x\ny", "")):
        space.answer(int(owner), team, verdict, pd.Timestamp("2026-10-07 11:00:01"))
    asyncio.run(space.run())
    text = session_file.to_text(space.wishes, space.report)
    wishes, sources = session_file.from_text(text)
    again = Workspace([reading(lines)], wishes)
    asyncio.run(again.run())
    assert again.summary() == space.summary() and session_file.fits(sources, again.report) == ""
    assert session_file.to_text(again.wishes, again.report) == text
    assert "other files" in session_file.fits([{"name": "x", "sha256": "0"}], again.report)


def test_principals_travel_only_hashed():
    arn = "arn:aws:iam::111122223333:user/maria"
    space = opened([line(ResourceId=arn, Unblended="4"), line(ResourceId="i-1", Unblended="5")])
    owner = int(space.report.resources.set_index("ResourceId").loc[arn, "x_OwnableId"])
    space.answer(owner, "people", "owned", pd.Timestamp("2026-10-07"))
    assert "maria" not in session_file.to_text(space.wishes, space.report)
    assert "maria" in session_file.to_text(space.wishes, space.report, show_principals=True)


@pytest.mark.parametrize("text", ["", "[]", "{", json.dumps({"kind": "costdna-session", "schema_version": "9"}), json.dumps({"kind": "costdna-session", "schema_version": "1"}),
                                  json.dumps({"kind": "costdna-session", "schema_version": "1", "sources": [], "currency": "USD", "metric": "billed", "tag_keys": [], "budget": 0.02,
                                              "aliases": {}, "team_map": {}, "rules": [], "answers": [{"ownable": "1", "team": "", "verdict": "eaten", "at": "2026-10-07"}]})])
def test_damage_is_named_and_nothing_is_taken(text):
    with pytest.raises(Exception) as caught:
        session_file.from_text(text)
    assert type(caught.value).__module__.startswith("costdna.errors"), caught.value
    assert isinstance(caught.value, UsageError) or caught.value.next_step is not None
