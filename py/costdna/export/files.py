"""The files a result can leave as.

Each with its name, what it holds in words, how it is made, and what it cannot say for this bill.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna.errors import CostDNAError
from costdna.export import cost_category, custodian, datadog, focus_file, policy, tag_file, vantage
from costdna.export.as_csv import to_csv
from costdna.export.chargeback import chargeback_csv
from costdna.export.iac import patch as iac
from costdna.export.leaving import Leaving, Shortfall
from costdna.export.one_page import one_page_html
from costdna.export.principals import hide
from costdna.export.report_html import report_html
from costdna.ledger import HEADINGS
from costdna.report import to_json


@dataclass(frozen=True)
class File:
    """One export.

    kind: its word on the command line; make(leaving) → text, or CostDNAError where this bill has nothing for it;
    cannot(leaving) → the money it leaves behind and other warnings.
    """

    kind: str
    name: str
    title: str
    text: str
    mime: str
    make: Callable[[Leaving], str]
    cannot: Callable[[Leaving], list[Shortfall]] | None = None

    @property
    def partial(self) -> bool:
        """Whether the target cannot say everything a result knows."""
        return self.cannot is not None

    def words(self, leaving: Leaving) -> list[str]:
        """What it cannot say for this bill, in words. Raises CostDNAError where it cannot be made at all."""
        if self.cannot is None:
            return []
        if self.kind in ("cost-category", "iac-patch", "tag-policy", "scp"):
            self.make(leaving)
        return _words(self.cannot(leaving), leaving)


def teams_csv(leaving: Leaving) -> str:
    """A row a team; the last one, without a name, is the money no team owns."""
    report = leaving.report
    frame = report.teams.copy()
    frame.insert(2, "currency", report.currency)
    frame.insert(3, "metric", report.metric)
    return to_csv(frame, report.scale, ("cost", *HEADINGS))


def resources_csv(leaving: Leaving) -> str:
    """A row a resource: owner, what it stands on, probability, reason, both costs. Principals are hashed."""
    report = leaving.report
    names = """
        ResourceId ResourceName ResourceType ServiceName SubAccountId SubAccountName RegionId x_Team x_Verdict x_Basis
        x_Probability x_Reason BilledCost EffectiveCost x_FirstSeen x_LastSeen x_IsSynthetic Tags
    """.split()
    frame = report.resources[names].assign(BillingCurrency=report.currency)
    order = np.argsort(-frame["BilledCost"].to_numpy().astype("float64"), kind="stable")
    frame = frame.iloc[order]
    return to_csv(frame if leaving.choices.principals else hide(frame), report.scale, ("BilledCost", "EffectiveCost"))


def allocations_csv(leaving: Leaving) -> str:
    """A row a part of a charge: what it was, who bears it and why. Both costs add up to the bill, exactly."""
    charges, allocations = leaving.result.charges, leaving.result.allocations
    facts = """
        x_ChargeId ChargePeriodStart ChargeCategory x_LineItemType ServiceName SubAccountId RegionId ResourceId
        x_UsageType BillingCurrency
    """.split()
    at = (
        pd.Series(np.arange(len(charges), dtype="int64"), index=charges["x_ChargeId"].to_numpy())
        .reindex(allocations["x_ChargeId"])
        .to_numpy(dtype="int64")
    )
    left = charges[facts].iloc[at].reset_index(drop=True)
    right = allocations.drop(columns="x_ChargeId").reset_index(drop=True)
    frame = pd.concat([left, right], axis=1)
    return to_csv(
        frame if leaving.choices.principals else hide(frame), leaving.report.scale, ("BilledCost", "EffectiveCost")
    )


FILES = (
    File(
        "summary-page",
        "costdna-summary.html",
        "One page",
        "For whoever pays: explained before and after, teams, three next actions, how sure. Prints on a sheet or to PDF.",
        "text/html",
        one_page_html,
    ),
    File(
        "report",
        "costdna-report.html",
        "Report",
        "One page for anyone: total, teams, services, days, ledger. Opens and prints without a network.",
        "text/html",
        lambda leaving: report_html(leaving.report, leaving.figures),
    ),
    File(
        "teams",
        "costdna-teams.csv",
        "Teams",
        "Cost of each team and what it stands on, unknown money as the last row.",
        "text/csv",
        teams_csv,
    ),
    File(
        "resources",
        "costdna-resources.csv",
        "Resources",
        "Every resource with owner, probability, reason and both costs.",
        "text/csv",
        resources_csv,
    ),
    File(
        "allocations",
        "costdna-allocations.csv",
        "Allocations",
        "Every collapsed charge and who bears it. Adds up to the bill, exactly.",
        "text/csv",
        allocations_csv,
    ),
    File(
        "chargeback",
        "costdna-chargeback.csv",
        "Chargeback",
        "A line a team, month, account, service and method. Adds up to the bill, exactly.",
        "text/csv",
        chargeback_csv,
    ),
    File(
        "focus",
        "costdna-focus.csv",
        "FOCUS 1.2",
        "The bill in the FinOps Foundation's columns, with its owners. Reading it again gives the same totals and owners.",
        "text/csv",
        focus_file.focus_csv,
        focus_file.cannot,
    ),
    File(
        "cost-category",
        "costdna-cost-category.json",
        "AWS Cost Category",
        "Rules over accounts, services, regions, usage types and tags, for aws ce create-cost-category-definition.",
        "application/json",
        cost_category.cost_category,
        cost_category.cannot,
    ),
    File(
        "tag-plan",
        "costdna-tag-plan.json",
        "Tag plan",
        "Which tags to write, with evidence; costdna apply tries, writes, verifies and undoes it.",
        "application/json",
        tag_file.tag_plan_json,
        tag_file.cannot,
    ),
    File(
        "iac-patch",
        "costdna-tags.patch",
        "Patch for your code",
        "A unified diff that adds tags to Terraform and CloudFormation where a resource's source is known; state is read, never changed.",
        "text/x-diff",
        iac.iac_patch,
        iac.cannot,
    ),
    File(
        "custodian",
        "costdna-custodian.yml",
        "Cloud Custodian",
        "Policies that write the tag on exactly these resources where it is absent.",
        "text/yaml",
        custodian.custodian_yaml,
        custodian.cannot,
    ),
    File(
        "vantage",
        "costdna-vantage.json",
        "Vantage virtual tag",
        "A virtual tag's values and filters, for POST /v2/virtual_tag_configs.",
        "application/json",
        vantage.vantage_json,
        vantage.cannot,
    ),
    File(
        "datadog",
        "costdna-datadog.json",
        "Datadog tag pipeline",
        "A ruleset of at most 100 rules, for POST /api/v2/tags/enrichment.",
        "application/json",
        datadog.datadog_json,
        datadog.cannot,
    ),
    File(
        "tag-policy",
        "costdna-tag-policy.json",
        "Tag policy",
        "Allowed values of the tag, from confirmed teams only, for AWS Organizations.",
        "application/json",
        policy.tag_policy,
        policy.cannot,
    ),
    File(
        "scp",
        "costdna-scp.json",
        "Service control policy",
        "Denies creating what carries no owner's tag; try it on a test unit first.",
        "application/json",
        policy.scp,
        policy.cannot,
    ),
    File(
        "json",
        "costdna-report.json",
        "JSON",
        "The same figures for a program: money as exact decimal texts, stable keys.",
        "application/json",
        lambda leaving: to_json(leaving.report),
    ),
)


def find(word: str) -> File | None:
    """A file by its kind or its name."""
    return next((f for f in FILES if word in (f.kind, f.name)), None)


def write(word: str, leaving: Leaving) -> tuple[File, str]:
    """Make one of FILES by kind or name: its description and its text.

    Raises CostDNAError where this bill has nothing for it.
    """
    file = find(word)
    if file is None:
        raise CostDNAError(
            "There is no such export.",
            found=word,
            next_step=f"Choose from {', '.join(f.kind for f in FILES)}.",
            code="export-kind",
        )
    return file, file.make(leaving)


def fits(leaving: Leaving) -> list[dict]:
    """For each kind: whether this bill can leave so, the money of teams it leaves behind, and why, in words."""
    out = []
    for file in FILES:
        row = {"kind": file.kind, "file": file.name, "text": file.text, "possible": True, "units": 0, "why": []}
        try:
            row["why"] = file.words(leaving)
            row["units"] = sum(s.units for s in file.cannot(leaving) if s.team) if file.cannot else 0
        except CostDNAError as error:
            row |= {"possible": False, "why": [f"{error.message} {error.next_step}".strip()]}
        out.append(row)
    return out


def _words(short: list[Shortfall], leaving: Leaving) -> list[str]:
    """Shortfalls by reason, the teams of one reason added up."""
    groups: dict[str, list[Shortfall]] = {}
    for s in short:
        groups.setdefault(s.why, []).append(s)
    out = []
    for why, parts in groups.items():
        units, resources = sum(p.units for p in parts), sum(p.resources for p in parts)
        out.append(why + (f": {leaving.figures.money(units)}, {resources:,} resources" if units or resources else ""))
    return out
