"""DRIVERS: how much each customer used of each service on each day, from a CSV that the user drops."""

import numpy as np
import pandas as pd

from costdna import money, schema
from costdna.errors import UsageError

SCALE = 6
NAMES = {
    "date": ("date", "day", "x_day"),
    "service": ("service", "service_tag", "service_name"),
    "customer": ("customer", "customer_id", "tenant", "account", "user"),
    "quantity": ("quantity", "amount", "value"),
    "driver": ("driver", "metric", "unit"),
}


def drivers(records: list[dict], where: str = "usage file") -> pd.DataFrame:
    """DRIVERS of the rows of a CSV.

    Columns: date, customer, service (optional), and either quantity (with driver, default `quantity`) or one column per
    driver.

    Rows of one day, service, customer and driver are added. Raises UsageError with the line and what was found.
    """
    if not records:
        return schema.DRIVERS.empty()
    header = [str(h) for h in records[0] if h is not None]
    found = {role: next((h for h in header if h.strip().lower() in spellings), "") for role, spellings in NAMES.items()}
    for role in ("date", "customer"):
        if not found[role]:
            raise UsageError(
                f"The usage file has no column {role}.",
                found=", ".join(header),
                where=where,
                next_step="Write date, service, customer and one column per driver, such as requests.",
                code="usage",
            )
    taken = {found[r] for r in ("date", "service", "customer", "driver")}
    values = [found["quantity"]] if found["quantity"] else [h for h in header if h not in taken]
    if not values:
        raise UsageError(
            "The usage file counts nothing.",
            found=", ".join(header),
            where=where,
            next_step="Add a column of quantities, such as requests.",
            code="usage",
        )
    rows: dict[tuple, int] = {}
    for number, record in enumerate(records, 2):
        line = f"{where}, line {number}"
        day = _day(record.get(found["date"]), line)
        who = str(record.get(found["customer"]) or "").strip()
        if not who:
            raise UsageError(
                "A line names no customer.",
                found="nothing",
                where=line,
                next_step="Give every line a customer.",
                code="usage",
            )
        service = str(record.get(found["service"]) or "").strip() if found["service"] else ""
        for column in values:
            name = (
                (str(record.get(found["driver"]) or "").strip() or "quantity")
                if found["quantity"] and found["driver"]
                else column.strip()
            )
            units = _units(record.get(column), column, line)
            key = (day, service, who, name)
            rows[key] = rows.get(key, 0) + units
    order = sorted(rows)
    made = pd.DataFrame(order, columns=["x_Day", "x_Service", "x_Customer", "x_Driver"]).astype(
        {"x_Day": "datetime64[ns]"}
    )
    made["x_Quantity"] = money.fit(np.array([rows[k] for k in order], dtype=object))
    return schema.DRIVERS.check(made)


def _day(text, where: str) -> np.datetime64:
    try:
        day = np.datetime64(str(text or "").strip()[:10], "D")
        if np.isnat(day) or len(str(text).strip()) < 10:
            raise ValueError
        return day
    except ValueError:
        raise UsageError(
            "That is no day.", found=str(text), where=where, next_step="Write days as 2026-10-05.", code="usage"
        ) from None


def _units(text, column: str, where: str) -> int:
    shown = "" if text is None else str(text).strip()
    try:
        amount = money.number(shown.replace("_", "") or "0")
        if amount < 0:
            raise ValueError
    except ValueError:
        raise UsageError(
            "A quantity is not a number of nought or more.",
            found=f"{column}: {shown}",
            where=where,
            next_step="Write plain numbers, without thousands separators.",
            code="usage",
        ) from None
    return int((amount * 10**SCALE).to_integral_value())
