"""Every screen of every kind of bill: drawn, landmarks in place, hostile text harmless."""

import asyncio
import json
from html.parser import HTMLParser

import bills
import panel as pn
import pytest
from costdna.export import FILES, story
from costdna.hashing import sign
from costdna.workspace import Workspace
from costdna_web import bridge
from costdna_web.frame import Frame
from costdna_web.screens import screens
from readings import line, reading

UNTAGGED = [{**one, "Tags": {}} for one in bills.company(teams=2, per_team=4)]
MONTH = {"ChargePeriodStart": "2026-10-01T00:00:00Z", "ChargePeriodEnd": "2026-11-01T00:00:00Z"}
KINDS = {
    "company": bills.company(per_team=20),
    "no tags": UNTAGGED,
    "one team": bills.company(teams=1, per_team=6),
    "many teams": bills.company(teams=60, per_team=2, untagged=0, days=1),
    "no resources": [line(ResourceId="", Unblended="3.5")],
    "only a credit": [line(ResourceId="", LineItemType="Credit", Unblended="-3.5", **MONTH)],
    "hostile": bills.hostile(),
    "cancels out": [line(Unblended="5"), line(Unblended="-5")],
}
TAGS = {
    "div",
    "p",
    "span",
    "small",
    "b",
    "h1",
    "h2",
    "h3",
    "ul",
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
    "article",
    "dl",
    "dt",
    "dd",
    "code",
    "kbd",
    "section",
    "textarea",
    "ol",
}


class Seen(HTMLParser):
    def __init__(self, markup):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.wishes, self.ids = [], set(), [], []
        self.words = ""
        self.feed(markup)

    def handle_starttag(self, name, attrs):
        self.tags.append(name)
        self.attributes |= {k for k, _ in attrs}
        self.wishes += [v for k, v in attrs if k == "data-go"]
        self.ids += [v for k, v in attrs if k == "id"]

    def handle_data(self, data):
        self.words += data


def opened(lines, inferred=True):
    workspace = Workspace([reading(lines)])
    asyncio.run(workspace.run()) if inferred else workspace.prove()
    frame = Frame()
    frame.show(workspace)
    return frame


def go(frame, wish, **more):
    go.count = getattr(go, "count", 0) + 1
    frame.door.value = json.dumps({"go": wish, "n": go.count, **more})
    return shown(frame)


def shown(frame):
    return Seen("".join(p.object for p in frame.root.select(pn.pane.HTML)))


@pytest.fixture(scope="module", params=list(KINDS))
def frame(request):
    return opened(KINDS[request.param])


def test_screens_register_themselves_in_order():
    assert [s.title for s in screens()][:3] == ["Teams", "Review", "Resources"] and [s.slug for s in screens()][
        -1
    ] == "export"


@pytest.mark.parametrize("screen", [s.slug for s in screens()])
def test_every_screen_has_one_first_line_and_the_total_above_it(frame, screen):
    seen = go(frame, f"screen:{screen}")
    f = frame.state.figures
    assert seen.tags.count("h1") == 1 and seen.ids.count("cd-heading") == 1
    assert seen.words.startswith(f.money(frame.state.report.net))
    assert seen.tags.count("header") == 1 and "nav" in seen.tags
    assert seen.tags.count("table") == seen.tags.count("caption")
    assert set(seen.tags) <= TAGS
    assert (
        not {a for a in seen.attributes if a.startswith("on")}
        and not {"href", "src", "srcdoc", "action"} & seen.attributes
    )


def test_every_wish_on_every_screen_can_be_granted(frame):
    todo, done = ["screen:teams"], set()
    while todo and len(done) < 60:
        wish = todo.pop()
        kind = wish.split(":")[0]
        if wish in done or sum(d.startswith(kind) for d in done) > 6:
            continue
        done.add(wish)
        seen = go(frame, wish)
        assert seen.tags.count("h1") == 1, wish
        todo += seen.wishes
    assert {"screen:trust", "screen:export", "metric:effective"} <= done


def test_a_stranger_s_text_is_only_ever_text():
    frame = opened(bills.hostile())
    words = shown(frame).words
    for one in bills.HOSTILE[:4]:
        assert one in words
    for at in range(len(frame.state.report.resources)):
        assert set(go(frame, f"resource:{at}").tags) <= TAGS


def test_unknown_money_is_the_last_row_and_says_why():
    frame = opened(bills.company(per_team=20))
    words = go(frame, "screen:teams").words
    assert words.index("Unknown we can't tell") > words.index("team00")
    assert "Why is money unknown?" in words
    assert f"{frame.state.figures.amount(story.unowned(frame.state.report)[-1]['cost'])}" in words


def test_a_gate_that_stays_shut_says_so_and_what_to_do():
    words = shown(opened(UNTAGGED)).words
    assert "Nothing was inferred. No team is named" in words and "None of this bill has an owner yet" in words
    assert "Only one team is named" in shown(opened(KINDS["one team"])).words


def test_what_is_proved_stands_before_anything_is_inferred():
    frame = opened(bills.company(per_team=20), inferred=False)
    frame.show(frame.state.workspace, working="Inferring the rest …")
    seen = shown(frame)
    assert (
        "Inferring the rest …" in seen.words
        and "all of it by tags" in seen.words
        and "Nothing was inferred" not in seen.words
    )
    frame.show(frame.state.workspace)
    assert "Inferring" not in shown(frame).words


