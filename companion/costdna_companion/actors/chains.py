"""Who was handed which temporary key: a chained role leads back to its first caller."""

from costdna_companion.actors.actor import Actor
from costdna_companion.actors.resolve import resolve

HANDING = frozenset(
    {
        "AssumeRole",
        "AssumeRoleWithSAML",
        "AssumeRoleWithWebIdentity",
        "GetFederationToken",
        "GetSessionToken",
        "AssumeRoot",
    }
)


class Chains:
    """Temporary access key id → the actor it was handed to. Learn from events in time order, then ask."""

    def __init__(self):
        self._givers: dict[str, Actor] = {}

    def learn(self, event: dict) -> None:
        """Note the key that an STS event handed out, and to whom; other events are passed over."""
        if event.get("eventSource") != "sts.amazonaws.com" or event.get("eventName") not in HANDING:
            return
        key = (((event.get("responseElements") or {}).get("credentials") or {}).get("accessKeyId")) or ""
        if key:
            self._givers[key] = resolve(event, self)

    def giver(self, key: str) -> Actor | None:
        """To whom a key was handed, as far as the events read so far tell."""
        return self._givers.get(key)

    def __len__(self) -> int:
        return len(self._givers)
