"""A result → the content of a tag plan. Pure: nothing is read, written or asked."""

import datetime as dt

from costdna import money
from costdna.events import codes
from costdna.export.principals import hide
from costdna.tagging import tag_plan
from costdna_companion.write import provenance


def planned(
    run,
    currency: str,
    key: str,
    least: float,
    teams: list[str] | None = None,
    replace: bool = False,
    told: dt.date | None = None,
    managed: dict[str, str] | None = None,
) -> dict:
    """What `plan_file.save` takes. run: costdna.pipeline.Result. Principals are hashed in every text of a row.

    teams: only resources of these. replace: values that the bill shows may be replaced, exactly those.
    told: the day to write beside inferred owners, with what inferred them and how sure; none for no such tags.
    managed: what Terraform states manage, by ARN or id → address (see costdna.export.iac.state.managed); it is left
    out.
    """
    proposed, passed = tag_plan(run.ownables, run.ownership, codes(run.charges), key, least, managed=managed)
    if teams:
        proposed, passed = proposed[proposed["x_NewValue"].isin(teams)], passed[passed["x_Team"].isin(teams)]
    scale, proposed = run.bill.scale, hide(proposed)
    rows = [
        {
            **row,
            "x_Probability": None if row["x_Probability"] != row["x_Probability"] else round(row["x_Probability"], 6),
            "BilledCost": money.to_text(row["BilledCost"], scale),
        }
        for row in proposed.to_dict("records")
    ]
    if told:
        # the plan names a resource by its ARN, the bill by its own id: what inferred is found by the evidence
        models = dict(zip(run.ownership["x_EvidenceHash"], run.ownership["x_ModelId"]))
        rows = [
            one for row in rows for one in (row, *provenance.beside(row, models.get(row["x_EvidenceHash"], ""), told))
        ]
    left = [{**row, "BilledCost": money.to_text(row["BilledCost"], scale)} for row in passed.to_dict("records")]
    total = money.to_text(money.total(proposed["BilledCost"].to_numpy()), scale) if len(proposed) else "0"
    return {
        "key": key,
        "least": least,
        "replace": replace,
        "currency": currency,
        "sources": sorted(run.bill.sources["x_SourceId"]),
        "rows": rows,
        "passed": left,
        "total": total,
    }
