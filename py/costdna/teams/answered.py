"""Answers laid over what is proved, without proving it all again: what a correction needs to be shown at once."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from costdna import schema
from costdna.teams.values import slug

if TYPE_CHECKING:
    from costdna.teams.known import Known

WHOLE = 1_000_000
SEVERAL = "\n"
"""Between the names in x_Team of a `shared` answer: who bears it together, in even parts."""


def last_answers(answers: pd.DataFrame | None) -> pd.DataFrame:
    """The answer in force for each ownable: its last row, none where that row takes it back."""
    if answers is None or answers.empty:
        return schema.ANSWERS.empty()
    last = answers.drop_duplicates("x_OwnableId", keep="last")
    return last[last["x_Verdict"] != ""].reset_index(drop=True)


def bearers(team: str, verdict: str) -> list[tuple[str, str, int, str]]:
    """(team, verdict, share in ppm, reason) rows of one answer. Even parts; the first bears the remainder."""
    names = [n for n in dict.fromkeys(x.strip() for x in team.split(SEVERAL)) if n] if verdict == "shared" else []
    if len(names) < 2:
        return [(team if verdict == "owned" else "", verdict, WHOLE, "you said so")]
    part = WHOLE // len(names)
    words = f"you said so: shared by {', '.join(names[:-1])} and {names[-1]}"
    return [(name, "owned", part + (WHOLE - part * len(names) if i == 0 else 0), words) for i, name in enumerate(names)]


def answered(
    proved: Known,
    charges: pd.DataFrame,
    ownables: pd.DataFrame,
    answers: pd.DataFrame | None,
    aliases: dict[str, str] | None = None,
) -> Known:
    """`proved` (found without answers) with the answers in force laid over it: human goes before all else.

    The same owners, labels and claims as finding everything again with the answers, in time that grows with the answers
    alone. Of the conflicts, those with a claim weaker than the strongest that agree with it are only found by doing so.
    """
    last = last_answers(answers)
    last = last[last["x_OwnableId"].isin(ownables["x_OwnableId"])]
    if last.empty:
        return proved
    alias = {slug(k): v for k, v in (aliases or {}).items()}
    spelling = {slug(t): t for t in proved.teams}

    def name(team: str) -> str:
        return alias.get(slug(team)) or spelling.setdefault(slug(team), team.strip()) if team else ""

    ids = last["x_OwnableId"].to_numpy(dtype="int64")
    rows, labels = [], []
    for owner, team, verdict in zip(ids.tolist(), last["x_Team"], last["x_Verdict"]):
        for who, what, share, why in bearers(team, verdict):
            rows.append((owner, name(who), share, np.nan, pd.NaT, pd.NaT, "human", what, why, "", ""))
        if verdict == "owned":
            labels.append((owner, name(team), "human"))
    human = pd.DataFrame(rows, columns=schema.OWNERSHIP.names()).astype(
        {"x_OwnableId": "int64", "x_Share": "int64", "x_ValidFrom": "datetime64[ns]", "x_ValidTo": "datetime64[ns]"}
    )
    order = pd.Series(np.arange(len(ownables), dtype="int64"), index=ownables["x_OwnableId"].to_numpy())

    def renewed(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
        """`before` with the rows of what was answered replaced by `after`, in the order of OWNABLES."""
        kept = before[~before["x_OwnableId"].isin(ids)]
        frame = pd.concat([f for f in (kept, after) if len(f)] or [after], ignore_index=True)
        return frame.iloc[np.argsort(order.reindex(frame["x_OwnableId"]).to_numpy(), kind="stable")].reset_index(
            drop=True
        )

    labelled = pd.DataFrame(labels, columns=["x_OwnableId", "x_Team", "x_Basis"]).astype({"x_OwnableId": "int64"})
    claims = proved.claims.copy()
    mine = charges["x_OwnableId"].isin(ids).to_numpy()
    claims.loc[mine, ["x_Team", "x_Basis"]] = ""
    ownership = schema.OWNERSHIP.check(renewed(proved.ownership, human))
    known_labels = renewed(proved.labels, labelled)
    teams = sorted({*known_labels["x_Team"], *claims["x_Team"], *ownership["x_Team"]} - {""})
    return dataclasses.replace(
        proved,
        claims=claims,
        ownership=ownership,
        labels=known_labels,
        teams=teams,
        conflicts=_conflicts(proved, labelled, ownables),
    )


def _conflicts(proved: Known, said: pd.DataFrame, ownables: pd.DataFrame) -> pd.DataFrame:
    """CONFLICTS after the answers: each owned answer against what it overrules."""
    before = proved.conflicts[~proved.conflicts["x_OwnableId"].isin(said["x_OwnableId"])]
    cost = dict(zip(ownables["x_OwnableId"].tolist(), ownables["BilledCost"].tolist()))
    was: dict[int, list[tuple[str, str]]] = {}
    for owner, team, basis in proved.labels[proved.labels["x_OwnableId"].isin(said["x_OwnableId"])][
        ["x_OwnableId", "x_Team", "x_Basis"]
    ].itertuples(index=False):
        was.setdefault(owner, []).append((basis, team))
    for owner, basis, team in proved.conflicts.loc[
        proved.conflicts["x_OwnableId"].isin(said["x_OwnableId"]), ["x_OwnableId", "x_OtherBasis", "x_OtherTeam"]
    ].itertuples(index=False):
        was.setdefault(owner, []).append((basis, team))
    rows = [
        (owner, "human", team, basis, other, cost[owner])
        for owner, team in zip(said["x_OwnableId"].tolist(), said["x_Team"])
        for basis, other in was.get(owner, [])
        if other != team
    ]
    if not rows:
        return before.reset_index(drop=True)
    new = pd.DataFrame(rows, columns=schema.CONFLICTS.names()).astype({"x_OwnableId": "int64"})
    return schema.CONFLICTS.check(pd.concat([f for f in (before, new) if len(f)], ignore_index=True))
