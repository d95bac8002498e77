"""Step 2: CHARGES → OWNABLES. One row per thing that can have an owner, in canonical order."""

import json

import numpy as np
import pandas as pd

from costdna import money, names, schema


def ownables(charges: pd.DataFrame) -> pd.DataFrame:
    """OWNABLES of CHARGES, sorted by provider, account, id and usage, so that row order never depends on hashes.

    charges: n rows of CHARGES. Returns m ≤ n rows; costs are exact sums; service and region are those that cost most;
    Tags is the tag set of the last day.
    """
    codes, ids = pd.factorize(charges["x_OwnableId"].to_numpy())
    codes = codes.astype("int64")
    size = len(ids)
    weight = np.abs(charges["BilledCost"].to_numpy().astype("float64")) + np.abs(
        charges["EffectiveCost"].to_numpy().astype("float64")
    )
    first = _first(codes, size)
    out = charges.iloc[first][["x_OwnableId", "ProviderName", "SubAccountId", "ResourceId"]].reset_index(drop=True)
    out["x_IsSynthetic"] = (out["ResourceId"] == "").to_numpy(dtype=bool)
    out["SubAccountName"] = _heaviest(charges["SubAccountName"], codes, weight, size)
    out["ServiceName"] = _heaviest(charges["ServiceName"], codes, weight, size)
    out["RegionId"] = _heaviest(charges["RegionId"], codes, weight, size)
    service_code = _heaviest(charges["x_ServiceCode"], codes, weight, size)
    usage = np.where(out["x_IsSynthetic"], _heaviest(charges["x_UsageType"], codes, weight, size), "")
    out["Tags"] = _latest_tags(charges, codes, size)
    file_type, file_name = (_heaviest(charges[c], codes, weight, size) for c in ("ResourceType", "ResourceName"))
    out["ResourceType"] = [
        t or names.resource_type(r, s) for t, r, s in zip(file_type, out["ResourceId"], service_code)
    ]
    out["ResourceName"] = [_name(t, n, r) for t, n, r in zip(out["Tags"], file_name, out["ResourceId"])]
    out["x_NameTokens"] = [
        list(dict.fromkeys(names.words(n) + names.words(names.display_name(r))))
        for n, r in zip(out["ResourceName"], out["ResourceId"])
    ]
    day = charges["ChargePeriodStart"].groupby(codes)
    out["x_FirstSeen"], out["x_LastSeen"] = day.min().to_numpy(), day.max().to_numpy()
    for name in ("BilledCost", "EffectiveCost"):
        out[name] = money.fit(money.sum_by(charges[name].to_numpy(), codes, size))
    out["_usage"] = usage
    out = out.sort_values(
        ["ProviderName", "SubAccountId", "ResourceId", "ServiceName", "RegionId", "_usage", "x_OwnableId"],
        kind="stable",
        ignore_index=True,
    )
    return schema.OWNABLES.check(out.drop(columns="_usage"))


def _first(codes: np.ndarray, size: int) -> np.ndarray:
    """First row of each code. Shape (size,) int64."""
    first = np.full(size, len(codes), dtype="int64")
    np.minimum.at(first, codes, np.arange(len(codes), dtype="int64"))
    return first


def _heaviest(column: pd.Series, codes: np.ndarray, weight: np.ndarray, size: int) -> np.ndarray:
    """The text of each ownable that carries most money; text wins over none, then the smaller string."""
    text_codes, texts = pd.factorize(column.to_numpy(), sort=True)
    if len(texts) == 1:
        return np.full(size, texts[0], dtype=object)
    pair = codes * len(texts) + text_codes.astype("int64")
    pairs, where = np.unique(pair, return_inverse=True)
    total = np.round(np.bincount(where, weights=weight), 9)
    owner, text = pairs // len(texts), pairs % len(texts)
    empty = np.array([t == "" for t in texts])[text]
    order = np.lexsort((text, -total, empty, owner))
    best = order[np.flatnonzero(np.r_[True, np.diff(owner[order]) != 0])]
    out = np.empty(size, dtype=object)
    out[owner[best]] = np.array(texts, dtype=object)[text[best]]
    return out


def _latest_tags(charges: pd.DataFrame, codes: np.ndarray, size: int) -> np.ndarray:
    """Tag set of the last day with a non-empty one; the smaller string on a tie."""
    tags = charges["x_TagSet"].to_numpy()
    order = np.lexsort(
        (
            pd.factorize(tags, sort=True)[0],
            -charges["ChargePeriodStart"].to_numpy().astype("int64"),
            tags == "[]",
            codes,
        )
    )
    best = order[np.flatnonzero(np.r_[True, np.diff(codes[order]) != 0])]
    out = np.empty(size, dtype=object)
    out[codes[best]] = tags[best]
    return out


def _name(tags: str, file_name: str, resource_id: str) -> str:
    if "ame" in tags:
        for source, key, value in json.loads(tags):
            if source in ("resource", "focus", "tags", "inventory") and names.tag_key(key) == "name" and value.strip():
                return value.strip()
    return file_name or names.display_name(resource_id)
