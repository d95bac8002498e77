"""Trail files → the columns of a part. What few values share is kept once, by number: a hundred thousand events have
some hundred actors.
"""

import hashlib
import json
from dataclasses import dataclass, field

import numpy as np
from msgspec import UNSET

from costdna.errors import BillError
from costdna_companion.actors import Actor, resolve
from costdna_companion.actors.chains import HANDING
from costdna_companion.collect.trail.events import ABSENT, events, plain
from costdna_companion.collect.trail.touched import touched

_READS = ("Describe", "Get", "List", "Head", "Lookup")
_HOLDS = (b"{", b"[")  # what may name a resource: a bare text, a number or null does not


@dataclass(frozen=True, slots=True)
class _Who:
    number: int
    actor: Actor
    key: int


@dataclass(frozen=True, slots=True)
class _Call:
    """What the events of one call, account and Region have in common; `asked`: request → resources, for calls that say
    nothing else.
    """

    number: int
    name: str
    source: str
    account: str
    region: str
    read_only: bool
    failed: bool
    hands: bool
    asked: dict[bytes, str]


@dataclass
class Rows:
    """The events of some files in the order read; and the temporary keys they handed out: hash of the key → who got it,
    and the hash of the key they used.
    """

    handed: dict[int, tuple[Actor, int]] = field(default_factory=dict)
    _ids: list[str] = field(default_factory=list)
    _times: list[str] = field(default_factory=list)
    _touched: list[str] = field(default_factory=list)
    _by_who: list[int] = field(default_factory=list)
    _by_call: list[int] = field(default_factory=list)
    _who: dict[tuple, _Who] = field(default_factory=dict)
    _calls: dict[tuple, _Call] = field(default_factory=dict)
    _asked: dict[tuple, dict] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._ids)

    def read(self, raw: bytes, name: str) -> int:
        """Append a file's events (`raw`: see `events.events`); returns how many. Raises BillError where it is no trail,
        with the file's name and what was found.
        """
        try:
            return self._read(raw)
        except (ValueError, TypeError, AttributeError, RuntimeError) as error:
            raise not_a_trail(error, name) from error

    def _read(self, raw: bytes) -> int:
        found = events(raw)
        whos, calls, add_who, add_call, add_touched = (
            self._who,
            self._calls,
            self._by_who.append,
            self._by_call.append,
            self._touched.append,
        )
        for event in found:
            identity, account = bytes(event.userIdentity), event.recipientAccountId or ""
            who = whos.get((identity, account)) or self._new_who(identity, account)
            mark = (
                event.eventName,
                event.eventSource,
                account or who.actor.account,
                event.awsRegion,
                event.readOnly,
                event.errorCode is UNSET,
            )
            call = calls.get(mark) or self._new_call(mark)
            request = bytes(event.requestParameters)
            if event.resources is ABSENT and (call.read_only or not bytes(event.responseElements).startswith(_HOLDS)):
                resources = call.asked.get(request)
                if resources is None:
                    resources = call.asked[request] = _resources(call, request)
            else:
                resources = _resources(
                    call, request, b"" if call.read_only else bytes(event.responseElements), bytes(event.resources)
                )
            add_who(who.number)
            add_call(call.number)
            add_touched(resources)
            if call.hands:
                self._hand(bytes(event.responseElements), who)
        self._ids += [event.eventID or "" for event in found]
        self._times += [event.eventTime for event in found]
        return len(found)

    def columns(self) -> dict[str, np.ndarray]:
        """The columns of a part, one value an event: texts, `x_KeyHash` int64, `x_ReadOnly` and `x_Failed` bool; `x_At`
        is still text, as CloudTrail writes it.
        """
        by_who, by_call = np.array(self._by_who, dtype=np.int64), np.array(self._by_call, dtype=np.int64)

        def of_who(value, kind=object):
            return np.array([value(who) for who in self._who.values()], dtype=kind)[by_who]

        def of_call(value, kind=object):
            return np.array([value(call) for call in self._calls.values()], dtype=kind)[by_call]

        return {
            "x_EventId": np.array(self._ids, dtype=object),
            "x_At": np.array(self._times, dtype=object),
            "x_ActorId": of_who(lambda who: who.actor.id),
            "x_ActorKind": of_who(lambda who: who.actor.kind),
            "x_KeyHash": of_who(lambda who: who.key, np.int64),
            "x_EventName": of_call(lambda call: call.name),
            "x_EventSource": of_call(lambda call: call.source),
            "SubAccountId": of_call(lambda call: call.account),
            "RegionId": of_call(lambda call: call.region),
            "x_ReadOnly": of_call(lambda call: call.read_only, bool),
            "x_Failed": of_call(lambda call: call.failed, bool),
            "x_Resources": np.array(self._touched, dtype=object),
        }

    def _new_who(self, identity: bytes, account: str) -> _Who:
        fields = json.loads(identity) or {}
        actor = resolve({"userIdentity": fields, "recipientAccountId": account})
        who = self._who[identity, account] = _Who(len(self._who), actor, key_hash(fields.get("accessKeyId") or ""))
        return who

    def _new_call(self, mark: tuple) -> _Call:
        name, source, account, region, read_only, succeeded = mark
        if name is None or source is None:
            raise ValueError("an event without a name or without a source")
        source = source.removesuffix(".amazonaws.com")
        asked = self._asked.setdefault((name, source), {})
        call = self._calls[mark] = _Call(
            len(self._calls),
            name,
            source,
            account,
            region or "",
            name.startswith(_READS) if read_only is UNSET else bool(read_only),
            not succeeded,
            source == "sts" and name in HANDING,
            asked,
        )
        return call

    def _hand(self, answer: bytes, who: _Who) -> None:
        handed = (json.loads(answer or b"null") or {}).get("credentials") or {}
        if handed.get("accessKeyId"):
            self.handed[key_hash(handed["accessKeyId"])] = who.actor, who.key


def _resources(call: _Call, *texts: bytes) -> str:
    return "\n".join(touched(call.name, call.source, [plain(text) for text in texts if text.startswith(_HOLDS)]))


def not_a_trail(error: Exception, where: str) -> BillError:
    """What a user is told of a file that is cut, changed or none of CloudTrail's."""
    return BillError(
        "This is not a CloudTrail file.",
        found=str(error)[:120],
        where=where,
        next_step="Give files of JSON as CloudTrail delivers them, whole.",
        code="not-a-trail",
    )


def key_hash(key: str) -> int:
    """An access key id as 63 bits: enough to follow a chain of roles, and no credential is kept. 0 for none."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big") >> 1 if key else 0
