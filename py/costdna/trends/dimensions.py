"""What money can be looked at by: a label for every fact, sorted, so that ids do not depend on the order of rows."""

import json

import numpy as np
import pandas as pd

from costdna import names
from costdna.errors import UsageError
from costdna.trends.facts import Facts

COLUMNS = {
    "service": "ServiceName",
    "account": "SubAccountId",
    "region": "RegionId",
    "usage-type": "x_UsageType",
    "operation": "x_Operation",
    "category": "ChargeCategory",
    "line-type": "x_LineItemType",
    "resource": "ResourceId",
}
DIMENSIONS = ("total", "team", *COLUMNS, "environment")
ENVIRONMENT_KEYS = ("environment", "env", "stage", "tier")
NONE = ""


def labels(facts: Facts, by: str) -> tuple[np.ndarray, list[str]]:
    """(codes, texts) of the facts by a dimension.

    One of DIMENSIONS, `tag:KEY`, or several joined by + . codes (n,) int64 into texts, sorted.

    A part of `service+account` is joined by " · ". Raises UsageError for a dimension nobody knows.
    """
    parts = [_one(facts, name.strip()) for name in by.split("+")]
    codes, texts = parts[0]
    for more, others in parts[1:]:
        pair, texts_now = codes * len(others) + more, texts
        seen, codes = np.unique(pair, return_inverse=True)
        codes = codes.astype("int64")
        texts = [f"{texts_now[int(p) // len(others)]} · {others[int(p) % len(others)]}" for p in seen]
    return codes, texts


def _one(facts: Facts, by: str) -> tuple[np.ndarray, list[str]]:
    if by == "total":
        return np.zeros(len(facts), dtype="int64"), ["total"]
    if by == "team":
        codes, texts = _coded(facts.allocations["x_Team"].to_numpy())
        return _tidy(codes[facts.part], texts)
    if by in COLUMNS:
        codes, texts = _coded(facts.charges[COLUMNS[by]].to_numpy())
        return _tidy(codes[facts.at], texts)
    if by == "environment" or by.startswith("tag:"):
        codes, texts = _tagged(facts.charges["x_TagSet"].to_numpy(), by.partition(":")[2])
        return _tidy(codes[facts.at], texts)
    raise UsageError(
        "Nothing can be looked at by that.",
        found=by,
        where="--by",
        next_step=f"Choose one of {', '.join(DIMENSIONS)}, tag:KEY, or several joined by +.",
        code="dimension",
    )


def _coded(values: np.ndarray) -> tuple[np.ndarray, list[str]]:
    codes, texts = pd.factorize(values, sort=True)
    return codes.astype("int64"), [str(t) for t in texts]


def _tidy(codes: np.ndarray, texts: list[str]) -> tuple[np.ndarray, list[str]]:
    """Labels that no fact bears are left out."""
    seen = np.flatnonzero(np.bincount(codes, minlength=len(texts)) > 0)
    if len(seen) == len(texts):
        return codes, texts
    place = np.zeros(len(texts), dtype="int64")
    place[seen] = np.arange(len(seen), dtype="int64")
    return place[codes], [texts[i] for i in seen]


def _tagged(sets: np.ndarray, key: str) -> tuple[np.ndarray, list[str]]:
    """The value of a tag key on each charge; without a key, of the environment. Spelling of the key does not matter."""
    codes, texts = pd.factorize(sets, sort=True)
    wanted = [names.plain_key(key)] if key else list(ENVIRONMENT_KEYS)
    values = np.array([_value(text, wanted, not key) for text in texts], dtype=object)
    again, found = pd.factorize(values, sort=True)
    return again.astype("int64")[codes.astype("int64")], [str(t) for t in found]


def _value(text: str, wanted: list[str], environment: bool) -> str:
    best, value = len(wanted), NONE
    for _, key, found in json.loads(text) if text else ():
        plain = names.plain_key(key)
        if plain in wanted and wanted.index(plain) < best:
            best, value = wanted.index(plain), found
    return names.ENVIRONMENTS.get(value.casefold(), value) if environment else value
