"""A digest counts what differs, names teams and money only, and each target's form carries hostile names as plain text."""

import doctest
import json
import re

import pytest
from costdna.errors import UsageError
from costdna_companion.watch import digest as module
from costdna_companion.watch.digest import Run, digest, headline, lines
from costdna_companion.watch.forms import body
from runs import run

UNIT = 10**18


def report(*teams, currency="USD", after=0.5):
    return {
        "currency": currency,
        "metric": "billed",
        "coverage": {"before": 0.1, "after": after},
        "teams": [{"team": t, "cost": c} for t, c in teams],
    }


OLD = Run(
    "2026-11-01",
    run(
        (1, 10 * UNIT, "a", None, ""),
        (2, 20 * UNIT, "a", 0.95, "e"),
        (3, 5 * UNIT, "c", 0.8, "e"),
        (4, UNIT, "c", 0.95, "e"),
    ),
    report(("a", "30.0"), ("Gone", "1.50"), ("", "2")),
)
NEW = Run(
    "2026-11-02",
    run(
        (1, 10 * UNIT, "b", None, ""),
        (2, 20 * UNIT, "b", 0.95, "e"),
        (3, 5 * UNIT, "b", 0.6, "e"),
        (4, UNIT, "c", 0.65, "e"),
        (5, 7 * UNIT, "", None, ""),
    ),
    report(("b", "35"), ("", "2.00"), after=0.75),
)


def test_the_examples_hold():
    assert doctest.testmod(module).attempted and not doctest.testmod(module).failed


def test_counts_money_moves_and_teams():
    found = digest(OLD, NEW)
    assert (
        found["counts"] == {"owner": 3, "new": 1, "gone": 0, "less_sure": 1}
        and found["changes"] == 5
        and found["severity"] == {"major": 2, "minor": 1, "uncertain": 1}
    )
    assert found["money"] == {"owner": "35", "new": "7", "gone": "0"} and found["coverage"] == {
        "before": 0.5,
        "now": 0.75,
    }
    assert found["moves"] == [
        {"before": "a", "now": "b", "severity": "major", "resources": 2, "cost": "30"},
        {"before": "c", "now": "b", "severity": "uncertain", "resources": 1, "cost": "5"},
    ]
    assert found["teams"] == [
        {"team": "b", "before": "0", "now": "35", "change": "35"},
        {"team": "a", "before": "30.0", "now": "0", "change": "-30.0"},
        {"team": "Gone", "before": "1.50", "now": "0", "change": "-1.50"},
    ]
    assert (
        headline(found)
        == "3 resources changed hands, 1 is new, 1 is less sure. 75.0% of the money has an owner; it was 50.0%."
    )


def test_a_severity_and_nothing():
    assert digest(OLD, NEW, "major")["changes"] == 2 and digest(OLD, NEW, "minor")["counts"] == {
        "owner": 2,
        "new": 1,
        "gone": 0,
        "less_sure": 0,
    }
    assert digest(NEW, NEW)["changes"] == 0 and headline(digest(NEW, NEW)).startswith("Nothing changed.")
    with pytest.raises(UsageError, match="different currencies"):
        digest(OLD, Run("x", NEW.side, report(currency="EUR")))


def test_resources_are_named_on_request_and_people_never():
    plain = digest(OLD, NEW)
    assert "resources" not in plain and not re.search(r"\br[1-5]\b", json.dumps(plain))
    NEW.side.ownables.loc[0, "ResourceId"] = "arn:aws:iam::123456789012:user/mia.planted"
    named = digest(OLD, NEW, resources=True)
    NEW.side.ownables.loc[0, "ResourceId"] = "r1"
    assert (
        [r["resource"] for r in named["resources"]][0] == "r2"
        and "mia.planted" not in json.dumps(named)
        and named["resources"][1]["resource"].startswith("principal-")
    )


@pytest.fixture(scope="module")
def hostile():
    names = (
        "<!channel> <https://evil.example|pay>",
        "[pay](https://evil.example) **bold** @here",
        "& *a* `b`\n\u202eneg",
        "x" * 3000,
    )
    old = run(*((i, UNIT, "old", None, "") for i in range(40)))
    new = run(*((i, UNIT, names[i % 4] + str(i), None, "") for i in range(40)))
    return digest(Run("1", old, report()), Run("2", new, report(*((n, "1") for n in names))), resources=True)


def test_slack_gets_blocks_within_its_limits_and_no_mention(hostile):
    sent = json.loads(body("slack", hostile))
    texts = [b["text"]["text"] for b in sent["blocks"] if b["type"] == "section"]
    assert (
        sent["blocks"][0]["type"] == "header"
        and len(sent["blocks"]) <= 50
        and all(0 < len(t) <= 3000 for t in texts)
        and len(sent["blocks"][0]["text"]["text"]) <= 150
    )
    assert all(
        b["text"]["type"] == "mrkdwn" and b["text"]["verbatim"] for b in sent["blocks"] if b["type"] == "section"
    )
    assert (
        not [t for t in texts if "<" in t or ">" in t]
        and "&lt;!channel&gt;" in "".join(texts)
        and "@here" not in "".join(texts)
        and "\u202e" not in "".join(texts)
    )
    assert "evil" not in sent["text"] and "… and" in "".join(texts)


def test_teams_gets_a_card_whose_bill_texts_know_no_markdown(hostile):
    raw = body("teams", hostile)
    card = json.loads(raw)["attachments"][0]
    assert (
        json.loads(raw)["type"] == "message"
        and card["contentType"] == "application/vnd.microsoft.card.adaptive"
        and card["content"]["type"] == "AdaptiveCard"
        and card["content"]["version"] == "1.4"
    )
    assert len(raw) < 28_000
    blocks = [e["text"] for e in card["content"]["body"] if e["type"] == "TextBlock"]
    runs = [i["text"] for e in card["content"]["body"] if e["type"] == "RichTextBlock" for i in e["inlines"]]
    assert "evil" in "".join(runs) and "evil" not in "".join(blocks)


def test_a_webhook_gets_the_digest_itself():
    found = digest(OLD, NEW)
    assert json.loads(body("webhook", found)) == found and body("webhook", found).isascii()
    assert set(lines(found)) == {"Changed hands", "Teams by change of cost"}
