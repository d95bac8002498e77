"""A digest as the bytes that each kind of target takes. Names of the bill are hostile text there: they make no link,
call nobody and format nothing they should not.
"""

import json

from costdna_companion.watch.digest import headline, lines

TITLE = "CostDNA: who owns the money"
_SECTION = 2900
"""Characters of one Slack section; its limit is 3,000."""
_ROOM = 20_000
"""Bytes of a Teams card at which lines are left out; its limit is 28 KB."""


def body(target: str, told: dict) -> bytes:
    """The exact bytes posted to `target`: slack, teams or webhook."""
    return json.dumps(
        {"slack": slack, "teams": teams, "webhook": dict}[target](told), ensure_ascii=True, separators=(",", ":")
    ).encode()


def slack(told: dict) -> dict:
    """Block Kit (docs.slack.dev/reference/block-kit): header, headline, a section per heading, what was compared.
    `text` is what a notification shows.
    """
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": TITLE, "emoji": False}},
        _mrkdwn(headline(told)),
    ]
    for heading, found in lines(told).items():
        text, left = f"*{heading}*", len(found)
        for line in map(_slack, found):
            if len(text) + len(line) + 30 > _SECTION:
                text += f"\n… and {left:,} more"
                break
            text, left = f"{text}\n• {line}", left - 1
        blocks.append(_mrkdwn(text))
    blocks.append({"type": "context", "elements": [{"type": "plain_text", "text": _compared(told), "emoji": False}]})
    return {"text": headline(told), "blocks": blocks}


def _mrkdwn(text: str) -> dict:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _slack(line: str) -> str:
    """Slack's three control characters as entities; marks of its formatting parted from the word by a space of no
    width.
    """
    line = _plain(line).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(c + "\u200b" if c in "*_~`@" else c for c in line)


def teams(told: dict) -> dict:
    """An Adaptive Card in the message that a Teams workflow ("When a webhook request is received") takes. Texts of the
    bill stand in RichTextBlocks, which know no Markdown.
    """
    card = [
        {"type": "TextBlock", "text": TITLE, "weight": "Bolder", "size": "Medium", "wrap": True},
        _rich(headline(told)),
    ]
    room = _ROOM
    for heading, found in lines(told).items():
        card.append({"type": "TextBlock", "text": heading, "weight": "Bolder", "wrap": True, "spacing": "Medium"})
        for n, line in enumerate(found):
            part = _rich(_plain(line)[:1000])
            room -= len(json.dumps(part))
            if room < 0:
                card.append(_rich(f"… and {len(found) - n:,} more"))
                break
            card.append(part)
    card.append({"type": "TextBlock", "text": _compared(told), "isSubtle": True, "wrap": True, "size": "Small"})
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": card,
    }
    return {
        "type": "message",
        "attachments": [
            {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
        ],
    }


def _rich(text: str) -> dict:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text}]}


def _plain(line: str) -> str:
    """One line: control characters and what turns the direction of writing are spaces."""
    return "".join(" " if not c.isprintable() or c in "\u202a\u202b\u202d\u202e\u2066\u2067" else c for c in line)


def _compared(told: dict) -> str:
    return f"{told['metric']} cost, run {told['to']} against {told['from']}"
