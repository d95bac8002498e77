"""The tag plan as the companion applies it.

TAG_PLAN rows, what was passed over, the hashes of the bill it was made from, and a digest.
"""

import hashlib
import json

from costdna import money
from costdna.events import codes
from costdna.export.iac.state import managed
from costdna.export.leaving import Leaving, Shortfall
from costdna.export.principals import hide
from costdna.tagging import tag_plan as planned


def plan(leaving: Leaving):
    """(TAG_PLAN, TAG_PASSED) for the chosen key and probability."""
    run = leaving.result
    kept = leaving.__dict__.get("_plan")
    if kept is None:
        proposed, passed = planned(
            run.ownables,
            run.ownership,
            codes(run.charges),
            leaving.choices.key,
            leaving.choices.least,
            managed=managed(leaving.choices.repository),
        )
        kept = leaving.__dict__["_plan"] = (hide(proposed), passed)
    return kept


def tag_plan_json(leaving: Leaving) -> str:
    """The file: JSON, reviewable, refused by `costdna apply` when a byte of it is changed by hand."""
    proposed, passed = plan(leaving)
    exact = leaving.text
    rows = [
        {
            **row,
            "x_Probability": None if row["x_Probability"] != row["x_Probability"] else round(row["x_Probability"], 6),
            "BilledCost": exact(row["BilledCost"]),
        }
        for row in proposed.to_dict("records")
    ]
    content = {
        "schema_version": 1,
        "key": leaving.choices.key,
        "least": leaving.choices.least,
        "replace": False,
        "currency": leaving.report.currency,
        "sources": sorted(leaving.result.bill.sources["x_SourceId"]),
        "rows": rows,
        "passed": [{**row, "BilledCost": exact(row["BilledCost"])} for row in passed.to_dict("records")],
        "total": exact(money.total(proposed["BilledCost"].to_numpy())) if len(proposed) else "0",
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return (
        json.dumps({**content, "digest": hashlib.sha256(text.encode()).hexdigest()}, ensure_ascii=False, indent=1)
        + "\n"
    )


def cannot(leaving: Leaving) -> list[Shortfall]:
    """Owned resources that take no tag, by reason and team, with their money.

    Owners that the bill's own tags name need none.
    """
    _, passed = plan(leaving)
    passed = passed[~passed["x_Reason"].isin(["its own tags name the owner already", "the tag is there already"])]
    groups = passed.groupby(["x_Reason", "x_Team"], sort=True)
    out = [Shortfall(why, team, money.total(rows["BilledCost"].to_numpy()), len(rows)) for (why, team), rows in groups]
    return sorted(out, key=lambda s: (-abs(s.units), s.why, s.team))