def test_one_team_shows_its_services_days_and_resources():
    frame = opened(bills.company(per_team=20))
    words = go(frame, f"team:{sign('team03')}").words
    assert (
        words.count("Amazon Relational Database Service") == 1 and "Its 20 resources" in words and "2026-10-05" in words
    )
    words = go(frame, f"theirs:{sign('team03')}").words
    assert "20 of 122" in words


def test_an_inferred_owner_opens_to_its_evidence():
    frame = opened(bills.company(per_team=20))
    rows = frame.state.report.resources
    at = int((rows["x_Basis"] == "inferred").to_numpy().argmax())
    words = go(frame, f"resource:{at}").words
    assert (
        f"Probably {rows['x_Team'].iat[at]} (" in words
        and "For" in words
        and "known owners there" in words
        and "created by stack" in words
    )


def test_trust_closes_the_ledger_and_compares_the_methods():
    frame = opened(bills.company(per_team=20))
    words = go(frame, "screen:trust").words
    for part in (
        "Left over",
        "By its own tag",
        " (chosen)",
        "names the owner",
        "Content hash",
        "Holds.",
        "What the files say and lack",
    ):
        assert part in words


def test_a_list_is_drawn_again_alone():
    frame = opened(bills.company(per_team=20))
    go(frame, "screen:resources")
    _, controls, rows = frame.body[0]
    before = rows.object
    go(frame, "fill:text", value="team04")
    assert list(frame.body[0])[1:] == [controls, rows] and rows.object != before and "20 of 122" in rows.object


def test_what_is_typed_survives_the_inference():
    frame = opened(bills.company(per_team=20), inferred=False)
    go(frame, "screen:resources")
    go(frame, "fill:text", value="team04")
    first, controls, rows = frame.body[0]
    assert "18 unknown" in first.object
    asyncio.run(frame.state.workspace.infer())
    frame.show(frame.state.workspace)
    assert list(frame.body[0]) == [first, controls, rows]
    assert "18 inferred" in first.object and "20 of 122" in rows.object


def test_files_are_saved_through_the_browser():
    frame = opened(bills.company(teams=2, per_team=9))
    go(frame, "screen:export")
    bridge.sent.clear()
    assert "No infrastructure code" in go(frame, "save:costdna-tags.patch").words and not [
        m for m in bridge.sent if m["type"] == "download"
    ]
    for file in (f for f in FILES if f.kind != "iac-patch"):
        bridge.sent.clear()
        words = go(frame, f"save:{file.name}").words
        assert [(m["type"], m["name"], m["mime"]) for m in bridge.sent] == [
            ("download", file.name, file.mime)
        ] and "Saved." in words
        assert len(bridge.sent[0]["bytes"]) > 10
    assert (
        "would have stopped" in go(frame, "save:?scp").words
        and "everything this result knows" in go(frame, "save:?focus").words
    )
    bridge.sent.clear()
    go(frame, "save:../../etc/passwd")
    assert bridge.sent == []


def test_another_currency_is_offered_and_never_added():
    frame = opened(
        [line(Unblended="5"), line(Unblended="6", ResourceId="i-2"), line(Unblended="900", BillingCurrency="EUR")]
    )
    asked = []
    frame.in_currency = asked.append
    words = shown(frame).words
    assert words.startswith("$11.00") and "Also on this bill, never added: 900 EUR" in words
    go(frame, "currency:EUR")
    go(frame, "currency:XXX")
    assert asked == ["EUR"]
    frame.state.workspace.wishes.currency = "EUR"
    frame.state.workspace.prove()
    frame.show(frame.state.workspace)
    assert shown(frame).words.startswith("€900.00")


def test_code_is_chosen_and_a_patch_comes_of_it():
    from costdna.teams import parse_rules
    from costdna.pipeline import Wishes

    workspace = Workspace(
        [reading([line(ResourceId="shop-logs", ServiceCode="AmazonS3"), line(ResourceId="i-1")])],
        Wishes(rules=parse_rules([{"resource": "*", "team": "web"}])),
    )
    workspace.prove()
    frame = Frame()
    frame.show(workspace)
    go(frame, "screen:export")
    assert (
        "1 file of code is here"
        in go(
            frame,
            "code",
            value=json.dumps({"main.tf": 'resource "aws_s3_bucket" "logs" {\n  bucket = "shop-logs"\n}\n'}),
        ).words
    )
    bridge.sent.clear()
    go(frame, "save:costdna-tags.patch")
    assert '+    team = "web"' in bridge.sent[0]["bytes"].decode() and bridge.sent[0]["name"] == "costdna-tags.patch"
    go(frame, "fill:export:key", value="Owner")
    go(frame, "fill:export:least", value="nonsense")
    bridge.sent.clear()
    go(frame, "save:costdna-tags.patch")
    assert '+    Owner = "web"' in bridge.sent[0]["bytes"].decode() and frame.state.kept["export"]["least"] == "0.9"
    for odd in ("", "[]", '{"a": 1}', "{"):
        go(frame, "code", value=odd)
    assert "1 file of code is here" in shown(frame).words
