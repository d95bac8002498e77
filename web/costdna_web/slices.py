"""Cuts of a result that only a screen needs: one team's services and days. Exact sums, as in the report."""

from __future__ import annotations

import numpy as np
import pandas as pd
from costdna import ledger, money
from costdna.report import daily


def services_of(result, metric: str, team: str) -> list[dict]:
    """One team's services by money: ServiceName, cost (units), resources and the ledger's headings."""
    allocations = result.allocations
    mine = (allocations["x_Team"] == team).to_numpy()
    part = allocations[mine]
    charges = result.charges.set_index("x_ChargeId")
    rows = charges.loc[part["x_ChargeId"], ["ServiceName", "x_OwnableId"]]
    codes, names = pd.factorize(rows["ServiceName"].to_numpy(), sort=True)
    codes, size = codes.astype("int64"), len(names)
    cost, under = part[ledger.METRICS[metric]].to_numpy(), ledger.heading(part)
    out = pd.DataFrame({"ServiceName": names, "cost": money.sum_by(cost, codes, size)})
    for heading in ledger.HEADINGS:
        here = under == heading
        out[heading] = money.sum_by(cost[here], codes[here], size)
    out["resources"] = (
        pd.DataFrame({"c": codes, "o": rows["x_OwnableId"].to_numpy()})
        .drop_duplicates()
        .groupby("c")["o"]
        .size()
        .reindex(np.arange(size))
        .fillna(0)
        .to_numpy()
        .astype("int64")
    )
    return out.sort_values(["cost", "ServiceName"], ascending=[False, True], kind="stable").to_dict("records")


def days_of(report, team: str) -> pd.DataFrame:
    """The report's `daily`, one team only."""
    daily = report.daily
    return daily[(daily["x_Team"] == team) & (daily["x_Verdict"] == "owned")]


def cost_line(result, report, owner: int) -> pd.DataFrame:
    """One resource's cost per UTC day, in the shape of the report's `daily`; a charge longer than a day is spread over
    its days inside its billing period.
    """
    charges = result.charges
    mine = charges[charges["x_OwnableId"] == owner]
    allocations = result.allocations[result.allocations["x_ChargeId"].isin(mine["x_ChargeId"])]
    at = (
        pd.Series(np.arange(len(mine), dtype="int64"), index=mine["x_ChargeId"].to_numpy())
        .reindex(allocations["x_ChargeId"])
        .to_numpy(dtype="int64")
    )
    return daily(mine, allocations.reset_index(drop=True), at, ledger.METRICS[report.metric], report.scale)


def months_of(result, metric: str) -> tuple[list[pd.Timestamp], list[dict]]:
    """(billing months, rows of x_Team and cost per month in units), most money in the last month first; "" is the money
    without a team. One month: ([], []).
    """
    charges = result.charges
    month = charges["BillingPeriodStart"].dt.to_period("M")
    months = sorted(month.dropna().unique())
    if len(months) < 2:
        return [], []
    at = (
        pd.Series(np.arange(len(charges), dtype="int64"), index=charges["x_ChargeId"].to_numpy())
        .reindex(result.allocations["x_ChargeId"])
        .to_numpy(dtype="int64")
    )
    of, cost = month.to_numpy()[at], result.allocations[ledger.METRICS[metric]].to_numpy()
    codes, teams = pd.factorize(result.allocations["x_Team"].to_numpy(), sort=True)
    sums = {m: money.sum_by(cost[of == m], codes.astype("int64")[of == m], len(teams)) for m in months}
    rows = [{"x_Team": team, "costs": [int(sums[m][i]) for m in months]} for i, team in enumerate(teams)]
    rows.sort(key=lambda r: (r["x_Team"] == "", -r["costs"][-1], r["x_Team"]))
    return [m.to_timestamp() for m in months], rows
