"""What is in a bill: the column doctor. One finding a row, each with what it means for the answers."""

import json
from datetime import timedelta

import numpy as np
import pandas as pd

from costdna import money
from costdna.names import counted

COLUMNS = ("x_File", "x_Check", "x_Level", "x_Text", "x_Meaning")
LEVELS = ("error", "warning", "note", "ok")

# Field of the mapping table → the answers a bill without it cannot give. Money of commitments: only where the bill has
# such lines.
_ANSWERS = {
    "ResourceId": (
        "warning",
        "No resource can be named: owners are given per account, service, region and usage type, and there is no rhythm of use.",
    ),
    "UsageType": ("warning", "Compute, storage and transfer cannot be told apart."),
    "RegionId": ("note", "Nothing can be said by region."),
    "Operation": ("note", "Split-cost rows can only be told by their parent column."),
    "SubAccountId": ("warning", "Accounts cannot be told apart: no account map, no account evidence."),
    "SubAccountName": ("note", "Account names cannot hint at owners."),
    "BillingCurrency": ("warning", "The currency is unknown."),
    "BillingPeriodStart": ("note", "Months cannot be told from the file."),
    "ChargePeriodStart": ("warning", "No daily or hourly view: all charges are spread over their billing period."),
    "ChargePeriodEnd": ("warning", "Charges longer than a day cannot be spread, and there is no hourly view."),
    "ServiceName": ("note", "Services are shown by their code."),
    "ServiceCode": ("note", "Services are shown by their name alone."),
    "PublicOnDemand": ("note", "No list price: savings against on-demand cannot be shown."),
    "ListCost": ("note", "No list price: savings against on-demand cannot be shown."),
    "ContractedCost": ("note", "Contracted cost takes BilledCost."),
    "EffectiveCost": ("warning", "No amortised cost: EffectiveCost takes BilledCost."),
    "NetUnblended": ("note", "No net costs: the month has no private discount, or the export leaves them out."),
    "PrincipalId": ("note", "Who called Bedrock is not told (a CUR 2.0 option)."),
    "SplitParentId": ("note", "Pods and tasks inside an instance cannot be seen (split cost allocation is off)."),
    "ConsumedQuantity": ("note", "No usage amounts: lines of unknown types count as adjustments."),
    "ChargeDescription": ("note", "Returned upfront fees cannot be told from other refunds."),
    "CommitmentDiscountId": ("note", "Reservations and Savings Plans cannot be told apart."),
    "ProviderName": ("note", "The provider is unknown (FOCUS 1.4 dropped the column)."),
}
_COMMITMENTS = (
    (
        ("DiscountedUsage", "RIFee"),
        (
            "ReservationEffective",
            "ReservationUnusedUpfront",
            "ReservationUnusedRecurring",
            "ReservationAmortizedUpfront",
        ),
        "EffectiveCost of reservations is incomplete.",
    ),
    (
        ("SavingsPlanCoveredUsage", "SavingsPlanRecurringFee"),
        ("PlanEffective", "PlanTotalCommitment", "PlanUsedCommitment", "PlanAmortizedUpfront"),
        "EffectiveCost of Savings Plans is incomplete.",
    ),
)
_ROUNDED = ("EffectiveCost", "ListCost", "ContractedCost")
_ENOUGH = 20  # rows with decimals in BilledCost before whole numbers elsewhere are called suspicious


FOLLOWS = {
    "split-rows-cost": "The bill's total is less than the sum of its cost column by that much. AWS says that these rows cost nothing.",
    "undated-lines": "They are spread over their month, and stand on no day or hour of it.",
    "unknown-line-type": "Its billed and its effective cost are taken to be the same, which may be wrong for a kind of line nobody has described yet.",
    "look-alike-team": "They are two teams, each with its own money, until they are joined.",
}
"""What a finding of assembling the tables means, by its code."""


