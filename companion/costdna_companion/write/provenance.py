"""Tags that say of an inferred owner's tag where it comes from: by what, how sure, when. Proved owners carry none: they
were not inferred.

Written only beside the owner's tag and after it, as rows of the plan like any other, so apply, verify and undo treat
them alike. Each counts towards the 50 tags of a resource. No name of a person is in them.
"""

import datetime as dt
import re

BY, CONFIDENCE, DATE = KEYS = ("costdna:inferred-by", "costdna:confidence", "costdna:date")

_OTHER = re.compile(r"[^\w .:/=+@-]")
"""What some services refuse in a value; EC2 takes anything."""


def beside(row: dict, model: str, day: dt.date) -> list[dict]:
    """Rows that go with one row of a plan; none where its owner is proved. model: what inferred, as OWNERSHIP names it."""
    if row["x_Basis"] != "inferred":
        return []
    # cut, not rounded: a tag never says more than was known
    values = {
        BY: _OTHER.sub("-", model or "costdna")[:256],
        CONFIDENCE: f"{int(row['x_Probability'] * 100) / 100:.2f}",
        DATE: day.isoformat(),
    }
    return [
        {**row, "x_Key": key, "x_OldValue": "", "x_NewValue": value, "x_Beside": row["x_Key"], "BilledCost": "0"}
        for key, value in values.items()
    ]
