"""The demo bill as FOCUS 1.2, from the same charges: the line-type table written as SQL.

Negation rows and split children are no FOCUS rows. Reserved-instance fees and recurring plan fees become two rows:
the purchase (billed) and what of the commitment stayed unused (effective).
"""

from __future__ import annotations

from costdna_companion.demo.columns import IS_RI, STOP, money, quantity, tag_map
from costdna_companion.demo.tagging import KEYS

_COMMITTED_FEE = (
    "l.type IN ('SavingsPlanUpfrontFee', 'SavingsPlanRecurringFee', 'RIFee') OR (l.type = 'Fee' AND " + IS_RI + ")"
)
_PLAN_REFUND = "(l.type = 'Refund' AND l.code = 'ComputeSavingsPlans' AND l.description LIKE 'Refund for one-time fee for Savings Plan ID%')"
_DISCOUNT = "l.type LIKE '%Discount'"
UNUSED = "r.part = 2"

BILLED = f"CASE WHEN {UNUSED} OR l.type = 'SavingsPlanCoveredUsage' THEN 0 ELSE {money('u')} END"
EFFECTIVE = (
    f"CASE WHEN {UNUSED} AND l.type = 'RIFee' THEN {money('ri_unused_upfront')} + {money('ri_unused_recurring')} "
    f"WHEN {UNUSED} THEN {money('sp_total')} - {money('sp_used')} "
    f"WHEN {_COMMITTED_FEE} OR {_PLAN_REFUND} THEN 0 "
    f"WHEN l.type = 'DiscountedUsage' THEN {money('ri_effective')} "
    f"WHEN l.type = 'SavingsPlanCoveredUsage' THEN {money('sp_effective')} ELSE {money('u')} END"
)
LIST = (
    f"CASE WHEN {UNUSED} OR {_DISCOUNT} THEN 0 WHEN l.type IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage') AND r.pub > 0 THEN {money('pub')} "
    f"ELSE {money('u')} END"
)
CONTRACTED = f"CASE WHEN {UNUSED} THEN 0 WHEN l.type IN ('DiscountedUsage', 'SavingsPlanCoveredUsage') THEN {money('pub')} ELSE {money('u')} END"
CATEGORY = (
    f"CASE WHEN l.type = 'Tax' THEN 'Tax' WHEN l.type = 'Credit' THEN 'Credit' WHEN {UNUSED} THEN 'Usage' WHEN {_PLAN_REFUND} THEN 'Purchase' "
    f"WHEN l.type = 'Refund' THEN 'Adjustment' WHEN {_COMMITTED_FEE} OR l.type IN ('Fee', 'FlatRateSubscription') THEN 'Purchase' ELSE 'Usage' END"
)
FREQUENCY = (
    f"CASE WHEN {UNUSED} THEN 'Usage-Based' WHEN l.type IN ('RIFee', 'SavingsPlanRecurringFee', 'FlatRateSubscription') THEN 'Recurring' "
    f"WHEN l.type = 'Fee' AND NOT {IS_RI} AND (l.code LIKE 'AWSSupport%' OR l.entity = 'AWS Marketplace') THEN 'Recurring' "
    f"WHEN l.type IN ('Fee', 'Tax', 'Credit', 'Refund', 'SavingsPlanUpfrontFee') THEN 'One-Time' ELSE 'Usage-Based' END"
)
_METERED = "l.type IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')"
_COMMITMENT = "CASE WHEN l.ri <> '' THEN l.ri ELSE l.sp END"
_FOCUS_END = STOP.replace("INTERVAL 1 SECOND", "INTERVAL 0 SECOND")  # FOCUS ends are exclusive

