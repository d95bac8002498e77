"""The demo company's CloudTrail: the same for the same seed, of every kind of actor, and never about somebody else's
resource.
"""

import json

import pytest

from costdna_companion.actors import Chains, resolve
from costdna_companion.demo.bill import build
from costdna_companion.demo.tagging import creator_people
from costdna_companion.demo.trail import events


@pytest.fixture(scope="module")
def bill():
    return build(7, scale=0.1)


def test_the_same_bill_has_the_same_trail(bill):
    assert json.dumps(events(bill)) == json.dumps(events(build(7, scale=0.1)))


def test_every_event_lies_in_the_month_in_the_order_of_time(bill):
    times = [event["eventTime"] for event in events(bill)]
    assert times == sorted(times)
    assert times[0] >= f"{bill.year}-{bill.month:02d}-01"
    assert times[-1] < f"{bill.year}-{bill.month + 1:02d}-01"


def test_people_and_repositories_come_out_of_their_identities(bill):
    told, chains = events(bill), Chains()
    for event in told:
        chains.learn(event)
    actors = [resolve(event, chains) for event in told]
    people = {actor.name.partition("@")[0] for actor in actors if actor.kind == "human"}
    assert people <= set(creator_people()) and len(people) > 10
    assert {actor.kind for actor in actors} == {"human", "pipeline", "role"}
    assert all(actor.name.startswith("fernweh/") for actor in actors if actor.kind == "pipeline")
