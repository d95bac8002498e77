"""The session file: everything said comes back, nobody's identity travels, another bill is noticed, damage is named."""

import asyncio
import json

import bills
import pandas as pd
import pytest
from readings import line, reading

from costdna import schema, session_file
from costdna.errors import CostDNAError, UsageError
from costdna.sharing import EMPTY, RuleBook, parse_book
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
    space = opened(
        lines,
        rules=parse_rules([{"name": "team02-node-1*", "team": "night", "override": True}]),
        aliases={"team01": "Payments"},
    )
    for owner, verdict, team in zip(
        space.report.resources["x_OwnableId"][2:6], ("owned", "vendor", "shared", ""), ("a team", "", "x\ny", "")
    ):
        space.answer(int(owner), team, verdict, pd.Timestamp("2026-10-07 11:00:01"))
    asyncio.run(space.run())
    text = session_file.to_text(space.wishes, space.report)
    opened_again = session_file.from_text(text)
    again = Workspace([reading(lines)], opened_again.wishes)
    asyncio.run(again.run())
    assert again.summary() == space.summary() and session_file.fits(opened_again.sources, again.report) == ""
    assert session_file.to_text(again.wishes, again.report) == text
    assert opened_again.book == EMPTY
    assert opened_again.feedback is None
    assert "other files" in session_file.fits([{"name": "x", "sha256": "0"}], again.report)


BOOK = {
    "for": "customers",
    "rules": [
        {
            "name": "dedicated",
            "where": {"tag": ["customer=*", "stage=prod"], "account": "1|2"},
            "method": "direct",
            "by": "tag:customer",
        },
        {
            "name": "fees",
            "where": {"is": ["tax", "support"]},
            "method": "fixed",
            "shares": {"a": "33.3%", "b": "66.7%"},
        },
        {
            "name": "weights",
            "where": {"service": "Amazon S3"},
            "method": "fixed",
            "shares": {"a": 1, "b": "0.000000001"},
        },
        {"name": "shared", "where": {"service": "*"}, "method": "proportional", "driver": "requests", "service": "api"},
        {"name": "rest", "where": {"team": "core"}, "method": "even", "to": ["x", "y"]},
    ],
}


@pytest.mark.parametrize("book", [parse_book(BOOK), EMPTY, RuleBook("customers", ())])
def test_rules_of_sharing_and_words_on_alerts_travel(book):
    space = opened([line(ResourceId="i-1", Unblended="5")])
    space.say("service", "Amazon EC2", "2026-10-05", 41.25, "no", pd.Timestamp("2026-10-07 11:00:01.5"))
    space.say("total", "total", "2026-10-06", -3.0, "", pd.Timestamp("2026-10-07 12:00:00"))
    space.planned = schema.PLANNED.check(
        pd.DataFrame(
            [(pd.Timestamp("2026-10-09"), pd.Timestamp("2026-10-11"), "total", "", "a holiday")],
            columns=schema.PLANNED.names(),
        ).astype({"x_ValidFrom": "datetime64[ns]", "x_ValidTo": "datetime64[ns]"})
    )
    text = session_file.to_text(space.wishes, space.report, book=book, feedback=space.feedback, planned=space.planned)
    found = session_file.from_text(text)
    assert found.book == book
    pd.testing.assert_frame_equal(found.feedback, space.feedback)
    pd.testing.assert_frame_equal(found.planned, space.planned)
    content = json.loads(text)
    for key in ("sharing", "feedback", "planned"):  # a file of before they were kept
        del content[key]
    assert session_file.from_text(json.dumps(content)).book == EMPTY


@pytest.mark.parametrize(
    "key, value",
    [
        ("sharing", {"for": "teams", "rules": [{"name": "x", "where": {"service": "*"}, "method": "eaten"}]}),
        ("sharing", []),
        ("sharing", {"for": "teams"}),
        ("feedback", [{"Value": "x"}]),
        (
            "feedback",
            [{"Dimension": "total", "Value": "", "Start": "never", "Percent": 1, "Verdict": "no", "At": "2026-10-07"}],
        ),
        ("planned", "x"),
        (
            "feedback",
            [
                {
                    "Dimension": "total",
                    "Value": "",
                    "Start": "2026-10-01",
                    "Percent": 1,
                    "Verdict": "perhaps",
                    "At": "2026-10-07",
                }
            ],
        ),
        ("budget", float("nan")),
        ("answers", [{"ownable": "9" * 20, "team": "a", "verdict": "owned", "at": "2026-10-07"}]),
    ],
)
def test_a_damaged_rule_or_word_is_named(key, value):
    content = json.loads(
        session_file.to_text(opened([line(ResourceId="i-1")]).wishes, opened([line(ResourceId="i-1")]).report)
    )
    with pytest.raises(CostDNAError):
        session_file.from_text(json.dumps({**content, key: value or [1]}))


def test_a_time_with_a_zone_is_taken_in_utc():
    content = json.loads(
        session_file.to_text(opened([line(ResourceId="i-1")]).wishes, opened([line(ResourceId="i-1")]).report)
    )
    times = [
        {"ownable": "1", "team": "a", "verdict": "owned", "at": at}
        for at in ("2026-10-07T01:30:00+02:00", "2026-10-06T23:30:00Z", "2026-10-06T23:30:00")
    ]
    assert session_file.from_text(json.dumps({**content, "answers": times})).wishes.answers[
        "x_At"
    ].unique().tolist() == [pd.Timestamp("2026-10-06 23:30")]


def test_principals_travel_only_hashed():
    arn = "arn:aws:iam::111122223333:user/maria"
    space = opened([line(ResourceId=arn, Unblended="4"), line(ResourceId="i-1", Unblended="5")])
    owner = int(space.report.resources.set_index("ResourceId").loc[arn, "x_OwnableId"])
    space.answer(owner, "people", "owned", pd.Timestamp("2026-10-07"))
    assert "maria" not in session_file.to_text(space.wishes, space.report)
    assert "maria" in session_file.to_text(space.wishes, space.report, show_principals=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        json.dumps({"kind": "costdna-session", "schema_version": "9"}),
        json.dumps({"kind": "costdna-session", "schema_version": "1"}),
        json.dumps(
            {
                "kind": "costdna-session",
                "schema_version": "1",
                "sources": [],
                "currency": "USD",
                "metric": "billed",
                "tag_keys": [],
                "budget": 0.02,
                "aliases": {},
                "team_map": {},
                "rules": [],
                "answers": [{"ownable": "1", "team": "", "verdict": "eaten", "at": "2026-10-07"}],
            }
        ),
    ],
)
def test_damage_is_named_and_nothing_is_taken(text):
    with pytest.raises(Exception) as caught:
        session_file.from_text(text)
    assert type(caught.value).__module__.startswith("costdna.errors"), caught.value
    assert isinstance(caught.value, UsageError) or caught.value.next_step is not None
