"""Groups read from who made a thing, where the trail knows the person under another name.

Such as one who was an IAM user and now signs on once for all.
"""

import json

import pandas as pd

from costdna import names

_CREATED = "awscreatedby"


def by_person(
    ownables: pd.DataFrame, events: pd.DataFrame, owner_keys: set[tuple[str, str]]
) -> list[tuple[int, str, str]]:
    """(ownable, actor, actor's id) for each aws:createdBy that names a person of EVENTS.

    It names by the e-mail address or the part before its @.

    A name that two people of the trail go by names nobody. owner_keys: where the creator is taken for the owner,
    nothing is read from it.
    """
    if _CREATED in {names.tag_key(key) for _, key in owner_keys}:
        return []
    people = events.loc[events["x_ActorKind"].astype(str) == "human", "x_ActorId"].unique()
    called: dict[str, str] = {}
    for actor in sorted(people):
        for name in {_short(actor), _long(actor)}:
            called[name] = "" if name in called else actor
    made = {}
    for text in ownables["Tags"].unique() if called else ():
        values = [value for _, key, value in json.loads(text) if names.tag_key(key) == _CREATED]
        made[text] = sorted({called.get(_long(value), "") or called.get(_short(value), "") for value in values} - {""})
    return sorted(
        (owner, "actor", actor)
        for owner, text in zip(ownables["x_OwnableId"].tolist(), ownables["Tags"])
        for actor in made.get(text, ())
    )


def _long(who: str) -> str:
    """`IAMUser:AIDAEXAMPLE:Ana@shop.example` → `ana@shop.example`."""
    return who.rpartition(":")[2].lower()


def _short(who: str) -> str:
    return _long(who).partition("@")[0]
