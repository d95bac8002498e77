"""One team, many spellings: values that differ only in case, blanks or punctuation are one team."""

import numpy as np

from costdna.names import slug


def canonical(values: list[str], weights: np.ndarray, aliases: dict[str, str] | None = None) -> dict[str, str]:
    """value → team name. The spelling with most money names the team (the smaller string on a tie); aliases win.

    >>> canonical(["Search", "search", "pay"], np.array([1.0, 5.0, 2.0]), {"pay": "Payments"})
    {'Search': 'search', 'search': 'search', 'pay': 'Payments'}
    """
    alias = {slug(k): v for k, v in (aliases or {}).items()}
    slugs = {value: slug(value) for value in dict.fromkeys(values)}
    total: dict[str, dict[str, float]] = {}
    for value, weight in zip(values, np.round(np.asarray(weights, dtype="float64"), 9).tolist()):
        spellings = total.setdefault(slugs[value], {})
        spellings[value.strip()] = spellings.get(value.strip(), 0.0) + weight
    name = {s: min(spellings, key=lambda v: (-spellings[v], v)) for s, spellings in total.items()}
    return {value: alias.get(key, name[key]) for value, key in slugs.items()}


def lookalikes(teams: dict[str, float]) -> list[tuple[str, str]]:
    """(rare, common) pairs of team names one slip apart, where the rare one has under a twentieth of the money.

    A slip is one letter more, less, changed, or two neighbours swapped, in names of five letters and more. They are
    shown, never merged: only the user knows. teams: name → money.

    >>> lookalikes({"Search": 100.0, "Saerch": 1.0, "Seek": 50.0})
    [('Saerch', 'Search')]
    """
    slugs = {t: slug(t) for t in teams}
    # names one slip apart share a spelling with a letter less: an owner tag may hold thousands of names
    near: dict[str, list[str]] = {}
    for team in sorted((t for t in teams if len(slugs[t]) >= 5), key=lambda t: (-teams[t], t)):
        for form in _shorter(slugs[team]):
            near.setdefault(form, []).append(team)
    out = []
    for rare in sorted(teams):
        forms = _shorter(slugs[rare]) if len(slugs[rare]) >= 5 else ()
        rivals = sorted(
            {c for form in forms for c in near[form] if teams[rare] * 20 < teams[c]}, key=lambda t: (-teams[t], t)
        )
        out += [(rare, common) for common in rivals if _one_slip(slugs[rare], slugs[common])][:1]
    return out


def _shorter(text: str) -> set[str]:
    """The text, and all that a letter less leaves of it."""
    return {text, *(text[:i] + text[i + 1 :] for i in range(len(text)))}


def _one_slip(a: str, b: str) -> bool:
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    i = next((k for k, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    swapped = len(a) == len(b) and a[:i] + a[i + 1 : i + 2] + a[i : i + 1] + a[i + 2 :] == b
    return swapped or a[i + 1 :] == b[i + 1 :] or a[i:] == b[i + 1 :] or a[i + 1 :] == b[i:]
