"""What a CUR bill must add up to, by plain DuckDB SQL: no mapping table, no reader, no core.

Written from AWS's column names and the line type table of the bill's documentation alone, so that it can contradict the
product. Gross basis. Works on CUR v1 (CSV, CSV.gz, Parquet) and CUR 2.0 (CSV.gz, Parquet); one currency.
"""

from decimal import Decimal
from pathlib import Path

import duckdb

# (CUR v1 CSV name, Athena and CUR 2.0 name)
_COLUMNS = {
    "kind": ("lineItem/LineItemType", "line_item_line_item_type"),
    "operation": ("lineItem/Operation", "line_item_operation"),
    "product": ("lineItem/ProductCode", "line_item_product_code"),
    "resource": ("lineItem/ResourceId", "line_item_resource_id"),
    "account": ("lineItem/UsageAccountId", "line_item_usage_account_id"),
    "description": ("lineItem/LineItemDescription", "line_item_line_item_description"),
    "parent": ("splitLineItem/ParentResourceId", "split_line_item_parent_resource_id"),
    "reservation": ("reservation/ReservationARN", "reservation_reservation_arn", "reservation_reservation_a_r_n"),
}
_MONEY = {
    "u": ("lineItem/UnblendedCost", "line_item_unblended_cost"),
    "ri": ("reservation/EffectiveCost", "reservation_effective_cost"),
    "ri_upfront": (
        "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
        "reservation_unused_amortized_upfront_fee_for_billing_period",
    ),
    "ri_recurring": ("reservation/UnusedRecurringFee", "reservation_unused_recurring_fee"),
    "sp": ("savingsPlan/SavingsPlanEffectiveCost", "savings_plan_savings_plan_effective_cost"),
    "sp_total": ("savingsPlan/TotalCommitmentToDate", "savings_plan_total_commitment_to_date"),
    "sp_used": ("savingsPlan/UsedCommitment", "savings_plan_used_commitment"),
}
_CHILD = "(parent <> '' OR operation IN ('EKSPod-EC2', 'ECSTask-EC2'))"
# What does not cancel between covered usage and its negation stays in both totals, as a row of its own.
_BILLED = f"CASE WHEN {_CHILD} THEN 0 ELSE u END"
_EFFECTIVE = f"""CASE
  WHEN {_CHILD} THEN 0
  WHEN kind = 'DiscountedUsage' THEN ri
  WHEN kind = 'SavingsPlanCoveredUsage' THEN sp + u
  WHEN kind = 'SavingsPlanNegation' THEN u
  WHEN kind = 'SavingsPlanUpfrontFee' THEN 0
  WHEN kind = 'SavingsPlanRecurringFee' THEN sp_total - sp_used
  WHEN kind = 'RIFee' THEN ri_upfront + ri_recurring
  WHEN kind = 'Fee' AND (contains(reservation, ':reserved-') OR contains(reservation, 'reserved-instance')) THEN 0
  WHEN kind = 'Refund' AND product = 'ComputeSavingsPlans' AND starts_with(description, 'Refund for one-time fee for Savings Plan ID') THEN 0
  ELSE u END"""
_CREDIT = "kind IN ('Credit', 'Refund')"
# Covered usage and its negation carry no billed cost of their own: by resource, both are 0.
_OWN = f"CASE WHEN kind IN ('SavingsPlanCoveredUsage', 'SavingsPlanNegation') OR {_CHILD} THEN 0 ELSE u END"
_OWN_EFFECTIVE = _EFFECTIVE.replace("sp + u", "sp").replace(
    "WHEN kind = 'SavingsPlanNegation' THEN u", "WHEN kind = 'SavingsPlanNegation' THEN 0"
)


def _connect(paths: list) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    connection.execute("SET TimeZone = 'UTC'")
    names = "[" + ", ".join("'" + str(p).replace("'", "''") + "'" for p in paths) + "]"
    if str(paths[0]).endswith(".parquet"):
        source = f"read_parquet({names}, union_by_name=true)"
    else:
        source = (
            f"read_csv({names}, union_by_name=true, all_varchar=true, header=true, delim=',', quote='\"', escape='\"')"
        )
    connection.execute(f"CREATE TABLE raw AS SELECT * FROM {source}")
    return connection, [r[0] for r in connection.execute("DESCRIBE raw").fetchall()]


def _pick(columns: list[str], spellings) -> str | None:
    return next(('"' + s + '"' for s in spellings if s in columns), None)


def _tag(columns: list[str], key: str) -> str:
    """SQL of a resource tag's value; key as `team` or `cost_center`, found as user tag of any of the formats."""
    flat = _pick(
        columns,
        [
            f"resourceTags/user:{key}",
            f"resource_tags_user_{key.lower()}",
            *(c for c in columns if c.lower() == f"resourcetags/user:{key}".lower()),
        ],
    )
    if flat:
        return f"coalesce({flat}, '')"
    if "resource_tags" in columns:
        return f"""coalesce(CASE WHEN typeof(resource_tags) = 'VARCHAR' THEN json_extract_string(CAST(resource_tags AS VARCHAR), '$."user_{key.lower()}"')
            ELSE json_extract_string(CAST(to_json(resource_tags) AS VARCHAR), '$."user_{key.lower()}"') END, '')"""
    return "''"


def truth(paths, tag: str = "") -> dict:
    """Exact figures of one bill in one or several files of one format.

    Returns rows, resources (account and id), billed and effective (all lines), credits (of billed), and, with a tag
    key, by_tag {value: (billed, effective)} before credits, "" for lines without the tag. Money as Decimal.
    """
    paths = [paths] if isinstance(paths, (str, Path)) else list(paths)
    connection, columns = _connect(paths)
    parts = [
        f"coalesce(CAST({_pick(columns, s)} AS VARCHAR), '') AS {name}" if _pick(columns, s) else f"'' AS {name}"
        for name, s in _COLUMNS.items()
    ]
    parts += [
        f"coalesce(CAST(nullif(CAST({_pick(columns, s)} AS VARCHAR), '') AS DECIMAL(38,18)), 0) AS {name}"
        if _pick(columns, s)
        else f"CAST(0 AS DECIMAL(38,18)) AS {name}"
        for name, s in _MONEY.items()
    ]
    connection.execute(
        f"CREATE TABLE bill AS SELECT {', '.join(parts)}, {_tag(columns, tag) if tag else chr(39) * 2} AS tag FROM raw"
    )
    rows, resources, billed, effective, credits = (
        connection.execute(f"""SELECT count(*), count(DISTINCT CASE WHEN resource <> '' THEN account || chr(31) || resource END),
        sum({_BILLED}), sum({_EFFECTIVE}), coalesce(sum({_BILLED}) FILTER (WHERE {_CREDIT}), 0) FROM bill""").fetchone()
    )
    by_tag = (
        {
            r[0]: (Decimal(r[1]), Decimal(r[2]))
            for r in connection.execute(
                f"SELECT tag, sum({_OWN}), sum({_OWN_EFFECTIVE}) FROM bill WHERE NOT {_CREDIT} GROUP BY tag ORDER BY tag"
            ).fetchall()
        }
        if tag
        else {}
    )
    return {
        "rows": rows,
        "resources": resources,
        "billed": billed,
        "effective": effective,
        "credits": credits,
        "by_tag": by_tag,
    }
