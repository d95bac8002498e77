"""Owners that somebody checked × what a run inferred → how often it was right, with honest intervals."""

import math

import pandas as pd

from costdna.names import slug

Z = 1.959963984540054  # 97.5 % of the normal distribution: two-sided 95 %


def wilson(right: int, checked: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927): sensible also at 0, at 1 and for few.

    >>> [round(x, 3) for x in wilson(13, 15)], wilson(0, 0)
    ([0.621, 0.963], (0.0, 1.0))
    """
    if checked == 0:
        return 0.0, 1.0
    share, square = right / checked, Z * Z
    middle = (share + square / (2 * checked)) / (1 + square / checked)
    half = Z / (1 + square / checked) * math.sqrt(share * (1 - share) / checked + square / (4 * checked * checked))
    # rounding never puts the share outside
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))


def score(ownables: pd.DataFrame, ownership: pd.DataFrame, truth: dict[str, str]) -> list[dict]:
    """A row for all and one for each true team: team, right, checked, accuracy, low, high.

    truth: ResourceId → team, in any spelling that differs by case, spaces or marks only. Counted are owners that were
    inferred and owned; an abstention is no error and no success.
    """
    ids = dict(zip(ownables["x_OwnableId"].tolist(), ownables["ResourceId"]))
    inferred = ownership[
        (ownership["x_Basis"] == "inferred") & (ownership["x_Verdict"] == "owned") & ownership["x_ValidTo"].isna()
    ]
    pairs = [
        (slug(truth[ids[one]]), slug(team))
        for one, team in zip(inferred["x_OwnableId"].tolist(), inferred["x_Team"])
        if ids.get(one) in truth
    ]
    return [_row("", pairs)] + [
        _row(team, [p for p in pairs if p[0] == team]) for team in sorted({p[0] for p in pairs})
    ]


def significantly_worse(base: dict, run: dict) -> bool:
    """Whether `run` is below `base` by more than chance at 95 % (difference of two shares).

    >>> significantly_worse({"right": 90, "checked": 100}, {"right": 70, "checked": 100}), significantly_worse({"right": 9, "checked": 10}, {"right": 8, "checked": 10})
    (True, False)
    """
    if not base["checked"] or not run["checked"]:
        return False
    p, q = base["right"] / base["checked"], run["right"] / run["checked"]
    return p - q > Z * math.sqrt(p * (1 - p) / base["checked"] + q * (1 - q) / run["checked"])


def _row(team: str, pairs: list[tuple[str, str]]) -> dict:
    right = sum(a == b for a, b in pairs)
    low, high = wilson(right, len(pairs))
    return {
        "team": team,
        "right": right,
        "checked": len(pairs),
        "accuracy": right / len(pairs) if pairs else 0.0,
        "low": low,
        "high": high,
    }
