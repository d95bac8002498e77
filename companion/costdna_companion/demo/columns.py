"""The columns of each export as SQL over LINES `l` and ROWS `r`: name → expression.

The one place that knows their spelling.

Expressions yield text, DECIMAL(28,10) for money and quantities, or TIMESTAMP; the writers decide how a type is written.
"""

from __future__ import annotations

import re

from costdna_companion.demo.tagging import KEYS


def money(column: str) -> str:
    return f"(r.{column}::DECIMAL(18,0) * 0.0000000001)::DECIMAL(28,10)"


def quantity(expression: str) -> str:
    return f"(({expression})::DECIMAL(18,0) * 0.0001)::DECIMAL(28,10)"


START = "{month} + to_hours(r.start)"
STOP = "{month} + to_hours(r.stop) - CASE WHEN l.inclusive THEN INTERVAL 1 SECOND ELSE INTERVAL 0 SECOND END"
INTERVAL = ("strftime({month} + to_hours(r.start), '%Y-%m-%dT%H:%M:%SZ') || '/' || strftime("
            "CASE WHEN l.type = 'Tax' THEN {month} + INTERVAL 1 DAY ELSE " + STOP + " END, '%Y-%m-%dT%H:%M:%SZ')")  # fmt: skip
IS_PLAN, IS_RI = "l.sp <> ''", "l.ri <> ''"


def _v1() -> list[tuple[str, str, bool]]:
    """(slash name, expression, whether it appears only where a private discount does)."""
    g, n = False, True
    plan = lambda c: f"CASE WHEN {IS_PLAN} THEN {money(c)} END"
    reserved = lambda c: f"CASE WHEN {IS_RI} THEN {money(c)} END"
    split = lambda c: f"CASE WHEN l.parent <> '' OR r.split_cost <> 0 THEN {money(c)} END"
    columns = [
        ("identity/LineItemId", "l.identity", g), ("identity/TimeInterval", INTERVAL, g),
        ("bill/InvoiceId", "'{invoice}'", g), ("bill/InvoicingEntity", "l.legal", g), ("bill/BillingEntity", "l.entity", g),
        ("bill/BillType", "l.bill_type", g), ("bill/PayerAccountId", "'{payer}'", g),
        ("bill/BillingPeriodStartDate", "{month}", g), ("bill/BillingPeriodEndDate", "{month_end}", g),
        ("lineItem/UsageAccountId", "l.account", g), ("lineItem/LineItemType", "l.type", g),
        ("lineItem/UsageStartDate", START, g), ("lineItem/UsageEndDate", STOP, g),
        ("lineItem/ProductCode", "l.code", g), ("lineItem/UsageType", "l.usage_type", g), ("lineItem/Operation", "l.operation", g),
        ("lineItem/AvailabilityZone", "l.zone", g), ("lineItem/ResourceId", "l.resource", g), ("lineItem/UsageAmount", quantity("r.amount"), g),
        ("lineItem/NormalizationFactor", "CASE WHEN l.size <> '' AND l.code IN ('AmazonEC2', 'AmazonRDS') THEN '4' ELSE '' END", g),
        ("lineItem/NormalizedUsageAmount", "CASE WHEN l.size <> '' AND l.code IN ('AmazonEC2', 'AmazonRDS') THEN " + quantity("r.amount * 4") + " END", g),
        ("lineItem/CurrencyCode", "'USD'", g), ("lineItem/UnblendedRate", "l.rate", g), ("lineItem/UnblendedCost", money("u"), g),
        ("lineItem/BlendedRate", "l.rate", g), ("lineItem/BlendedCost", "CASE WHEN l.type LIKE '%Discount' THEN NULL ELSE " + money("u") + " END", g),
        ("lineItem/LineItemDescription", "l.description", g), ("lineItem/TaxType", "l.tax", g), ("lineItem/LegalEntity", "l.legal", g),
        ("lineItem/NetUnblendedRate", "''", n), ("lineItem/NetUnblendedCost", money("n"), n),
        ("product/ProductName", "l.service", g), ("product/databaseEngine", "CASE WHEN l.code = 'AmazonRDS' THEN 'PostgreSQL' ELSE '' END", g),
        ("product/instanceType", "l.size", g), ("product/instanceTypeFamily", "regexp_extract(l.size, '^(?:db|cache|ml)?\\.?([a-z0-9]+)', 1)", g),
        ("product/location", "l.location", g), ("product/locationType", "CASE WHEN l.location <> '' THEN 'AWS Region' ELSE '' END", g),
        ("product/operatingSystem", "CASE WHEN l.family = 'Compute Instance' THEN 'Linux' ELSE '' END", g), ("product/operation", "l.operation", g),
        ("product/productFamily", "l.family", g), ("product/region", "l.region", g), ("product/regionCode", "l.region", g),
        ("product/servicecode", "l.code", g), ("product/servicename", "l.service", g),
        ("product/sku", "CASE WHEN l.rate <> '' THEN upper(substr(md5(l.usage_type), 1, 16)) ELSE '' END", g),
        ("product/tenancy", "CASE WHEN l.family = 'Compute Instance' THEN 'Shared' ELSE '' END", g), ("product/usagetype", "l.usage_type", g),
        ("product/volumeType", "CASE WHEN l.family = 'Storage' AND l.code = 'AmazonEC2' THEN 'General Purpose' ELSE '' END", g),
        ("pricing/LeaseContractLength", "CASE WHEN " + IS_RI + " THEN '1yr' ELSE '' END", g),
        ("pricing/OfferingClass", "CASE WHEN " + IS_RI + " THEN 'convertible' ELSE '' END", g), ("pricing/PurchaseOption", "l.option", g),
        ("pricing/RateId", "l.subscription", g), ("pricing/currency", "'USD'", g), ("pricing/publicOnDemandCost", money("pub"), g),
        ("pricing/publicOnDemandRate", "CASE WHEN r.pub > 0 THEN l.rate ELSE '0.0000000000' END", g), ("pricing/term", "l.term", g), ("pricing/unit", "l.unit", g),
    ]  # fmt: skip
    for name, column in (("AmortizedUpfrontCostForUsage", "ri_upfront_use"), ("AmortizedUpfrontFeeForBillingPeriod", "ri_amortized"), ("EffectiveCost", "ri_effective"),
                         ("RecurringFeeForUsage", "ri_recurring_use"), ("UnusedAmortizedUpfrontFeeForBillingPeriod", "ri_unused_upfront"),
                         ("UnusedRecurringFee", "ri_unused_recurring"), ("UpfrontValue", "ri_upfront_value")):  # fmt: skip
        columns += [
            (f"reservation/{name}", reserved(column), g),
            (f"reservation/Net{name}", reserved("net_" + column), n),
        ]
    columns += [("reservation/ReservationARN", "l.ri", g), ("reservation/SubscriptionId", "l.subscription", g),
                ("reservation/UnusedQuantity", "CASE WHEN r.ri_unused_recurring + r.ri_unused_upfront > 0 THEN '1' ELSE '' END", g)]  # fmt: skip
    columns += [
        ("savingsPlan/TotalCommitmentToDate", plan("sp_total"), g), ("savingsPlan/SavingsPlanARN", "l.sp", g), ("savingsPlan/UsedCommitment", plan("sp_used"), g),
        ("savingsPlan/SavingsPlanEffectiveCost", plan("sp_effective"), g), ("savingsPlan/NetSavingsPlanEffectiveCost", plan("net_sp_effective"), n),
        ("savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod", plan("sp_amortized"), g),
        ("savingsPlan/NetAmortizedUpfrontCommitmentForBillingPeriod", plan("net_sp_amortized"), n),
        ("savingsPlan/RecurringCommitmentForBillingPeriod", plan("sp_recurring"), g),
        ("savingsPlan/NetRecurringCommitmentForBillingPeriod", plan("net_sp_recurring"), n),
        ("savingsPlan/OfferingType", "l.sp_type", g), ("savingsPlan/PaymentOption", "l.sp_option", g),
        ("savingsPlan/PurchaseTerm", "CASE WHEN " + IS_PLAN + " THEN '1yr' ELSE '' END", g),
        ("splitLineItem/ParentResourceId", "l.parent", g), ("splitLineItem/SplitCost", split("split_cost"), g), ("splitLineItem/UnusedCost", split("split_unused"), g),
        ("splitLineItem/NetSplitCost", split("net_split_cost"), n), ("splitLineItem/NetUnusedCost", split("net_split_unused"), n),
        ("costCategory/Business Unit", "l.business_unit", g),
    ]  # fmt: skip
    columns += [(f"resourceTags/{key}", f'l."tag {key}"', g) for key in KEYS]
    return columns


