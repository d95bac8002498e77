"""Groups read from ids that speak of each other: a volume named for its instance, a pod's parent, an ARN inside a name."""

import re

import pandas as pd

_MENTION = re.compile(r"\b(i|vol|snap|eni|nat|vpc|subnet|sg)-[0-9a-f]{8,17}\b")


def by_attachment(ownables: pd.DataFrame) -> list[tuple[int, str, str]]:
    """(ownable, attachment, id) for each id of another resource that a name or tag mentions.

    And one for that resource itself.
    """
    ids = {rid: owner for owner, rid in zip(ownables["x_OwnableId"].tolist(), ownables["ResourceId"]) if rid}
    short = {m.group(0): owner for rid, owner in ids.items() for m in [_MENTION.search(rid)] if m}
    out = set()
    for owner, rid, name, tags in zip(
        ownables["x_OwnableId"].tolist(), ownables["ResourceId"], ownables["ResourceName"], ownables["Tags"]
    ):
        for match in _MENTION.finditer(f"{rid} {name} {tags}"):
            other = short.get(match.group(0))
            if other is not None and other != owner:
                out |= {(owner, "attachment", match.group(0)), (other, "attachment", match.group(0))}
    return sorted(out)
