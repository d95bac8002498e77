"""Step 4: OWNABLES, CHARGES → RELATIONS. Memberships in groups, one module per source, each with a human reason."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from costdna import schema
from costdna.relations.by_attachment import by_attachment
from costdna.relations.by_event import by_event
from costdna.relations.by_name import by_name
from costdna.relations.by_person import by_person
from costdna.relations.by_tag import by_tag
from costdna.relations.by_time import by_time
from costdna.relations.by_use import by_use
from costdna.relations.kinds import KINDS


def relations(
    ownables: pd.DataFrame,
    charges: pd.DataFrame,
    owner_keys: set[tuple[str, str]] = frozenset(),
    events: pd.DataFrame | None = None,
    joined: Iterable[tuple[int, str, str]] = (),
) -> pd.DataFrame:
    """RELATIONS in canonical order, each membership once. `owner_keys`: the (source, key) of owner tags, masked.
    `events`: EVENTS, where somebody collected them. `joined`: memberships that an inventory told, as (ownable, kind,
    group).
    """
    rows = [
        *by_name(ownables),
        *by_tag(ownables, set(owner_keys)),
        *by_use(ownables, charges),
        *by_time(ownables),
        *by_attachment(ownables),
        *((*by_event(events), *by_person(ownables, events, set(owner_keys))) if events is not None else ()),
        *joined,
    ]
    frame = pd.DataFrame(rows, columns=["x_OwnableId", "x_Kind", "x_Group"]).astype({"x_OwnableId": "int64"})
    position = {o: i for i, o in enumerate(ownables["x_OwnableId"].tolist())}
    frame["_at"] = frame["x_OwnableId"].map(position).astype("int64")
    frame = frame.drop_duplicates(["x_OwnableId", "x_Kind", "x_Group"]).sort_values(
        ["x_Kind", "x_Group", "_at"], kind="stable", ignore_index=True
    )
    reasons = {k.name: k.reason for k in KINDS}
    # sorted: a group's rows stand together
    begins = ((frame["x_Kind"] != frame["x_Kind"].shift()) | (frame["x_Group"] != frame["x_Group"].shift())).to_numpy(
        dtype=bool
    )
    told = np.array(
        [reasons[k].format(group=g) for k, g in zip(frame["x_Kind"][begins], frame["x_Group"][begins])], dtype=object
    )
    frame["x_Reason"] = told[np.cumsum(begins, dtype="int64") - 1]
    return schema.RELATIONS.check(frame.drop(columns="_at"))
