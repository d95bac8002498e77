"""Resources whose owner tag says one team while what is known of them says another.

The people who touch them, or the things they are built from, belong to that other.
"""

import numpy as np
import pandas as pd

from costdna import schema
from costdna.relations.kinds import reason

PEOPLE = ("creator", "actor", "deploy", "role", "iam_principal", "repository")
NEIGHBOURS = ("stack", "cluster", "attachment", "network")
"""Kinds of groups that speak: who acts on a resource, and what it was made or runs together with. Names and usage do
not: they only resemble.
"""

FEWEST, MOST, LARGEST = 3, 0.8, 200
"""A group speaks where at least so many other members have a known owner and at least this share of them is one team's;
a larger group is no circle of neighbours.
"""
TRUST = 0.4
"""And where groups of its kind have one owner at least so much beyond chance in this very account (0: as chance would,
1: always).
"""


def misfits(ownables: pd.DataFrame, relations: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """MISFITS, dearest first. known: x_OwnableId, x_Team, x_Basis of all known and owned.

    A resource is one when groups of a kind that can be trusted here speak for one other team, counted without itself,
    and none for its own.
    """
    codes, teams = pd.factorize(known["x_Team"].to_numpy(dtype=object), sort=True)
    spoken = relations[relations["x_Kind"].isin(PEOPLE + NEIGHBOURS)]
    spoken = spoken.merge(
        pd.DataFrame(
            {
                "x_OwnableId": known["x_OwnableId"].to_numpy(),
                "team": codes.astype("int64"),
                "basis": known["x_Basis"].to_numpy(),
            }
        ),
        on="x_OwnableId",
    )
    if spoken.empty:
        return schema.MISFITS.empty()
    counts = spoken.groupby(["x_Kind", "x_Group", "team"], sort=True).size().rename("own").reset_index()
    counts["all"] = counts.groupby(["x_Kind", "x_Group"])["own"].transform("sum")
    trusted = _trusted(counts, np.bincount(codes, minlength=len(teams)))
    book: dict[tuple[str, str], dict[int, int]] = {}
    for kind, group, team, own in zip(
        counts["x_Kind"], counts["x_Group"], counts["team"].tolist(), counts["own"].tolist()
    ):
        if kind in trusted:
            book.setdefault((kind, group), {})[team] = own
    asked, said = spoken[(spoken["basis"] == "tag") & spoken["x_Kind"].isin(trusted)], {}
    for one, own, kind, group in zip(
        asked["x_OwnableId"].tolist(), asked["team"].tolist(), asked["x_Kind"], asked["x_Group"]
    ):
        if heard := _said(book[kind, group], own):
            said.setdefault((one, own), []).append((*heard, kind, group))
    rows = []
    for (one, own), heard in sorted(said.items()):
        if len({team for team, *_ in heard}) == 1 and heard[0][0] != own:
            other = teams[heard[0][0]]
            best = sorted(heard, key=lambda h: (-h[1], h[3], h[4]))[:3]
            rows.append(
                (
                    one,
                    teams[own],
                    other,
                    "; ".join(
                        f"{reason(kind, group)}: {hits} of {others} others known there are {other}'s"
                        for _, hits, others, kind, group in best
                    ),
                )
            )
    frame = pd.DataFrame(rows, columns=["x_OwnableId", "x_Team", "x_OtherTeam", "x_Reason"]).merge(
        ownables[["x_OwnableId", "ResourceId", "ResourceName", "BilledCost"]], on="x_OwnableId"
    )
    if frame.empty:
        return schema.MISFITS.empty()
    order = sorted(
        range(len(frame)), key=lambda i: (-abs(int(frame["BilledCost"].iat[i])), int(frame["x_OwnableId"].iat[i]))
    )
    return schema.MISFITS.check(frame.iloc[order].reset_index(drop=True))


def _trusted(counts: pd.DataFrame, known: np.ndarray) -> list[str]:
    """Kinds of which two known members of one group share their owner clearly more often than two of the whole account."""
    chance = float(((known / known.sum()) ** 2).sum())
    pairs = (
        counts.assign(same=counts["own"] * (counts["own"] - 1))
        .groupby(["x_Kind", "x_Group"])
        .agg(same=("same", "sum"), all=("all", "first"))
        .reset_index()
    )
    pairs = pairs[pairs["all"] >= 2]
    weighed = (
        pd.DataFrame({"kind": pairs["x_Kind"], "same": pairs["same"] / (pairs["all"] - 1), "all": pairs["all"]})
        .groupby("kind")
        .sum()
    )
    rate = (weighed["same"] + 2 * chance) / (weighed["all"] + 2)
    return sorted(rate.index[(rate - chance) / max(1 - chance, 1e-9) >= TRUST])


def _said(there: dict[int, int], own: int) -> tuple[int, int, int] | None:
    """(team, how many, of how many) that a group speaks for beside one member of team `own`; None where it is silent.
    there: team → known members.
    """
    others = sum(there.values()) - 1
    if not FEWEST <= others <= LARGEST:
        return None
    hits, team = max((n - (t == own), -t) for t, n in there.items())
    return (-team, hits, others) if hits >= MOST * others else None