CUR_V1 = _v1()


def snake(name: str) -> str:
    """The Data Exports spelling of a slash name or a tag key.

    >>> snake("lineItem/UnblendedCost"), snake("reservation/ReservationARN"), snake("aws:createdBy")
    ('line_item_unblended_cost', 'reservation_reservation_arn', 'aws_created_by')
    """
    cut = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"[^a-z0-9]+", "_", cut.lower())


def tag_map(keys: list[tuple[str, str]]) -> str:
    """A MAP of the non-empty values. ``keys``: (key as written, expression)."""
    entries = ", ".join(f"{{'k': '{key}', 'v': {value}}}" for key, value in keys)
    return f"map_from_entries(list_filter([{entries}], lambda e: e.v <> ''))"


PRODUCT = [("product_name", "l.service"), ("region", "l.region"), ("servicename", "l.service")]
_CUR2_DROPPED = {
    "product/ProductName",
    "product/region",
    "product/servicename",
    "product/databaseEngine",
    "product/tenancy",
    "product/operatingSystem",
    "product/volumeType",
}


def cur2(net: bool) -> list[tuple[str, str]]:
    """Columns of CUR 2.0 in its own order: alphabetical, maps among them.

    The net ones always exist, empty on the gross basis.
    """
    columns = [(snake(name), expression if net or not only_net else "NULL::DECIMAL(28,10)")
               for name, expression, only_net in CUR_V1
               if not name.startswith(("resourceTags/", "costCategory/")) and name not in _CUR2_DROPPED and name != "lineItem/NetUnblendedRate"]  # fmt: skip
    columns += [
        ("bill_payer_account_name", "'fernweh-payer'"), ("line_item_usage_account_name", "l.account_name"),
        ("line_item_iam_principal", "CASE WHEN l.principal = '' THEN NULL ELSE l.principal END"),
        ("resource_tags", tag_map([(snake(key), f'l."tag {key}"') for key in KEYS])),
        ("cost_category", tag_map([("business_unit", "l.business_unit")])), ("product", tag_map(PRODUCT)),
        ("discount", "CASE WHEN l.type = 'BundledDiscount' THEN map {'bundled_discount': (r.u / 1e10)::DOUBLE} ELSE map_from_entries([]::STRUCT(k VARCHAR, v DOUBLE)[]) END"),
    ]  # fmt: skip
    return sorted(columns)
