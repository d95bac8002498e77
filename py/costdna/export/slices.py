"""The bill as a tool with rules sees it: one row a charge, what a rule may look at, and the owner it should come to."""

import json

import numpy as np
import pandas as pd

SOURCES = ("resource", "focus", "tags", "costdna")
"""Tag sources whose keys a tool finds on the line itself."""


def slices(
    charges: pd.DataFrame, allocations: pd.DataFrame, ownables: pd.DataFrame, keys: pd.DataFrame
) -> pd.DataFrame:
    """One row a charge, in the order of CHARGES.

    owner: the team, "" for none, or a JSON list of [team, parts per million] where several bear the charge; basis: what
    the owner stands on. account, account_name, service_code, service, region, usage, record, resource, provider: as the
    bill writes them. `tag:KEY`: the value under each key that names owners, spelled as users write it. Costs in units.
    """
    owner, basis = _owners(charges, allocations)
    out = pd.DataFrame(
        {
            "owner": owner,
            "basis": basis,
            "provider": charges["ProviderName"].to_numpy(),
            "account": charges["SubAccountId"].to_numpy(),
            "account_name": charges["SubAccountName"].to_numpy(),
            "service_code": charges["x_ServiceCode"].to_numpy(),
            "service": charges["ServiceName"].to_numpy(),
            "region": charges["RegionId"].to_numpy(),
            "usage": charges["x_UsageType"].to_numpy(),
            "record": charges["x_LineItemType"].to_numpy(),
            "resource": charges["ResourceId"].to_numpy(),
            "x_OwnableId": charges["x_OwnableId"].to_numpy(),
            "BilledCost": charges["BilledCost"].to_numpy(),
            "EffectiveCost": charges["EffectiveCost"].to_numpy(),
        }
    )
    table = {text: json.loads(text) for text in charges["x_TagSet"].unique()}
    for source, key in owner_keys(keys):
        name = "tag:" + spelled(key)
        values = charges["x_TagSet"].map(
            {text: next((v for s, k, v in pairs if s == source and k == key), "") for text, pairs in table.items()}
        )
        out[name] = values.to_numpy() if name not in out else np.where(out[name] == "", values.to_numpy(), out[name])
    return out


def owner_keys(keys: pd.DataFrame) -> list[tuple[str, str]]:
    """(source, key) of the keys that name owners and stand on the line itself, most preferred first."""
    ranked = keys[(keys["x_Rank"] >= 0) & keys["x_Source"].isin(SOURCES)].sort_values("x_Rank", kind="stable")
    return [
        (s, k)
        for s, k in zip(ranked["x_Source"], ranked["x_Key"])
        if not k.startswith(("accountTag/", "costCategory/", "iamPrincipal/", "userAttribute/"))
    ]


def spelled(key: str) -> str:
    """A tag key as its users wrote it, as far as the bill kept that.

    CUR 2.0 and Athena put every key in lower snake case.

    >>> spelled("user:Team"), spelled("user_cost_center"), spelled("resourceTags/costCenter")
    ('Team', 'cost_center', 'costCenter')
    """
    return key.removeprefix("resourceTags/").removeprefix("user:").removeprefix("user_")


def guessed(keys: pd.DataFrame) -> list[str]:
    """Owner keys whose spelling the bill lost: a tool that minds case must be told the true one."""
    return [spelled(k) for _, k in owner_keys(keys) if k.startswith("user_")]


def _owners(charges: pd.DataFrame, allocations: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Owner and basis of each charge. Shape (n,) object each."""
    at = (
        pd.Series(np.arange(len(charges), dtype="int64"), index=charges["x_ChargeId"].to_numpy())
        .reindex(allocations["x_ChargeId"])
        .to_numpy(dtype="int64")
    )
    team = np.where((allocations["x_Verdict"] == "owned").to_numpy(), allocations["x_Team"].to_numpy(dtype=object), "")
    owner, basis = np.full(len(charges), "", dtype=object), np.full(len(charges), "", dtype=object)
    owner[at], basis[at] = team, allocations["x_Basis"].to_numpy(dtype=object)
    several = np.flatnonzero(np.bincount(at, minlength=len(charges)) > 1)
    if len(several):
        parts = pd.DataFrame({"at": at, "team": team, "ratio": allocations["x_AllocatedRatio"].to_numpy()})
        for i, rows in parts[parts["at"].isin(several)].groupby("at", sort=True):
            owner[i] = json.dumps(
                [[t, int(r)] for t, r in zip(rows["team"], rows["ratio"])], ensure_ascii=False, separators=(",", ":")
            )
    return owner, basis


def shared(owner: str) -> list[tuple[str, int]]:
    """The [team, parts per million] of a charge that several bear; [] for one owner or none."""
    if not owner.startswith("[["):
        return []
    try:
        return [(str(t), int(r)) for t, r in json.loads(owner)]
    except (ValueError, TypeError):
        return []  # a team may be named so


def readable(owner: str) -> str:
    """An owner in words."""
    parts = shared(owner)
    return " + ".join(f"{t or 'no team'} {r / 10_000:g} %" for t, r in parts) if parts else owner


def plain(text: str) -> bool:
    """Whether a text can stand in any query language without escaping: letters, digits, blanks and a few signs.

    >>> plain("eu-west-1"), plain("x' OR '1'='1"), plain("")
    (True, False, False)
    """
    return bool(text) and text.isprintable() and all(c.isalnum() or c in " _-.:/@+" for c in text)