def examine(
    metas: list[dict],
    charges: pd.DataFrame,
    scale: int,
    basis: str,
    skipped: list[dict] = (),
    errors: list[dict] = (),
    findings: list[dict] = (),
) -> pd.DataFrame:
    """Findings about a drop.

    metas: meta of each reading (docs/reading.md). charges: CHARGES of them all, money in units of 10**-scale; basis:
    gross or net. skipped: [{path, reason}]; errors: [{code, message, found, where, next}] of files not read;
    findings: [{code, text, amount}] of assembling them. Returns one row a finding: x_File ("" = the whole bill),
    x_Check, x_Level (error, warning, note, ok), x_Text, x_Meaning.
    """
    rows: list[tuple] = []
    for fault in errors:
        rows.append(
            (
                fault.get("where", "").split(",")[0],
                fault["code"],
                "error",
                fault["message"] + (f" Found: {fault['found']}" if fault.get("found") else ""),
                fault.get("next", ""),
            )
        )
    for meta in metas:
        mine = charges[charges["x_SourceId"] == meta["source_id"]]
        for check in (_file, _period, _absent, _commitments, _costs, _tags, _granularity, _rounded, _reader):
            rows += [(meta["name"], *finding) for finding in check(meta, mine, scale)]
    if len(charges):
        rows += [("", *finding) for finding in _whole(metas, charges, scale, basis)]
    currency = " / ".join(sorted(charges["BillingCurrency"].unique())) if len(charges) else ""
    rows += [
        (
            "",
            one["code"],
            "warning",
            one["text"] + (f" ({one['amount']} {currency})" if one.get("amount") else ""),
            FOLLOWS.get(one["code"], ""),
        )
        for one in findings
    ]
    rows += [
        (one["path"], "left-out", "note", f"Not read: {one['reason']}.", "Nothing of it is counted.") for one in skipped
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _file(meta: dict, charges: pd.DataFrame, scale: int):
    manifest = meta.get("manifest")
    yield (
        "file",
        "ok",
        f"{meta['version']}, {meta['container']}, {_bytes(meta['bytes'])}, {counted(meta['rows'], 'line')}, {counted(len(meta['columns']), 'column')}.",
        f"Chosen by {manifest['path']}." if manifest else "",
    )


def _period(meta: dict, charges: pd.DataFrame, scale: int):
    months = (
        sorted({t.strftime("%Y-%m") for t in charges["BillingPeriodStart"].dropna().unique()}) if len(charges) else []
    )
    days = charges["ChargePeriodStart"].dropna()
    if len(days):
        yield (
            "period",
            "ok",
            f"{', '.join(months) or 'no billing period'}; charges from {days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}.",
            "",
        )
        last = pd.Timestamp(months[-1] + "-01") + pd.offsets.MonthEnd(0) if months else None
        # a line of a month says nothing of its last days
        daily = days[(charges["ChargePeriodEnd"] - charges["ChargePeriodStart"]) <= pd.Timedelta(days=1)]
        if (
            last is not None
            and len(daily)
            and f"{daily.max():%Y-%m}" == months[-1]
            and daily.max() < last - timedelta(days=1)
        ):
            yield (
                "partial",
                "note",
                f"{months[-1]} stops on {daily.max():%Y-%m-%d}.",
                "The month is not over, or a part is missing; totals are so far.",
            )
    currencies = {k or "(none)": g for k, g in charges.groupby("BillingCurrency", sort=True)}
    text = "; ".join(
        f"{money.to_text(money.total(g['BilledCost'].to_numpy()), scale)} {k} on {counted(int(g['x_RowCount'].sum()), 'line')}"
        for k, g in currencies.items()
    )
    yield (
        "currency",
        "ok" if len(currencies) == 1 else "warning",
        f"Billed {text}.",
        "" if len(currencies) == 1 else "Currencies are never added: one is shown at a time.",
    )


def _absent(meta: dict, charges: pd.DataFrame, scale: int):
    for field in meta["absent"]:
        if field in _ANSWERS:
            yield "absent", _ANSWERS[field][0], f"No column for {field}.", _ANSWERS[field][1]


def _commitments(meta: dict, charges: pd.DataFrame, scale: int):
    for types, fields, meaning in _COMMITMENTS:
        lines = int(charges.loc[charges["x_LineItemType"].isin(types), "x_RowCount"].sum())
        missing = [f for f in fields if f in meta["absent"]]
        if lines and missing:
            yield (
                "absent",
                "warning",
                f"{counted(lines, 'line is', 'lines are')} {' or '.join(types)}, but there is no column for {', '.join(missing)}.",
                meaning,
            )


def _costs(meta: dict, charges: pd.DataFrame, scale: int):
    filled = ", ".join(f"{name} {count:,}" for name, count in meta["filled"].items() if count)
    yield (
        "costs",
        "ok" if filled else "warning",
        f"Lines filled: {filled or 'none'}.",
        f"At most {counted(meta['scale'], 'decimal')}.",
    )
    empty = [name for name, count in meta["filled"].items() if not count]
    if empty:
        yield "empty-columns", "note", f"Present and empty: {', '.join(empty)}.", ""


def _tags(meta: dict, charges: pd.DataFrame, scale: int):
    keys: dict[str, set] = {}
    for text in meta["dictionaries"].get("TagSet", []):
        for source, key, _ in json.loads(text) if text else []:
            keys.setdefault(source, set()).add(key)
    if not keys:
        yield (
            "tags",
            "warning",
            "No tag has a value." if meta["tag_sources"] else "No tag column.",
            "No owner is proved by a tag; accounts, rules and names must do.",
        )
        return
    bare = charges["x_TagSet"] == "[]"
    total, untagged = (float(abs(charges[m]["BilledCost"]).astype("float64").sum()) for m in (slice(None), bare))
    for source, names in sorted(keys.items()):
        shown = ", ".join(sorted(names)[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        yield "tags", "ok", f"Source {source}: {counted(len(names), 'key')} ({shown}).", ""
    if total:
        yield (
            "tagged",
            "ok",
            f"{1 - untagged / total:.0%} of the billed money (by absolute value) carries at least one tag.",
            "",
        )


def _granularity(meta: dict, charges: pd.DataFrame, scale: int):
    share = meta["hourly_rows"] / meta["rows"] if meta["rows"] else 0
    if share >= 0.5:
        yield (
            "granularity",
            "ok",
            f"Hourly: {share:.0%} of the lines last an hour or less.",
            "Rhythms of the week and hours are known.",
        )
    else:
        yield (
            "granularity",
            "note",
            f"{'Daily or monthly' if not meta['hourly_rows'] else 'Mostly daily or monthly'}: {share:.0%} of the lines last an hour or less.",
            "No rhythm of the week and no hourly view: schedules cannot hint at owners.",
        )
    long = charges[(charges["ChargePeriodEnd"] - charges["ChargePeriodStart"]) > pd.Timedelta(days=1)]
    if len(long):
        text = money.to_text(money.total(long["BilledCost"].to_numpy()), scale)
        yield (
            "long-charges",
            "note",
            f"{counted(int(long['x_RowCount'].sum()), 'line lasts', 'lines last')} longer than a day ({text} billed).",
            "They are spread over their period, never drawn on their first day.",
        )


def _rounded(meta: dict, charges: pd.DataFrame, scale: int):
    """A cost column of whole numbers only, beside a BilledCost with decimals, has been rounded on its way."""
    if not scale or meta["format"] != "focus":
        return
    one = 10**scale
    for provider, rows in charges.groupby("ProviderName", sort=True):
        fractional = rows["BilledCost"].to_numpy() % one != 0
        if fractional.sum() < _ENOUGH:
            continue
        for name in _ROUNDED:
            if name in meta["mapped"] and not (rows[name].to_numpy()[fractional] % one != 0).any():
                yield (
                    "rounded",
                    "warning",
                    f"{name} of {provider or 'all lines'} is a whole number on all {counted(int(fractional.sum()), 'line')} whose BilledCost has decimals.",
                    f"{name} looks rounded: use BilledCost" + (" (metric billed)." if name == "EffectiveCost" else "."),
                )


def _reader(meta: dict, charges: pd.DataFrame, scale: int):
    for text in meta["warnings"]:
        yield "reader", "warning", text, ""


def _whole(metas: list[dict], charges: pd.DataFrame, scale: int, basis: str):
    formats = sorted({m["version"] for m in metas})
    if len({m["format"] for m in metas}) > 1:
        yield (
            "mixed",
            "warning",
            f"CUR and FOCUS in one drop: {', '.join(formats)}.",
            "If both tell the same month, its money is counted twice.",
        )
    if any(m["format"] == "cur" for m in metas):
        net = [m["name"] for m in metas if m["filled"].get("NetUnblended")]
        yield (
            "basis",
            "ok",
            f"Costs are {basis}.",
            "Net of private discounts."
            if basis == "net"
            else ("Net columns are there, and not used." if net else "Discounts are lines of their own."),
        )
    by_kind = charges.groupby("x_ChargeKind", sort=True)
    kinds = [
        f"{kind} {int(g['x_RowCount'].sum()):,} ({money.to_text(money.total(g['BilledCost'].to_numpy()), scale)})"
        for kind, g in by_kind
        if kind != "FOCUS"
    ]
    if kinds:
        yield "line-types", "ok", f"Lines and billed cost by type: {'; '.join(kinds)}.", ""
    negative = charges["BilledCost"].to_numpy() < 0
    if negative.any():
        yield (
            "negative",
            "note",
            f"{counted(int(charges['x_RowCount'].to_numpy()[negative].sum()), 'line lowers', 'lines lower')} the bill, by {money.to_text(-money.total(charges['BilledCost'].to_numpy()[negative]), scale)}.",
            "Kept as they are.",
        )
    resources = charges.loc[charges["ResourceId"] != "", "x_OwnableId"].nunique()
    bare = charges["ResourceId"].to_numpy() == ""
    total, without = (
        float(np.abs(charges["BilledCost"].to_numpy()[m].astype("float64")).sum()) for m in (slice(None), bare)
    )
    yield (
        "resources",
        "ok",
        f"{counted(resources, 'resource')}; {without / total if total else 0:.0%} of the billed money stands on lines without one.",
        "Those lines stay visible, grouped by account, service, region and usage.",
    )
    months = charges.groupby(["BillingPeriodStart", "ProviderName"], sort=True)["x_SourceId"].nunique()
    several = [f"{when:%Y-%m}" for (when, _), n in months.items() if n > 1]
    if several:
        yield (
            "parts",
            "note",
            f"Several files tell {', '.join(sorted(set(several)))}.",
            "They are taken as parts of one month; drop one version of a month only.",
        )


def _bytes(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return ""
