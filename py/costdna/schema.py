"""The tables: every column with its kind, unit and meaning. The docs page and the checks are made from this.

Kinds: text (str, "" = none) · id (int64) · int (int64) · money (int64 or Python int, units of 10**-scale) · float
(float64) · day (datetime64[ns], UTC midnight, NaT = open) · time (datetime64[ns], UTC) · flag (bool) · list (of str).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costdna.errors import SchemaError


@dataclass(frozen=True)
class Column:
    """One column. `one_of` lists the allowed values of a text column, `focus` says it is a FOCUS 1.2 column."""

    name: str
    kind: str
    text: str
    unit: str = ""
    one_of: tuple[str, ...] = ()
    nullable: bool = False

    @property
    def focus(self) -> bool:
        return not self.name.startswith("x_")


@dataclass(frozen=True)
class Table:
    """A declared table: what one row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    def names(self) -> list[str]:
        return [c.name for c in self.columns]

    def empty(self) -> pd.DataFrame:
        """The table with no rows and the right dtypes."""
        return pd.DataFrame({c.name: pd.Series([], dtype=_DTYPES[c.kind]) for c in self.columns})

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame itself, in declared order, or a SchemaError that lists *all* problems."""
        problems = [f"column {n} is missing" for n in self.names() if n not in frame]
        problems += [f"column {n} is not declared" for n in frame.columns if n not in self.names()]
        for column in self.columns:
            if column.name in frame:
                problems += _problems(column, frame[column.name])
        if problems:
            raise SchemaError(self.name, problems)
        return frame[self.names()]


_DTYPES = {
    "text": object,
    "id": "int64",
    "int": "int64",
    "money": "int64",
    "float": "float64",
    "day": "datetime64[ns]",
    "time": "datetime64[ns]",
    "flag": bool,
    "list": object,
}


def _problems(column: Column, values: pd.Series) -> list[str]:
    name, dtype = column.name, values.dtype
    if column.kind == "text":
        texts = values.cat.categories if isinstance(dtype, pd.CategoricalDtype) else pd.unique(values)
        wrong = [v for v in texts if not isinstance(v, str)]
        if wrong or values.isna().any():
            held = f"{wrong[0]!r} or nothing" if wrong else "nothing"
            return [f"{name} holds {held} where text is due"]
        alien = sorted(set(texts) - set(column.one_of)) if column.one_of else []
        return [f"{name} holds {alien[0]!r}, which is not one of {', '.join(column.one_of)}"] if alien else []
    if column.kind == "money":
        if dtype == np.dtype(object):
            wrong = [v for v in values if not isinstance(v, int)]
            return [f"{name} holds {wrong[0]!r} where whole units are due"] if wrong else []
        return [] if dtype == np.dtype("int64") else [f"{name} is {dtype}, money is int64 or Python int"]
    if column.kind in ("id", "int", "flag"):
        due = np.dtype(_DTYPES[column.kind])
        return [] if dtype == due else [f"{name} is {dtype}, not {due}"]
    if column.kind == "float":
        if dtype != np.dtype("float64"):
            return [f"{name} is {dtype}, not float64"]
        return [] if column.nullable or not values.isna().any() else [f"{name} holds NaN"]
    if column.kind in ("day", "time"):
        if dtype != np.dtype("datetime64[ns]"):
            return [f"{name} is {dtype}, not datetime64[ns]"]
        return [] if column.nullable or not values.isna().any() else [f"{name} holds NaT"]
    return []


def C(name: str, kind: str, text: str, unit: str = "", one_of: tuple[str, ...] = (), nullable: bool = False) -> Column:
    return Column(name, kind, text, unit, one_of, nullable)


BASES = ("human", "tag", "rule", "map", "principal", "account", "inferred", "")
VERDICTS = ("owned", "shared", "vendor", "ownerless", "abstained", "unallocatable")
MONEY = "10^-scale of BillingCurrency"

# One column a line, or two: the tables read as tables.
# fmt: off
SOURCES = Table("SOURCES", "a file that was read", (
    C("x_SourceId", "text", "Content hash of the file: sha256 over the sha256 of its 256 KiB pieces."),
    C("x_Name", "text", "File name as dropped."),
    C("x_Format", "text", "cur or focus."),
    C("x_Version", "text", "CUR 1, CUR 2.0, FOCUS 1.0 and so on."),
    C("x_Container", "text", "csv, csv.gz, zip, parquet, xlsx."),
    C("BillingPeriodStart", "day", "First day of the earliest billing period in the file.", nullable=True),
    C("BillingAccountId", "text", "Account that pays; several are joined by a comma."),
    C("BillingCurrency", "text", "ISO 4217; several are joined by a comma."),
    C("x_Rows", "int", "Lines read.", "lines"),
    C("x_Bytes", "int", "Size of the file.", "bytes"),
))

CHARGES = Table("CHARGES", "a collapsed charge: all lines of a file that agree in the collapse key", (
    C("x_ChargeId", "id",
      "Hash of the collapse key including x_SourceId: the same in page and natively, and across reloads."),
    C("x_OwnableId", "id", "What can have an owner: see OWNABLES."),
    C("x_SourceId", "text", "File the lines came from."),
    C("BillingPeriodStart", "day", "First day of the billing period.", nullable=True),
    C("BillingAccountId", "text", "Account that pays."),
    C("ProviderName", "text", "Provider; AWS for a CUR. Never required of a FOCUS file."),
    C("SubAccountId", "text", "Account that used."),
    C("SubAccountName", "text", "Its name, where known."),
    C("ChargePeriodStart", "day", "UTC day of the charge.", nullable=True),
    C("ChargePeriodEnd", "time",
      "End of the charge, exclusive; RIFee's inclusive end is kept as written.", nullable=True),
    C("ResourceId", "text", "Resource id, empty where the line has none."),
    C("ResourceName", "text", "Display name where the file has one."),
    C("ResourceType", "text", "Kind of resource."),
    C("ServiceName", "text", "Service, by name where known, else by code."),
    C("x_ServiceCode", "text", "Product code such as AmazonEC2."),
    C("RegionId", "text", "Region code."),
    C("x_UsageType", "text", "Usage type or SKU meter."),
    C("x_Operation", "text", "Operation."),
    C("x_LineItemType", "text", "AWS line item type; FOCUS files have none."),
    C("x_ChargeKind", "text", "The row of line_types.json that gave the costs."),
    C("ChargeCategory", "text",
      "FOCUS: Usage, Purchase, Tax, Credit, Adjustment.", one_of=("Usage", "Purchase", "Tax", "Credit", "Adjustment")),
    C("ChargeClass", "text", "Correction or empty."),
    C("ChargeFrequency", "text", "One-Time, Recurring, Usage-Based or empty."),
    C("PricingCategory", "text", "Standard, Dynamic, Committed, Other or empty."),
    C("CommitmentDiscountId", "text", "Reservation or Savings Plan."),
    C("CommitmentDiscountStatus", "text", "Used, Unused or empty."),
    C("BillingCurrency", "text", "ISO 4217. Two currencies are never added."),
    C("x_PrincipalId", "text", "IAM principal that called (Bedrock rows of CUR 2.0 only)."),
    C("x_TagSet", "text", "JSON list of [source, key, value]."),
    C("BilledCost", "money", "What the invoice says.", MONEY),
    C("EffectiveCost", "money", "Amortised cost.", MONEY),
    C("ListCost", "money", "Public on-demand price of the priced lines; the unpriced count 0.", MONEY),
    C("ContractedCost", "money", "Cost at negotiated prices, before commitments.", MONEY),
    C("x_AmortizedUpfront", "money",
      "Upfront fee amortised in the period, on fee rows: half of the identity between both costs.", MONEY),
    C("ConsumedQuantity", "float", "Usage amount, in ConsumedUnit."),
    C("ConsumedUnit", "text", "Unit of the usage amount."),
    C("x_RowCount", "int", "Lines collapsed.", "lines"),
))

OWNABLES = Table("OWNABLES", "something that can have an owner", (
    C("x_OwnableId", "id",
      "hash(provider, account, ResourceId); without a resource id, of provider, account, service, region, usage type."),
    C("x_IsSynthetic", "flag", "True where the lines had no resource id."),
    C("ProviderName", "text", "Provider."),
    C("SubAccountId", "text", "Account."),
    C("SubAccountName", "text", "Account name, where known."),
    C("ResourceId", "text", "Resource id as written."),
    C("ResourceName", "text", "Name: the Name tag, the file's own name, or the tail of the id."),
    C("ResourceType", "text", "Kind, from the ARN, the id's prefix, or the usage."),
    C("ServiceName", "text", "Service that cost most."),
    C("RegionId", "text", "Region that cost most."),
    C("Tags", "text", "Latest tag set: JSON list of [source, key, value]."),
    C("x_NameTokens", "list", "Lower-case words of the name, numbers and opaque ids dropped."),
    C("x_FirstSeen", "day", "First day with a charge.", nullable=True),
    C("x_LastSeen", "day", "Last day with a charge.", nullable=True),
    C("BilledCost", "money", "Σ over its charges.", MONEY),
    C("EffectiveCost", "money", "Σ over its charges.", MONEY),
))

RHYTHM = Table("RHYTHM", "an ownable's hour of the week and usage class", (
    C("x_OwnableId", "id", "The ownable."),
    C("x_UsageClass", "text", "Kind of use.", one_of=("compute", "storage", "transfer", "request", "other")),
    C("x_HourOfWeek", "int", "0 = Monday 00:00 UTC … 167."),
    C("x_Cost", "float", "Cost seen in that hour of the week: a profile, never a total."),
    C("x_HoursSeen", "int", "Distinct hours seen.", "hours"),
))

HOURS = Table("HOURS", "an hour of a service, account and usage class", (
    C("x_Hour", "time", "UTC hour."),
    C("ServiceName", "text", "Service."),
    C("SubAccountId", "text", "Account."),
    C("x_UsageClass", "text", "Kind of use.", one_of=("compute", "storage", "transfer", "request", "other")),
    C("BillingCurrency", "text", "Currency."),
    C("x_Cost", "float", "Cost of the hourly lines: a series to look at, never a total."),
    C("x_RowCount", "int", "Lines.", "lines"),
))

EVENTS = Table("EVENTS", "something somebody did", (
    C("x_At", "time", "When."),
    C("x_ActorId", "text", "Who really acted."),
    C("x_ActorKind", "text", "Human, session, role, pipeline, stack or service."),
    C("x_EventName", "text", "What."),
    C("x_OwnableId", "id", "On what."),
    C("x_ReadOnly", "flag", "Whether it only read."),
    C("x_Origin", "text", "Where it was recorded.", one_of=("cloudtrail", "git", "ci", "azure", "gcp")),
))

RELATIONS = Table("RELATIONS", "a membership in a group; never a pair", (
    C("x_OwnableId", "id", "Member."),
    C("x_Kind", "text", "Kind of group, from the registry of kinds."),
    C("x_Group", "text", "Group."),
    C("x_Reason", "text", "Why, in words a person would use."),
))

RULES = Table("RULES", "a user's rule, first match wins", (
    C("x_Field", "text", "What it looks at.", one_of=("tag", "name", "account", "service", "resource")),
    C("x_Key", "text", "Tag key, where the field is a tag."),
    C("x_Pattern", "text", "Pattern with * and ?."),
    C("x_Team", "text", "Team, or empty where the verdict is not owned."),
    C("x_Verdict", "text", "owned, shared, vendor or ownerless.", one_of=("owned", "shared", "vendor", "ownerless")),
    C("x_Override", "flag", "True: it goes before tags."),
))

ANSWERS = Table("ANSWERS", "a user's answer; append-only, undo is a new row", (
    C("x_OwnableId", "id", "About what."),
    C("x_Team", "text", "Team, or empty."),
    C("x_Verdict", "text",
      "owned, shared, vendor, ownerless; empty takes the last answer back.", one_of=("owned", "shared", "vendor", "ownerless", "")),
    C("x_At", "time", "When."),
))

OWNERSHIP = Table("OWNERSHIP", "who owns an ownable over an interval", (
    C("x_OwnableId", "id", "What."),
    C("x_Team", "text", "Team; empty unless owned."),
    C("x_Share", "int", "Share in parts per million; Σ = 1,000,000 per ownable and instant.", "10^-6"),
    C("x_Probability", "float", "Only where inferred.", nullable=True),
    C("x_ValidFrom", "day", "From this UTC day; NaT = from the start.", nullable=True),
    C("x_ValidTo", "day", "Up to, not including; NaT = open.", nullable=True),
    C("x_Basis", "text", "What it stands on; empty where nothing is known.", one_of=BASES),
    C("x_Verdict", "text", "What was found.", one_of=VERDICTS),
    C("x_Reason", "text", "Why, in plain words."),
    C("x_ModelId", "text", "Model that inferred it."),
    C("x_EvidenceHash", "text", "Hash of the evidence it stands on."),
))

CONFLICTS = Table("CONFLICTS", "two sources that name different owners for one ownable", (
    C("x_OwnableId", "id", "The ownable."),
    C("x_Basis", "text", "Source that won.", one_of=BASES),
    C("x_Team", "text", "Team it names."),
    C("x_OtherBasis", "text", "Source that lost.", one_of=BASES),
    C("x_OtherTeam", "text", "Team that one names."),
    C("BilledCost", "money", "Money at stake.", MONEY),
))

ALLOCATIONS = Table("ALLOCATIONS", "an allocated charge", (
    C("x_ChargeId", "id", "The charge."),
    C("x_Team", "text", "Who bears it; empty unless owned."),
    C("x_Verdict", "text", "Ledger column it falls under, with x_Basis.", one_of=VERDICTS),
    C("x_Basis", "text", "What the owner stands on.", one_of=BASES),
    C("x_AllocatedRatio", "int", "Share of the charge in parts per million.", "10^-6"),
    C("BilledCost", "money", "Its part.", MONEY),
    C("EffectiveCost", "money", "Its part.", MONEY),
    C("x_AllocatedMethodId", "text", "How it was split.", one_of=("direct", "share")),
))

QUESTIONS = Table("QUESTIONS", "a resource worth asking a person about, in the order to ask", (
    C("x_Rank", "int", "1 = ask first."),
    C("x_OwnableId", "id", "About what."),
    C("x_Teams", "list",
      "Up to three team names to offer: known teams nearby, else words its cluster's names agree on."),
    C("x_Resources", "int", "Resources likely to follow the answer, itself included.", "resources"),
    C("BilledCost", "money", "Its own cost.", MONEY),
    C("x_Settles", "money", "Cost of the resources likely to follow, each counted under one question.", MONEY),
    C("x_SettledSoFar", "money", "x_Settles of this and all earlier questions.", MONEY),
    C("x_Probability", "float", "What is thought of it now; NaN where nothing is.", nullable=True),
    C("x_Reason", "text", "What the resources that would follow have in common."),
    C("x_Group", "text",
      "The group the question is about as a whole, kind:name; empty where it is about one resource."),
))

TAG_PLAN = Table("TAG_PLAN", "one proposed tag", (
    C("ResourceId", "text", "ARN of the resource."),
    C("SubAccountId", "text", "Its account."),
    C("RegionId", "text", "Its region; empty for global services."),
    C("ServiceName", "text", "Its service."),
    C("x_Key", "text", "Tag key to write."),
    C("x_OldValue", "text", "Value in the bill's latest tags; empty for none."),
    C("x_NewValue", "text", "Value to write: the team."),
    C("x_Basis", "text", "What the owner stands on.", one_of=BASES),
    C("x_Probability", "float", "Only where inferred.", nullable=True),
    C("x_EvidenceHash", "text", "Hash of the evidence it stands on."),
    C("x_Reason", "text", "Why, in plain words."),
    C("BilledCost", "money", "Money of the resource in the bill.", MONEY),
))

TAG_PASSED = Table("TAG_PASSED", "an owned resource that is not in the plan", (
    C("ResourceId", "text", "As the bill writes it."),
    C("SubAccountId", "text", "Its account."),
    C("x_Team", "text", "Its owner."),
    C("x_Reason", "text", "Why no tag is proposed."),
    C("BilledCost", "money", "Money of the resource in the bill.", MONEY),
))

TAG_OUTCOMES = Table("TAG_OUTCOMES", "the receipt of one proposed tag", (
    C("ResourceId", "text", "ARN of the resource."),
    C("x_Key", "text", "Tag key."),
    C("x_Status", "text",
      "What became of it.", one_of=("written", "already", "changed", "clash", "refused", "restored")),
    C("x_Detail", "text", "More, in words; AWS's own code where it refused."),
    C("x_At", "time", "When."),
))

ALERTS = Table("ALERTS", "an anomaly with its cause: one row for one cause, however many totals show it", (
    C("x_AlertId", "text",
      "Hash of what moved, which way and when it began: the same on every run over the same days."),
    C("x_Kind", "text",
      "What it looks like.", one_of=("spike", "drop", "stopped", "step", "ramp", "new", "moved", "drift")),
    C("x_Dimension", "text", "What was looked at, such as service or service+account."),
    C("x_Value", "text", "Which one."),
    C("x_Counterpart", "text", "Where a move went to or came from, for money that only moved; else empty."),
    C("x_Also", "list", "Other totals that show the same cause, as dimension: value."),
    C("x_Start", "day", "First odd day."),
    C("x_End", "day", "Day after the last odd one that is known."),
    C("x_Found", "day", "Day on which it could first be told."),
    C("x_Ongoing", "flag", "Whether it still goes on on the last day that is known."),
    C("x_Cost", "money", "Cost of the days compared.", MONEY),
    C("x_Before", "money", "Cost of the same weekdays of the week before it began.", MONEY),
    C("x_Impact", "money", "x_Cost − x_Before, to the unit.", MONEY),
    C("x_Days", "int", "Days compared, at most seven.", "days"),
    C("x_Percent", "float", "How far its worst day was from the expected.", "%"),
    C("x_PValue", "float", "How likely such a day is by chance, before the correction for all series."),
    C("x_Severity", "text",
      "By money a day against the bill's typical day: critical from 5 %, warning from 1 %.", one_of=("critical", "warning", "info")),
    C("x_Verdict", "text", "What the user said of it.", one_of=("", "yes", "no", "planned")),
))

FEEDBACK = Table("FEEDBACK", "what the user said of an alert; append-only, the last word counts", (
    C("x_Dimension", "text", "As in ALERTS."),
    C("x_Value", "text", "As in ALERTS."),
    C("x_Start", "day", "As in ALERTS."),
    C("x_Percent", "float", "As in ALERTS: a move that was called normal is normal up to this size.", "%"),
    C("x_Verdict", "text",
      "yes: an anomaly; no: normal; planned: we did it; empty takes it back.", one_of=("", "yes", "no", "planned")),
    C("x_At", "time", "When it was said."),
))

PLANNED = Table("PLANNED", "an event somebody planned: nothing it moves is told", (
    C("x_ValidFrom", "day", "First day."),
    C("x_ValidTo", "day", "Day after the last."),
    C("x_Dimension", "text", "What it moves: a dimension, or total for the whole bill (a holiday)."),
    C("x_Value", "text", "Which one; empty with total."),
    C("x_Reason", "text", "What it was."),
))

DRIVERS = Table("DRIVERS", "what a customer used of a service on a day", (
    C("x_Day", "day", "UTC day."),
    C("x_Service", "text", "Service, as the usage file calls it; empty where it names none."),
    C("x_Customer", "text", "Customer, tenant, feature or user."),
    C("x_Driver", "text", "What is counted, such as requests."),
    C("x_Quantity", "money", "How much, in whole millionths.", "10^-6"),
))

CUSTOMERS = Table("CUSTOMERS", "a customer with what it pays", (
    C("x_Customer", "text", "Id, as the bill's tags and the usage file call it."),
    C("x_Name", "text", "Name; the id where none is given."),
    C("x_MonthlyRevenue", "money", "Revenue of 30 days, in the bill's currency.", "10^-6 of BillingCurrency"),
    C("x_Status", "text", "active, or what else was written."),
))

SHARES = Table("SHARES", "a part of a charge after the sharing rules", (
    C("x_ChargeId", "id", "The charge."),
    C("x_Team", "text", "Who bore it before any rule; empty for nobody."),
    C("x_Bearer", "text", "Team or customer that bears this part; empty for nobody."),
    C("x_Rule", "text", "Rule that placed it; empty where none did."),
    C("x_AllocatedMethodId", "text",
      "How it was split.", one_of=("kept", "direct", "even", "fixed", "proportional", "split")),
    C("x_AllocatedMethodDetails", "text", "The split in words, with the days whose driver was used."),
    C("x_AllocatedRatio", "int", "Share of the charge in parts per million; Σ = 1,000,000 per charge.", "10^-6"),
    C("BilledCost", "money", "Its part.", MONEY),
    C("EffectiveCost", "money", "Its part.", MONEY),
))

DRIFT = Table("DRIFT", "a resource of which two runs say different things", (
    C("x_OwnableId", "id", "The ownable."),
    C("ResourceId", "text", "Resource id as written."),
    C("ResourceName", "text", "Its name."),
    C("x_Kind", "text", "What differs.", one_of=("owner", "new", "gone")),
    C("x_Severity", "text", "How sure both runs were.", one_of=("major", "minor", "uncertain")),
    C("x_OldTeam", "text", "Team or verdict before; empty where it is new."),
    C("x_NewTeam", "text", "Team or verdict now; empty where it is gone."),
    C("x_OldProbability", "float", "1 where proved.", nullable=True),
    C("x_NewProbability", "float", "1 where proved.", nullable=True),
    C("x_Reason", "text", "Why it differs."),
    C("BilledCost", "money", "Money of the resource.", MONEY),
))

INVENTORY = Table("INVENTORY", "a resource that a collector saw, whether the bill names it or not", (
    C("ProviderName", "text", "Provider."),
    C("SubAccountId", "text", "Account."),
    C("RegionId", "text", "Region; empty for global services."),
    C("ResourceId", "text", "ARN, or the provider's own full id."),
    C("ResourceName", "text", "Its Name tag, else the service's own name of it."),
    C("ResourceType", "text", "Kind, service:type."),
    C("Tags", "text", "Tags it carries now: JSON list of [inventory, key, value]."),
    C("x_Created", "time", "When it was made, where the service says so.", nullable=True),
    C("x_State", "text", "Its state in the service's own words."),
    C("x_Source", "text", "Calls that told of it."),
))

MEMBERSHIPS = Table("MEMBERSHIPS", "a membership in a group that a collector saw; RELATIONS once the bill's resource is found", (
    C("SubAccountId", "text", "Account."),
    C("x_Resource", "text", "Member: an ARN, a short id, or service:name."),
    C("x_Kind", "text", "Kind of group, from the registry of kinds."),
    C("x_Group", "text", "Group."),
    C("x_Source", "text", "Call that told of it."),
))

COVERAGE = Table("COVERAGE", "what a collector could and could not see", (
    C("x_Source", "text", "Collector."),
    C("SubAccountId", "text", "Account."),
    C("RegionId", "text", "Region."),
    C("x_Status", "text", "How much was seen.", one_of=("complete", "partial", "denied")),
    C("x_Detail", "text", "What was missing."),
))

MISFITS = Table("MISFITS", "a resource whose owner tag contradicts who touches it or what it belongs to", (
    C("x_OwnableId", "id", "The ownable."),
    C("ResourceId", "text", "Resource id as written."),
    C("ResourceName", "text", "Its name."),
    C("x_Team", "text", "Team that its tag names."),
    C("x_OtherTeam", "text", "Team that its groups speak for."),
    C("x_Reason", "text", "Which groups, with the counts a person can check."),
    C("BilledCost", "money", "Money of the resource.", MONEY),
))

HANDS = Table("HANDS", "a time that a resource passed from one owner to another within the bill", (
    C("x_OwnableId", "id", "The ownable."),
    C("ResourceId", "text", "Resource id as written."),
    C("ResourceName", "text", "Its name."),
    C("x_Day", "day", "UTC day from which the later owner has it."),
    C("x_OldTeam", "text", "Team before; empty where it had none."),
    C("x_NewTeam", "text", "Team from then on."),
    C("x_Basis", "text", "What the later owner stands on.", one_of=BASES),
    C("x_Reason", "text", "Why, in plain words."),
    C("BilledCost", "money", "Money of the resource over the whole bill.", MONEY),
))

WASTE = Table("WASTE", "something that was paid for and not used", (
    C("x_Kind", "text", "What sort, as costdna waste names it."),
    C("ResourceId", "text", "Resource id as written."),
    C("ResourceName", "text", "Its name."),
    C("ServiceName", "text", "Service."),
    C("SubAccountId", "text", "Account."),
    C("x_Team", "text", "Its owner; empty unless owned."),
    C("x_Verdict", "text", "What was found of its owner.", one_of=VERDICTS),
    C("x_Cost", "money", "Its cost, of the run's metric.", MONEY),
    C("x_Saving", "money", "Part of it that was for nothing; each resource's counts once.", MONEY),
    C("x_Reason", "text", "What the bill's rows, or the inventory, show."),
    C("x_Needs", "text", "What would make it certain; empty where it is."),
))
# fmt: on

TABLES = {
    t.name: t
    for t in (
        SOURCES,
        CHARGES,
        OWNABLES,
        RHYTHM,
        HOURS,
        EVENTS,
        RELATIONS,
        RULES,
        ANSWERS,
        OWNERSHIP,
        CONFLICTS,
        ALLOCATIONS,
        ALERTS,
        FEEDBACK,
        PLANNED,
        QUESTIONS,
        TAG_PLAN,
        TAG_PASSED,
        TAG_OUTCOMES,
        DRIFT,
        DRIVERS,
        CUSTOMERS,
        SHARES,
        COVERAGE,
        INVENTORY,
        MEMBERSHIPS,
        MISFITS,
        HANDS,
        WASTE,
    )
}
