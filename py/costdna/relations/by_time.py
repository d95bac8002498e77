"""Groups read from time: things that appeared, or vanished, on the same day inside the period."""

import pandas as pd


def by_time(ownables: pd.DataFrame) -> list[tuple[int, str, str]]:
    """(ownable, kind, group) for co_start and co_stop, per account. The first and last day of the bill say nothing."""
    out = []
    begin, end = ownables["x_FirstSeen"].min(), ownables["x_LastSeen"].max()
    for owner, account, first, last in zip(ownables["x_OwnableId"].tolist(), ownables["SubAccountId"], ownables["x_FirstSeen"], ownables["x_LastSeen"]):
        if pd.notna(first) and first > begin:
            out.append((owner, "co_start", f"{first:%Y-%m-%d} in {account}"))
        if pd.notna(last) and last < end:
            out.append((owner, "co_stop", f"{last:%Y-%m-%d} in {account}"))
    return out
