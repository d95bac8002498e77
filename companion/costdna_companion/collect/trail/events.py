"""The bytes of one trail file → its events. Only the fields that are kept become Python objects; the rest is passed
over.
"""

import json
from typing import Any

import msgspec
from isal import isal_zlib
from msgspec import UNSET, Raw

ABSENT = Raw(b"")


class Event(msgspec.Struct, gc=False):
    """One record: its names, and what may hold anything as the JSON that it was written in. An absent field has its
    default.
    """

    eventTime: str | None = None
    userIdentity: Raw = ABSENT
    eventName: str | None = None
    eventSource: str | None = None
    eventID: str | None = None
    awsRegion: str | None = None
    recipientAccountId: str | None = None
    readOnly: Any = UNSET
    errorCode: Any = UNSET
    requestParameters: Raw = ABSENT
    responseElements: Raw = ABSENT
    resources: Raw = ABSENT


class _File(Event, gc=False):
    """What a file may be: records, EventBridge's envelope around one event, or one event by itself."""

    Records: list[Event] | None = None
    detail: Event | None = None


_DECODER = msgspec.json.Decoder(list[Event] | _File)


def events(raw: bytes) -> list[Event]:
    """The events of a file that name a time and an actor. `raw` is gzip or plain JSON: `{"Records": […]}`, a list, one
    event, or EventBridge's envelope.

    Raises ValueError where it is neither, RecursionError where it is nested as no event is.

    >>> [e.eventName for e in events(b'{"Records": [{"eventTime": "2026-01-02T00:00:00Z", "userIdentity": null, "eventName": "RunInstances"}, {}]}')]
    ['RunInstances']
    """
    document = _DECODER.decode(unpacked(raw) if raw[:2] == b"\x1f\x8b" else raw)
    if isinstance(document, _File):
        document = [document.detail or document] if document.Records is None else document.Records
    return [event for event in document if event.eventTime is not None and event.userIdentity is not ABSENT]


def unpacked(raw: bytes) -> bytes:
    """A gzip file of one or several members, whole: length and checksum are checked. Raises ValueError where it is cut
    or was changed.
    """
    parts = []
    while raw:
        member = isal_zlib.decompressobj(31)
        try:
            parts.append(member.decompress(raw))
        except isal_zlib.error as error:
            raise ValueError(str(error)) from error
        if not member.eof:
            raise ValueError("the gzip data ends too early")
        raw = member.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)


def plain(text: bytes) -> bytes:
    r"""JSON without the escapes that hide a letter: ids are looked for in its bytes.

    >>> plain(rb'{"a": "arn:aws:s3:::x\/\u0079"}')
    b'{"a":"arn:aws:s3:::x/y"}'
    """
    return (
        json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")).encode()
        if b"\\u" in text or b"\\/" in text
        else text
    )
