"""Groups read from time: things that appeared, or vanished, on the same day inside the period."""

import numpy as np
import pandas as pd


def by_time(ownables: pd.DataFrame) -> list[tuple[int, str, str]]:
    """(ownable, kind, group) for co_start and co_stop, per account. The first and last day of the bill say nothing."""
    out = []
    for kind, column, here in (
        ("co_start", "x_FirstSeen", ownables["x_FirstSeen"] > ownables["x_FirstSeen"].min()),
        ("co_stop", "x_LastSeen", ownables["x_LastSeen"] < ownables["x_LastSeen"].max()),
    ):
        rows = ownables[here]
        days = np.datetime_as_string(rows[column].to_numpy(), unit="D").tolist()
        out += [
            (owner, kind, f"{day} in {account}")
            for owner, account, day in zip(rows["x_OwnableId"].tolist(), rows["SubAccountId"], days)
        ]
    return out
