"""Allocation and Customers: what is typed counts at once, what is wrong says why and changes nothing, a stranger's text
stays text.
"""

import bills
import pandas as pd
import pytest
import saas
import small_bills
import yaml
from costdna_web.sharing import Sharing, written
from pages import go, opened

TAGS = {
    "div",
    "p",
    "span",
    "b",
    "h1",
    "h2",
    "h3",
    "ul",
    "ol",
    "li",
    "header",
    "nav",
    "button",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "label",
    "input",
    "select",
    "option",
    "textarea",
}


@pytest.fixture
def frame():
    return opened(saas.bill())


def test_without_rules_everybody_bears_what_they_own(frame):
    words = go(frame, "screen:allocation").words
    assert "No rule spreads shared cost yet" in words and "platform" in words and "30,319.20" in words


def test_a_rule_counts_while_it_is_typed(frame):
    go(frame, "screen:allocation")
    go(frame, "share:add")
    form = frame.body[0][1]
    go(frame, "fill:share-0-field", value="team")
    go(frame, "fill:share-0-value", value="platform")
    words = go(frame, "fill:share-0-to", value="core").words
    assert (
        frame.body[0][1] is form and "1 rule places $9,600.00 of $30,319.20 with teams." in words and "rule 1" in words
    )
    words = go(frame, "fill:share-0-to", value="platform").words
    assert "Not taken: A rule gives back to whom it takes from." in words and "1 rule places $9,600.00" in words
    assert "No rule spreads" in go(frame, "share:remove-0").words


def test_fixed_shares_in_per_cent_must_make_a_hundred(frame):
    go(frame, "screen:allocation")
    go(frame, "share:add")
    for part, value in (("field", "is"), ("value", "tax"), ("method", "fixed")):
        go(frame, f"fill:share-0-{part}", value=value)
    assert "Shares in per cent make 100 %" in go(frame, "fill:share-0-to", value="core=60%|platform=30%").words
    assert "1 rule places $310.00" in go(frame, "fill:share-0-to", value="core=60%|platform=40%").words


def test_the_cfo_s_question_on_the_page(frame):
    assert "needs rules that say so" in go(frame, "screen:customers").words
    go(frame, "fill:share-usage", value=small_bills.text(saas.usage()))
    go(frame, "fill:share-customers", value=small_bills.text(saas.CUSTOMERS))
    go(frame, "fill:share-rules", value=yaml.safe_dump(saas.BOOK))
    words = go(frame, "screen:customers").words
    assert "2 of 3 paying customers cost more than they pay." in words and words.rindex("Acme") < words.rindex(
        "Crux"
    ) < words.rindex("Bolt") < words.rindex("Without revenue") < words.rindex("Dune (free)")
    assert (
        "Acme costs $8,000.10 to serve. It pays $2,000.00: margin −$6,000.10 (−300\u202f%)."
        in go(frame, "share:show-0").words
    )
    assert "Without revenue" in go(frame, "share:all").words


def test_beginning_with_two_rules_takes_the_driver_that_is_there(frame):
    go(frame, "screen:customers")
    go(frame, "fill:share-usage", value=small_bills.text(saas.usage()))
    words = go(frame, "share:start").words
    assert (
        frame.state.workspace.book.bearers == "customers"
        and frame.state.workspace.book.rules[1].driver == "requests"
        and "what they pay is not known here" in words
    )


def test_what_cannot_be_read_is_said_and_nothing_changes(frame):
    go(frame, "screen:customers")
    for what, text, said in (
        ("usage", "date,customer,requests\nsoon,acme,1", "That is no day."),
        ("customers", "customer,mrr\nacme,lots", "A revenue is not an amount"),
        ("rules", "- {name: x, where: {servce: y}, method: even}", "did you mean service?"),
    ):
        assert said in go(frame, f"fill:share-{what}", value=text).words
        assert (
            frame.state.workspace.usage is None
            and frame.state.workspace.customers is None
            and not frame.state.workspace.book.rules
        )
    assert (
        Sharing().fill(frame.state.workspace, "9-value", "x") == "" == Sharing().act(frame.state.workspace, "nothing")
    )