COLUMNS: list[tuple[str, str]] = [
    ("AvailabilityZone", "l.zone"), ("BilledCost", BILLED), ("BillingAccountId", "'{payer}'"), ("BillingAccountName", "'fernweh-payer'"),
    ("BillingAccountType", "'Billing Account'"), ("BillingCurrency", "'USD'"), ("BillingPeriodEnd", "{month_end}"), ("BillingPeriodStart", "{month}"),
    ("CapacityReservationId", "''"), ("CapacityReservationStatus", "''"), ("ChargeCategory", CATEGORY), ("ChargeClass", "''"), ("ChargeDescription", "l.description"),
    ("ChargeFrequency", FREQUENCY), ("ChargePeriodEnd", _FOCUS_END), ("ChargePeriodStart", "{month} + to_hours(r.start)"),
    ("CommitmentDiscountCategory", f"CASE WHEN {_COMMITMENT} = '' THEN '' WHEN l.ri <> '' THEN 'Usage' ELSE 'Spend' END"),
    ("CommitmentDiscountId", _COMMITMENT), ("CommitmentDiscountName", "''"),
    ("CommitmentDiscountQuantity", f"CASE WHEN l.type = 'SavingsPlanCoveredUsage' THEN {money('sp_effective')} WHEN {_COMMITMENT} <> '' THEN {quantity('r.amount')} END"),
    ("CommitmentDiscountStatus", f"CASE WHEN {UNUSED} THEN 'Unused' WHEN l.type IN ('DiscountedUsage', 'SavingsPlanCoveredUsage') THEN 'Used' ELSE '' END"),
    ("CommitmentDiscountType", "CASE WHEN l.ri <> '' THEN 'Reserved' ELSE l.sp_type END"),
    ("CommitmentDiscountUnit", f"CASE WHEN {_COMMITMENT} = '' THEN '' WHEN l.ri <> '' THEN 'Hours' ELSE 'USD' END"),
    ("ConsumedQuantity", f"CASE WHEN {_METERED} THEN {quantity('r.amount')} END"), ("ConsumedUnit", f"CASE WHEN {_METERED} THEN l.unit ELSE '' END"),
    ("ContractedCost", CONTRACTED), ("ContractedUnitPrice", "''"), ("EffectiveCost", EFFECTIVE), ("InvoiceId", "'{invoice}'"), ("InvoiceIssuerName", "l.legal"),
    ("ListCost", LIST), ("ListUnitPrice", "''"),
    ("PricingCategory", f"CASE WHEN {_COMMITMENT} <> '' THEN 'Committed' WHEN l.usage_type LIKE '%SpotUsage%' THEN 'Dynamic' WHEN l.type = 'Credit' THEN 'Other' ELSE 'Standard' END"),
    ("PricingCurrency", "'USD'"), ("PricingCurrencyContractedUnitPrice", "''"), ("PricingCurrencyEffectiveCost", EFFECTIVE), ("PricingCurrencyListUnitPrice", "''"),
    ("PricingQuantity", f"CASE WHEN l.unit <> '' AND NOT {UNUSED} THEN {quantity('r.amount')} END"), ("PricingUnit", "l.unit"),
    ("ProviderName", "'AWS'"), ("PublisherName", "CASE WHEN l.entity = 'AWS Marketplace' THEN l.legal ELSE 'Amazon Web Services, Inc.' END"),
    ("RegionId", "l.region"), ("RegionName", "l.location"), ("ResourceId", f"CASE WHEN {UNUSED} THEN {_COMMITMENT} ELSE l.resource END"),
    ("ResourceName", "l.resource_name"), ("ResourceType", f"CASE WHEN {UNUSED} THEN 'Commitment' ELSE l.resource_type END"),
    ("ServiceCategory", "l.category"), ("ServiceName", "l.service"), ("ServiceSubcategory", "'Other (' || l.category || ')'"), ("SkuId", "''"),
    ("SkuMeter", "l.usage_type"), ("SkuPriceDetails", "''"), ("SkuPriceId", "''"), ("SubAccountId", "l.account"), ("SubAccountName", "l.account_name"),
    ("SubAccountType", "'Linked Account'"),
    ("Tags", "to_json(" + tag_map([(key.removeprefix("user:"), f'l."tag {key}"') for key in KEYS] + [("costCategory/Business Unit", "l.business_unit")]) + ")::VARCHAR"),
    ("x_Discounts", "''"), ("x_Operation", "l.operation"), ("x_ServiceCode", "l.code"),
]  # fmt: skip

# Every charge once (part 1) and the unused half of a commitment's fee a second time (part 2).
ROWS = (
    "(SELECT *, 1 AS part FROM rows WHERE line IN (SELECT line FROM lines WHERE type <> 'SavingsPlanNegation' AND parent = '') "
    "UNION ALL SELECT *, 2 AS part FROM rows WHERE line IN (SELECT line FROM lines WHERE type IN ('RIFee', 'SavingsPlanRecurringFee')))"
)
