"""One team, many spellings: values that differ only in case, blanks or punctuation are one team."""

import numpy as np


def slug(value: str) -> str:
    """What two spellings of one team share.

    >>> slug("Cloud-Platform ") == slug("cloud platform") == slug("CloudPlatform")
    True
    """
    return "".join(c for c in value.casefold() if c.isalnum()) or value.strip().casefold()


def canonical(values: list[str], weights: np.ndarray, aliases: dict[str, str] | None = None) -> dict[str, str]:
    """value → team name. The spelling with most money names the team (the smaller string on a tie); aliases win.

    >>> canonical(["Search", "search", "pay"], np.array([1.0, 5.0, 2.0]), {"pay": "Payments"})
    {'Search': 'search', 'search': 'search', 'pay': 'Payments'}
    """
    alias = {slug(k): v for k, v in (aliases or {}).items()}
    total: dict[str, dict[str, float]] = {}
    for value, weight in zip(values, np.round(np.asarray(weights, dtype="float64"), 9).tolist()):
        spellings = total.setdefault(slug(value), {})
        spellings[value.strip()] = spellings.get(value.strip(), 0.0) + weight
    name = {s: min(spellings, key=lambda v: (-spellings[v], v)) for s, spellings in total.items()}
    return {value: alias.get(slug(value), name[slug(value)]) for value in values}
