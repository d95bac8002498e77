"""Groups read from what people did: who made a resource, who changes it, which role or pipeline works on it."""

import pandas as pd

_MADE = ("Create", "Run", "Allocate", "Request", "Register", "Import", "Restore", "Launch", "Copy")
_KIND = {"human": "actor", "session": "actor", "role": "role", "pipeline": "deploy", "stack": "stack"}
"""Services, other accounts and the root user say nothing of a team."""


def by_event(events: pd.DataFrame) -> list[tuple[int, str, str]]:
    """(ownable, kind, group) from EVENTS.

    Reading alone makes no relation: half of all reads are made by people who look at everything.
    """
    wrote = events[~events["x_ReadOnly"].to_numpy(dtype=bool)]
    out = set()
    for ownable, actor, kind, name in zip(
        wrote["x_OwnableId"].tolist(), wrote["x_ActorId"], wrote["x_ActorKind"], wrote["x_EventName"]
    ):
        relation = _KIND.get(kind)
        if relation:
            out.add((ownable, relation, actor))
            if name.startswith(_MADE) and kind in ("human", "session"):
                out.add((ownable, "creator", actor))
    return sorted(out)
