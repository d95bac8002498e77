"""One actor, and how its id is written."""

from dataclasses import dataclass

KINDS = ("human", "session", "role", "pipeline", "stack", "service", "account", "root", "unknown")
"""Most telling first. `session` is a name somebody chose for a session: perhaps a person, never taken for one."""


@dataclass(frozen=True)
class Actor:
    """Who acted. `via` is what they acted through (a role, a service), `reason` says how we know.

    >>> Actor("human", "ana", "111122223333").id
    'human:111122223333:ana'
    """

    kind: str
    name: str
    account: str = ""
    via: str = ""
    reason: str = ""

    @property
    def id(self) -> str:
        """Stable: kind, account and name. A person known by an e-mail is the same person in every account."""
        worldwide = self.kind == "service" or (
            self.kind in ("human", "pipeline") and ("@" in self.name or "/" in self.name)
        )
        return (
            f"{self.kind}:{self.name}" if worldwide or not self.account else f"{self.kind}:{self.account}:{self.name}"
        )
