"""costdna explain as a user runs it: the tested reasons, the runner-up, an id nobody has."""

import json
import subprocess
import sys

import pytest

HEADER = (
    "bill/BillingPeriodStartDate,bill/PayerAccountId,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,"
    "lineItem/UsageType,lineItem/Operation,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,lineItem/ResourceId,product/ProductName,resourceTags/user:Team"
)
LINE = "2026-10-01T00:00:00Z,999,111,Usage,2026-10-05T03:00:00Z,2026-10-05T04:00:00Z,AWSLambda,Lambda-GB-Second,Invoke,1,USD,{cost},arn:aws:lambda:eu-west-1:111:function:{name},Lambda,{team}"
APPS = {
    "checkout": "shop",
    "basket": "shop",
    "indexer": "search",
    "ranker": "search",
    "ledger": "money",
    "invoice": "money",
}


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    parts = ("in", "out", "mid", "top", "low", "big", "old", "new")
    lines = [
        LINE.format(cost=f"{i + 1}.25", name=f"{app}-{part}", team="" if part in ("new", "old") else team)
        for i, (app, team) in enumerate(APPS.items())
        for part in parts
    ]
    path = tmp_path_factory.mktemp("explain") / "bill.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def costdna(*arguments):
    return subprocess.run(
        [sys.executable, "-c", "from costdna_companion.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
    )


def test_an_inferred_owner_is_explained_and_tested(bill):
    done = costdna("explain", "indexer-new", bill, "--json", "--quiet", "--no-model")
    assert done.returncode == 0, done.stderr
    (card,) = json.loads(done.stdout)["resources"]
    assert card["likeliest"] == "search" and card["runner_up"] in ("shop", "money")
    assert 0 <= card["none_of_these"] <= 1 and card["likeliest_probability"] > card["runner_up_probability"]
    assert {"kind", "group", "speaks_for", "weight", "with", "without", "drop", "agrees"} <= set(card["occlusion"][0])
    assert max(card["occlusion"], key=lambda m: m["drop"])["kind"].startswith("name")
    assert "flip" in card


def test_people_get_sentences_and_a_tagged_resource_its_tag(bill):
    told = costdna("explain", "indexer-new", bill, "--quiet", "--no-model").stdout
    assert "Likeliest search" in told and "none of these" in told
    tagged = costdna("explain", "indexer-top", bill, "--quiet", "--no-model").stdout
    assert "search (tag)" in tagged


def test_an_id_nobody_has_is_said(bill):
    done = costdna("explain", "nothing-like-it", bill, "--quiet", "--no-model")
    assert done.returncode == 2 and "No resource" in done.stderr
