"""One trail file → rows. Pure: bytes in, lists out; simdjson reads only the fields that are asked for."""

import hashlib
import json
import zlib
from dataclasses import dataclass, field

import simdjson

from costdna.errors import BillError
from costdna_companion.actors import Actor, resolve
from costdna_companion.actors.chains import HANDING
from costdna_companion.collect.trail.touched import touched

COLUMNS = ("x_EventId", "x_At", "x_ActorId", "x_ActorKind", "x_KeyHash", "x_EventName", "x_EventSource", "SubAccountId", "RegionId", "x_ReadOnly", "x_Failed", "x_Resources")

_READS = ("Describe", "Get", "List", "Head", "Lookup")
_PARTS = (simdjson.Object, simdjson.Array)


@dataclass
class Rows:
    """The events of some files, a tuple of `COLUMNS` each; and the temporary keys they handed out: hash of the key → who got it, and the hash of the key they used."""

    rows: list[tuple] = field(default_factory=list)
    handed: dict[int, tuple[Actor, int]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)


class TrailReader:
    """Reads trail files one after the other; identities seen before are not resolved again."""

    def __init__(self):
        self._parser, self._actors = simdjson.Parser(), {}

    def read(self, raw: bytes, name: str, into: Rows) -> int:
        """Append a file's events; returns how many. `raw` is gzip or plain JSON: `{"Records": […]}`, one event, or EventBridge's envelope.

        Raises BillError where it is neither, with the file's name and what was found.
        """
        records = None
        try:
            text = unpacked(raw) if raw[:2] == b"\x1f\x8b" else raw
            document = self._parser.parse(text)
            records = document["Records"] if isinstance(document, simdjson.Object) and "Records" in document else document
            if isinstance(records, simdjson.Object):
                records = [records["detail"]] if "detail" in records else [records]
            count = 0
            for event in records:
                count += self._one(event, into)
            return count
        except (ValueError, OSError, EOFError, zlib.error, KeyError, TypeError, AttributeError, RuntimeError) as error:
            raise BillError("This is not a CloudTrail file.", found=str(error)[:120], where=name, next_step="Give files of JSON as CloudTrail delivers them, whole.", code="not-a-trail") from error
        finally:
            # simdjson hands out views into one buffer: all must be gone before the next file is parsed
            del records
            event = document = None  # noqa: F841

    def _one(self, event, into: Rows) -> int:
        # asking simdjson for a field that is not there costs more than all that are: names first
        has = list(event.keys())
        if "eventTime" not in has or "userIdentity" not in has:
            return 0
        name, source = event["eventName"], event["eventSource"].removesuffix(".amazonaws.com")
        account = event["recipientAccountId"] if "recipientAccountId" in has else ""
        identity = event["userIdentity"]
        identity = identity.mini if identity is not None else b""
        seen = self._actors.get(identity)
        if seen is None:
            seen = self._actors[identity] = self._who(identity, account)
        actor_id, kind, home, actor, key = seen
        read_only = event["readOnly"] if "readOnly" in has else name.startswith(_READS)
        about = event["requestParameters"] if "requestParameters" in has else None
        texts = [about.mini] if isinstance(about, _PARTS) else []
        for part in ("resources",) if read_only else ("responseElements", "resources"):
            if part in has and isinstance(value := event[part], _PARTS):
                texts.append(value.mini)
        into.rows.append((event["eventID"] if "eventID" in has else "", event["eventTime"], actor_id, kind, key, name, source, account or home,
                          event["awsRegion"] if "awsRegion" in has else "", bool(read_only), "errorCode" in has, "\n".join(touched(name, source, texts)) if texts else ""))
        if source == "sts" and name in HANDING:
            handed = (json.loads(event.mini).get("responseElements") or {}).get("credentials") or {}
            if handed.get("accessKeyId"):
                into.handed[key_hash(handed["accessKeyId"])] = (actor, key)
        return 1

    def _who(self, identity: bytes, account: str) -> tuple[str, str, str, Actor, int]:
        fields = json.loads(identity) if identity else {}
        actor = resolve({"userIdentity": fields, "recipientAccountId": account})
        key = fields.get("accessKeyId") or ""
        return actor.id, actor.kind, actor.account, actor, key_hash(key)


def unpacked(raw: bytes) -> bytes:
    """A gzip file of one or several members, whole: zlib checks length and checksum. Raises ValueError where it is cut."""
    parts = []
    while raw:
        member = zlib.decompressobj(31)
        parts.append(member.decompress(raw))
        if not member.eof:
            raise ValueError("the gzip data ends too early")
        raw = member.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)


def key_hash(key: str) -> int:
    """An access key id as 63 bits: enough to follow a chain of roles, and no credential is kept. 0 for none."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big") >> 1 if key else 0
