"""Step 8: everything a screen, a file or the command line shows, as small tables. Numbers are made here once."""

import json
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from costdna import ledger as books
from costdna import money, teams

SCHEMA_VERSION = "1"
UNKNOWN = ("abstained", "unallocatable")


@dataclass
class Report:
    """The result for one currency and metric. Frames hold money in units of 10**-scale of `currency`.

    teams: x_Team, cost, resources, and one column per ledger heading; sorted by cost. services: ServiceName × the same.
    resources: OWNABLES with x_Team, x_Verdict, x_Basis, x_Probability, x_Reason (its last owner). daily: x_Day, x_Team,
    x_Verdict, cost as float, charges longer than a day spread evenly over their days inside their billing period.
    explained: per metric, the money that coverage is a share of, by heading.
    """

    currency: str
    metric: str
    scale: int
    ledger: dict[str, dict[str, int]]
    coverage: dict[str, dict[str, float]]
    teams: pd.DataFrame
    services: pd.DataFrame
    resources: pd.DataFrame
    daily: pd.DataFrame
    conflicts: pd.DataFrame
    keys: pd.DataFrame
    sources: pd.DataFrame
    gate: dict
    candidates: list[dict]
    identities: list[dict]
    findings: list[dict]
    other_currencies: dict[str, str] = field(default_factory=dict)
    evidence: pd.DataFrame | None = None
    explained: dict[str, dict[str, int]] = field(default_factory=dict)

    def text(self, units) -> str:
        """Exact decimal text of an amount."""
        return money.to_text(units, self.scale)

    @property
    def net(self) -> int:
        return self.ledger[self.metric]["net"]

    def to_dict(self) -> dict:
        """The stable JSON of `costdna attribute`: money as decimal strings, unrounded, metric named."""
        books_text = {m: {k: self.text(v) for k, v in entries.items()} for m, entries in self.ledger.items()}
        return {
            "schema_version": SCHEMA_VERSION,
            "source": {
                "files": self.sources["x_Name"].tolist(),
                "format": ", ".join(sorted(set(self.sources["x_Version"]))),
                "rows": int(self.sources["x_Rows"].sum()),
            },
            "currency": self.currency,
            "other_currencies": self.other_currencies,
            "metric": self.metric,
            "ledger": books_text["billed"],
            "ledger_effective": books_text["effective"],
            "coverage": self.coverage[self.metric],
            "teams": [self._team(row) for row in self.teams.to_dict("records")],
            "gate": self.gate,
            "candidates": self.candidates,
            "identities": self.identities,
            "findings": self.findings,
            "conflicts": [
                {
                    "team": r["x_Team"],
                    "basis": r["x_Basis"],
                    "other_team": r["x_OtherTeam"],
                    "other_basis": r["x_OtherBasis"],
                    "cost": self.text(r["BilledCost"]),
                }
                for r in self.conflicts.to_dict("records")
            ],
        }

    def _team(self, row: dict) -> dict:
        share = round(float(row["cost"]) / self.net, 6) if self.net else 0.0
        return {
            "team": row["x_Team"],
            "cost": self.text(row["cost"]),
            "share": share,
            **{h: self.text(row[h]) for h in books.HEADINGS},
            "resources": int(row["resources"]),
        }


def report(
    bill,
    charges: pd.DataFrame,
    things: pd.DataFrame,
    proved: "teams.Known",
    ownership: pd.DataFrame,
    allocations: pd.DataFrame,
    *,
    metric: str = "billed",
    gate: dict | None = None,
    candidates: list[dict] | None = None,
    evidence: pd.DataFrame | None = None,
    findings: list[dict] | None = None,
) -> Report:
    """All tables of the result. charges: those of one currency; allocations: theirs. Raises LedgerError."""
    currency = charges["BillingCurrency"].iat[0]
    column = books.METRICS[metric]
    at = books.rows_of(charges, allocations)
    cost = allocations[column].to_numpy()
    under = books.placed(allocations)
    owners = charges["x_OwnableId"].to_numpy()[at]
    explained = {m: books.explained(charges, allocations, m) for m in books.METRICS}
    return Report(
        currency=currency,
        metric=metric,
        scale=bill.scale,
        ledger={m: books.ledger(charges, allocations, m) for m in books.METRICS},
        coverage={m: books.coverage(parts) for m, parts in explained.items()},
        explained=explained,
        teams=_by(allocations["x_Team"].to_numpy(), cost, under, "x_Team", owners),
        services=_by(charges["ServiceName"].to_numpy()[at], cost, under, "ServiceName", owners),
        resources=resources(things, ownership, charges, allocations, at),
        daily=daily(charges, allocations, at, column, bill.scale),
        conflicts=proved.conflicts,
        keys=proved.keys,
        sources=bill.sources,
        gate=gate or {},
        candidates=candidates or [],
        identities=books.identities(bill.charges, bill.metas, bill.basis, bill.scale),
        findings=[*bill.findings, *(findings or [])],
        other_currencies={
            c: money.to_text(
                money.total(bill.charges.loc[bill.charges["BillingCurrency"] == c, column].to_numpy()), bill.scale
            )
            for c in bill.currencies
            if c != currency
        },
        evidence=evidence,
    )