def test_a_stranger_s_text_is_only_text():
    frame = opened(bills.hostile())
    go(frame, "screen:allocation")
    go(frame, "share:add")
    for text in bills.HOSTILE:
        for part in ("value", "to", "by"):
            go(frame, f"fill:share-0-{part}", value=text)
        go(frame, "fill:share-rules", value=text)
        go(frame, "fill:share-customers", value="customer,name,mrr\n" + f'"{text.replace(chr(34), chr(34) * 2)}","x",1')
        assert set(go(frame, "screen:customers").tags) <= TAGS
        seen = go(frame, "screen:allocation")
        assert set(seen.tags) <= TAGS


def test_a_form_row_is_a_rule_of_the_file():
    row = {"field": "tag", "value": "service=*", "method": "proportional", "to": "", "by": "requests of tag:service"}
    assert written(2, row) == {
        "name": "rule 2",
        "where": {"tag": "service=*"},
        "method": "proportional",
        "driver": "requests",
        "by": "tag:service",
    }


def test_rules_and_words_on_alerts_stay_in_the_session_file(frame):
    from costdna_web import bridge

    bridge.sent.clear()
    go(frame, "share:add")
    for part, value in (("field", "is"), ("value", "tax"), ("method", "fixed"), ("to", "core=60%|platform=40%")):
        go(frame, f"fill:share-0-{part}", value=value)
    frame.state.workspace.say("service", "AWS Lambda", "2026-10-05", 41.0, "no", pd.Timestamp("2026-10-07 11:00:00"))
    book = frame.state.workspace.book
    assert book.rules and "core" in bridge.sent[-1]["text"]  # what is kept on request holds it at once
    go(frame, "session:save")
    text = bridge.sent[-1]["bytes"].decode()
    go(frame, "share:remove-0")
    frame.state.workspace.feedback = None
    go(frame, "session:open", value=text)
    assert (
        frame.state.workspace.book == book
        and frame.state.sharing.rows[0]["value"] == "tax"
        and len(frame.state.workspace.feedback) == 1
    )
    assert "1 rule places $310.00" in go(frame, "screen:allocation").words


def test_rules_the_form_has_no_place_for_are_opened_as_text_and_wait_for_their_usage(frame):
    from costdna.sharing import parse_book
    from costdna.session_file import to_text

    space = frame.state.workspace
    text = to_text(
        space.wishes,
        space.report,
        book=parse_book(
            {
                **saas.BOOK,
                "rules": [
                    *saas.BOOK["rules"],
                    {"name": "two", "where": {"service": "x", "account": "1"}, "method": "even"},
                ],
            }
        ),
    )
    go(frame, "session:open", value=text)
    assert (
        "requests" in go(frame, "screen:allocation").words
        and "Not taken" in frame.body[0][2].object
        and not space.book.rules
    )
    go(frame, "fill:share-usage", value=small_bills.text(saas.usage()))
    assert len(space.book.rules) == len(saas.BOOK["rules"]) + 1


def test_environments_models_and_what_is_not_used_stand_beside_the_customers():
    from moving import day

    rows = [day(d, "2", ResourceId="i-1", Tags={("resource", "Environment"): "Staging"}) for d in range(1, 4)]
    rows += [day(d, "0.25", ResourceId="eipalloc-1", UsageType="EU-PublicIPv4:IdleAddress") for d in range(1, 4)]
    rows += [
        day(
            d,
            "1.5",
            ServiceName="Amazon Bedrock",
            ServiceCode="AmazonBedrock",
            ResourceId="",
            UsageType="USE1-Claude3Sonnet-input-tokens",
        )
        for d in range(1, 4)
    ]
    frame = opened(rows)
    seen = go(frame, "screen:customers")
    assert all(
        text in seen.words
        for text in (
            "Environments",
            "staging",
            "Language models",
            "Claude3Sonnet",
            "Paid for and not used",
            "$6.75 from",
            "billed as an idle public address",
            "eipalloc-1",
        )
    )
    assert set(seen.tags) <= TAGS
