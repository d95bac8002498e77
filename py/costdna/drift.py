"""Two runs over the same cloud → what changed hands, what is new, what is gone, each with its money and its cause."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna import money, schema
from costdna.names import slug

SURE = 0.9
"""An owner counts as sure when it is proved, or inferred with at least this probability."""

LEAST = 0.7
"""Below this an inferred owner is a guess: its change is noise first of all."""

SEVERITY = ("major", "minor", "uncertain")
"""major: both owners were sure · minor: both above `LEAST` · uncertain: one of them was a guess."""


@dataclass(frozen=True)
class Side:
    """One run: its OWNABLES, OWNERSHIP, and the model that inferred."""

    ownables: pd.DataFrame
    ownership: pd.DataFrame


def drift(old: Side, new: Side) -> pd.DataFrame:
    """DRIFT: resources whose latest owner differs by more than spelling.

    A row for each, most severe first, then dearest.

    A resource that left the bill or came into it has severity minor and the kind gone or new. Money is that of the new
    run, of the old where it is gone.
    """
    before, after = _owners(old), _owners(new)
    rows = []
    for one in sorted(before.keys() | after.keys()):
        was, now = before.get(one), after.get(one)
        if was is None or now is None:
            only = now or was
            rows.append(
                (
                    one,
                    only["ResourceId"],
                    only["ResourceName"],
                    "new" if was is None else "gone",
                    "minor",
                    was["what"] if was else "",
                    now["what"] if now else "",
                    was["sure"] if was else np.nan,
                    now["sure"] if now else np.nan,
                    "came into the bill" if was is None else "left the bill",
                    only["BilledCost"],
                )
            )
        elif was["who"] != now["who"]:
            rows.append(
                (
                    one,
                    now["ResourceId"],
                    now["ResourceName"],
                    "owner",
                    _severity(was["sure"], now["sure"]),
                    was["what"],
                    now["what"],
                    was["sure"],
                    now["sure"],
                    _cause(was, now),
                    now["BilledCost"],
                )
            )
    frame = pd.DataFrame(rows, columns=schema.DRIFT.names())
    frame = frame.astype({"x_OwnableId": "int64", "x_OldProbability": "float64", "x_NewProbability": "float64"})
    frame["BilledCost"] = money.fit(frame["BilledCost"].tolist()) if len(frame) else frame["BilledCost"].astype("int64")
    order = np.lexsort(
        (
            frame["x_OwnableId"].to_numpy(),
            -np.abs(frame["BilledCost"].to_numpy().astype("float64")),
            [SEVERITY.index(s) for s in frame["x_Severity"]],
        )
    )
    return schema.DRIFT.check(frame.iloc[order].reset_index(drop=True))


def fell_below(old: Side, new: Side, least: float = LEAST) -> list[int]:
    """Resources with the same inferred owner whose probability fell below `least`: the first sign of a change of hands."""
    before, after = _owners(old), _owners(new)
    return [
        one
        for one in sorted(before.keys() & after.keys())
        if before[one]["who"] == after[one]["who"] and before[one]["sure"] >= least > after[one]["sure"]
    ]


def _owners(side: Side) -> dict[int, dict]:
    """What is said of each resource at the end of its bill: a team or a verdict, how sure, on what basis and evidence."""
    latest = (
        side.ownership[side.ownership["x_ValidTo"].isna()]
        .sort_values(["x_OwnableId", "x_Share", "x_Team"], ascending=[True, False, True], kind="stable")
        .drop_duplicates("x_OwnableId")
    )
    said = dict(zip(latest["x_OwnableId"].tolist(), latest.to_dict("records")))
    out = {}
    for thing in side.ownables[["x_OwnableId", "ResourceId", "ResourceName", "BilledCost"]].to_dict("records"):
        row = said.get(thing["x_OwnableId"], _NOTHING)
        sure = (
            1.0
            if row["x_Basis"] not in ("inferred", "")
            else 0.0
            if pd.isna(row["x_Probability"])
            else float(row["x_Probability"])
        )
        what = row["x_Team"] or f"({row['x_Verdict']})"
        out[thing["x_OwnableId"]] = {
            "what": what,
            "who": slug(what) if row["x_Team"] else what,
            "sure": sure,
            "basis": row["x_Basis"],
            "evidence": row["x_EvidenceHash"],
            "model": row["x_ModelId"],
            **thing,
        }
    return out


_NOTHING = {
    "x_Basis": "",
    "x_Probability": float("nan"),
    "x_Team": "",
    "x_Verdict": "abstained",
    "x_EvidenceHash": "",
    "x_ModelId": "",
}
"""What a run says of a resource that it says nothing of."""


def _severity(was: float, now: float) -> str:
    return "major" if min(was, now) >= SURE else "minor" if min(was, now) >= LEAST else "uncertain"


def _cause(was: dict, now: dict) -> str:
    if was["basis"] != now["basis"]:
        return f"now stands on {now['basis'] or 'nothing'}, before on {was['basis'] or 'nothing'}"
    if was["basis"] != "inferred":
        return f"its {now['basis']} says so now"
    if was["model"] != now["model"]:
        return "another model"
    return "other evidence" if was["evidence"] != now["evidence"] else "other owners around it"