def _by(labels: np.ndarray, cost: np.ndarray, under: np.ndarray, name: str, owners: np.ndarray) -> pd.DataFrame:
    """Cost by a label, whole and by ledger heading; most money first, the unlabelled last."""
    codes, texts = pd.factorize(labels, sort=True)
    codes, size = codes.astype("int64"), len(texts)
    fits, wide = under >= 0, len(books.HEADINGS)
    parts = money.sum_by(cost[fits], (codes * wide + under)[fits], size * wide).reshape(size, wide)
    out = pd.DataFrame(
        {
            name: texts,
            "cost": money.sum_by(cost, codes, size),
            **{heading: parts[:, i] for i, heading in enumerate(books.HEADINGS)},
        }
    )
    seen = pd.DataFrame({"c": codes, "o": owners}).drop_duplicates()
    out["resources"] = np.bincount(seen["c"], minlength=size).astype("int64")
    out["_last"] = out[name] == ""
    return out.sort_values(
        ["_last", "cost", name], ascending=[True, False, True], kind="stable", ignore_index=True
    ).drop(columns="_last")


def resources(
    things: pd.DataFrame, ownership: pd.DataFrame, charges: pd.DataFrame, allocations: pd.DataFrame, at: np.ndarray
) -> pd.DataFrame:
    """OWNABLES with their latest owner.

    Where only lines have claims (no resource id), the team with most money, if one.
    """
    last = ownership.sort_values("x_ValidFrom", kind="stable", na_position="first").drop_duplicates(
        "x_OwnableId", keep="last"
    )
    out = things.merge(
        last[["x_OwnableId", "x_Team", "x_Verdict", "x_Basis", "x_Probability", "x_Reason"]],
        on="x_OwnableId",
        how="left",
        validate="one_to_one",
    )
    bare = out["x_Verdict"].isna()
    owners = charges["x_OwnableId"].to_numpy()[at]
    asked = np.isin(owners, out.loc[bare, "x_OwnableId"].to_numpy())
    lines = allocations[asked]
    rows = pd.DataFrame(
        {
            "x_OwnableId": owners[asked],
            "x_Team": lines["x_Team"].to_numpy(),
            "x_Verdict": lines["x_Verdict"].to_numpy(),
            "x_Basis": lines["x_Basis"].to_numpy(),
            "w": np.abs(lines["BilledCost"].to_numpy().astype("float64")),
        }
    )
    rows = (
        rows.groupby(["x_OwnableId", "x_Verdict", "x_Basis", "x_Team"], sort=True)["w"]
        .sum()
        .round(9)
        .reset_index()
        .sort_values("w", ascending=False, kind="stable")
    )
    most = rows.drop_duplicates("x_OwnableId").set_index("x_OwnableId")
    for name in ("x_Team", "x_Verdict", "x_Basis"):
        out.loc[bare, name] = out.loc[bare, "x_OwnableId"].map(most[name])
    reason = {
        "owned": "its lines say so",
        "shared": "pays for a commitment; nobody's alone",
        "unallocatable": "no resource stands behind it",
        "abstained": "we can't tell: no tag, rule or map reaches it, and nothing was inferred",
    }
    out.loc[bare, "x_Reason"] = out.loc[bare, "x_Verdict"].map(reason)
    return out


def daily(charges: pd.DataFrame, allocations: pd.DataFrame, at: np.ndarray, column: str, scale: int) -> pd.DataFrame:
    """Cost per UTC day, team and verdict for charts: x_Day, x_Team, x_Verdict, cost (float).

    A long charge is spread evenly over its days inside its billing period.
    """
    start = charges["ChargePeriodStart"].to_numpy()[at]
    end = charges["ChargePeriodEnd"].to_numpy()[at]
    # A year's contract is on this bill with this month's line: inside its billing period, so that the days add up to
    # the bill.
    month = charges["BillingPeriodStart"].to_numpy().astype("datetime64[M]")[at]
    begins, ends = month.astype(start.dtype), (month + 1).astype(start.dtype)
    meets = (end - start > np.timedelta64(1, "D")) & (start < ends) & (end > begins)
    start, end = np.where(meets, np.maximum(start, begins), start), np.where(meets, np.minimum(end, ends), end)
    # An inclusive end (RIFee: 23:59:59) and an exclusive one give the same number of days, once rounded up.
    days = np.maximum(1, np.ceil((end - start) / np.timedelta64(1, "D"))).astype("int64")
    times = days.astype(np.intp)  # numpy takes counts in the platform's own width, 32 bits in the page
    repeat = np.repeat(np.arange(len(allocations), dtype="int64"), times)
    step = np.arange(len(repeat), dtype="int64") - np.repeat(np.cumsum(days) - days, times)
    cost = money.to_float(allocations[column].to_numpy(), scale) / days
    frame = pd.DataFrame(
        {
            "x_Day": start[repeat] + step.astype("timedelta64[D]"),
            "x_Team": allocations["x_Team"].to_numpy()[repeat],
            "x_Verdict": allocations["x_Verdict"].to_numpy()[repeat],
            "cost": cost[repeat],
        }
    )
    return frame.groupby(["x_Day", "x_Team", "x_Verdict"], sort=True, as_index=False)["cost"].sum()


def to_json(result: Report) -> str:
    """The JSON text of a report, keys in declared order."""
    return json.dumps(result.to_dict(), ensure_ascii=False, indent=2)
