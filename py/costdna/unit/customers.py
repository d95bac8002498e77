"""CUSTOMERS: who they are and what they pay, from a CSV that the user drops or pastes."""

import numpy as np
import pandas as pd

from costdna import money, schema
from costdna.errors import UsageError

SCALE = 6
NAMES = {
    "id": ("customer", "id", "customer_id", "tenant"),
    "name": ("name", "customer_name"),
    "mrr": ("mrr", "revenue", "monthly_revenue", "mrr_usd"),
    "status": ("status", "state"),
    "currency": ("currency",),
}


def parse_customers(records: list[dict], where: str = "customers file", currency: str = "") -> pd.DataFrame:
    """CUSTOMERS of the rows of a CSV: customer, name, mrr, status (and currency, which must be the bill's).

    Raises UsageError with the line.
    """
    if not records:
        return schema.CUSTOMERS.empty()
    header = [str(h) for h in records[0] if h is not None]
    at = {role: next((h for h in header if h.strip().lower() in names), "") for role, names in NAMES.items()}
    if not at["id"]:
        raise UsageError(
            "The customers file has no column customer.",
            found=", ".join(header),
            where=where,
            next_step="Write customer, name, mrr, status.",
            code="customers",
        )
    rows, seen = [], set()
    for number, record in enumerate(records, 2):
        line = f"{where}, line {number}"
        value = lambda role: str(record.get(at[role]) or "").strip() if at[role] else ""
        who = value("id")
        if not who:
            raise UsageError(
                "A line names no customer.",
                found="nothing",
                where=line,
                next_step="Give every line the customer's id.",
                code="customers",
            )
        if who in seen:
            raise UsageError(
                "A customer is listed twice.",
                found=who,
                where=line,
                next_step="Keep one line, with the revenue of both.",
                code="customers",
            )
        seen.add(who)
        if currency and value("currency") and value("currency").upper() != currency:
            raise UsageError(
                "Revenue in another currency than the bill's is not compared with it.",
                found=value("currency"),
                where=line,
                next_step=f"Convert it to {currency}.",
                code="currency",
            )
        rows.append((who, value("name") or who, _units(value("mrr"), line), value("status").lower() or "active"))
    made = pd.DataFrame(sorted(rows), columns=schema.CUSTOMERS.names())
    made["x_MonthlyRevenue"] = money.fit(np.array(made["x_MonthlyRevenue"].tolist(), dtype=object))
    return schema.CUSTOMERS.check(made)


def _units(text: str, where: str) -> int:
    try:
        amount = money.number(text.lstrip("$€£").replace("_", "") or "0")
        units = amount.scaleb(SCALE)
        if amount < 0 or units != units.to_integral_value():
            raise ValueError
        return int(units)
    except ValueError:
        raise UsageError(
            "A revenue is not an amount of nought or more.",
            found=text,
            where=where,
            next_step="Write plain numbers such as 1250.00, at most 6 decimals.",
            code="customers",
        ) from None
