"""The files a result can leave as: each with its name, what it holds in words, and how it is made."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna.export.as_csv import to_csv
from costdna.export.figures import Figures
from costdna.export.principals import hide
from costdna.export.report_html import report_html
from costdna.ledger import HEADINGS
from costdna.report import Report, to_json


@dataclass(frozen=True)
class File:
    """One export. make(report, charges, allocations, figures) → text."""

    name: str
    title: str
    text: str
    mime: str
    make: Callable[[Report, pd.DataFrame, pd.DataFrame, Figures], str]


def teams_csv(report: Report, charges, allocations, figures) -> str:
    """A row a team; the last one, without a name, is the money no team owns."""
    frame = report.teams.copy()
    frame.insert(2, "currency", report.currency)
    frame.insert(3, "metric", report.metric)
    return to_csv(frame, report.scale, ("cost", *HEADINGS))


def resources_csv(report: Report, charges, allocations, figures) -> str:
    """A row a resource: owner, what it stands on, probability, reason, both costs. Principals are hashed."""
    names = ["ResourceId", "ResourceName", "ResourceType", "ServiceName", "SubAccountId", "SubAccountName", "RegionId", "x_Team", "x_Verdict", "x_Basis",
             "x_Probability", "x_Reason", "BilledCost", "EffectiveCost", "x_FirstSeen", "x_LastSeen", "x_IsSynthetic", "Tags"]
    frame = report.resources[names].assign(BillingCurrency=report.currency)
    order = np.argsort(-frame["BilledCost"].to_numpy().astype("float64"), kind="stable")
    return to_csv(hide(frame.iloc[order]), report.scale, ("BilledCost", "EffectiveCost"))


def allocations_csv(report: Report, charges: pd.DataFrame, allocations: pd.DataFrame, figures) -> str:
    """A row a part of a charge: what it was, who bears it and why. Both costs add up to the bill, exactly."""
    facts = ["x_ChargeId", "ChargePeriodStart", "ChargeCategory", "x_LineItemType", "ServiceName", "SubAccountId", "RegionId", "ResourceId", "x_UsageType", "BillingCurrency"]
    at = pd.Series(np.arange(len(charges), dtype="int64"), index=charges["x_ChargeId"].to_numpy()).reindex(allocations["x_ChargeId"]).to_numpy(dtype="int64")
    left = charges[facts].iloc[at].reset_index(drop=True)
    right = allocations.drop(columns="x_ChargeId").reset_index(drop=True)
    return to_csv(pd.concat([left, right], axis=1), report.scale, ("BilledCost", "EffectiveCost"))


FILES = (
    File("costdna-report.html", "Report", "One page for anyone: total, teams, services, days, ledger. Opens and prints without a network.", "text/html",
         lambda report, charges, allocations, figures: report_html(report, figures)),
    File("costdna-teams.csv", "Teams", "Cost of each team and what it stands on, unknown money as the last row.", "text/csv", teams_csv),
    File("costdna-resources.csv", "Resources", "Every resource with owner, probability, reason and both costs.", "text/csv", resources_csv),
    File("costdna-allocations.csv", "Allocations", "Every collapsed charge and who bears it. Adds up to the bill, exactly.", "text/csv", allocations_csv),
    File("costdna-report.json", "JSON", "The same figures for a program: money as exact decimal texts, stable keys.", "application/json",
         lambda report, charges, allocations, figures: to_json(report)),
)


def write(name: str, report: Report, charges: pd.DataFrame, allocations: pd.DataFrame, figures: Figures) -> tuple[File, str]:
    """Make one of FILES by its name: the file's description and its text."""
    file = next(f for f in FILES if f.name == name)
    return file, file.make(report, charges, allocations, figures)
