"""Which tag key names the owner: found by itself, or chosen by the user."""

import json

import numpy as np
import pandas as pd

from costdna import names

# In order of preference: the first that carries at least a quarter of what the best one carries wins.
SPELLINGS = (
    ("team", "squad", "teamname", "owningteam", "ownerteam"),
    ("owner", "ownedby", "owners", "resourceowner"),
    ("department", "dept", "businessunit", "bu", "division"),
    ("costcenter", "costcentre", "cc"),
    ("product", "productteam"),
    ("project", "projectname"),
    ("application", "app", "appname", "workload", "service", "component"),
)
# costdna: the owner column of a FOCUS file that we wrote; inventory: a tag that the bill does not carry
SOURCES = ("costdna", "resource", "focus", "tags", "inventory")
NO_OWNER = {
    "",
    "-",
    "na",
    "n/a",
    "none",
    "null",
    "nil",
    "unknown",
    "untagged",
    "undefined",
    "tbd",
    "todo",
    "?",
    "other",
    "misc",
}


def pairs(charges: pd.DataFrame) -> dict[str, list[tuple[str, str, str]]]:
    """Each distinct tag set, read once: text → [(source, key, value)]."""
    return {text: [tuple(p) for p in json.loads(text)] for text in charges["x_TagSet"].unique()}


def find_keys(charges: pd.DataFrame, chosen: list[str] | None = None) -> pd.DataFrame:
    """Every tag key of the bill with its money, and which of them name the owner.

    Returns rows: x_Source, x_Key, x_Values (distinct), x_Money (absolute billed units, float), x_Rank (0 = first to be
    asked, -1 = not an owner key). `chosen` keys, in the user's order and any spelling, replace the finding.
    """
    weight = np.abs(charges["BilledCost"].to_numpy().astype("float64")) + np.abs(
        charges["EffectiveCost"].to_numpy().astype("float64")
    )
    by_set = pd.Series(weight).groupby(charges["x_TagSet"].to_numpy()).sum()
    money: dict[tuple[str, str], float] = {}
    values: dict[tuple[str, str], set[str]] = {}
    for text, triples in pairs(charges).items():
        for source, key, value in triples:
            if value.strip().lower() not in NO_OWNER:
                money[source, key] = money.get((source, key), 0.0) + float(by_set[text])
                values.setdefault((source, key), set()).add(value.strip())
    frame = pd.DataFrame(
        [(s, k, len(values[s, k]), money[s, k]) for s, k in sorted(money)],
        columns=["x_Source", "x_Key", "x_Values", "x_Money"],
    )
    frame["x_Rank"] = np.int64(-1)
    order = _chosen(frame, chosen) if chosen else _found(frame)
    for rank, index in enumerate(order):
        frame.loc[index, "x_Rank"] = np.int64(rank)
    return frame


def _chosen(frame: pd.DataFrame, chosen: list[str]) -> list[int]:
    wanted = [names.tag_key(k) for k in chosen]
    keys = [names.tag_key(k) for k in frame["x_Key"]]
    return [i for w in wanted for i, k in enumerate(keys) if k == w]


def _found(frame: pd.DataFrame) -> list[int]:
    """The best family of spellings: preferred first, unless it carries less than a quarter of the best one's money."""
    keys = [names.tag_key(k) for k in frame["x_Key"]]
    source_ok = frame["x_Source"].isin(SOURCES) & ~frame["x_Key"].str.match(r"^(accountTag|iamPrincipal|costCategory)/")
    families = [[i for i, k in enumerate(keys) if k in family and source_ok.iloc[i]] for family in SPELLINGS]
    worth = [float(frame["x_Money"].iloc[f].sum()) for f in families]
    # "team" and "owner" say what they are even with one value; a lone department or project is the whole company.
    several = [int(frame["x_Values"].iloc[f].sum()) >= (1 if rank < 2 else 2) for rank, f in enumerate(families)]
    best = max((w for w, s in zip(worth, several) if s), default=0.0)
    for family, w, s in zip(families, worth, several):
        if s and w >= best / 4:
            return family
    return []
