"""Resources that changed hands within the bill: their owner's dated evidence, interval by interval."""

import pandas as pd

from costdna import schema
from costdna.names import slug


def hands(ownables: pd.DataFrame, ownership: pd.DataFrame) -> pd.DataFrame:
    """HANDS: a row for each time a resource passed from one owner to another, dearest resource first, then by day.

    A change of spelling is none; neither is one of a shared resource, whose owners hold it together.
    """
    whole = ownership[ownership["x_Share"] == 1_000_000]
    several = whole[whole["x_OwnableId"].duplicated(keep=False)].sort_values(
        ["x_OwnableId", "x_ValidFrom"], kind="stable", na_position="first"
    )
    rows, was = [], None
    for row in several.to_dict("records"):
        if (
            was is not None
            and was["x_OwnableId"] == row["x_OwnableId"]
            and not pd.isna(row["x_ValidFrom"])
            and (slug(was["x_Team"]), was["x_Verdict"]) != (slug(row["x_Team"]), row["x_Verdict"])
        ):
            rows.append(
                (row["x_OwnableId"], row["x_ValidFrom"], was["x_Team"], row["x_Team"], row["x_Basis"], row["x_Reason"])
            )
        was = row
    if not rows:
        return schema.HANDS.empty()
    frame = pd.DataFrame(rows, columns=["x_OwnableId", "x_Day", "x_OldTeam", "x_NewTeam", "x_Basis", "x_Reason"]).merge(
        ownables[["x_OwnableId", "ResourceId", "ResourceName", "BilledCost"]], on="x_OwnableId"
    )
    order = sorted(
        range(len(frame)),
        key=lambda i: (-abs(int(frame["BilledCost"].iat[i])), int(frame["x_OwnableId"].iat[i]), frame["x_Day"].iat[i]),
    )
    return schema.HANDS.check(frame.iloc[order].reset_index(drop=True).astype({"x_Day": "datetime64[ns]"}))
